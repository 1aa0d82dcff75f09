#include "harness/core/piped_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <ctime>
#include <deque>
#include <thread>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/progress.h"

extern char** environ;

namespace synerbench {
namespace {

using std::chrono::milliseconds;

// How long a wait goes on before it looks for an interrupt.
constexpr int kLookMilliseconds = 50;
// Pieces of the standard error that are still taken from a program that is over: something that it left
// behind, out of its process group, may go on for ever.
constexpr int kMostLate = 256;
// More than this is not taken from a program that has not yet been asked everything.
constexpr size_t kMostUnasked = size_t{1} << 20;

/// A descriptor that is closed once.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  int get() const { return number_; }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe(const std::string& place) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw input_error(place, fmt::format("no pipe can be made ({})", std::strerror(errno)),
                      "raise the limit of open files (ulimit -n), or use fewer workers");
  }
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// A write to a pipe that nobody reads raises SIGPIPE, which would end this process. It is kept from the
/// thread, and taken away when it came from here.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t waiting;
    sigpending(&waiting);
    was_waiting_ = sigismember(&waiting, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    while (!was_waiting_ && sigtimedwait(&pipe_, nullptr, &now) == -1 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_waiting_ = false;
};

/// Milliseconds that a poll may take before the deadline or the next look at an interrupt.
int poll_time(PipedProgram::Deadline deadline) {
  const auto left = deadline - PipedProgram::Clock::now();
  if (left <= left.zero()) return 0;
  return left >= milliseconds(kLookMilliseconds)
             ? kLookMilliseconds
             : 1 + static_cast<int>(std::chrono::duration_cast<milliseconds>(left).count());
}

bool past(PipedProgram::Deadline deadline) { return PipedProgram::Clock::now() >= deadline; }

std::string ending(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return fmt::format("exit code {}", info.si_status);
  return fmt::format("signal {} ({})", info.si_status, ::strsignal(info.si_status));
}

}  // namespace

struct PipedProgram::State {
  pid_t pid = -1;
  Descriptor to, from, errors, stop, stop_listening;
  std::deque<std::byte> kept;  // read, and not yet asked for
  bool closed = false;         // the program has closed its output
  std::function<void(std::string_view)> said;
  std::thread listener;
  std::string ended;  // how; empty while it runs

  /// Takes what is there without waiting.
  void take() {
    std::array<std::byte, 65536> block;
    const ssize_t count = ::read(from.get(), block.data(), block.size());
    if (count > 0) kept.insert(kept.end(), block.begin(), block.begin() + count);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) closed = true;
  }

  /// Until the program closes its standard error, or is over: then what is there already is still taken.
  void listen() const {
    std::array<char, 4096> block;
    for (int late = 0; late < kMostLate;) {
      std::array<pollfd, 2> ends{{{errors.get(), POLLIN, 0}, {stop.get(), POLLIN, 0}}};
      if (::poll(ends.data(), ends.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return;
      }
      if (ends[1].revents != 0) ++late;
      if (ends[0].revents == 0 && ends[1].revents != 0) return;
      if (ends[0].revents == 0) continue;
      const ssize_t count = ::read(errors.get(), block.data(), block.size());
      if (count > 0) said(std::string_view(block.data(), static_cast<size_t>(count)));
      if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
    }
  }

  /// Whether the program has ended; it stays to be waited for, so that its number names nobody else.
  bool over(siginfo_t& info) const {
    info = {};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
  }
  bool over_within(double seconds, siginfo_t& info) const {
    const Deadline deadline = in_seconds(seconds);
    for (auto pause = milliseconds(1);; pause = std::min(2 * pause, milliseconds(20))) {
      if (over(info)) return true;
      if (past(deadline)) return false;
      std::this_thread::sleep_for(pause);
    }
  }
};

PipedProgram::Deadline PipedProgram::in_seconds(double seconds) {
  constexpr double kForEver = 1e9;  // seconds: no clock of ours runs that long
  if (!(seconds < kForEver)) return Deadline::max();
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

PipedProgram::PipedProgram(const std::vector<std::string>& words, std::function<void(std::string_view)> said,
                           const std::string& place)
    : state_(std::make_unique<State>()) {
  SB_CHECK(!words.empty(), "a program has a name");
  Pipe in = make_pipe(place), out = make_pipe(place), errors = make_pipe(place), stop = make_pipe(place);
  std::vector<std::string> texts = words;
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.write.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&usual, signal);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setsigmask(&attributes, &none);
  const int failed =
      ::posix_spawnp(&state_->pid, texts.front().c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw usage_error(place,
                      fmt::format("\"{}\" could not be started ({})", words.front(), std::strerror(failed)),
                      "name a program of this machine, by its path or as PATH finds it");
  }
  state_->to = std::move(in.write);
  state_->from = std::move(out.read);
  state_->errors = std::move(errors.read);
  state_->stop = std::move(stop.read);
  state_->stop_listening = std::move(stop.write);
  for (const int end : {state_->to.get(), state_->from.get(), state_->errors.get()})
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  state_->said = std::move(said);
  state_->listener = std::thread([state = state_.get()] { state->listen(); });
}

