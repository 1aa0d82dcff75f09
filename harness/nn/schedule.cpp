#include "harness/nn/schedule.h"

#include <algorithm>

namespace synerbench::nn {

double LinearDecay::factor(int64_t unit) const {
  if (decay == 0) return 1.0;
  const int64_t past = std::max<int64_t>(0, unit + 2 - constant);
  return std::max(0.0, 1.0 - static_cast<double>(past) / static_cast<double>(decay + 1));
}

}  // namespace synerbench::nn
