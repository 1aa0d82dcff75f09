#include "reports/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "harness/core/error.h"
#include "reports/tables.h"
#include "reports/text.h"

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

std::string list_of(const std::vector<std::string>& ids) {
  std::string text;
  for (size_t i = 0; i < ids.size() && i < 3; ++i) text += (i == 0 ? "" : ", ") + clean_text(ids[i]);
  return ids.size() > 3 ? text + fmt::format(" and {} more", ids.size() - 3) : text;
}

std::string line_of(const RunPair& pair, const GateFinding& finding) {
  const std::string model = pair.baseline_model == pair.candidate_model
                                ? pair.baseline_model
                                : pair.baseline_model + " -> " + pair.candidate_model;
  std::string text = fmt::format("  {:<13}  {}  {}  {} {}: ", name_of(finding.kind), clean_text(pair.task),
                                 clean_text(model), pair.protocol, pair.metric.name);
  const int decimals = pair.metric.decimals;
  switch (finding.kind) {
    case GateFinding::Kind::kNotMeasured:
      return text + "measured by the baseline, not by the candidate";
    case GateFinding::Kind::kLostCoverage:
      return text + fmt::format("{} of {} cases have no value any more: {}", pair.lost.size(),
                                pair.baseline_scored, list_of(pair.lost));
    case GateFinding::Kind::kWorse:
      break;
  }
  text += fmt::format("{} -> {}{}, change {}", format_fixed(*pair.baseline_mean, decimals),
                      format_fixed(*pair.candidate_mean, decimals),
                      pair.metric.unit.empty() ? "" : " " + pair.metric.unit,
                      format_signed(*pair.candidate_mean - *pair.baseline_mean, decimals));
  if (pair.change->interval) {
    text += fmt::format(", improvement {} [{}, {}]", format_signed(pair.change->mean, decimals),
                        format_signed(pair.change->interval->low, decimals),
                        format_signed(pair.change->interval->high, decimals));
  }
  if (pair.change->p) text += (*pair.change->p < 0.001 ? ", p " : ", p = ") + format_p(*pair.change->p);
  return text + fmt::format(", tolerance {}, {} patient{}", format_exact(finding.tolerance),
                            pair.change->patients, pair.change->patients == 1 ? "" : "s");
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

Json to_json(const GateVerdict& verdict) {
  Json json = {{"schema", "synerbench/gate"},
               {"schema_version", 1},
               {"verdict", verdict.regression() ? "regression" : "ok"},
               {"compared", verdict.comparison.pairs.size()},
               {"regressions", Json::array()}};
  for (const GateFinding& finding : verdict.regressions) {
    const RunPair& pair = verdict.comparison.pairs[finding.pair];
    json["regressions"].push_back({{"kind", name_of(finding.kind)},
                                   {"pair", finding.pair},
                                   {"task", pair.task},
                                   {"baseline_model", pair.baseline_model},
                                   {"candidate_model", pair.candidate_model},
                                   {"protocol", pair.protocol},
                                   {"metric", pair.metric.name},
                                   {"improvement", pair.change ? Json(pair.change->mean) : Json()},
                                   {"tolerance", finding.tolerance},
                                   {"lost", pair.lost}});
  }
  json["comparison"] = to_json(verdict.comparison);
  return json;
}

std::string to_text(const GateVerdict& verdict) {
  const size_t compared = verdict.comparison.pairs.size();
  std::string text =
      verdict.regression()
          ? fmt::format("gate    regression: {} finding{} in {} comparison{} of {} with the baseline {}\n",
                        verdict.regressions.size(), verdict.regressions.size() == 1 ? "" : "s", compared,
                        compared == 1 ? "" : "s", clean_text(verdict.comparison.candidate),
                        clean_text(verdict.comparison.baseline))
          : fmt::format("gate    ok: nothing of {} comparison{} of {} is worse than the baseline {} allows\n",
                        compared, compared == 1 ? "" : "s", clean_text(verdict.comparison.candidate),
                        clean_text(verdict.comparison.baseline));
  for (const GateFinding& finding : verdict.regressions)
    text += line_of(verdict.comparison.pairs[finding.pair], finding) + "\n";
  for (const std::string& measure : verdict.comparison.new_measures)
    text += "  new            " + measure + ": only in the candidate\n";
  return text;
}

}  // namespace synerbench
