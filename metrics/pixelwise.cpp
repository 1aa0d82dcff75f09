#include "metrics/pixelwise.h"

#include <cmath>

#include "metrics/detail/checks.h"
#include "metrics/detail/sums.h"

namespace synerbench {
namespace {

/// Mean of error(prediction - target) over the mask.
template <class ErrorOf>
Score mean_error(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                 ErrorOf&& error) {
  detail::require_same_shape(prediction, target, mask);
  if (!detail::all_finite(prediction) || !detail::all_finite(target)) return Undefined::kNotFinite;
  const int64_t count = target.count();
  const int64_t inside = detail::inside_count(mask, count);
  if (inside == 0) return Undefined::kEmptyMask;
  const double* p = prediction.data;
  const double* t = target.data;
  const uint8_t* m = mask.data;
  const double sum =
      m == nullptr
          ? detail::block_sum(count, [=](int64_t i) { return error(p[i] - t[i]); })
          : detail::block_sum(count, [=](int64_t i) { return m[i] != 0 ? error(p[i] - t[i]) : 0.0; });
  return detail::finite_score(sum / static_cast<double>(inside));
}

}  // namespace

Score mean_absolute_error(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  return mean_error(prediction, target, mask, [](double d) { return std::abs(d); });
}

Score mean_squared_error(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  return mean_error(prediction, target, mask, [](double d) { return d * d; });
}

Score root_mean_squared_error(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  const Score mse = mean_squared_error(prediction, target, mask);
  return mse.defined() ? Score(std::sqrt(mse.value())) : mse;
}

Score peak_signal_to_noise_ratio(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                 double range) {
  detail::require_range(range, "PSNR");
  const Score mse = mean_squared_error(prediction, target, mask);
  if (!mse.defined()) return mse;
  if (std::sqrt(mse.value()) <= kRoundingOfRange * range) return Undefined::kIdenticalImages;
  // The quotient range^2 / MSE would overflow for images that differ in the last bits only.
  return detail::finite_score(20 * std::log10(range) - 10 * std::log10(mse.value()));
}

Score mean_absolute_error_where(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                double low, double high) {
  detail::require_same_shape(prediction, target, mask);
  if (!detail::all_finite(prediction) || !detail::all_finite(target)) return Undefined::kNotFinite;
  const double* p = prediction.data;
  const double* t = target.data;
  const uint8_t* m = mask.data;
  const auto chosen = [=](int64_t i) { return (m == nullptr || m[i] != 0) && t[i] >= low && t[i] <= high; };
  const int64_t count = target.count();
  const double voxels = detail::block_sum(count, [=](int64_t i) { return chosen(i) ? 1.0 : 0.0; });
  if (voxels == 0) return Undefined::kEmptyMask;
  const double sum =
      detail::block_sum(count, [=](int64_t i) { return chosen(i) ? std::abs(p[i] - t[i]) : 0.0; });
  return detail::finite_score(sum / voxels);
}

}  // namespace synerbench
