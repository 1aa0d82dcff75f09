#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "metrics/detail/distributions.h"
#include "metrics/detail/samples.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

constexpr int64_t kMostExact = 50;  // 2^50 sign patterns are counted exactly in a double

/// Average ranks of |d|, from 1; and the sum of t^3 - t over groups of t equal values.
struct Ranks {
  std::vector<double> rank;
  double tie_term = 0;
};

Ranks average_ranks(const std::vector<double>& d) {
  std::vector<size_t> order(d.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t j) { return std::abs(d[i]) < std::abs(d[j]); });
  Ranks ranks;
  ranks.rank.resize(d.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && std::abs(d[order[end]]) == std::abs(d[order[begin]])) ++end;
    for (size_t i = begin; i < end; ++i) ranks.rank[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    const double t = static_cast<double>(end - begin);
    ranks.tie_term += t * t * t - t;
    begin = end;
  }
  return ranks;
}

/// P(W+ <= w) under the null for n ranks 1 .. n: the number of subsets of {1 .. n} with each sum, by
/// recursion over n.
double exact_lower_tail(int64_t n, double w) {
  const int64_t most = n * (n + 1) / 2;
  std::vector<double> ways(static_cast<size_t>(most + 1), 0.0);
  ways[0] = 1;
  for (int64_t rank = 1; rank <= n; ++rank) {
    for (int64_t sum = most; sum >= rank; --sum)
      ways[static_cast<size_t>(sum)] += ways[static_cast<size_t>(sum - rank)];
  }
  double count = 0;
  for (int64_t sum = 0; sum <= most && static_cast<double>(sum) <= w; ++sum)
    count += ways[static_cast<size_t>(sum)];
  return count / std::exp2(static_cast<double>(n));
}

double exact_p(const WilcoxonResult& result, Alternative alternative) {
  // The null distribution is symmetric: P(W+ >= w_plus) = P(W+ <= w_minus).
  switch (alternative) {
    case Alternative::kGreater:
      return exact_lower_tail(result.ranked, result.w_minus);
    case Alternative::kLess:
      return exact_lower_tail(result.ranked, result.w_plus);
    case Alternative::kTwoSided:
      break;
  }
  return std::min(1.0, 2 * exact_lower_tail(result.ranked, std::min(result.w_plus, result.w_minus)));
}

double normal_p(const WilcoxonResult& result, double tie_term, const WilcoxonOptions& options) {
  const double n = static_cast<double>(result.ranked), zeros = static_cast<double>(result.zeros);
  double expected = n * (n + 1) / 4;
  double variance = n * (n + 1) * (2 * n + 1);
  if (options.zeros == ZeroRule::kPratt) {  // the zeros' ranks are gone: Cureton 1967
    expected -= zeros * (zeros + 1) / 4;
    variance -= zeros * (zeros + 1) * (2 * zeros + 1);
  }
  variance = (variance - tie_term / 2) / 24;
  if (!(variance > 0)) return 1;
  const double excess = result.statistic - expected;
  double correction = 0;
  if (options.continuity_correction) {
    if (options.alternative == Alternative::kTwoSided) {
      correction = excess > 0 ? 0.5 : excess < 0 ? -0.5 : 0;
    } else {
      correction = options.alternative == Alternative::kGreater ? 0.5 : -0.5;
    }
  }
  const double z = (excess - correction) / std::sqrt(variance);
  switch (options.alternative) {
    case Alternative::kGreater:
      return detail::normal_upper_tail(z);
    case Alternative::kLess:
      return detail::normal_upper_tail(-z);
    case Alternative::kTwoSided:
      break;
  }
  return std::min(1.0, 2 * detail::normal_upper_tail(std::abs(z)));
}

}  // namespace

WilcoxonResult wilcoxon_signed_rank(std::span<const double> differences, const WilcoxonOptions& options) {
  detail::require_sample(differences, "Wilcoxon");
  std::vector<double> d(differences.begin(), differences.end());
  if (options.round_decimals >= 0) {
    const double unit = std::pow(10.0, options.round_decimals);
    for (double& value : d) value = std::nearbyint(value * unit) / unit;
  }
  WilcoxonResult result;
  result.zeros = std::count(d.begin(), d.end(), 0.0);
  if (options.zeros == ZeroRule::kWilcox) std::erase(d, 0.0);
  result.ranked = static_cast<int64_t>(d.size());

  const Ranks ranks = average_ranks(d);
  double zero_ranks = 0;
  for (size_t i = 0; i < d.size(); ++i) {
    (d[i] > 0 ? result.w_plus : d[i] < 0 ? result.w_minus : zero_ranks) += ranks.rank[i];
  }
  if (options.zeros == ZeroRule::kZsplit) {
    result.w_plus += zero_ranks / 2;
    result.w_minus += zero_ranks / 2;
  }
  result.statistic =
      options.alternative == Alternative::kTwoSided ? std::min(result.w_plus, result.w_minus) : result.w_plus;
  // The group of zeros is a tie as well, but Pratt's rule has already taken it out of the variance.
  const double z = static_cast<double>(options.zeros == ZeroRule::kWilcox ? 0 : result.zeros);
  const double zero_term = z * z * z - z;
  result.ties = ranks.tie_term > zero_term;
  const bool may_be_exact = result.zeros == 0 && !result.ties && result.ranked <= kMostExact;
  if (options.null_distribution == NullDistribution::kExact && !may_be_exact) {
    throw std::invalid_argument(
        "Wilcoxon: the exact distribution needs up to 50 differences without ties or zeros");
  }
  if (result.ranked == 0 || result.zeros == static_cast<int64_t>(differences.size())) return result;  // p = 1
  result.exact = may_be_exact && options.null_distribution != NullDistribution::kNormal;
  const double tie_term = options.zeros == ZeroRule::kPratt ? ranks.tie_term - zero_term : ranks.tie_term;
  result.p = result.exact ? exact_p(result, options.alternative) : normal_p(result, tie_term, options);
  return result;
}

}  // namespace synerbench
