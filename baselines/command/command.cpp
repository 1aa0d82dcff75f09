#include "baselines/command/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "baselines/command/batch_probe.h"
#include "baselines/command/frames.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/piped_program.h"
#include "harness/core/progress.h"
#include "harness/core/schema.h"
#include "harness/method/stated_model.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

using pipe::FrameKind;

static_assert(std::endian::native == std::endian::little, "pixels go over the pipe as they lie in memory");

// Seconds that a program has to end by itself when it is told BYE, and when it is interrupted.
constexpr double kGrace = 2;
// What a program wrote before the run had a folder, and what is kept of it at most.
constexpr size_t kMostEarlyBytes = size_t{1} << 16;
constexpr size_t kMostLogBytes = size_t{1} << 24;
// A reply of another shape is read and dropped up to this size, so that the program can go on.
constexpr uint64_t kMostDropped = uint64_t{1} << 26;

struct CommandOptions {
  double timeout = 300;  // seconds per slice
  double start = 120;    // seconds until it has said what it is
  int64_t restarts = 5;
  int64_t workers = 1;
};

const Schema<CommandOptions>& command_schema() {
  static const Schema<CommandOptions> table = [] {
    Schema<CommandOptions> s;
    s.number(
         "timeout", &CommandOptions::timeout, kPositive,
         "seconds per slice before the program counts as hanging; --timeout of the run, if given, instead")
        .speed_only();
    s.number("start", &CommandOptions::start, kPositive, "seconds that it has to start and say what it is")
        .speed_only();
    s.integer("restarts", &CommandOptions::restarts, 0, 1000000,
              "how often in a row it is started again before its slices fail without it")
        .speed_only();
    s.integer("workers", &CommandOptions::workers, 1, 256,
              "copies of the program that run at a time, each with its own memory")
        .speed_only();
    return s;
  }();
  return table;
}

/// What programs write to their standard error: kept with the run, or shown where there is no run.
/// Thread-safe.
class ErrorLog {
 public:
  explicit ErrorLog(std::filesystem::path path) : path_(std::move(path)) {}
  ~ErrorLog() {
    if (file_ >= 0) ::close(file_);
  }
  ErrorLog(const ErrorLog&) = delete;
  ErrorLog& operator=(const ErrorLog&) = delete;

  /// From now on it may be written. Error(kBadInput) when it cannot be.
  void open() {
    const std::lock_guard lock(mutex_);
    if (path_.empty() || file_ >= 0) return;
    std::error_code code;
    std::filesystem::create_directories(path_.parent_path(), code);
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file_ < 0) {
      const std::error_code problem(errno, std::generic_category());
      throw input_error(path_.string(), fmt::format("cannot be written ({})", problem.message()),
                        path_hint(problem));
    }
    const off_t size = ::lseek(file_, 0, SEEK_END);
    written_ = size > 0 ? static_cast<size_t>(size) : 0;
    put(std::exchange(early_, ""));
  }

  void add(std::string_view text) {
    const std::lock_guard lock(mutex_);
    for (const char c : text) {
      if (c != '\n') {
        if (line_.size() < kMostLine) line_ += c;
      } else if (!line_.empty()) {
        last_line_ = std::exchange(line_, "");
      }
    }
    if (path_.empty()) {
      if (!quiet()) write_to_stderr(text);
    } else if (file_ < 0) {
      if (early_.size() < kMostEarlyBytes) early_ += text;
    } else {
      put(text);
    }
  }

  /// The last line that was not empty.
  std::string last_line() const {
    const std::lock_guard lock(mutex_);
    return line_.empty() ? last_line_ : line_;
  }
  void forget_lines() {
    const std::lock_guard lock(mutex_);
    line_.clear();
    last_line_.clear();
  }

 private:
  static constexpr size_t kMostLine = 400;

  /// A log that cannot be written, for the disk is full, is no reason to lose the run.
  void put(std::string_view text) {
    const bool full = written_ >= kMostLogBytes;
    if (!full && written_ + text.size() >= kMostLogBytes) {
      static constexpr std::string_view kEnd = "\n[synerbench] the rest is left out\n";
      if (::write(file_, kEnd.data(), kEnd.size()) < 0) return;
    }
    written_ += text.size();
    while (!full && !text.empty()) {
      const ssize_t count = ::write(file_, text.data(), text.size());
      if (count <= 0) return;
      text.remove_prefix(static_cast<size_t>(count));
    }
  }

  std::filesystem::path path_;
  mutable std::mutex mutex_;
  int file_ = -1;
  size_t written_ = 0;
  std::string early_, line_, last_line_;
};

