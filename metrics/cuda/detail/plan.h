// From a convention and a shape to what a kernel is told: where windows lie, their weights, constants and the
// constants of the bound. Runs on the host and knows no device.
#pragma once

#include "metrics/cuda/detail/job.h"
#include "metrics/cuda/measure.h"
#include "metrics/ssim.h"

namespace synerbench::cuda::detail {

/// A job without pointers, and what else follows from the same numbers.
template <class In, class Real>
struct SimilarityPlan {
  SimilarityJob<In, Real> job;
  bool too_small = false;  // no center counts: SSIM is kTooSmall
  int64_t centers = 0;     // of an item
  // |mean - CPU's| <= (mean of the windows' sums kBoundWhole or kBoundInside) + constant_bound
  double constant_bound = 0;
};

/// Shape and convention have been checked. `contrast`: the contrast term of MS-SSIM instead of SSIM.
template <class In, class Real>
SimilarityPlan<In, Real> plan_similarity(const Pairs& pairs, const SsimConvention& convention, double zero,
                                         bool contrast);

/// A double sum's share of the bound: its longest chain of additions, here or on the CPU, 2^-53 each.
double summation_bound(const Pairs& pairs);

/// Relative distance of MAE and MSE from the CPU's: see Note [Bound of errors].
double errors_bound(const Pairs& pairs, Precision precision);

/// The float32 values in [low, high] are those in [from, to]. to < from: there are none.
void float_band(const Band& band, float& from, float& to);

/// std::invalid_argument as measure.h promises.
void require_pairs(const Pairs& pairs);
void require_convention(const Pairs& pairs, const SsimConvention& convention);
void require_limits(const Limits& limits);

}  // namespace synerbench::cuda::detail
