// From records to numbers: every figure of a report, without a word about how it is printed.
//
// Note [Ranking]
// A model is ranked in a task when it is complete there: every planned case is scored and has a value. A case
// that is undefined for every model although each of them scored it (a constant target, say) is the data's
// doing and is held against nobody. Equal means share a rank and the next rank is skipped (1, 2, 2, 4).
// Models that are not complete follow behind all complete ones, without a rank: the cases a model failed on
// tend to be the hard ones. Averages over tasks are ranked under the same rule: every case of every task.
//
// Note [Best trivial model]
// Models say themselves that they are trivial: they learn nothing, or a few numbers. The best trivial model
// of a task is the first of them that has a value, in the order of Note [Ranking]. Learned models are
// compared with it, patient by patient. A report names the trivial models that it chose from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/protocol.h"
#include "metrics/statistics.h"
#include "reports/numbers/improvement.h"
#include "reports/numbers/published.h"
#include "reports/numbers/runs.h"

namespace synerbench {

/// One model in one task under one metric.
struct Summary {
  int64_t planned = 0;           // cases
  int64_t scored = 0;            // with a value
  int64_t failed = 0;            // recorded as failed
  int64_t missing = 0;           // planned, but without any record
  int64_t undefined = 0;         // scored, but this metric has no value
  int64_t undefined_slices = 0;  // slices left out of values that exist
  bool complete = false;         // see Note [Ranking]
  // Why cases have no value, and how many; most frequent first.
  std::vector<std::pair<std::string, int64_t>> reasons;
  std::vector<PatientValue> patients;  // sorted by patient
  std::optional<double> mean;          // over patients; nothing when no case has a value
  std::optional<double> sd;            // ddof 1; nothing for one patient
  std::optional<Interval> interval;    // of the mean, within the metric's bounds; nothing for one patient
  std::optional<double> median, lower_quartile, upper_quartile, worst;
  std::string worst_patient;
};

struct TaskRow {
  size_t model = 0;  // index into Leaderboard::models
  Summary summary;
  std::optional<int> rank;
  bool best_trivial = false;                     // of the task
  std::optional<Improvement> over_best_trivial;  // learned models only
  std::optional<Improvement> over_baseline;      // all but the baseline
  std::optional<PublishedFigure> published;      // of the model of that name; in the main metric only
};

struct TaskBoard {
  size_t task = 0;                     // index into Leaderboard::tasks
  std::vector<TaskRow> rows;           // one per model, in the order of Note [Ranking]
  std::optional<size_t> best_trivial;  // model index; see Note [Best trivial model]
  const TaskRow& row_of(size_t model) const;
};

struct AverageRow {
  size_t model = 0;
  int64_t tasks = 0;                // with a value
  int64_t planned = 0, scored = 0;  // cases
  bool complete = false;
  std::optional<double> mean;        // over the tasks that have a value
  std::optional<Interval> interval;  // nothing when one of them has a single patient
  std::optional<int> rank;
  // Over the tasks in which both have patients in common; see Note [Patients over tasks].
  std::optional<Improvement> over_best_trivial;  // learned models only
  std::optional<Improvement> over_baseline;      // all but the baseline
};

struct AverageBoard {
  std::string group;          // "brats", ...; "all" for the whole suite
  std::vector<size_t> tasks;  // indices
  std::vector<AverageRow> rows;
  std::optional<size_t> best_trivial;  // model index: the first trivial row with a mean
  const AverageRow& row_of(size_t model) const;
};

/// One model against another in every task and average. Positive: the first is better.
struct ModelPair {
  size_t first = 0, second = 0;                      // model indices
  std::vector<std::optional<Improvement>> tasks;     // per MetricBoard::tasks
  std::vector<std::optional<Improvement>> averages;  // per MetricBoard::averages
};

struct MetricBoard {
  ProtocolInfo protocol;
  MetricInfo metric;
  std::vector<TaskBoard> tasks;  // tasks this protocol applies to, in suite order
  // One per group of the suite, then "all" (when there are several groups).
  std::vector<AverageBoard> averages;
  // Every pair of models, when asked for; in the main metric only. Holm over all pairs of a task or average.
  std::vector<ModelPair> pairs;
};

struct ModelSpeed {
  std::optional<double> seconds_per_slice;  // over all its tasks
  std::string device;                       // "cpu, 2 threads"; several: joined by "; "
};

struct Leaderboard {
  JoinedRuns runs;                   // identity, tasks, models, remarks
  std::vector<MetricBoard> metrics;  // the leaderboard's own first
  std::optional<size_t> baseline;    // model index
  std::vector<ModelSpeed> speed;     // per model
  std::vector<Published> published;
  BootstrapOptions bootstrap;

  const std::vector<TaskRecord>& tasks() const { return runs.tasks; }
  const std::vector<ReportedModel>& models() const { return runs.models; }
  const MetricBoard& main() const { return metrics.front(); }
};

/// Models of one method, settings and budget that were trained from different seeds.
struct SeedGroup {
  std::string label;           // the method's, without keys
  std::vector<size_t> models;  // indices, by seed
};
/// Groups of two models or more, in the order of their first. Weights say their seed themselves
/// (ReportedModel::training).
std::vector<SeedGroup> seed_groups(const std::vector<ReportedModel>& models);

/// Every model in exactly one group: seeds of a method together, all others alone, in the order of their
/// first model. Labels are different from each other. What a plot draws as one mark, in one color.
std::vector<SeedGroup> methods_of(const std::vector<ReportedModel>& models);

/// The means of a group's models: what another seed changes. No interval over patients, which are the same
/// for all.
struct SeedSpread {
  int64_t seeds = 0;
  double mean = 0, sd = 0;  // ddof 1
  double low = 0, high = 0;
};
/// Nothing when one of them is not complete there.
std::optional<SeedSpread> seed_spread(const SeedGroup& group, const TaskBoard& task);
std::optional<SeedSpread> seed_spread(const SeedGroup& group, const AverageBoard& average);

struct LeaderboardOptions {
  std::string protocol;    // of the main table; empty: the suite's first
  std::string metric;      // of the main table; empty: the protocol's first
  std::string baseline;    // model key; empty: the first learned model, if there are two
  bool all_pairs = false;  // fill in MetricBoard::pairs of the main metric
  BootstrapOptions bootstrap;
  ProtocolTable protocols = builtin_protocols();  // where the runs' protocols are looked up
};

/// The leaderboard's own protocol and metric, without a task. Errors as in make_leaderboard().
MetricBoard main_metric(const JoinedRuns& runs, const LeaderboardOptions& options);

/// Error(kUsage) when protocol, metric or baseline is unknown, or nothing was run; with "did you mean".
Leaderboard make_leaderboard(JoinedRuns runs, std::vector<Published> published,
                             const LeaderboardOptions& options);

}  // namespace synerbench
