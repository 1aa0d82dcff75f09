// Errors voxel by voxel: MAE, MSE, RMSE, PSNR.
//
// All of them average over the voxels inside `mask` (a null mask: all voxels), in the unit of the images.
// Sums are accumulated in double in an order that depends on the image's size only. Undefined: kEmptyMask
// without a voxel; kNotFinite when either image holds a NaN or an infinity anywhere, inside the mask or
// outside, or when a sum overflows. Shapes that differ: std::invalid_argument.
#pragma once

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench {

Score mean_absolute_error(const ImageView& prediction, const ImageView& target, const MaskView& mask = {});
Score mean_squared_error(const ImageView& prediction, const ImageView& target, const MaskView& mask = {});
Score root_mean_squared_error(const ImageView& prediction, const ImageView& target,
                              const MaskView& mask = {});

/// Note [Equal up to rounding] A float32 holds a value to 2^-24 of itself, and a way into the models' range
/// and back rounds a few times. Images whose root mean squared difference is at most 2^-21 of the range (126
/// dB) are one image, written twice. Counted as a PSNR, such a case would add 177 dB to a mean of 30.
inline constexpr double kRoundingOfRange = 0x1p-21;

/// 10 log10(range^2 / MSE) in dB: scikit-image, torchmetrics and MONAI agree. Images equal up to rounding
/// inside the mask: undefined(kIdenticalImages), never infinity. range > 0, else std::invalid_argument.
Score peak_signal_to_noise_ratio(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                 double range);

/// MAE over the voxels of `mask` whose *target* value lies in [low, high]; kEmptyMask when there is none.
Score mean_absolute_error_where(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                double low, double high);

}  // namespace synerbench
