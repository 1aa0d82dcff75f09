// The window engine: local means of x, y and their products at every place where the window fits.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "metrics/detail/kernels.h"
#include "metrics/image.h"
#include "metrics/window.h"

namespace synerbench::detail {

/// A window with its weights along depth, height and width; an axis with one weight is not filtered.
class SeparableWindow {
 public:
  /// filtered[axis]: whether the window extends along that axis.
  SeparableWindow(const Window& window, const std::array<bool, 3>& filtered);

  Taps taps(int axis) const;
  int radius(int axis) const { return static_cast<int>(weights_[axis].size()) / 2; }
  /// Voxels in the window, n of the sample covariance.
  int64_t voxels() const;
  double scale() const { return scale_; }

 private:
  std::array<std::vector<double>, 3> weights_;
  bool unit_ = false;
  double scale_ = 1;
};

/// Calls `visit` once for every row of the map of windows that fit, i.e. of size axis - 2 radius along each
/// axis (no calls when one is < 1). Rows come from several threads at once and in any order; the pointers
/// live until visit returns. Values do not depend on the number of threads. Images of one shape.
void for_each_moment_row(const ImageView& x, const ImageView& y, const SeparableWindow& window,
                         Squares squares, const std::function<void(const MomentRow&)>& visit);

/// An image that owns its voxels.
struct Image {
  std::vector<double> voxels;
  int64_t depth = 1, height = 0, width = 0;
  Image() = default;
  Image(int64_t depth, int64_t height, int64_t width)
      : voxels(static_cast<size_t>(depth * height * width)), depth(depth), height(height), width(width) {}
  ImageView view() const { return {voxels.data(), depth, height, width}; }
};

/// The image with `radius` voxels of mirrored border on each side of each axis (depth, height, width).
Image with_border(const ImageView& image, const std::array<int, 3>& radius, Border border);

}  // namespace synerbench::detail
