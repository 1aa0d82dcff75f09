// Views over images in memory. Nothing here owns anything.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace synerbench {

/// A 2-D (depth 1) or 3-D image: value(d, h, w) = data[(d * height + h) * width + w]. Borrowed; float64,
/// because metrics are computed in physical units without rounding on the way.
struct ImageView {
  const double* data = nullptr;
  int64_t depth = 1, height = 0, width = 0;
  int64_t count() const { return depth * height * width; }
};

/// Same layout; non-zero = inside. A null view means "everything".
struct MaskView {
  const uint8_t* data = nullptr;
  int64_t depth = 1, height = 0, width = 0;
  explicit operator bool() const { return data != nullptr; }
};

}  // namespace synerbench
