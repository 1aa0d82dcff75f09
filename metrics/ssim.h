// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), 2-D and 3-D, in the conventions of the common
// libraries.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/image.h"
#include "metrics/score.h"
#include "metrics/window.h"

namespace synerbench {

enum class Covariance {
  kPopulation,  // E[xy] - E[x] E[y]
  kSample,      // times n / (n - 1), n = voxels in the window
};

/// How an SSIM value was obtained. Values are comparable only between equal conventions.
struct SsimConvention {
  std::string name;
  int dimensions = 2;  // 2: one slice (depth 1); 3: a volume
  Window window;
  Covariance covariance = Covariance::kPopulation;
  Border border = Border::kValid;
  int crop = 0;                  // map voxels dropped at each face before averaging
  bool floor_variances = false;  // variances that rounding made negative become 0
  // No filtering along axes shorter than the window; without it such an image is kTooSmall.
  bool skip_short_axes = false;
  double range = 0;  // R, the dynamic range in the unit of the images; > 0. Never guessed from a type
  double k1 = 0.01, k2 = 0.03;  // C1 = (k1 R)^2, C2 = (k2 R)^2
};

/// The conventions known by name:
///   skimage                   uniform 7, sample covariance, 3 voxels cropped (scikit-image >= 0.16, default)
///   skimage-gaussian          Gaussian 11, sigma 1.5, sample covariance, 5 cropped (gaussian_weights=True)
///   wang2004                  Gaussian 11, sigma 1.5, population covariance, windows that fit
///   monai                     the same numbers as wang2004
///   pytorch-msssim            as wang2004 with weights rounded to float32; short axes are not filtered
///   torchmetrics-1.4.1        the same numbers as wang2004 (torchmetrics <= 1.4.1)
///   torchmetrics              Gaussian 11, whole-sample mirror, averaged over the whole image (>= 1.4.2)
///   torchmetrics-uniform      the same with a uniform window of 7
///   uniform                   uniform 7, population covariance, windows that fit (MONAI's uniform kernel)
const std::vector<std::string>& ssim_convention_names();
/// std::out_of_range for a name not listed; std::invalid_argument for dimensions other than 2, 3 or range <=
/// 0.
SsimConvention ssim_convention(std::string_view name, int dimensions, double range);

/// Structural similarity of `prediction` to `target`, averaged over the window centers that remain after
/// border and crop and lie inside `mask` (a null mask: all of them). The images themselves are not masked:
/// windows see what is outside. In [-1, 1], exactly 1 for equal images, exactly symmetric. Undefined:
/// kNotFinite, kTooSmall (an axis shorter than the window, or nothing left after the crop), kEmptyMask.
/// std::invalid_argument: shapes that differ, depth > 1 in a 2-D convention, range <= 0.
Score ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
           const SsimConvention& convention);

}  // namespace synerbench
