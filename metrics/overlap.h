// Agreement of two segmentations of one structure: Dice and Jaccard.
#pragma once

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench {

/// 2 |A and B| / (|A| + |B|), in [0, 1]. An empty reference: kEmptyMask (MONAI's NaN, which its means skip).
/// A prediction that lacks the structure scores 0. Neither view may be null; shapes that differ:
/// std::invalid_argument.
Score dice(const MaskView& prediction, const MaskView& reference);
/// |A and B| / |A or B|, in [0, 1]; the same rules.
Score jaccard(const MaskView& prediction, const MaskView& reference);

}  // namespace synerbench
