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

/// P(W+ <= w) when the signs of these ranks are tossed; see Note [Exact signed-rank distribution]. `constant`
/// belongs to W+ whatever the signs.
double exact_lower_tail(const std::vector<double>& ranks, double constant, double w) {
  std::vector<double> share{1};  // of the patterns, by doubled sum
  for (const double rank : ranks) {
    const auto doubled = static_cast<size_t>(std::llround(2 * rank));
    std::vector<double> next(share.size() + doubled, 0.0);
    for (size_t sum = 0; sum < share.size(); ++sum) {
      next[sum] += share[sum] / 2;
      next[sum + doubled] += share[sum] / 2;
    }
    share = std::move(next);
  }
  const auto most = std::llround(2 * (w - constant));
  double tail = 0;
  for (size_t sum = 0; sum < share.size() && static_cast<int64_t>(sum) <= most; ++sum) tail += share[sum];
  return std::min(1.0, tail);
}

/// `ranks`: of the non-zero differences; `constant`: on either side whatever the signs.
double exact_p(const WilcoxonResult& result, const std::vector<double>& ranks, double constant,
               Alternative alternative) {
  // The null distribution is symmetric: P(W+ >= w_plus) = P(W+ <= w_minus).
  switch (alternative) {
    case Alternative::kGreater:
      return exact_lower_tail(ranks, constant, result.w_minus);
    case Alternative::kLess:
      return exact_lower_tail(ranks, constant, result.w_plus);
    case Alternative::kTwoSided:
      break;
  }
  return std::min(1.0, 2 * exact_lower_tail(ranks, constant, std::min(result.w_plus, result.w_minus)));
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
  std::vector<double> signed_ranks;
  for (size_t i = 0; i < d.size(); ++i) {
    if (d[i] != 0) signed_ranks.push_back(ranks.rank[i]);
  }
  const bool may_be_exact = static_cast<int64_t>(signed_ranks.size()) <= kMostExactRanks;
  if (options.null_distribution == NullDistribution::kExact && !may_be_exact) {
    throw std::invalid_argument("Wilcoxon: the exact distribution is for up to " +
                                std::to_string(kMostExactRanks) + " differences");
  }
  if (result.ranked == 0 || result.zeros == static_cast<int64_t>(differences.size())) return result;  // p = 1
  result.exact = may_be_exact && options.null_distribution != NullDistribution::kNormal;
  const double tie_term = options.zeros == ZeroRule::kPratt ? ranks.tie_term - zero_term : ranks.tie_term;
  const double constant = options.zeros == ZeroRule::kZsplit ? zero_ranks / 2 : 0;
  result.p = result.exact ? exact_p(result, signed_ranks, constant, options.alternative)
                          : normal_p(result, tie_term, options);
  return result;
}

std::optional<double> rank_biserial(std::span<const double> differences) {
  const WilcoxonResult result =
      wilcoxon_signed_rank(differences, {.null_distribution = NullDistribution::kNormal});
  const double all = result.w_plus + result.w_minus;
  if (!(all > 0)) return std::nullopt;
  return (result.w_plus - result.w_minus) / all;
}

}  // namespace synerbench
