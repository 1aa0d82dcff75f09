// Slow, obvious versions of what the library does fast. They follow the written definitions loop by loop,
// share no code with the library's engine (only the float32 weights), and the fast versions are checked and
// timed against them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/image.h"
#include "metrics/ms_ssim.h"
#include "metrics/ssim.h"
#include "metrics/surface_distance.h"
#include "metrics/synthrad.h"

namespace synerbench::reference_metrics {

/// Mean SSIM, every window summed voxel by voxel with the outer product of the weights. NaN where ssim() is
/// undefined.
double ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
            const SsimConvention& convention);
/// The mean contrast term of the same windows.
double contrast(const ImageView& prediction, const ImageView& target, const SsimConvention& convention);

double ms_ssim(const ImageView& prediction, const ImageView& target, const MsSsimConvention& convention);

double synthrad2023_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                         const HuRange& range);
double synthrad2025_ms_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                            const HuRange& range);

/// Every voxel against every seed.
std::vector<double> distance_transform(const MaskView& seeds, const VoxelSize& size);

/// Share of all 2^n sign patterns of the ranks 1 .. n whose positive sum is at most `w`. n <= 20.
double wilcoxon_lower_tail(int n, double w);

}  // namespace synerbench::reference_metrics
