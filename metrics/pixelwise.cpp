#include "metrics/pixelwise.h"

#include <cmath>
#include <optional>

#include "metrics/detail/checks.h"
#include "metrics/detail/pair.h"

namespace synerbench {
namespace {

/// The sums, or why there are none.
struct Errors {
  detail::ErrorSums sums;
  std::optional<Undefined> undefined;
};

Errors errors_of(const ImageView& prediction, const ImageView& target, const detail::ErrorRequest& request) {
  detail::require_same_shape(prediction, target, request.mask);
  const detail::PairMeasures measures = detail::measure_pair(prediction, target, {&request, 1});
  if (!measures.finite) return {{}, Undefined::kNotFinite};
  return {measures.errors[0], std::nullopt};
}

}  // namespace

namespace detail {

Score mean_absolute(const ErrorSums& sums) {
  return sums.voxels == 0 ? Score(Undefined::kEmptyMask) : finite_score(sums.absolute / sums.voxels);
}
Score mean_squared(const ErrorSums& sums) {
  return sums.voxels == 0 ? Score(Undefined::kEmptyMask) : finite_score(sums.squared / sums.voxels);
}
Score root_mean_squared(const ErrorSums& sums) {
  const Score mse = mean_squared(sums);
  return mse.defined() ? Score(std::sqrt(mse.value())) : mse;
}
Score signal_to_noise(const ErrorSums& sums, double range) {
  const Score mse = mean_squared(sums);
  if (!mse.defined()) return mse;
  if (std::sqrt(mse.value()) <= kRoundingOfRange * range) return Undefined::kIdenticalImages;
  // The quotient range^2 / MSE would overflow for images that differ in the last bits only.
  return finite_score(20 * std::log10(range) - 10 * std::log10(mse.value()));
}

}  // namespace detail

Score mean_absolute_error(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  const Errors errors = errors_of(prediction, target, {mask});
  return errors.undefined ? Score(*errors.undefined) : detail::mean_absolute(errors.sums);
}

Score mean_squared_error(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  const Errors errors = errors_of(prediction, target, {mask});
  return errors.undefined ? Score(*errors.undefined) : detail::mean_squared(errors.sums);
}

Score root_mean_squared_error(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  const Errors errors = errors_of(prediction, target, {mask});
  return errors.undefined ? Score(*errors.undefined) : detail::root_mean_squared(errors.sums);
}

Score peak_signal_to_noise_ratio(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                 double range) {
  detail::require_range(range, "PSNR");
  const Errors errors = errors_of(prediction, target, {mask});
  return errors.undefined ? Score(*errors.undefined) : detail::signal_to_noise(errors.sums, range);
}

Score mean_absolute_error_where(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                double low, double high) {
  const Errors errors = errors_of(prediction, target, {mask, nullptr, low, high});
  return errors.undefined ? Score(*errors.undefined) : detail::mean_absolute(errors.sums);
}

}  // namespace synerbench
