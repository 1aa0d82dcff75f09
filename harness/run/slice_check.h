// Looks at the slices of a prediction one by one: a volume's average hides what is wrong with a few of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/run/case_score.h"

namespace synerbench {

/// Remarks on `prediction` ([D, H, W], the target's unit, finite), mostly none:
///   copied   slices that are the reference's, where others are not
///   blank    slices that are one value all over the body, where the reference's are not
///   order    slices that fit other slices of the reference far better than their own: moved along, or in
///            another order
///   place    moved by some pixels within the slice it fits far better
///   parts    slices that lie above or below the others, held against the reference
/// Slices with little of the mask are passed over.
std::vector<std::string> slice_remarks(const Reference& reference, std::span<const float> prediction);

}  // namespace synerbench
