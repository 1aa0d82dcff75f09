#include "harness/run/execute.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <set>

#include "harness/core/date.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/parallel.h"
#include "harness/core/progress.h"
#include "harness/core/safetensors.h"
#include "harness/run/other_cases.h"
#include "harness/run/prediction_check.h"
#include "harness/run/run_folder.h"
#include "harness/run/source_check.h"

namespace synerbench {
namespace {

// Each case in flight holds its volumes several times over in double; more cores go into the scoring of a
// case.
constexpr int kMaxCasesInFlight = 8;

std::span<const std::byte> bytes(const std::vector<float>& values) {
  return std::as_bytes(std::span(values));
}

/// Slices of a case side by side, [count, height, width].
struct MoreSlices {
  std::vector<float> source, prediction, target;
  std::vector<uint8_t> mask;
  std::string indices;  // "3,9,15"
};

/// Writes panels/<...>: the slice that reports show, and others that its page scrolls through. Returns the
/// file's SHA-256.
std::string write_panel(const std::filesystem::path& folder, const SliceStore& store, const SuiteTask& task,
                        const Reference& reference, const CaseRecord& record,
                        std::span<const float> prediction, int64_t count) {
  const StoredCase& stored_case = *reference.stored_case;
  const auto [depth, height, width] = stored_case.shape;
  const auto pixels = static_cast<size_t>(height * width);
  const auto at = static_cast<size_t>(record.panel_slice) * pixels;
  std::vector<float> source(pixels);
  store.volume(stored_case, task.task.source).read(record.panel_slice, 1, source);
  const IntensityMap& source_map = stored_case.find(task.task.source)->intensity;
  const IntensityMap& target_map = reference.intensity;
  const std::vector<int64_t> shape{height, width};
  const auto number = [](double value) { return Json(value).dump(); };
  std::vector<TensorToWrite> tensors{
      {"source", DType::kF32, shape, bytes(source)},
      {"prediction", DType::kF32, shape, std::as_bytes(prediction.subspan(at, pixels))},
      {"target", DType::kF32, shape, std::as_bytes(std::span(reference.target).subspan(at, pixels))},
      {"mask", DType::kU8, shape, std::as_bytes(std::span(reference.mask).subspan(at, pixels))}};
  std::map<std::string, std::string> metadata{{"task", record.task},
                                              {"model", record.model},
                                              {"case", record.scan.text()},
                                              {"slice", std::to_string(record.panel_slice)},
                                              {"source_unit", unit_of(task.task.source)},
                                              {"source_low", number(source_map.low)},
                                              {"source_high", number(source_map.high)},
                                              {"target_unit", unit_of(task.task.target)},
                                              {"target_low", number(target_map.low)},
                                              {"target_high", number(target_map.high)},
                                              {"row_spacing_mm", number(stored_case.spacing[1])},
                                              {"column_spacing_mm", number(stored_case.spacing[2])}};
  MoreSlices more;
  int64_t others = 0;
  for (const int64_t slice : slices_to_show(reference, count)) {
    if (slice == record.panel_slice) continue;
    const auto begin = static_cast<size_t>(slice) * pixels;
    const auto append = [&](auto& to, const auto& from) {
      to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
                from.begin() + static_cast<std::ptrdiff_t>(begin + pixels));
    };
    std::vector<float> of_source(pixels);
    store.volume(stored_case, task.task.source).read(slice, 1, of_source);
    more.source.insert(more.source.end(), of_source.begin(), of_source.end());
    append(more.prediction, prediction);
    append(more.target, reference.target);
    append(more.mask, reference.mask);
    more.indices += (others++ == 0 ? "" : ",") + std::to_string(slice);
  }
  if (others > 0) {
    const std::vector<int64_t> several{others, height, width};
    tensors.push_back({"more_source", DType::kF32, several, bytes(more.source)});
    tensors.push_back({"more_prediction", DType::kF32, several, bytes(more.prediction)});
    tensors.push_back({"more_target", DType::kF32, several, bytes(more.target)});
    tensors.push_back({"more_mask", DType::kU8, several, std::as_bytes(std::span(more.mask))});
    metadata["more_slices"] = more.indices;
  }
  std::string sha256;
  write_safetensors(panel_path(folder, record), tensors, metadata, &sha256);
  return sha256;
}

std::string failure_summary(const Prediction& prediction, int64_t slices) {
  const SliceFailure& first = prediction.failures.front();
  if (first.slice < 0) return first.reason;
  return fmt::format("{} of {} slices failed; slice {}: {}", prediction.failures.size(), slices, first.slice,
                     first.reason);
}

/// By model: whether its answers are looked at. Those that learn nothing may hand their source on, be cut off
/// or answer equally for all, and an oracle knows the truth: everybody knows what they are.
std::vector<bool> models_to_look_at(const RunHeader& header) {
  std::vector<bool> looked_at;
  for (const Json& model : header.identity["models"]) {
    const Json& info = model["info"];
    looked_at.push_back(!info.value("trivial", false) && info.value("fitted", "") != "truth");
  }
  return looked_at;
}

/// Items that are cases: predicted, scored, and kept as panels.
class ScoredPredictions final : public ItemWork {
 public:
  ScoredPredictions(const std::filesystem::path& folder, const RunHeader& header, const Plan& plan,
                    const SliceStore& store, const std::vector<std::string>& protocols, double min_foreground,
                    CasePredictor& predictor, const ExecuteOptions& options)
      : folder_(folder),
        plan_(plan),
        store_(store),
        looked_at_(models_to_look_at(header)),
        others_(store),
        protocols_(protocols),
        min_foreground_(min_foreground),
        predictor_(predictor),
        options_(options) {}

