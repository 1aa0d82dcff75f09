// Whether cost grows in proportion: told from a ratio, so that neither a slow machine nor a sanitizer
// decides.
#pragma once

#include <algorithm>
#include <ctime>

namespace synerbench::testing_support {

/// How many times as much processor time `work(10 n)` takes as `work(n)`, each the quickest of three: about
/// 10 where the cost is proportional, about 100 where it is quadratic.
template <class Work>
double growth_over_ten_times(Work work, int n) {
  const auto quickest = [&](int size) {
    std::clock_t least = 0;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t begin = std::clock();
      work(size);
      const std::clock_t spent = std::max<std::clock_t>(std::clock() - begin, 1);
      least = i == 0 ? spent : std::min(least, spent);
    }
    return static_cast<double>(least);
  };
  const double small = quickest(n);
  return quickest(10 * n) / small;
}

/// Between the two: a cost that grows with the logarithm, too, or leaves the caches, is no fault.
inline constexpr double kNotQuadratic = 40;

}  // namespace synerbench::testing_support
