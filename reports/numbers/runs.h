// Run folders as a report sees them, and several of them as one.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/run/admission.h"
#include "harness/run/record.h"
#include "metrics/protocol.h"

namespace synerbench {

class Journal;

/// One run.
struct RunInput {
  std::string name;              // as printed: the folder's last component
  std::filesystem::path folder;  // where panels/ lies; empty: made in memory
  Results results;
  std::vector<Timing> timing;
  std::shared_ptr<const Journal> journal = {};  // that lies beside the results; knows the panels' hashes
  std::string finished = {};  // when its last item was done, UTC; empty: the run does not say
};

/// Reads results.json of a run folder and, where it exists, timing.json; or results.json alone.
/// Error(kBadInput) also when the journal beside them says otherwise, or is missing beside other files of a
/// run.
RunInput read_run(const std::filesystem::path& folder);

/// How a learned model was trained, over all the trainings it consists of. What weights say about themselves:
/// see harness/train/per_task_model.h.
struct ReportedTraining {
  std::string covers;                 // what one training covers: "task", "pair", "all"; empty: not said
  std::string pairing, augmentation;  // as in a recipe
  int64_t batch = 0;
  std::string budget_kind;   // "updates", "slices", "seconds"; empty: the method's own recipe
  int64_t budget_value = 0;  // per task
  int64_t least_updates = 0, most_updates = 0, least_slices = 0, most_slices = 0;  // of one training
  std::vector<uint64_t> seeds;                                                     // sorted
};

/// Some of a model's properties, as the tables print them.
struct ReportedModel {
  std::string key;  // unique in the report
  std::string name, label;
  bool trivial = false;
  bool deterministic = true;
  int64_t parameters = 0;       // the largest over its tasks
  int network_evaluations = 1;  // the largest over its tasks
  std::string method_label;     // `label`, before it was made unique
  Json switches;                // settings that hold for all its tasks, without the training's
  std::optional<ReportedTraining> training;
  Standing standing;                   // what its weights learned from, or what else it is
  Json lineages;                       // as the run has them (harness/core/lineage.h); null: not recorded
  std::vector<std::string> transfers;  // routes that stood in for tasks it does not know; sorted
  std::string run_key;                 // its key in its run: names its folder in panels/
  size_t run = 0;                      // index of the run it came from
};

/// Runs put side by side.
struct JoinedRuns {
  std::vector<RunInput> runs;  // results moved out: names, folders and timing stay
  Json shared_identity;        // suite, store, protocols, ...: what all runs must share
  std::vector<TaskRecord> tasks;
  std::vector<ReportedModel> models;
  std::vector<CaseRecord> cases;  // model = ReportedModel::key
  std::vector<Timing> timing;     // likewise
  // Differences that are allowed but should be seen: commits, devices, a dirty tree.
  std::vector<std::string> remarks;

  /// The suite's rule about what models may have learned from: "zero-shot"; empty where it has none.
  std::string lineage_rule() const;
};

/// Puts runs of one suite on one store under the same protocols side by side. Runs that differ in any of
/// these, or in the canvas (where both have one) or the cases of a task, are refused: Error(kUsage) names the
/// two runs and the place where they differ. Models, seeds, builds and the choice of tasks may differ; seeds
/// and builds become remarks. A model that two runs contain with equal records is taken once; with different
/// records its key gets " @run". Each run is checked first: see check_results().
JoinedRuns join_runs(std::vector<RunInput> runs, const ProtocolTable& protocols = builtin_protocols());

/// The simulated data sets of the runs' store, with the name of their cohort ("": none). Empty when all
/// patients are real, or the runs do not say.
std::map<std::string, std::string> simulated_data(const JoinedRuns& runs);

/// SHA-256 over task, case and patient of everything planned, in order: two reports with one hash are about
/// the same cases.
std::string case_list_hash(const JoinedRuns& runs);

/// The measure of one protocol and metric in a record; null when there is none.
const Measure* find_measure(const CaseRecord& record, const std::string& protocol, const std::string& metric);

/// The parts of an identity that have to be equal for numbers to be compared.
Json comparable_identity(const Json& identity);
/// Error(kUsage) naming the first difference.
void require_same_identity(const Json& a, const std::string& name_a, const Json& b,
                           const std::string& name_b);
/// Error(kUsage) unless the tasks that both runs have were planned alike: number of cases, canvas, group,
/// unit.
void require_same_tasks(const RunInput& a, const RunInput& b);

}  // namespace synerbench