  Json begin(const SuiteTask& task, size_t model) override { return predictor_.begin(task, model); }

  void work(const WorkItem& item, Done& done) override {
    const Prediction prediction = predictor_.predict(item);
    done.seconds = prediction.seconds;
    if (prediction.failures.empty()) return score(item, plan_.tasks[item.task], prediction, done.result);
    done.result.record.status = CaseStatus::kFailed;
    done.result.record.reason = failure_summary(prediction, item.slices);
    done.result.failures = prediction.failures;
  }

 private:
  /// Whose image is it?
  void remark_on_origin(const Reference& reference, const Task& task, std::span<const float> prediction,
                        std::vector<std::string>& remarks) {
    const StoredCase& own = *reference.stored_case;
    for (std::string& remark : source_remarks(store_, own, task, reference.mask, prediction))
      remarks.push_back(std::move(remark));
    if (std::string remark = others_.remark(own, task.target, prediction); !remark.empty())
      remarks.push_back(std::move(remark));
  }

  void score(const WorkItem& item, const SuiteTask& task, const Prediction& prediction, ItemResult& result) {
    const StoredCase& stored_case = *item.stored_case;
    const Reference reference = read_reference(store_, stored_case, task.task);
    CaseScore scored = score_case(reference, prediction.values,
                                  protocols_for(protocols_, task.task.target, options_.protocols),
                                  min_foreground_, options_.protocols);
    CaseRecord& record = result.record;
    record.measures = std::move(scored.measures);
    record.slices = static_cast<int64_t>(scored.slices.size());
    record.slices_without_foreground = scored.slices_without_foreground;
    record.panel_slice = reference.panel_slice;
    record.remarks = prediction.remarks;
    if (looked_at_.at(item.model)) {
      remark_on_origin(reference, task.task, prediction.values, record.remarks);
      for (std::string& remark : prediction_remarks(reference, prediction.values))
        record.remarks.push_back(std::move(remark));
    }
    result.slices = std::move(scored.slices);
    Sha256 hash;
    hash.update(std::as_bytes(std::span(prediction.values)));
    result.prediction_sha256 = hash.hex();
    if (record.panel_slice >= 0)
      result.panel_sha256 =
          write_panel(folder_, store_, task, reference, record, prediction.values, options_.panel_slices);
    if (options_.keep_predictions) {
      const std::vector<int64_t> shape(stored_case.shape.begin(), stored_case.shape.end());
      write_safetensors(prediction_path(folder_, record),
                        {{"prediction", DType::kF32, shape, bytes(prediction.values)}},
                        {{"task", record.task},
                         {"model", record.model},
                         {"case", record.scan.text()},
                         {"unit", unit_of(task.task.target)}});
    }
  }

