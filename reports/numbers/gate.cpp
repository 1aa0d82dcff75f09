#include "reports/numbers/gate.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench {
namespace {

bool matches(const Tolerance& tolerance, const RunPair& pair) {
  return (tolerance.protocol.empty() || tolerance.protocol == pair.protocol) &&
         (tolerance.metric.empty() || tolerance.metric == pair.metric.name);
}

int specificity(const Tolerance& tolerance) {
  return (tolerance.protocol.empty() ? 0 : 2) + (tolerance.metric.empty() ? 0 : 1);
}

double tolerance_for(const std::vector<Tolerance>& tolerances, const RunPair& pair) {
  const Tolerance* best = nullptr;
  for (const Tolerance& tolerance : tolerances) {
    if (matches(tolerance, pair) && (best == nullptr || specificity(tolerance) >= specificity(*best)))
      best = &tolerance;
  }
  return best == nullptr ? 0 : best->value;
}

void check_tolerances(const std::vector<Tolerance>& tolerances, const std::vector<RunPair>& pairs) {
  std::vector<std::string> known;
  for (const RunPair& pair : pairs) {
    for (const std::string& name : {pair.metric.name, pair.protocol + "/" + pair.metric.name}) {
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
  }
  for (const Tolerance& tolerance : tolerances) {
    if (std::any_of(pairs.begin(), pairs.end(),
                    [&](const RunPair& pair) { return matches(tolerance, pair); }))
      continue;
    const std::string name = (tolerance.protocol.empty() ? "" : tolerance.protocol + "/") + tolerance.metric;
    throw usage_error("tolerance " + name, "the baseline measured nothing of that name",
                      did_you_mean(name, known));
  }
}

}  // namespace

Tolerance parse_tolerance(const std::string& text) {
  Tolerance tolerance;
  const size_t equals = text.rfind('=');
  const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
  const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
  const size_t slash = name.find('/');
  if (slash != std::string::npos) tolerance.protocol = name.substr(0, slash);
  tolerance.metric = slash == std::string::npos ? name : name.substr(slash + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), tolerance.value);
  const bool whole = error == std::errc() && end == number.data() + number.size() &&
                     std::isfinite(tolerance.value) && tolerance.value >= 0;
  const bool named =
      equals == std::string::npos ||
      (!tolerance.metric.empty() && (slash == std::string::npos || !tolerance.protocol.empty()));
  if (!whole || !named) {
    throw usage_error("tolerance", "\"" + text + "\" is no tolerance",
                      "write 0.002, ssim=0.002 or synermed-2d@1/ssim=0.002; not negative");
  }
  return tolerance;
}

std::string name_of(GateFinding::Kind kind) {
  switch (kind) {
    case GateFinding::Kind::kWorse:
      return "worse";
    case GateFinding::Kind::kLostCoverage:
      return "lost-coverage";
    case GateFinding::Kind::kNotMeasured:
      return "not-measured";
  }
  check_failed("kind", __FILE__, __LINE__, "every kind has a name");
}

GateVerdict gate(const RunInput& baseline, const RunInput& candidate, const GateOptions& options) {
  GateVerdict verdict;
  verdict.comparison = compare_runs(baseline, candidate, options.compare);
  const std::vector<RunPair>& pairs = verdict.comparison.pairs;
  if (std::none_of(pairs.begin(), pairs.end(),
                   [](const RunPair& pair) { return pair.baseline_scored > 0; })) {
    throw usage_error(baseline.name, "the baseline holds no value to compare with",
                      "see failures.csv of the baseline");
  }
  check_tolerances(options.tolerances, pairs);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const RunPair& pair = pairs[i];
    const double tolerance = tolerance_for(options.tolerances, pair);
    if (!pair.measured && pair.baseline_scored > 0) {
      verdict.regressions.push_back({GateFinding::Kind::kNotMeasured, i, tolerance});
      continue;
    }
    if (!pair.lost.empty()) verdict.regressions.push_back({GateFinding::Kind::kLostCoverage, i, tolerance});
    if (pair.change && -pair.change->mean > tolerance)
      verdict.regressions.push_back({GateFinding::Kind::kWorse, i, tolerance});
  }
  return verdict;
}

}  // namespace synerbench
