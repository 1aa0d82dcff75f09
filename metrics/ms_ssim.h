// Multi-scale structural similarity (Wang, Simoncelli, Bovik 2003) as four libraries compute it.
// The variant of SynthRAD2025 is another metric: metrics/synthrad.h.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/ssim.h"

namespace synerbench {

/// How an axis of odd length is halved by 2-voxel means.
enum class OddAxis {
  // One zero before the first voxel, counted in the mean: n -> (n + 1) / 2, the first value halved.
  kZeroFirst,
  // The last voxel is lost: n -> n / 2.
  kDropLast,
};

/// Five levels: product over levels 1-4 of the mean contrast term, and of the mean SSIM at level 5, negative
/// means set to 0, each to the power of its weight; 2-voxel means per axis between levels.
struct MsSsimConvention {
  std::string name;
  SsimConvention ssim;  // of every level; `border` and `crop` hold for the last level's SSIM
  OddAxis odd_axis = OddAxis::kDropLast;
  int min_side = 161;  // shortest axis accepted
  std::array<double, 5> weights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
};

/// pytorch-msssim (float32 kernel, as published), pytorch-msssim-float64, monai, torchmetrics-1.4.1,
/// torchmetrics-1.9.0. The contrast terms are averaged over windows that fit in all of them.
const std::vector<std::string>& ms_ssim_convention_names();
MsSsimConvention ms_ssim_convention(std::string_view name, int dimensions, double range);

/// In [0, 1], 1 for equal images. Undefined: kNotFinite, kTooSmall (an axis shorter than min_side). No mask:
/// none of the libraries has one. std::invalid_argument as ssim().
Score ms_ssim(const ImageView& prediction, const ImageView& target, const MsSsimConvention& convention);

}  // namespace synerbench
