#include <algorithm>
#include <cmath>
#include <vector>

#include "metrics/detail/generator.h"
#include "metrics/detail/samples.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

/// All sums of these magnitudes under every pattern of signs, in ascending order.
std::vector<double> all_sums(std::span<const double> magnitudes) {
  std::vector<double> sums{0.0}, next;
  for (const double magnitude : magnitudes) {
    next.resize(2 * sums.size());
    // Both halves, one pattern with a minus and one with a plus, are in order already.
    size_t minus = 0, plus = 0;
    for (double& sum : next) {
      const bool take_minus =
          plus == sums.size() || (minus < sums.size() && sums[minus] - magnitude <= sums[plus] + magnitude);
      sum = take_minus ? sums[minus++] - magnitude : sums[plus++] + magnitude;
    }
    sums.swap(next);
  }
  return sums;
}

/// The share of all patterns whose sum is at least `wanted`.
double share_at_least(std::span<const double> magnitudes, double wanted) {
  const size_t half = magnitudes.size() / 2;
  const std::vector<double> first = all_sums(magnitudes.subspan(0, half)),
                            second = all_sums(magnitudes.subspan(half));
  int64_t count = 0;
  size_t reached = second.size();  // second[reached ..] reach `wanted` together with the current sum
  for (const double sum : first) {
    while (reached > 0 && sum + second[reached - 1] >= wanted) --reached;
    count += static_cast<int64_t>(second.size() - reached);
  }
  return static_cast<double>(count) /
         (static_cast<double>(first.size()) * static_cast<double>(second.size()));
}

/// The same from random patterns. The pattern that was seen is counted as one of them, so p is never 0.
double drawn_share(std::span<const double> magnitudes, double wanted, bool two_sided,
                   const BootstrapOptions& options) {
  detail::Generator generator(options.seed);
  int64_t reached = 0;
  for (int replicate = 0; replicate < options.replicates; ++replicate) {
    if (options.meanwhile && replicate % detail::kReplicatesBetween == 0) options.meanwhile();
    double sum = 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < magnitudes.size(); ++i) {
      if (i % 64 == 0) bits = generator.bits();
      sum += (bits & 1) != 0 ? magnitudes[i] : -magnitudes[i];
      bits >>= 1;
    }
    reached += (two_sided ? std::abs(sum) : sum) >= wanted ? 1 : 0;
  }
  return (static_cast<double>(reached) + 1) / (static_cast<double>(options.replicates) + 1);
}

}  // namespace

SignTest sign_permutation_test(std::span<const double> differences, Alternative alternative,
                               const BootstrapOptions& options) {
  detail::require_options(options);
  detail::require_sample(differences, "permutation of signs");
  // Scaled, so that no sum overflows.
  double largest = 0;
  for (const double d : differences) largest = std::max(largest, std::abs(d));
  std::vector<double> magnitudes;
  double seen = 0, total = 0;
  for (const double d : differences) {
    if (d == 0) continue;  // both signs give the same sum
    magnitudes.push_back(std::abs(d) / largest);
    seen += d / largest;
    total += magnitudes.back();
  }
  SignTest result;
  if (magnitudes.empty()) return result;
  const bool two_sided = alternative == Alternative::kTwoSided;
  if (two_sided) seen = std::abs(seen);
  if (alternative == Alternative::kLess) seen = -seen;  // the distribution is symmetric
  const double wanted = seen - 1e-10 * total;
  result.exact = static_cast<int64_t>(magnitudes.size()) <= kMostExactSigns;
  if (!result.exact) {
    result.p = drawn_share(magnitudes, wanted, two_sided, options);
  } else if (two_sided) {
    result.p = wanted <= 0 ? 1 : std::min(1.0, 2 * share_at_least(magnitudes, wanted));
  } else {
    result.p = share_at_least(magnitudes, wanted);
  }
  return result;
}

std::vector<double> differences_without_noise(std::span<const double> a, std::span<const double> b) {
  std::vector<double> differences = detail::differences_of(a, b, "differences");
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max({largest, std::abs(a[i]), std::abs(b[i])});
  if (!(largest > 0)) return differences;
  int exponent = 0;
  std::frexp(largest, &exponent);
  const double unit = std::ldexp(1.0, exponent - 40);
  if (!(unit > 0)) return differences;  // among subnormal numbers
  for (double& d : differences) d = std::nearbyint(d / unit) * unit;
  return differences;
}

}  // namespace synerbench
