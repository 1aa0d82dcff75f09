// Two runs against each other, pairwise on the same cases, the baseline named first.
//
// Note [Equal images]
// The PSNR of a slice or volume that equals its reference is infinite: it has no value ("identical-images")
// and is left out of means. It is the best result there is, so
//   - a case that became equal is neither lost nor worse: it is listed in RunPair::became_perfect;
//   - a case that was equal and is not any more is worse by more than any tolerance: RunPair::lost_perfect;
//   - within a case, slices that became equal leave the mean, which may fall for that; the case is then not
//     compared under this metric but listed (more_perfect), and the other metrics of its protocol decide;
//   - slices that were equal and are not any more enter the mean, which may rise for that: the case is worse,
//     whatever its mean (fewer_perfect).
// This is about metrics without an upper bound where higher is better; slices without foreground or too small
// for a window have no value under any model, and cancel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"
#include "reports/numbers/runs.h"
#include "reports/numbers/tolerance.h"

namespace synerbench {

struct CompareOptions {
  // Which models are compared. Both empty: those with one key in both runs. Else both are needed.
  std::string baseline_model, candidate_model;
  bool all_pairs = false;            // every model of the baseline with every one of the candidate
  std::vector<std::string> tasks;    // ids or patterns (fnmatch(3)); empty: all
  std::vector<std::string> metrics;  // "ssim", "synermed-2d@2/ssim"; empty: all
  std::vector<Tolerance> margins;    // within which the models count as equivalent, see add_equivalence
  BootstrapOptions bootstrap;
  ProtocolTable protocols = builtin_protocols();  // where the runs' protocols are looked up
};

/// One model in one task under one metric, in both runs. Lists of cases are ids, sorted.
struct RunPair {
  std::string task, baseline_model, candidate_model, protocol;
  MetricInfo metric;
  int64_t planned = 0;                                // cases of the task
  int64_t baseline_scored = 0, candidate_scored = 0;  // cases with a value, or equal to their reference
  std::vector<std::string> lost;                      // scored in the baseline only
  std::vector<std::string> unscored;  // scored in neither, though planned; without those that have no record
  // See Note [Equal images].
  std::vector<std::string> became_perfect, lost_perfect, more_perfect, fewer_perfect;
  std::vector<std::string> fewer_slices;  // the value is over fewer `counted` than the baseline's
  std::string counted = "slice";          // or "question", "voxel"
  bool measured = true;                   // false: the candidate does not measure this at all
  std::optional<double> baseline_mean, candidate_mean;  // over the patients that both have a value for
  // Of the candidate over the baseline, positive = better; p after Holm over the tasks.
  std::optional<Improvement> change;
};

/// One model under one metric on average over the tasks that both runs have values for.
struct RunAverage {
  std::string baseline_model, candidate_model, protocol;
  MetricInfo metric;
  double baseline_mean = 0, candidate_mean = 0;  // of the same patients
  Improvement change;                            // p is of a family of its own: this one
};

/// A model on a task of which no case of the baseline has a value under any metric.
struct WithoutValue {
  std::string task, model;
  int64_t cases = 0;  // with a record
};
/// "model mean, task brain-mr-to-ct: 0 of 3 cases of the baseline have a value; the same of mean on
/// brats-t1-to-t2": the list is not empty; a long one ends with how many more there are.
std::string describe(const std::vector<WithoutValue>& without);

/// Such models of a run, by task and model as the run lists them. Cases that were scored and have no measure
/// at all are of another kind: no protocol of the run speaks of them.
std::vector<WithoutValue> without_value(const Results& results);

struct RunComparison {
  std::string baseline, candidate;   // names of the runs
  std::vector<RunPair> pairs;        // everything the baseline measured: by protocol, metric, model, task
  std::vector<RunAverage> averages;  // where there are two tasks or more
  BootstrapOptions bootstrap;        // how intervals were made
  std::vector<std::string> new_measures;    // "task, model, protocol metric" that only the candidate has
  std::vector<WithoutValue> without_value;  // of the models and tasks compared: they are in no pair
  // What a report of the two runs says about them: seeds and builds that differ, remarks on cases. Sentences.
  std::vector<std::string> remarks;
};

/// Everything that the baseline measured (of the tasks and metrics asked for) is in `pairs`, whether the
/// candidate has it or not. Both runs are checked first (check_results), and against each other: one case is
/// one patient and has one number of slices on both sides. Error(kUsage) when suite, store, split or the
/// cases of a task differ, or when the models, tasks or metrics to compare are not there; Error(kBadInput)
/// for runs that contradict themselves or each other. Protocols may differ: a number is only ever compared
/// under one of them.
RunComparison compare_runs(const RunInput& baseline, const RunInput& candidate,
                           const CompareOptions& options = {});

}  // namespace synerbench