PipedProgram::~PipedProgram() { end(0); }

PipeState PipedProgram::write(std::span<const std::byte> bytes, Deadline deadline) {
  const WithoutSigpipe without_sigpipe;
  while (!bytes.empty()) {
    if (interrupted()) return PipeState::kInterrupted;
    if (past(deadline)) return PipeState::kTimedOut;
    std::array<pollfd, 2> ends{{{state_->to.get(), POLLOUT, 0}, {state_->from.get(), POLLIN, 0}}};
    const bool listening = !state_->closed && state_->kept.size() < kMostUnasked;
    if (::poll(ends.data(), listening ? 2 : 1, poll_time(deadline)) <= 0) continue;
    if (listening && ends[1].revents != 0) state_->take();
    if (ends[0].revents == 0) continue;
    const ssize_t count = ::write(state_->to.get(), bytes.data(), bytes.size());
    if (count > 0) bytes = bytes.subspan(static_cast<size_t>(count));
    if (count < 0 && errno != EAGAIN && errno != EINTR) return PipeState::kClosed;
  }
  return PipeState::kDone;
}

PipeState PipedProgram::read(std::span<std::byte> bytes, Deadline deadline, size_t* filled) {
  size_t at = 0;
  const auto ends_as = [&](PipeState state) {
    if (filled) *filled = at;
    return state;
  };
  while (true) {
    const size_t count = std::min(bytes.size() - at, state_->kept.size());
    std::copy_n(state_->kept.begin(), count, bytes.begin() + static_cast<std::ptrdiff_t>(at));
    state_->kept.erase(state_->kept.begin(), state_->kept.begin() + static_cast<std::ptrdiff_t>(count));
    at += count;
    if (at == bytes.size()) return ends_as(PipeState::kDone);
    if (state_->closed) return ends_as(PipeState::kClosed);
    if (interrupted()) return ends_as(PipeState::kInterrupted);
    if (past(deadline)) return ends_as(PipeState::kTimedOut);
    pollfd end{state_->from.get(), POLLIN, 0};
    if (::poll(&end, 1, poll_time(deadline)) <= 0) continue;
    const ssize_t got = ::read(state_->from.get(), bytes.data() + at, bytes.size() - at);
    if (got > 0) at += static_cast<size_t>(got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) state_->closed = true;
  }
}

bool PipedProgram::has_unread() {
  pollfd end{state_->closed ? -1 : state_->from.get(), POLLIN, 0};
  if (state_->kept.empty() && ::poll(&end, 1, 0) > 0) state_->take();
  return !state_->kept.empty();
}

void PipedProgram::tell_to_stop() {
  if (state_->ended.empty()) ::kill(-state_->pid, SIGINT);
}

std::string PipedProgram::end(double grace) {
  if (!state_->ended.empty()) return state_->ended;
  state_->to.close();
  siginfo_t info{};
  // Its output is read to the end, so that a program that still writes does not wait for a reader for ever.
  const Deadline deadline = in_seconds(grace);
  bool over = state_->over(info);
  while (!over && !past(deadline)) {
    pollfd end{state_->closed ? -1 : state_->from.get(), POLLIN, 0};
    if (::poll(&end, 1, std::min(poll_time(deadline), 5)) > 0) state_->take();
    state_->kept.clear();
    over = state_->over(info);
  }
  if (!over) {
    ::kill(-state_->pid, SIGTERM);
    constexpr double kGraceOfTerm = 0.5;  // seconds
    over = state_->over_within(grace > 0 ? kGraceOfTerm : 0, info);
  }
  // Also where it ended by itself: what it started goes with it.
  ::kill(-state_->pid, SIGKILL);
  if (!over) {
    while (::waitid(P_PID, static_cast<id_t>(state_->pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
  }
  while (::waitpid(state_->pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  state_->from.close();
  state_->stop_listening.close();
  state_->listener.join();
  state_->ended = ending(info);
  return state_->ended;
}

std::vector<std::string> words_of_command(std::string_view line, const std::string& place) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, ""));
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
    } else if (c == '\'' || c == '"') {
      const size_t start = i++;
      while (i < line.size() && line[i] != c) {
        if (c == '"' && line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == '"' || line[i + 1] == '\\'))
          ++i;
        word += line[i++];
      }
      if (i >= line.size()) {
        throw usage_error(place, fmt::format("the quote at \"{}\" is not closed", line.substr(start)),
                          "close it, or put a backslash before it");
      }
    } else {
      word += c;
    }
  }
  if (in_word) words.push_back(word);
  if (words.empty() || words.front().empty())
    throw usage_error(place, "no program is named", "write the program and its arguments: python3 mine.py");
  return words;
}

}  // namespace synerbench
