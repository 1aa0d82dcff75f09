// Looks at a prediction beside its reference for what a score alone does not say: another range, another
// orientation. Remarks only; nothing is refused and no number changes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/run/case_score.h"

namespace synerbench {

/// Remarks on `prediction` ([D, H, W], the target's unit, finite), the most telling first; mostly none.
///   range        inside the mask it spans a twentieth of the reference's range, or five times it, or lies
///                beside it; or is one value
///   picture      all of it are whole numbers from 0 to 255, and the reference has others
///   clipping     much more of it than of the reference lies beyond the range that normalized metrics see
///   orientation  mirrored along one or more axes, or with rows and columns exchanged, it correlates much
///                better with the reference than as it is
std::vector<std::string> prediction_remarks(const Reference& reference, std::span<const float> prediction);

}  // namespace synerbench