  const std::filesystem::path& folder_;
  const Plan& plan_;
  const SliceStore& store_;
  std::vector<bool> looked_at_;
  OtherCases others_;
  const std::vector<std::string>& protocols_;
  double min_foreground_;
  CasePredictor& predictor_;
  const ExecuteOptions& options_;
};

class Executor {
 public:
  Executor(const std::filesystem::path& folder, const Plan& plan, ItemWork& work,
           const ExecuteOptions& options, Journal& journal)
      : folder_(folder),
        plan_(plan),
        work_(work),
        options_(options),
        journal_(journal),
        timings_(read_item_timings(folder)),
        finished_(read_finished(folder)) {}

  RunOutcome work() {
    const std::vector<const WorkItem*> items = plan_.shard(options_.shard);
    outcome_.items = static_cast<int64_t>(items.size());
    std::vector<const WorkItem*> pending;
    for (const WorkItem* item : items) {
      if (journal_.state(item->key) == Journal::State::kScored) {
        ++outcome_.already_done;
      } else {
        pending.push_back(item);
      }
    }
    if (!pending.empty()) progress_.emplace("run", static_cast<int64_t>(pending.size()));
    for (size_t first = 0; first < pending.size() && !stopped();) {
      size_t last = first;
      while (last < pending.size() && pending[last]->task == pending[first]->task &&
             pending[last]->model == pending[first]->model)
        ++last;
      work_group({pending.begin() + static_cast<std::ptrdiff_t>(first),
                  pending.begin() + static_cast<std::ptrdiff_t>(last)});
      first = last;
    }
    progress_.reset();
    write_item_timings(folder_, timings_, finished_);
    outcome_.interrupted = interrupted();
    return outcome_;
  }

  /// What the results say of the items of this call. They are in plan order, and know of cases that are
  /// equal.
  const RunOutcome& finish(const Results& results) {
    outcome_.finished = true;
    outcome_.with_remarks = 0;
    outcome_.first_remark.clear();
    outcome_.first_failure.clear();
    for (const CaseRecord& record : results.cases) {
      if (done_.contains(record)) note(record);
    }
    return outcome_;
  }

 private:
  bool stopped() const { return interrupted() || outcome_.over_budget; }

  void work_group(const std::vector<const WorkItem*>& items) {
    const SuiteTask& task = plan_.tasks[items.front()->task];
    std::string group_failure;
    Json info;
    try {
      info = work_.begin(task, items.front()->model);
    } catch (const DamagedShard&) {
      throw;
    } catch (const Error& error) {
      if (error.code() == ExitCode::kInterrupted) return;
      group_failure = error.what();
    } catch (const std::exception& error) {
      group_failure = error.what();
    }
    if (group_failure.empty()) check_unchanged(items, info);

    const int workers =
        std::max(1, std::min({options_.threads, kMaxCasesInFlight, static_cast<int>(items.size())}));
    const int threads_before = omp_get_max_threads();  // the caller's thread is worker 0
    std::exception_ptr trouble;
    try {
      parallel_for(
          items.size(), workers,
          [&](size_t at, int worker) {
            // Threads left over by few cases go into the scoring of each.
            omp_set_num_threads(
                std::max(1, options_.threads / workers + (worker < options_.threads % workers ? 1 : 0)));
            work_item(*items[at], group_failure, info);
          },
          [&] {
            const std::lock_guard lock(mutex_);
            return stopped();
          });
    } catch (const Error& error) {
      if (error.code() != ExitCode::kInterrupted) trouble = std::current_exception();
    } catch (...) {
      trouble = std::current_exception();
    }
    omp_set_num_threads(threads_before);
    if (trouble) {
      write_item_timings(folder_, timings_, finished_);
      std::rethrow_exception(trouble);
    }
  }

  /// Cases scored before a resume must have been made by the same weights.
  void check_unchanged(const std::vector<const WorkItem*>& pending, const Json& info) const {
    for (const WorkItem& item : plan_.items) {
      if (item.task != pending.front()->task || item.model != pending.front()->model) continue;
      if (journal_.state(item.key) != Journal::State::kScored) continue;
      const Json before = journal_.read(item.key).info;
      if (before == info) return;
      throw usage_error(folder_.string(),
                        fmt::format("{} has changed on {} since the run began{}", plan_.models[item.model],
                                    plan_.tasks[item.task].task.id,
                                    first_difference(before, "the journal", info, "this command")),
                        "put the weights back, or start a new run");
    }
  }

