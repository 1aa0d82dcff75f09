// The regression gate: is a run at least as good as the baseline, as far as the tolerances ask?
//
// Note [What a regression is]
// Everything that the baseline measured is looked at: each model, task, protocol and metric. It is a
// regression when
//   - the mean over the patients that both runs have a value for got worse, in the metric's own direction, by
//     more than the tolerance (the interval and p of the paired change are printed beside it, but do not
//     decide: whoever trains anew sets a tolerance that suits the noise);
//   - a case that had a value in the baseline has none any more: lost coverage, whatever the mean of the
//     rest;
//   - the candidate does not measure it at all: a missing metric, task or model.
// What only the candidate has is listed and changes nothing. Runs over different suites, stores or cases are
// not compared: that is an error, not a verdict.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/compare.h"

namespace synerbench {

/// How much worse a mean may get, in the metric's unit. Empty protocol or metric: any. The most specific one
/// counts, and of equally specific ones the last.
struct Tolerance {
  std::string protocol, metric;
  double value = 0;  // >= 0, finite
};
/// "0.002", "ssim=0.002", "synermed-2d@1/ssim=0.002". Error(kUsage) for anything else.
Tolerance parse_tolerance(const std::string& text);

struct GateOptions {
  std::vector<Tolerance> tolerances;  // none: 0, nothing may get worse
  CompareOptions compare;
};

struct GateFinding {
  enum class Kind { kWorse, kLostCoverage, kNotMeasured };
  Kind kind = Kind::kWorse;
  size_t pair = 0;       // index into GateVerdict::comparison.pairs
  double tolerance = 0;  // that was applied
};
/// "worse", "lost-coverage", "not-measured".
std::string name_of(GateFinding::Kind kind);

struct GateVerdict {
  RunComparison comparison;
  std::vector<GateFinding> regressions;
  bool regression() const { return !regressions.empty(); }
};

/// Error(kUsage) as in compare_runs, for a tolerance that matches nothing the baseline measured, and when the
/// baseline holds no value at all: an empty baseline would let everything pass.
GateVerdict gate(const RunInput& baseline, const RunInput& candidate, const GateOptions& options);

}  // namespace synerbench
