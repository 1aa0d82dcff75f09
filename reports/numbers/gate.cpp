#include "reports/numbers/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "harness/core/error.h"
#include "reports/numbers/check.h"

namespace synerbench {
namespace {

constexpr const char* kAcceptIt = "say --accept-incomplete-baseline";

void require_complete(const RunInput& baseline, const GateOptions& options, GateVerdict& verdict) {
  const std::vector<MissingRecords> missing = missing_records(baseline.results);
  if (missing.empty()) return;
  const MissingRecords& first = missing.front();
  const std::string problem = fmt::format(
      "the baseline has a record of {} of {} cases of {} on {}{}", first.recorded, first.planned, first.model,
      first.task, missing.size() == 1 ? "" : fmt::format(", and {} more gaps", missing.size() - 1));
  if (!options.accept_incomplete_baseline) {
    throw input_error(baseline.name, problem,
                      fmt::format("what it lacks cannot get worse; finish the run (synerbench run --resume, "
                                  "merge), or {}",
                                  kAcceptIt));
  }
  verdict.remarks.push_back("Accepted: " + problem + ".");
}

/// A model that failed on every case of a task in the baseline is as if it had no record there.
void require_values(const RunInput& baseline, const GateOptions& options, GateVerdict& verdict) {
  const std::vector<WithoutValue>& without = verdict.comparison.without_value;
  if (without.empty()) return;
  const std::string problem = describe(without) + "; nothing of it can get worse";
  if (!options.accept_incomplete_baseline) {
    throw input_error(baseline.name, problem,
                      fmt::format("see failures.csv of that run; choose others with --task or "
                                  "--baseline-model, take a baseline with values, or {}",
                                  kAcceptIt));
  }
  verdict.remarks.push_back("Accepted: " + problem + ".");
}

/// A limit as wide as all that a metric can be passes everything. That may be meant, as where only coverage
/// is watched; it must not be overlooked.
void remark_on_wide_limits(const std::vector<Tolerance>& limits, const std::string& what,
                           GateVerdict& verdict) {
  std::set<std::pair<std::string, std::string>> seen;
  std::map<double, std::vector<std::string>> metrics;
  for (const RunPair& pair : verdict.comparison.pairs) {
    if (!seen.emplace(pair.protocol, pair.metric.name).second) continue;
    const auto limit = find_tolerance(limits, pair.protocol, pair.metric.name);
    if (limit && *limit >= pair.metric.upper - pair.metric.lower)
      metrics[*limit].push_back(pair.protocol + "/" + pair.metric.name);
  }
  for (const auto& [limit, names] : metrics) {
    verdict.remarks.push_back(fmt::format("The {} {} is as wide as all that {} can be: it passes everything.",
                                          what, limit, fmt::join(names, ", ")));
  }
}

/// What one pair gives rise to.
void judge(const RunPair& pair, size_t index, const GateOptions& options, GateVerdict& verdict) {
  using Finding = GateFinding::Kind;
  using Note = GateNote::Kind;
  const double tolerance = find_tolerance(options.tolerances, pair.protocol, pair.metric.name).value_or(0);
  const auto limit = find_tolerance(options.interval_limits, pair.protocol, pair.metric.name);
  const auto find = [&](Finding kind, double applied) {
    verdict.regressions.push_back({kind, index, applied});
  };
  const auto note = [&](Note kind) { verdict.notes.push_back({kind, index, tolerance}); };
  if (!pair.unscored.empty()) note(Note::kNeitherScored);
  if (!pair.measured && pair.baseline_scored > 0) return find(Finding::kNotMeasured, tolerance);
  if (!pair.lost.empty()) find(Finding::kLostCoverage, tolerance);
  if (!pair.fewer_slices.empty()) find(Finding::kFewerSlices, tolerance);
  if (!pair.lost_perfect.empty() || !pair.fewer_perfect.empty()) find(Finding::kLostPerfect, tolerance);
  if (!pair.became_perfect.empty()) note(Note::kBecamePerfect);
  if (!pair.more_perfect.empty()) note(Note::kMorePerfect);
  if (!pair.change) return;
  if (-pair.change->mean > tolerance) {
    find(Finding::kWorse, tolerance);
  } else if (pair.change->mean < 0) {
    note(Note::kWithinTolerance);
  }
  if (limit && (!pair.change->interval || -pair.change->interval->low > *limit))
    find(Finding::kInterval, *limit);
}

}  // namespace

std::string name_of(GateFinding::Kind kind) {
  switch (kind) {
    case GateFinding::Kind::kWorse:
      return "worse";
    case GateFinding::Kind::kInterval:
      return "interval";
    case GateFinding::Kind::kLostCoverage:
      return "lost-coverage";
    case GateFinding::Kind::kFewerSlices:
      return "fewer-slices";
    case GateFinding::Kind::kLostPerfect:
      return "lost-perfect";
    case GateFinding::Kind::kNotMeasured:
      return "not-measured";
  }
  check_failed("kind", __FILE__, __LINE__, "every kind has a name");
}

std::string name_of(GateNote::Kind kind) {
  switch (kind) {
    case GateNote::Kind::kWithinTolerance:
      return "within-tolerance";
    case GateNote::Kind::kNeitherScored:
      return "neither-scored";
    case GateNote::Kind::kBecamePerfect:
      return "became-perfect";
    case GateNote::Kind::kMorePerfect:
      return "more-perfect";
  }
  check_failed("kind", __FILE__, __LINE__, "every kind has a name");
}

GateVerdict gate(const RunInput& baseline, const RunInput& candidate, const GateOptions& options) {
  GateVerdict verdict;
  verdict.comparison = compare_runs(baseline, candidate, options.compare);
  verdict.remarks = verdict.comparison.remarks;
  require_complete(baseline, options, verdict);
  const std::vector<RunPair>& pairs = verdict.comparison.pairs;
  if (std::none_of(pairs.begin(), pairs.end(),
                   [](const RunPair& pair) { return pair.baseline_scored > 0; })) {
    throw usage_error(baseline.name, "the baseline holds no value to compare with",
                      "see failures.csv of the baseline");
  }
  require_values(baseline, options, verdict);
  std::vector<MeasuredMetric> measured;
  for (const RunPair& pair : pairs) measured.push_back({pair.protocol, pair.metric.name});
  require_known(options.tolerances, measured, "tolerance");
  require_known(options.interval_limits, measured, "interval limit");
  remark_on_wide_limits(options.tolerances, "tolerance", verdict);
  remark_on_wide_limits(options.interval_limits, "interval limit", verdict);
  for (size_t i = 0; i < pairs.size(); ++i) judge(pairs[i], i, options, verdict);
  // A failed case has no value under any metric: one note says so.
  std::set<std::tuple<std::string, std::string, std::string, std::vector<std::string>>> said;
  std::erase_if(verdict.notes, [&](const GateNote& note) {
    const RunPair& pair = pairs[note.pair];
    return note.kind == GateNote::Kind::kNeitherScored &&
           !said.emplace(pair.task, pair.baseline_model, pair.candidate_model, pair.unscored).second;
  });
  return verdict;
}

}  // namespace synerbench