  void work_item(const WorkItem& item, const std::string& group_failure, const Json& info) {
    ItemWork::Done done;
    ItemResult& result = done.result;
    CaseRecord& record = result.record;
    static_cast<ItemKey&>(record) = item.key;
    if (item.stored_case) record.group = item.stored_case->group;
    if (group_failure.empty()) {
      work_.work(item, done);
      result.info = info;
    } else {
      result.failures = {{-1, "prepare: " + group_failure}};
      record.status = CaseStatus::kFailed;
      record.reason = result.failures.front().reason;
    }

    const std::lock_guard lock(mutex_);
    journal_.append(result);
    finished_ = utc_now();
    if (done.seconds > 0) {
      const auto device = options_.devices.find(item.model);
      timings_[item.key] = {device == options_.devices.end() ? "cpu" : device->second, done.seconds,
                            item.slices, options_.timed_here ? options_.threads : 0};
    }
    done_.insert(item.key);
    if (record.status == CaseStatus::kScored) {
      ++outcome_.scored;
      outcome_.slices += record.slices;
    } else {
      ++outcome_.failed;
      if (options_.max_failures >= 0 && outcome_.failed > options_.max_failures) outcome_.over_budget = true;
    }
    note(record);
    progress_->advance(1, item.key.text());
  }

  void note(const CaseRecord& record) {
    if (record.status == CaseStatus::kFailed) {
      if (outcome_.first_failure.empty()) outcome_.first_failure = record.text() + ": " + record.reason;
    } else if (!record.remarks.empty()) {
      if (outcome_.with_remarks++ == 0) outcome_.first_remark = record.text() + ": " + record.remarks.front();
    }
  }

  const std::filesystem::path& folder_;
  const Plan& plan_;
  ItemWork& work_;
  const ExecuteOptions& options_;
  Journal& journal_;
  std::mutex mutex_;  // everything below, and the journal
  std::map<ItemKey, ItemTiming> timings_;
  std::string finished_;    // see read_finished()
  std::set<ItemKey> done_;  // by this call
  RunOutcome outcome_;
  std::optional<Progress> progress_;
};

}  // namespace

ExitCode RunOutcome::exit_code() const {
  if (interrupted) return ExitCode::kInterrupted;
  return failed > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
}

RunOutcome execute(const std::filesystem::path& folder, const RunHeader& header, const Plan& plan,
                   const SliceStore& store, const std::vector<std::string>& protocols, double min_foreground,
                   CasePredictor& predictor, const ExecuteOptions& options) {
  ScoredPredictions work(folder, header, plan, store, protocols, min_foreground, predictor, options);
  return execute(folder, header, plan, work, options);
}

RunOutcome execute(const std::filesystem::path& folder, const RunHeader& header, const Plan& plan,
                   ItemWork& work, const ExecuteOptions& options) {
  Journal journal(folder / "journal.jsonl", identity_sha256(header.identity), Journal::Mode::kWrite);
  remove_temporary_files(folder);
  Executor executor(folder, plan, work, options, journal);
  const RunOutcome outcome = executor.work();
  if (outcome.interrupted || outcome.over_budget) return outcome;
  return executor.finish(finish_run_folder(folder, header, journal, options.protocols));
}

RunHeader open_run_folder(const std::filesystem::path& folder, const RunHeader& wanted, const Json& settings,
                          bool resume, bool accept_other_build) {
  if (!path_exists(folder / "run.json")) {
    // A run killed at its very start leaves its settings, or a temporary file that nobody reads.
    std::error_code code;
    for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
      const std::string name = at->path().filename().string();
      if (name.starts_with(kTemporaryPrefix) || name == "settings.json") continue;
      throw usage_error(folder.string(), fmt::format("is not empty ({}) and holds no run", name),
                        "choose another --out");
    }
    if (code && path_exists(folder))
      throw input_error(folder.string(), fmt::format("cannot be read ({})", code.message()), path_hint(code));
    write_json(folder / "settings.json", settings);  // first: whoever sees run.json can resume
    write_run_header(folder, wanted);
    return wanted;
  }
  if (!resume) {
    throw usage_error(folder.string(), "holds a run already",
                      "go on with it (--resume), or choose another --out");
  }
  RunHeader header = read_run_header(folder);
  const Json joined = join_identities(header.identity, "the folder", wanted.identity, "this command",
                                      accept_other_build, folder.string());
  write_json(folder / "settings.json", settings);
  if (joined != header.identity) {
    header.identity = joined;
    write_run_header(folder, header);
  }
  return header;
}

}  // namespace synerbench
