// Two runs against each other, pairwise on the same cases, the baseline named first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"
#include "reports/numbers/runs.h"

namespace synerbench {

struct CompareOptions {
  // Which models are compared. Both empty: those with one key in both runs. Else both are needed.
  std::string baseline_model, candidate_model;
  BootstrapOptions bootstrap;
  ProtocolTable protocols = builtin_protocols();  // where the runs' protocols are looked up
};

/// One model in one task under one metric, in both runs.
struct RunPair {
  std::string task, baseline_model, candidate_model, protocol;
  MetricInfo metric;
  int64_t baseline_scored = 0, candidate_scored = 0;  // cases with a value
  std::vector<std::string> lost;                      // cases with a value in the baseline only; ids, sorted
  bool measured = true;                               // false: the candidate does not measure this at all
  std::optional<double> baseline_mean, candidate_mean;  // over the patients that both have a value for
  // Of the candidate over the baseline, positive = better; p after Holm over the tasks.
  std::optional<Improvement> change;
};

struct RunComparison {
  std::string baseline, candidate;  // names of the runs
  std::vector<RunPair> pairs;       // everything the baseline measured: by protocol, metric, model, task
  std::vector<std::string> new_measures;  // "task, model, protocol metric" that only the candidate has
};

/// Everything that the baseline measured is in `pairs`, whether the candidate has it or not. Error(kUsage)
/// when suite, store, split or the cases of a task differ, or when the models to compare are not there.
/// Protocols may differ: a number is only ever compared under one of them.
RunComparison compare_runs(const RunInput& baseline, const RunInput& candidate,
                           const CompareOptions& options = {});

}  // namespace synerbench
