// The loop under run and score: takes predictions from somewhere, scores them, journals them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/run/case_score.h"
#include "harness/run/identity.h"
#include "harness/run/journal.h"
#include "harness/run/model_host.h"
#include "harness/run/plan.h"
#include "harness/run/run_folder.h"

namespace synerbench {

/// Where predictions come from.
class CasePredictor {
 public:
  virtual ~CasePredictor() = default;
  /// Called before the items of one task and model. Returns what the model says about itself now, null when
  /// that is what the identity says. Throws std::exception when the group cannot be predicted: all of its
  /// items fail with that reason.
  virtual Json begin(const SuiteTask& task, size_t model) = 0;
  /// May be called from several threads at a time. Failures are in the result; exceptions end the run.
  virtual Prediction predict(const WorkItem& item) = 0;
};

/// What is done with the items of a run: volumes are predicted and scored, questions are asked.
class ItemWork {
 public:
  virtual ~ItemWork() = default;
  /// As CasePredictor::begin().
  virtual Json begin(const SuiteTask& task, size_t model) = 0;
  struct Done {
    ItemResult result;   // its record has the item's key and group already
    double seconds = 0;  // inside the model
  };
  /// Fills in a result. May be called from several threads at a time. Failures of the model are in the
  /// result; exceptions end the run.
  virtual void work(const WorkItem& item, Done& done) = 0;
};

struct ExecuteOptions {
  Shard shard;
  int threads = 1;
  int64_t max_failures = -1;  // stop once more cases than this failed; -1: never
  bool keep_predictions = false;
  int64_t panel_slices = 1;  // of a case that panels/ keeps, see slices_to_show()
  // false: seconds come from elsewhere, and this process's threads say nothing about them
  bool timed_here = true;
  std::map<size_t, std::string> devices;          // by model index, for timing.json
  ProtocolTable protocols = builtin_protocols();  // where the ids of protocols are looked up
};

/// How a run, or the scoring of a folder, went.
struct RunOutcome {
  int64_t items = 0;               // of this shard
  int64_t already_done = 0;        // scored before this call
  int64_t scored = 0, failed = 0;  // by this call
  int64_t slices = 0;              // scored slices, by this call
  int64_t with_remarks = 0;        // of the scored: cases that something is to be known about
  std::string first_remark;        // "task model case: the prediction is ..."; empty without any
  std::string first_failure;       // of the failed: "task model case: missing prediction"; empty without any
  bool interrupted = false;        // Ctrl-C: stopped between items; resume goes on
  bool over_budget = false;        // more failures than max_failures: stopped; resume goes on
  bool finished = false;           // results.json was written
  int abandoned_calls = 0;  // threads left behind by timeouts: end the process with std::_Exit after printing
  ExitCode exit_code() const;
};

/// Does what is not done yet in the journal of `folder`, then writes the results unless it was stopped.
/// Groups of (task, model) are done one after the other, the items of a group in parallel; files and journal
/// blocks do not depend on the threads.
RunOutcome execute(const std::filesystem::path& folder, const RunHeader& header, const Plan& plan,
                   ItemWork& work, const ExecuteOptions& options);

/// Predicts and scores cases: does what is not scored yet in the journal of `folder`, then writes the results
/// unless it was stopped. `protocols` are ids of rows of the options' table.
RunOutcome execute(const std::filesystem::path& folder, const RunHeader& header, const Plan& plan,
                   const SliceStore& store, const std::vector<std::string>& protocols, double min_foreground,
                   CasePredictor& predictor, const ExecuteOptions& options);

/// Makes the run folder, or with `resume` checks that it is the same run, and writes `settings` to
/// settings.json. Returns the header to go on with (its builds may have grown). Error(kUsage), and nothing is
/// written: the folder has a run already and `resume` is false, it is another run, or it holds something
/// else.
RunHeader open_run_folder(const std::filesystem::path& folder, const RunHeader& wanted, const Json& settings,
                          bool resume, bool accept_other_build);

}  // namespace synerbench
