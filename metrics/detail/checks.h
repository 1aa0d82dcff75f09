// What every metric checks about its arguments first.
#pragma once

#include <string>

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench::detail {

/// std::invalid_argument, naming both shapes, when they differ or a view has no memory. A null mask fits
/// every image.
void require_same_shape(const ImageView& prediction, const ImageView& target, const MaskView& mask);
void require_same_shape(const MaskView& prediction, const MaskView& reference);
/// std::invalid_argument naming `metric` unless range is finite and > 0.
void require_range(double range, const char* metric);

/// No NaN and no infinity anywhere.
bool all_finite(const ImageView& image);

/// Voxels that are not zero; `count` for a null mask.
int64_t inside_count(const MaskView& mask, int64_t count);

/// The value, or kNotFinite when it overflowed: a Score is always finite.
Score finite_score(double value);

}  // namespace synerbench::detail
