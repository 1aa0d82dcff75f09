// Looks at a prediction beside its reference for what a score alone does not say: another range, another
// orientation. Remarks only; nothing is refused and no number changes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/run/case_score.h"

namespace synerbench {

/// Remarks on `prediction` ([D, H, W], the target's unit, finite), the most telling first; mostly none.
///   copy         nearly every voxel of the body is the reference's: nobody predicts noise. The only remark
///                then
///   likeness     it follows the reference down to its noise, or a part of it is the reference's voxels
///   range        inside the mask it spans a twentieth of the reference's range, or five times it, or lies
///                beside it; or is one value; or follows the reference and is shifted, wider or turned
///   picture      all of it are whole numbers from 0 to 255, and the reference has others
///   clipping     much more of it than of the reference lies beyond the range that normalized metrics see
///   plateaus     many voxels share its largest or least value, where the reference's do not
///   voxels       single ones are at values that this target cannot have
///   outside      beyond the mask it is at another value than the reference: 0 where air is -1000 HU
///   slices       see slice_check.h
///   orientation  mirrored along one or more axes, or with rows and columns exchanged, it correlates much
///                better with the reference than as it is
std::vector<std::string> prediction_remarks(const Reference& reference, std::span<const float> prediction);

}  // namespace synerbench
