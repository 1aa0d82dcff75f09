// What SSIM and MS-SSIM share: the means of the SSIM map and of its contrast term.
#pragma once

#include <optional>

#include "metrics/image.h"
#include "metrics/score.h"
#include "metrics/ssim.h"

namespace synerbench::detail {

struct SimilarityMeans {
  double ssim = 0, contrast = 0;
  std::optional<Undefined> undefined;  // kTooSmall or kEmptyMask: no means
};

/// Images of one shape, finite; mask null or of the same shape.
SimilarityMeans similarity_means(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                 const SsimConvention& convention);

/// Shapes, range and number of dimensions as ssim() promises.
void require_ssim_arguments(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                            const SsimConvention& convention);

}  // namespace synerbench::detail
