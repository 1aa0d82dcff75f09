// The regression gate: is a run at least as good as the baseline, as far as the tolerances ask?
//
// Note [What a regression is]
// Everything that the baseline measured (of the tasks and metrics asked for) is looked at: each model, task,
// protocol and metric. It is a regression when
//   - kWorse: the mean over the patients that both runs have a value for got worse, in the metric's own
//     direction, by more than the tolerance;
//   - kInterval: where a limit for the interval is given, the paired interval of the change reaches farther
//     into the worse than it, or there is no interval (one patient). The mean may look fine and this fail:
//     the patients do not show that the loss is as small as asked;
//   - kLostCoverage: a case that was scored in the baseline is not any more, whatever the mean of the rest;
//   - kFewerSlices: a case's value is over fewer slices, questions or voxels than the baseline's;
//   - kLostPerfect: images that were equal to their reference are not any more, see Note [Equal images];
//   - kNotMeasured: the candidate does not measure it at all: a missing metric, task or model.
// What deserves a word and is no regression is in `notes`: cases that neither run has a value for, images
// that became equal, losses within the tolerance, measures that only the candidate has.
//
// Runs over different suites, stores or cases are not compared: that is an error, not a verdict. So is a
// baseline that does not have a record of everything in its plan, or in which a model has no value on a task:
// what it lacks would pass unseen. Both can be accepted, and the verdict then says so.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/compare.h"

namespace synerbench {

struct GateOptions {
  std::vector<Tolerance> tolerances;        // of means; none: 0, nothing may get worse
  std::vector<Tolerance> interval_limits;   // none: the interval is stated and decides nothing
  bool accept_incomplete_baseline = false;  // then what has no record or value is a remark
  CompareOptions compare;
};

struct GateFinding {
  enum class Kind { kWorse, kInterval, kLostCoverage, kFewerSlices, kLostPerfect, kNotMeasured };
  Kind kind = Kind::kWorse;
  size_t pair = 0;   // index into GateVerdict::comparison.pairs
  double limit = 0;  // the tolerance or interval limit that was applied
};
/// "worse", "interval", "lost-coverage", "fewer-slices", "lost-perfect", "not-measured".
std::string name_of(GateFinding::Kind kind);

struct GateNote {
  enum class Kind { kWithinTolerance, kNeitherScored, kBecamePerfect, kMorePerfect };
  Kind kind = Kind::kWithinTolerance;
  size_t pair = 0;
  double limit = 0;
};
std::string name_of(GateNote::Kind kind);  // "within-tolerance", "neither-scored", ...

struct GateVerdict {
  RunComparison comparison;
  std::vector<GateFinding> regressions;
  std::vector<GateNote> notes;
  std::vector<std::string> remarks;  // about a run as a whole: those of the comparison, and of the rules
  bool regression() const { return !regressions.empty(); }
};

/// Error(kUsage) as in compare_runs(), for a tolerance that matches nothing, and for a baseline without any
/// value. Error(kBadInput) as in compare_runs(), and for an incomplete baseline or one without a value of a
/// model on a task.
GateVerdict gate(const RunInput& baseline, const RunInput& candidate, const GateOptions& options = {});

}  // namespace synerbench
