#include "metrics/tarone_holm.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace synerbench {
namespace {

/// Tarone's K of the tests that are left.
double tests_that_count(const std::vector<size_t>& left, std::span<const double> least, double level) {
  for (size_t k = 1;; ++k) {
    const double limit = level / static_cast<double>(k);
    const auto able = static_cast<size_t>(
        std::count_if(left.begin(), left.end(), [&](size_t i) { return least[i] <= limit; }));
    if (able <= k) return static_cast<double>(k);
  }
}

}  // namespace

double tarone_holm_limit(std::span<const double> p, std::span<const double> least, double level) {
  if (p.size() != least.size() || !(level > 0 && level < 1))
    throw std::invalid_argument("tarone_holm_limit: lists of one length and a level in (0, 1)");
  std::vector<size_t> left;
  for (size_t i = 0; i < p.size(); ++i) {
    if (!(least[i] >= 0 && least[i] <= p[i] && p[i] <= 1))
      throw std::invalid_argument("tarone_holm_limit: 0 <= least <= p <= 1");
    left.push_back(i);
  }
  double limit = level;
  while (!left.empty()) {
    limit = level / tests_that_count(left, least, level);
    if (std::erase_if(left, [&](size_t i) { return p[i] <= limit; }) == 0) break;
  }
  return limit;
}

}  // namespace synerbench
