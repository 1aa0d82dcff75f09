// One suite, many runs: the value of every model and task over time, and where it took a step.
//
// Note [What a step is]
// A model with the same weights, run by the same code on the same cases, gives the same numbers to the last
// digit: nothing in a history is noise of measurement. What can mislead is that a change moves patients in
// both directions, and that a long history is looked at in many places. So a step is a change
//   - between two runs that follow one another with a value for the model and the task, over the patients
//     that both have one for, paired (compare_runs: the same cases, and what it says about equal images);
//   - whose p, by permutation of the patients' signs, stays below the limit of its family after the
//     correction of Tarone and Holm (metrics/tarone_holm.h) at 5 %. A family is all that is looked at for one
//     model: its tasks over all pairs of runs, or its averages over all pairs of runs. So at most 5 % of
//     models without any change show a step in a task, however long the history, and at most 5 % in the
//     average. Pairs in which no patient changed are no tests; what was looked at does not hang on the signs;
//   - at least as large as the smallest step that is asked for.
// Slow drift has no step: with three runs or more the first is compared with the last, too, in the same
// family. Such a change is listed where no step between them is.
// Fewer than six patients have no p (Note [Fewest patients for a p]), and tests that cannot reach the limit
// have no verdict either: both are kNotJudged.
// A model that is trained again with another seed has changed. The rule says so as soon as the patients agree
// on the direction; the smallest step keeps what is not worth a word out of the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"
#include "reports/numbers/tolerance.h"

namespace synerbench {

inline constexpr double kStepLevel = 0.05;  // see Note [What a step is]

struct HistoryOptions {
  std::string protocol, metric;          // as in LeaderboardOptions, by the newest run
  std::vector<Tolerance> smallest_step;  // smaller changes are listed as such, whatever their p
  bool as_given = false;                 // the runs are in the order of time already
  BootstrapOptions bootstrap;
  ProtocolTable protocols = builtin_protocols();
};

struct HistoryRun {
  std::string name;  // unique in the history
  std::string date;  // see date_of_run(); empty: not known
  std::string version, commit;
  bool dirty = false;
  Json identity;  // as the run has it
};

/// A run that cannot stand in this history.
struct RunSetApart {
  std::string name, date, reason;
};

/// One model in one task (or on average over the tasks) in one run.
struct HistoryPoint {
  size_t run = 0;  // index into History::runs
  int64_t planned = 0, scored = 0, patients = 0;
  int64_t tasks = 1;  // that an average is over
  bool complete = false;
  std::optional<double> mean;
  std::optional<Interval> interval;
};

enum class StepVerdict {
  kUnchanged,  // every patient has the value it had
  kNotShown,   // a change that the patients do not agree on
  kTooSmall,   // they do, and it is smaller than what was asked for
  kStep,
  kNotJudged,  // too few patients for a p, or for one below the family's limit
};
/// "unchanged", "not shown", "too small", "step", "not judged".
std::string name_of(StepVerdict verdict);

/// What changed between two runs.
struct HistoryChange {
  size_t from = 0, to = 0;                   // indices into History::runs
  bool whole = false;                        // from the first to the last, see Note [What a step is]
  std::optional<double> from_mean, to_mean;  // of the patients that both have
  Improvement change;                        // of `to` over `from`; without corrections of its own
  double limit = kStepLevel;                 // what p was held against
  StepVerdict verdict = StepVerdict::kNotShown;
};

struct HistorySeries {
  size_t model = 0;                    // index into History::models
  std::string task;                    // its id; "all": the average over tasks
  std::vector<HistoryPoint> points;    // in the order of the runs, where the run has the model and the task
  std::vector<HistoryChange> changes;  // between points that follow one another; the whole one behind
};

struct History {
  ProtocolInfo protocol;
  MetricInfo metric;
  std::vector<HistoryRun> runs;  // oldest first
  std::vector<RunSetApart> apart;
  std::vector<ReportedModel> models;  // those of the newest run first
  std::vector<TaskRecord> tasks;      // with a value, in suite order
  std::vector<HistorySeries> series;  // by task, then model; averages last
  JoinedRuns newest;                  // what the newest run says about itself
  std::optional<double> smallest_step;
  BootstrapOptions bootstrap;

  /// Null when there is none.
  const HistorySeries* find(const std::string& task, size_t model) const;
};

/// A change that is worth a row.
struct HistoryStep {
  const HistorySeries* series = nullptr;
  const HistoryChange* change = nullptr;
  std::vector<std::string> causes;  // what the two runs say of themselves that differs
};
/// Newest first; a change of an average before those of its tasks. See Note [What a step is].
std::vector<HistoryStep> steps_of(const History& history);

/// When a run was done: what it says itself, else the date in the name of its folder or of the folder around
/// it. Empty where nothing says so.
std::string date_of_run(const RunInput& run);

/// The newest run says what the history is of. A run of another suite, store, split or canvas, with other
/// cases, or without a value under the protocol and metric, is set apart with the reason; one that
/// contradicts itself is refused as in check_results(). Error(kUsage) when fewer than two runs are left, when
/// a run has no date and the order is not given, and as in main_metric() and require_known().
History make_history(std::vector<RunInput> runs, const HistoryOptions& options);

}  // namespace synerbench
