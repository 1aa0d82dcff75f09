#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "metrics/detail/distributions.h"
#include "metrics/detail/generator.h"
#include "metrics/detail/samples.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

/// The patients of a group, by position.
using Groups = std::vector<std::vector<size_t>>;

Groups groups_of(std::span<const size_t> group) {
  std::map<size_t, std::vector<size_t>> members;
  for (size_t i = 0; i < group.size(); ++i) members[group[i]].push_back(i);
  Groups groups;
  for (auto& [name, positions] : members) {
    if (positions.size() < 2)
      throw std::invalid_argument("interval: a group of one patient has no variance; join it with another");
    groups.push_back(std::move(positions));
  }
  return groups;
}

/// The variance of a sum over parts: n s^2, with s the sample SD. Around the mean, in a second pass: from the
/// sum of squares, parts of one value would get a variance of rounding, of either size, instead of none.
double variance_of_sum(const std::vector<double>& parts, double sum) {
  const double n = static_cast<double>(parts.size()), mean = sum / n;
  double squares = 0;
  for (const double part : parts) squares += (part - mean) * (part - mean);
  return n / (n - 1) * squares;
}

struct Spread {
  double variance = 0;
  double degrees_of_freedom = 0;
};

Spread spread_of(const std::vector<double>& centered, const Groups& groups) {
  Spread spread;
  double weights = 0, patients = 0;
  for (const auto& members : groups) {
    const double n = static_cast<double>(members.size());
    std::vector<double> parts;
    double sum = 0;
    for (const size_t i : members) parts.push_back(centered[i]), sum += centered[i];
    const double variance = variance_of_sum(parts, sum);
    spread.variance += variance;
    weights += variance * variance / (n - 1);
    patients += n;
  }
  spread.degrees_of_freedom = weights > 0 ? spread.variance * spread.variance / weights
                                          : patients - static_cast<double>(groups.size());
  return spread;
}

/// t* of every replicate that has a spread, sorted.
std::vector<double> replicate_t(const std::vector<double>& centered, const Groups& groups,
                                const BootstrapOptions& options) {
  // Shares of the sample's own variance below this are rounding: all draws had one value.
  constexpr double kNoSpread = 1e-20;
  const double least = kNoSpread * spread_of(centered, groups).variance;
  detail::Generator generator(options.seed);
  std::vector<double> t, draws;
  t.reserve(static_cast<size_t>(options.replicates));
  for (int replicate = 0; replicate < options.replicates; ++replicate) {
    if (options.meanwhile && replicate % detail::kReplicatesBetween == 0) options.meanwhile();
    double moved = 0, variance = 0;
    for (const auto& members : groups) {
      draws.clear();
      double sum = 0;
      for (size_t i = 0; i < members.size(); ++i) {
        draws.push_back(centered[members[generator.below(members.size())]]);
        sum += draws.back();
      }
      moved += sum;
      variance += variance_of_sum(draws, sum);
    }
    if (variance > least) t.push_back(moved / std::sqrt(variance));
  }
  std::sort(t.begin(), t.end());
  return t;
}

}  // namespace

std::optional<MeanInterval> sum_interval(double estimate, std::span<const double> parts,
                                         std::span<const size_t> group, const BootstrapOptions& options) {
  detail::require_options(options);
  detail::require_sample(parts, "interval");
  if (group.size() != parts.size()) throw std::invalid_argument("interval: a part without a group");
  if (parts.size() < 2) return std::nullopt;
  const Groups groups = groups_of(group);
  std::vector<double> centered(parts.begin(), parts.end());
  for (const auto& members : groups) {
    double sum = 0;
    for (const size_t i : members) sum += parts[i];
    for (const size_t i : members) centered[i] -= sum / static_cast<double>(members.size());
  }
  // Scaled, so that no square overflows or vanishes.
  double scale = 0;
  for (const double value : centered) scale = std::max(scale, std::abs(value));
  if (scale > 0) {
    for (double& value : centered) value /= scale;
  }
  const Spread spread = spread_of(centered, groups);
  MeanInterval interval;
  interval.estimate = interval.low = interval.high = estimate;
  interval.n = static_cast<int64_t>(parts.size());
  interval.standard_error = std::sqrt(spread.variance) * scale;
  interval.degrees_of_freedom = spread.degrees_of_freedom;
  if (interval.standard_error == 0) return interval;
  const double tail = (1 - options.confidence) / 2;
  double below = detail::student_t_critical(2 * tail, spread.degrees_of_freedom), above = below;
  // A hair of tolerance: Satterthwaite's number for one group is n - 1 up to rounding.
  if (spread.degrees_of_freedom > kFewestDegreesForBootstrapT - 1e-9) {
    const std::vector<double> t = replicate_t(centered, groups, options);
    if (2 * t.size() > static_cast<size_t>(options.replicates)) {
      const double widest = kWidestInStudents * below;
      above = std::clamp(-detail::quantile_of_sorted(t, tail), above, widest);
      below = std::clamp(detail::quantile_of_sorted(t, 1 - tail), below, widest);
    }
  }
  const double most = std::numeric_limits<double>::max();
  interval.low = std::max(-most, estimate - below * interval.standard_error);
  interval.high = std::min(most, estimate + above * interval.standard_error);
  return interval;
}

std::optional<MeanInterval> mean_interval(std::span<const double> values, const BootstrapOptions& options) {
  detail::require_sample(values, "interval");
  std::vector<double> parts;
  for (const double value : values) parts.push_back(value / static_cast<double>(values.size()));
  return sum_interval(mean(values), parts, std::vector<size_t>(values.size(), 0), options);
}

}  // namespace synerbench
