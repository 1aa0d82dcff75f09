// What SSIM and MS-SSIM share: the means of the SSIM map and of its contrast term.
#pragma once

#include <functional>

#include "metrics/detail/checks.h"
#include "metrics/detail/moments.h"
#include "metrics/image.h"
#include "metrics/score.h"
#include "metrics/ssim.h"

namespace synerbench::detail {

/// Of which window centers a mean is wanted.
enum class Centers {
  kInside,  // those inside the mask; windows around others are left out where that saves time
  kBoth,    // inside the mask and, from the same map, all of them
};

struct SimilarityMeans {
  double whole = 0;          // over all centers; Centers::kBoth or no mask
  double inside = 0;         // over those inside the mask
  bool none_inside = false;  // no mean inside: kEmptyMask
  bool too_small = false;    // no mean at all: kTooSmall

  Score score_inside() const {
    if (too_small) return Undefined::kTooSmall;
    return none_inside ? Undefined::kEmptyMask : finite_score(inside);
  }
  Score score_whole() const { return too_small ? Undefined::kTooSmall : finite_score(whole); }
};

/// Images of one shape; mask null or of the same shape. A value that is not finite gives means that are not,
/// or that mean nothing: the caller checks. std::logic_error: `source.inside` with a mirrored border.
/// `look`: as BlockVisitor::look; `looked` says afterwards whether every row was shown to it. None is where
/// no window fits, and where the windows are those of a changed copy of the images.
SimilarityMeans similarity_means(const PairSource& source, const MaskView& mask, Centers centers, Term term,
                                 const SsimConvention& convention,
                                 const std::function<void(int64_t, int64_t)>& look = {},
                                 bool* looked = nullptr);

/// Shapes, range and number of dimensions as ssim() promises.
void require_ssim_arguments(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                            const SsimConvention& convention);

}  // namespace synerbench::detail
