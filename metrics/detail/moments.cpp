#include "metrics/detail/moments.h"

#include <algorithm>

namespace synerbench::detail {
namespace {

// Rows of the map that one task computes. Large enough that the radius of extra rows filtered along the depth
// is a small share, small enough that the filtered band stays in the cache.
constexpr int64_t kBandRows = 32;
constexpr int64_t kSmallMap = 2048;  // voxels; below, starting threads costs more than it brings

/// Rows that one thread works with.
class Scratch {
 public:
  Scratch(int moments, int64_t length) : length_((length + 7) / 8 * 8) {
    storage_.resize(static_cast<size_t>(length_ * moments));
    for (int m = 0; m < moments; ++m) pointers_[m] = storage_.data() + m * length_;
  }
  double* const* pointers() const { return pointers_.data(); }
  double* operator[](int m) const { return pointers_[static_cast<size_t>(m)]; }

 private:
  int64_t length_;
  std::vector<double> storage_;
  std::array<double*, kMaxMoments> pointers_{};
};

}  // namespace

SeparableWindow::SeparableWindow(const Window& window, const std::array<bool, 3>& filtered) {
  unit_ = window.shape == WindowShape::kUniform;
  for (int axis = 0; axis < 3; ++axis) {
    if (!filtered[axis]) {
      weights_[axis] = {1.0};
    } else if (unit_) {
      weights_[axis].assign(static_cast<size_t>(window.size), 1.0);
    } else {
      weights_[axis] = window_weights(window);
    }
  }
  if (unit_) scale_ = 1.0 / static_cast<double>(voxels());
}

Taps SeparableWindow::taps(int axis) const {
  const std::vector<double>& weights = weights_[axis];
  return {weights.data(), static_cast<int>(weights.size()), unit_ || weights.size() == 1};
}

int64_t SeparableWindow::voxels() const {
  int64_t count = 1;
  for (const auto& weights : weights_) count *= static_cast<int64_t>(weights.size());
  return count;
}

void for_each_moment_row(const ImageView& x, const ImageView& y, const SeparableWindow& window,
                         Squares squares, const std::function<void(const MomentRow&)>& visit) {
  const int64_t map_depth = x.depth - 2 * window.radius(0);
  const int64_t map_height = x.height - 2 * window.radius(1);
  const int64_t map_width = x.width - 2 * window.radius(2);
  if (map_depth < 1 || map_height < 1 || map_width < 1) return;

  const int moments = moment_count(squares);
  const Taps along_depth = window.taps(0), along_height = window.taps(1), along_width = window.taps(2);
  const bool deep = along_depth.count > 1;
  const int64_t plane = x.height * x.width;
  const int64_t bands = (map_height + kBandRows - 1) / kBandRows;
  const int64_t band_rows = std::min(kBandRows, map_height) + along_height.count - 1;

#pragma omp parallel if (map_depth * map_height * map_width > kSmallMap)
  {
    const Scratch band(moments, deep ? band_rows * x.width : 0);  // filtered along the depth
    const Scratch columns(moments, x.width);                      // and along the height
    const Scratch result(moments, map_width);                     // and along the width
#pragma omp for schedule(dynamic) collapse(2)
    for (int64_t d = 0; d < map_depth; ++d) {
      for (int64_t b = 0; b < bands; ++b) {
        const int64_t first = b * kBandRows;
        const int64_t last = std::min(first + kBandRows, map_height);
        const int64_t offset = d * plane + first * x.width;
        if (deep) {
          weigh_products(along_depth, x.data + offset, y.data + offset, plane,
                         (last - first + along_height.count - 1) * x.width, squares, band.pointers());
        }
        for (int64_t h = first; h < last; ++h) {
          const int64_t row = (h - first) * x.width;
          if (deep) {
            for (int m = 0; m < moments; ++m)
              weigh(along_height, band[m] + row, x.width, x.width, 1.0, columns[m]);
          } else {
            weigh_products(along_height, x.data + offset + row, y.data + offset + row, x.width, x.width,
                           squares, columns.pointers());
          }
          for (int m = 0; m < moments; ++m)
            weigh(along_width, columns[m], 1, map_width, window.scale(), result[m]);
          visit({d, h, map_width, result[0], result[1], result[2], result[3], result[4]});
        }
      }
    }
  }
}

Image with_border(const ImageView& image, const std::array<int, 3>& radius, Border border) {
  Image padded(image.depth + 2 * radius[0], image.height + 2 * radius[1], image.width + 2 * radius[2]);
  std::vector<int64_t> columns(static_cast<size_t>(padded.width));
  for (int64_t w = 0; w < padded.width; ++w) {
    columns[static_cast<size_t>(w)] = mirrored_index(w - radius[2], image.width, border);
  }
#pragma omp parallel for schedule(static) \
    collapse(2) if (padded.depth * padded.height * padded.width > kSmallMap)
  for (int64_t d = 0; d < padded.depth; ++d) {
    for (int64_t h = 0; h < padded.height; ++h) {
      const int64_t from_d = mirrored_index(d - radius[0], image.depth, border);
      const int64_t from_h = mirrored_index(h - radius[1], image.height, border);
      const double* from = image.data + (from_d * image.height + from_h) * image.width;
      double* to = padded.voxels.data() + (d * padded.height + h) * padded.width;
      for (int64_t w = 0; w < padded.width; ++w) to[w] = from[columns[static_cast<size_t>(w)]];
    }
  }
  return padded;
}

}  // namespace synerbench::detail
