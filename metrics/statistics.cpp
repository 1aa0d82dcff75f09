#include "metrics/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <unordered_map>

#include "metrics/detail/distributions.h"
#include "metrics/detail/samples.h"

namespace synerbench {
namespace detail {

void require_sample(std::span<const double> values, const char* function) {
  if (values.empty()) throw std::invalid_argument(std::string(function) + ": no values");
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw std::invalid_argument(std::string(function) + ": value " + std::to_string(i) +
                                  " is not finite; undefined scores are counted, not averaged");
    }
  }
}

std::vector<double> differences_of(std::span<const double> a, std::span<const double> b,
                                   const char* function) {
  if (a.size() != b.size()) {
    throw std::invalid_argument(std::string(function) + ": " + std::to_string(a.size()) + " and " +
                                std::to_string(b.size()) + " values; pairs wanted");
  }
  require_sample(a, function);
  require_sample(b, function);
  std::vector<double> differences(a.size());
  for (size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return differences;
}

void require_options(const BootstrapOptions& options) {
  if (options.replicates < 1) throw std::invalid_argument("bootstrap: at least one replicate wanted");
  if (!(options.confidence > 0 && options.confidence < 1)) {
    throw std::invalid_argument("bootstrap: confidence must lie between 0 and 1");
  }
}

double quantile_of_sorted(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const size_t below = std::min(static_cast<size_t>(position), sorted.size() - 1);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double t = position - static_cast<double>(below);
  const double step = sorted[above] - sorted[below];
  // From the nearer end, as NumPy does, so that t = 1 gives the upper value exactly.
  return t < 0.5 ? sorted[below] + step * t : sorted[above] - step * (1 - t);
}

}  // namespace detail

double mean(std::span<const double> values) {
  detail::require_sample(values, "mean");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> standard_deviation(std::span<const double> values, int ddof) {
  if (ddof < 0) throw std::invalid_argument("standard deviation: negative ddof");
  if (values.empty() || values.size() <= static_cast<size_t>(ddof)) return std::nullopt;
  const double center = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - center) * (value - center);
  return std::sqrt(sum / static_cast<double>(values.size() - static_cast<size_t>(ddof)));
}

double quantile(std::span<const double> values, double share) {
  detail::require_sample(values, "quantile");
  if (!(share >= 0 && share <= 1)) {
    throw std::invalid_argument("quantile: share " + std::to_string(share) + " seen, 0 to 1 wanted");
  }
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return detail::quantile_of_sorted(sorted, share);
}

std::vector<double> patient_means(std::span<const double> values, std::span<const std::string> patients) {
  if (values.size() != patients.size()) {
    throw std::invalid_argument("patient means: " + std::to_string(values.size()) + " values, " +
                                std::to_string(patients.size()) + " patients");
  }
  if (!values.empty()) detail::require_sample(values, "patient means");
  std::unordered_map<std::string, size_t> index;
  std::vector<double> sums;
  std::vector<int64_t> counts;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto [at, is_new] = index.try_emplace(patients[i], sums.size());
    if (is_new) {
      sums.push_back(0);
      counts.push_back(0);
    }
    sums[at->second] += values[i];
    ++counts[at->second];
  }
  for (size_t p = 0; p < sums.size(); ++p) sums[p] /= static_cast<double>(counts[p]);
  return sums;
}

std::optional<PairedT> paired_t(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> differences = detail::differences_of(a, b, "paired t");
  const std::optional<double> sd = standard_deviation(differences, 1);
  if (!sd || *sd == 0) return std::nullopt;
  const double n = static_cast<double>(differences.size());
  PairedT result;
  result.t = mean(differences) / (*sd / std::sqrt(n));
  result.degrees_of_freedom = static_cast<int64_t>(differences.size()) - 1;
  result.p = detail::student_t_two_sided(result.t, n - 1);
  return result;
}

namespace {

void require_probabilities(std::span<const double> p) {
  for (const double value : p) {
    if (!(value >= 0 && value <= 1))
      throw std::invalid_argument("a p value outside [0, 1]: " + std::to_string(value));
  }
}

/// Positions of p from the smallest to the largest; equal values in the order given.
std::vector<size_t> ascending(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return p[i] < p[j]; });
  return order;
}

}  // namespace

std::vector<double> bonferroni(std::span<const double> p) {
  require_probabilities(p);
  std::vector<double> adjusted;
  for (const double value : p) adjusted.push_back(std::min(1.0, value * static_cast<double>(p.size())));
  return adjusted;
}

std::vector<double> holm(std::span<const double> p) {
  require_probabilities(p);
  std::vector<double> adjusted(p.size());
  double largest = 0;
  size_t rank = 0;
  for (const size_t i : ascending(p)) {
    largest = std::max(largest, p[i] * static_cast<double>(p.size() - rank++));
    adjusted[i] = std::min(1.0, largest);
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  require_probabilities(p);
  std::vector<double> adjusted(p.size());
  const std::vector<size_t> order = ascending(p);
  double smallest = 1;
  for (size_t rank = order.size(); rank > 0; --rank) {
    const size_t i = order[rank - 1];
    smallest = std::min(smallest, p[i] * static_cast<double>(p.size()) / static_cast<double>(rank));
    adjusted[i] = smallest;
  }
  return adjusted;
}

}  // namespace synerbench
