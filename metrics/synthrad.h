// The image metrics of the SynthRAD challenges, in HU, on whole volumes.
//
// Sources: SynthRAD2023/metrics, commit 3200007; SynthRAD2025/evaluation, commit 17cac47;
// SynthRAD2025/metrics, commit 0beef65. Computed in double where the originals use float32: they agree to
// 3e-8 in SSIM. Both images of one shape; MaskView null = every voxel. Undefined values and exceptions as in
// pixelwise.h and ssim.h.
#pragma once

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench {

/// Values are clipped to [low, high] before PSNR and SSIM; MAE is never clipped.
struct HuRange {
  double low = -1024, high = 3000;
  double width() const { return high - low; }
};
inline constexpr HuRange kSynthRad2023Range{-1024, 3000};
/// The container that scored. The public metrics repository of 2025 kept 3000; PSNR differs by 0.1519 dB.
inline constexpr HuRange kSynthRad2025Range{-1024, 3071};

/// Mask-averaged, of the clipped images. Images equal after clipping: kIdenticalImages.
Score synthrad_psnr(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                    const HuRange& range);

/// 2023. Clip; outside the mask both become `low`; subtract `low`; SSIM with a uniform 7x7x7 window and
/// sample covariance; the map, 3 voxels dropped at each face, averaged over the mask. Windows across the
/// mask's edge see the constant filling. An axis shorter than 7: kTooSmall. No window center inside the mask:
/// kEmptyMask.
Score synthrad2023_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                        const HuRange& range = kSynthRad2023Range);

/// 2025. Not comparable with any other MS-SSIM, see Note [SynthRAD2025 MS-SSIM] in synthrad.cpp. In [0, 1];
/// short axes are padded to 97 voxels, so no volume is too small. A level whose mask has no window center:
/// kEmptyMask.
Score synthrad2025_ms_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                           const HuRange& range = kSynthRad2025Range);

}  // namespace synerbench
