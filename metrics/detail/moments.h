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
  /// All weights are 1: see Taps.
  bool unit() const { return unit_; }

 private:
  std::array<std::vector<double>, 3> weights_;
  bool unit_ = false;
};

/// Two images of one shape, and how their values are changed on the way in: clamped, and 0 where `inside` is
/// 0.
struct PairSource {
  ImageView x, y;
  const Clamp* clamp = nullptr;
  MaskView inside = {};
};

// Note [Tiles] The map of windows is cut into bands of rows and chunks of columns; one task takes a tile
// through the depth. Per slice it forms the products (in a rim of the window's radius around the tile) and
// filters them along the height; the results of the last few slices stay in the second-level cache, where
// four map slices at a time are filtered along the depth; blocks of kBlockRows rows are then laid out column
// after column, so that the filter along the width is the same loop as the others, with rows of kBlockRows
// values and no load across a cache line. The borders of tiles and blocks depend on the image's size only.
struct Tiling {
  Tiling(const ImageView& image, const SeparableWindow& window);
  int64_t depth = 0, height = 0, width = 0;  // of the map: size - 2 radius; < 1: no window fits
  int64_t band_rows = 0, bands = 0;          // band_rows: a multiple of kBlockRows
  int64_t chunk_columns = 0, chunks = 0;
  bool empty() const { return depth < 1 || height < 1 || width < 1; }
};

/// Where a part of the map lies: `rows` rows of one slice, `columns` voxels of each.
struct Place {
  int64_t depth = 0, height = 0, rows = 0;
  int64_t chunk = 0, width = 0, columns = 0;
};

struct BlockVisitor {
  /// Whether the block there is wanted; the others are left out. Asked once for every block of the map, from
  /// several threads at once. Null: all are.
  std::function<bool(const Place&)> wanted;
  /// Shown slice and row of every row of the images once, whole, right before a part of it is read. Null: no.
  std::function<void(int64_t, int64_t)> look;
  /// Takes a block; its rows beyond `rows` hold anything.
  std::function<void(const Place&, const MomentBlock&)> visit;
};

/// Calls `visit` once for every wanted block of the map. Blocks come from several threads at once and in any
/// order; the pointers live until visit returns. Values do not depend on the number of threads.
void for_each_moment_block(const PairSource& source, const SeparableWindow& window, Squares squares,
                           const Tiling& tiling, const BlockVisitor& visitor);

/// An image that owns its voxels.
struct Image {
  std::vector<double> voxels;
  int64_t depth = 1, height = 0, width = 0;
  Image() = default;
  Image(int64_t depth, int64_t height, int64_t width)
      : voxels(static_cast<size_t>(depth * height * width)), depth(depth), height(height), width(width) {}
  ImageView view() const { return {voxels.data(), depth, height, width}; }
};

/// The image with `radius` voxels of mirrored border on each side of each axis (depth, height, width); with
/// fewer voxels where a radius is negative.
Image with_border(const ImageView& image, const std::array<int64_t, 3>& radius, Border border);

}  // namespace synerbench::detail