/// The program did something after which it cannot be talked to any more.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Tasks whose answers depend on the batch, with what is wrong; see Note [A slice alone]. All workers know
/// it, so that no slice of that task passes because another copy of the program was asked. Thread-safe.
class Dependences {
 public:
  /// Throws what is wrong with the task, if something is.
  void require_none(const std::string& task) const {
    const std::lock_guard lock(mutex_);
    if (const auto at = by_task_.find(task); at != by_task_.end()) throw std::runtime_error(at->second);
  }
  void add(const std::string& task, const std::string& problem) {
    const std::lock_guard lock(mutex_);
    by_task_.emplace(task, problem);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> by_task_;
};

/// What all workers of a model share.
struct Setup {
  std::vector<std::string> words;
  CommandOptions options;
  std::string device, place;
  ErrorLog log;
  Dependences dependences;
};

/// One running program, and its replacements.
class Worker {
 public:
  int64_t in_a_row = 0;  // troubles without an answer between
  std::string given_up;  // why; empty while it may still be started

  explicit Worker(std::shared_ptr<Setup> setup) : setup_(std::move(setup)) {}
  ~Worker() {
    if (!program_) return;
    static_cast<void>(send(FrameKind::kBye, Json::object(), {}, PipedProgram::in_seconds(kGrace)));
    close(kGrace);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts the program unless it runs, and returns what it says of itself. Broken, Error(kUsage).
  const StatedModel& ready() {
    if (program_) return *ready_;
    const auto deadline = PipedProgram::in_seconds(setup_->options.start);
    setup_->log.forget_lines();
    setup_->log.add(fmt::format("[synerbench] start {}\n", fmt::join(setup_->words, " ")));
    program_.emplace(
        setup_->words, [log = &setup_->log](std::string_view text) { log->add(text); }, setup_->place);
    task_told_.reset();
    asked_alone_.clear();
    asked_ = 0;
    repeats_numbers_ = false;
    const Json hello{{"program", "synerbench"}, {"device", setup_->device}};
    const std::string limit = fmt::format("{:g} s (start)", setup_->options.start);
    const PipeState sent = send(FrameKind::kHello, hello, {}, deadline);
    if (sent != PipeState::kClosed) require(sent, limit);
    const Answer answer = receive(deadline, limit, kMostDropped, "");
    if (answer.kind == FrameKind::kError) throw Broken(message_of(answer));
    if (answer.kind != FrameKind::kReady) unexpected(answer.kind, "READY");
    const StatedModel ready = read_stated_model(answer.json, "READY");
    if (!ready.canvas.empty()) parse_canvas(ready.canvas);
    if (ready_ && *ready_ != ready)
      throw Broken("the program says something else about itself than when it was first started");
    ready_ = ready;
    return *ready_;
  }

  /// Tells the task, if that is not done. Throws with the program's reason when it refuses the task.
  void tell(const Task& task) {
    if (task_told_ == task.id) return;
    Json sources = Json::array();
    for (const Modality source : task.sources()) sources.push_back(name_of(source));
    const Json json{
        {"task", task.id}, {"region", task.region}, {"sources", sources}, {"target", name_of(task.target)}};
    const auto deadline = PipedProgram::in_seconds(setup_->options.start);
    const std::string limit = fmt::format("{:g} s (start)", setup_->options.start);
    require_silence();
    ++asked_;
    const PipeState sent = send(FrameKind::kTask, json, {}, deadline);
    if (sent != PipeState::kClosed) require(sent, limit);
    const Answer answer = receive(deadline, limit, kMostDropped, "");
    if (answer.kind == FrameKind::kError) throw std::runtime_error(message_of(answer));
    if (answer.kind != FrameKind::kDone) unexpected(answer.kind, "DONE");
    task_told_ = task.id;
  }

  /// Answers the slices of the task that was told, and looks whether their batch matters. Throws what is
  /// wrong where it does, then and for every slice of that task.
  void ask(const SliceBatch& source, std::span<const uint64_t> seeds, std::span<float> prediction) {
    setup_->dependences.require_none(*task_told_);
    exchange(source, seeds, prediction, seeds.size());
    if (!ready_->deterministic || asked_alone_.contains(*task_told_) || !pipe::tells_order(source)) return;
    // It has the time of the whole batch: a program may have to prepare itself for another size.
    const SliceBatch one = pipe::last_alone(source);
    const size_t pixels = static_cast<size_t>(source.height) * static_cast<size_t>(source.width);
    std::vector<float> alone(pixels), again(pixels);
    exchange(one, seeds.last(1), alone, seeds.size());
    asked_alone_.insert(*task_told_);
    const pipe::AnswerDistance in_batch = pipe::distance_of(prediction.last(pixels), alone);
    if (!in_batch.matters()) return;
    exchange(one, seeds.last(1), again, seeds.size());
    setup_->dependences.add(*task_told_,
                            pipe::dependence_text(source.n, in_batch, pipe::distance_of(alone, again)));
    setup_->dependences.require_none(*task_told_);
  }

  /// Ends a program that cannot be talked to any more.
  void close(double grace) {
    if (!program_) return;
    setup_->log.add(fmt::format("[synerbench] ended: {}\n", program_->end(grace)));
    program_.reset();
  }

 private:
  struct Answer {
    FrameKind kind = FrameKind::kHello;
    Json json = Json::object();
    std::vector<std::byte> data;
  };

  /// One request and its reply, which has the time of `slices`.
  void exchange(const SliceBatch& source, std::span<const uint64_t> seeds, std::span<float> prediction,
                size_t slices) {
    const StatedModel& range = *ready_;
    std::vector<float> moved;
    std::span<const float> pixels = source.pixels;
    if (!range.usual_range()) {
      moved.assign(pixels.begin(), pixels.end());
      range.to_its_range(moved);
      pixels = moved;
    }
    const double seconds = setup_->options.timeout * static_cast<double>(slices);
    const auto deadline = PipedProgram::in_seconds(seconds);
    const std::string limit =
        fmt::format("{:g} s (timeout={:g} for each of {} slices)", seconds, setup_->options.timeout, slices);
    const std::string start = pipe::request_start(source, seeds);
    require_silence();
    ++asked_;
    const PipeState sent = send(FrameKind::kRequest, Json::object(), start, deadline, std::as_bytes(pixels));
    if (sent != PipeState::kClosed) require(sent, limit);

    const pipe::ReplyShape wanted{static_cast<uint32_t>(seeds.size()), static_cast<uint32_t>(source.height),
                                  static_cast<uint32_t>(source.width)};
    const uint64_t bytes = pipe::kReplyShapeBytes + prediction.size_bytes();
    const Answer answer = receive(deadline, limit, std::max(kMostDropped, bytes), pipe::to_text(wanted));
    if (answer.kind == FrameKind::kError) throw std::runtime_error(message_of(answer));
    if (answer.kind != FrameKind::kReply) unexpected(answer.kind, "REPLY");
    if (answer.data.size() < pipe::kReplyShapeBytes)
      throw Broken(
          fmt::format("the program's reply holds {} bytes, {} are wanted", answer.data.size(), bytes));
    const pipe::ReplyShape shape =
        pipe::read_reply_shape(std::span(answer.data).first<pipe::kReplyShapeBytes>());
    if (shape != wanted) {
      throw std::runtime_error(
          fmt::format("the program answered {} pixels (slices x height x width), {} are "
                      "wanted",
                      pipe::to_text(shape), pipe::to_text(wanted)));
    }
    if (answer.data.size() != bytes) {
      throw std::runtime_error(fmt::format(
          "the program's reply says {} pixels and holds {} bytes, {} bytes are wanted (float32)",
          pipe::to_text(shape), answer.data.size() - pipe::kReplyShapeBytes, prediction.size_bytes()));
    }
    std::memcpy(prediction.data(), answer.data.data() + pipe::kReplyShapeBytes, prediction.size_bytes());
    range.from_its_range(prediction);
  }

  /// A second answer to the last request would be taken for the answer to the next one, and all that follow
  /// would be those of other slices. Broken.
  void require_silence() {
    if (!program_->has_unread()) return;
    constexpr double kSeconds = 1;  // of a frame that has begun
    const Answer answer =
        receive(PipedProgram::in_seconds(kSeconds), fmt::format("{:g} s", kSeconds), kMostDropped, "");
    throw Broken(
        fmt::format("the program wrote a frame {} that nothing had asked for; a request has one answer",
                    pipe::name_of(answer.kind)));
  }

  PipeState send(FrameKind kind, const Json& json, std::string_view start, PipedProgram::Deadline deadline,
                 std::span<const std::byte> pixels = {}) {
    const std::string frame =
        pipe::frame_start(kind, json, start.size() + pixels.size(), asked_) + std::string(start);
    const PipeState state = program_->write(std::as_bytes(std::span(frame)), deadline);
    return state == PipeState::kDone ? program_->write(pixels, deadline) : state;
  }

  Answer receive(PipedProgram::Deadline deadline, const std::string& limit, uint64_t most,
                 const std::string& wanted) {
    std::array<std::byte, pipe::kHeaderBytes> bytes{};
    size_t filled = 0;
    const PipeState state = program_->read(bytes, deadline, &filled);
    // Also the beginning of a frame tells what is wrong: "Hello" never becomes 24 bytes.
    if (filled > 0 && state != PipeState::kInterrupted) check_beginning(std::span(bytes).first(filled));
    require(state, limit);
    Answer answer;
    pipe::FrameHeader header;
    try {
      header = pipe::read_header(bytes, "the program");
    } catch (const Error& error) {
      throw Broken("the program " + error.problem());
    }
    answer.kind = header.kind;
    check_number(header);
    if (header.data_bytes > most) {
      throw Broken(fmt::format("the program announced {} bytes of data{}", header.data_bytes,
                               wanted.empty() ? std::string(", none are wanted")
                                              : fmt::format(", {} float32 are wanted", wanted)));
    }
    std::string text(header.json_bytes, '\0');
    require(program_->read(std::as_writable_bytes(std::span(text)), deadline), limit);
    if (!text.empty()) {
      const std::optional<Json> json = try_parse_json(text);
      if (!json || !json->is_object())
        throw Broken(fmt::format("the program's {} frame holds no JSON object: {}", name_of(header.kind),
                                 printable(text, 80)));
      answer.json = *json;
    }
    answer.data.resize(header.data_bytes);
    require(program_->read(answer.data, deadline), limit);
    return answer;
  }

  /// A late answer, which came after the look of require_silence(), is that of other slices. Only its number
  /// tells. A program that never repeats a number, as the first ones did, is taken at its word. Broken.
  void check_number(const pipe::FrameHeader& header) {
    const bool none = header.number == 0 && !repeats_numbers_;
    if (!none && header.number != asked_) {
      throw Broken(fmt::format(
          "the program answered question {} (bytes 12 .. 15 of its {}) when question {} was asked; "
          "a question has one answer, which repeats its number",
          header.number, pipe::name_of(header.kind), asked_));
    }
    repeats_numbers_ = header.number != 0;
  }

  void check_beginning(std::span<const std::byte> bytes) const {
    static constexpr std::string_view kMagic = "SBMP";
    const std::string_view seen(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (seen.substr(0, kMagic.size()) == kMagic.substr(0, std::min(seen.size(), kMagic.size()))) return;
    throw Broken(
        fmt::format("the program wrote \"{}\" to its standard output, where a frame (SBMP ...) is "
                    "wanted; what it prints belongs to the standard error",
                    printable(seen)));
  }

  [[noreturn]] static void unexpected(FrameKind seen, const char* wanted) {
    throw Broken(fmt::format("the program answered with {}, {} is wanted", pipe::name_of(seen), wanted));
  }

  static std::string message_of(const Answer& answer) {
    const auto at = answer.json.find("message");
    if (at == answer.json.end() || !at->is_string()) return "the program reports an error without a message";
    return "the program reports: " + printable(at->get<std::string>(), 400);
  }

  void require(PipeState state, const std::string& limit) {
    switch (state) {
      case PipeState::kDone:
        return;
      case PipeState::kInterrupted:
        program_->tell_to_stop();
        close(kGrace);
        throw_if_interrupted();
        throw Broken("interrupted");
      case PipeState::kTimedOut:
        throw Broken("the program did not answer within " + limit);
      case PipeState::kClosed: {
        const std::string how = program_->end(kGrace);
        const std::string line = setup_->log.last_line();
        throw Broken(fmt::format("the program ended ({}) before it answered{}", how,
                                 line.empty() || line.starts_with("[synerbench]")
                                     ? std::string()
                                     : "; the last it said: " + printable(line)));
      }
    }
  }

  std::shared_ptr<Setup> setup_;
  std::optional<PipedProgram> program_;
  std::optional<StatedModel> ready_;
  std::optional<std::string> task_told_;
  std::set<std::string> asked_alone_;  // tasks that were looked at, see Note [A slice alone]
  uint32_t asked_ = 0;                 // number of the last question, 0 is HELLO
  bool repeats_numbers_ = false;       // its last answer had a number
};

class CommandModel final : public Synthesizer {
 public:
  explicit CommandModel(const LoadRequest& request) : setup_(make_setup(request)) {
    workers_.resize(static_cast<size_t>(setup_->options.workers));
    for (auto& worker : workers_) {
      worker = std::make_unique<Worker>(setup_);
      idle_.push_back(worker.get());
    }
    try {
      ready_ = workers_.front()->ready();
    } catch (const Broken& problem) {
      workers_.front()->close(0);
      throw input_error(
          setup_->place, problem.what(),
          "docs/pipe.md says what a program and SynerBench say to each other; synerbench.serve of "
          "the Python package does it");
    } catch (const Error& error) {
      workers_.front()->close(0);
      if (error.code() != ExitCode::kBadInput && error.place() != "canvas") throw;
      throw input_error(setup_->place, fmt::format("the program's {}: {}", error.place(), error.problem()),
                        error.hint());
    }
  }

  ModelInfo info() const override {
    ModelInfo info;
    info.name = "command";
    info.label = ready_.label.empty() ? "Program" : ready_.label;
    info.deterministic = ready_.deterministic;
    info.concurrent = workers_.size() > 1;
    info.keeps_time = true;
    info.parameters = ready_.parameters;
    info.network_evaluations = static_cast<int>(ready_.network_evaluations);
    info.weights_sha256 = ready_.weights_sha256;
    info.switches = {
        {"pipe", pipe::kVersion}, {"version", ready_.version}, {"low", ready_.low}, {"high", ready_.high}};
    ready_.add_training(info.switches);
    info.input = ready_.input();
    if (!ready_.canvas.empty()) info.canvases = {{kEveryTask, to_json(parse_canvas(ready_.canvas))}};
    return info;
  }

  void prepare(const Task& task, const PairSource&) override {
    setup_->log.open();
    with_worker([&](Worker& worker) { worker.tell(task); });
  }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    with_worker([&](Worker& worker) {
      worker.tell(task);
      worker.ask(source, seeds, prediction);
    });
  }

 private:
  static std::shared_ptr<Setup> make_setup(const LoadRequest& request) {
    CommandOptions options = command_schema().read(request.options, request.place);
    if (request.run.timeout > 0) options.timeout = request.run.timeout;
    if (request.path.empty())
      throw usage_error(request.place, "no program is named", "command:'python3 mine.py'");
    return std::shared_ptr<Setup>(new Setup{words_of_command(request.path.string(), request.place),
                                            options,
                                            request.device,
                                            request.place,
                                            ErrorLog(request.run.log),
                                            {}});
  }

  /// See Note [Trouble with a program].
  template <class Use>
  void with_worker(const Use& use) {
    Worker* worker = take();
    const std::unique_ptr<Worker, std::function<void(Worker*)>> back(worker, [this](Worker* w) { give(w); });
    if (!worker->given_up.empty()) throw std::runtime_error(worker->given_up);
    try {
      worker->ready();
      use(*worker);
      worker->in_a_row = 0;
    } catch (const Broken& problem) {
      give_up_after(*worker, problem.what());
      throw;
    } catch (const Error& error) {
      if (error.code() == ExitCode::kInterrupted) throw;
      give_up_after(*worker, error.problem());
      throw std::runtime_error(fmt::format("the program's {}: {}", error.place(), error.problem()));
    } catch (...) {
      worker->in_a_row = 0;  // an answer, though not the one that was hoped for
      throw;
    }
  }

  void give_up_after(Worker& worker, const std::string& problem) const {
    worker.close(0);
    if (++worker.in_a_row > setup_->options.restarts) {
      worker.given_up = fmt::format("given up after {} troubles in a row (restarts={}): {}", worker.in_a_row,
                                    setup_->options.restarts, problem);
    }
  }

  Worker* take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty(); });
    // The one that was used last, so that no more copies are started than are at work at a time.
    Worker* worker = idle_.back();
    idle_.pop_back();
    return worker;
  }
  void give(Worker* worker) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(worker);
    returned_.notify_one();
  }

  std::shared_ptr<Setup> setup_;
  StatedModel ready_;
  std::mutex mutex_;  // idle_
  std::condition_variable returned_;
  std::vector<Worker*> idle_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

Method command_method() {
  return {"command",
          "Program",
          "a program of yours, in any language: slices go over its standard input and output (docs/pipe.md)",
          "program and its arguments, in quotes: command:'python3 mine.py'",
          command_schema().fields(),
          [](const LoadRequest& request) { return std::make_unique<CommandModel>(request); }};
}

}  // namespace synerbench
