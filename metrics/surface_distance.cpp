#include "metrics/surface_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "metrics/detail/checks.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

// Note [Missing structures]
// When a prediction lacks a structure, every distance to it is infinite. The public 2025 evaluation takes a
// quantile of those infinities, gets NaN, and its mean skips NaN; when all structures are missing the mean of
// nothing becomes 0, the best possible HD95. Here a missing structure is kMissingStructure: the caller counts
// it and, where a number is needed, charges image_diagonal(). An empty reference is another thing
// (kEmptyMask): there is nothing to find.

struct Box {
  std::array<int64_t, 3> begin{}, end{};  // depth, height, width
  int64_t length(int axis) const { return end[axis] - begin[axis]; }
};

bool any_inside(const MaskView& mask) {
  const int64_t voxels = mask.depth * mask.height * mask.width;
  return std::any_of(mask.data, mask.data + voxels, [](uint8_t v) { return v != 0; });
}

/// The smallest box that holds both masks.
Box joint_box(const MaskView& a, const MaskView& b) {
  Box box{{a.depth, a.height, a.width}, {0, 0, 0}};
  int64_t i = 0;
  for (int64_t d = 0; d < a.depth; ++d) {
    for (int64_t h = 0; h < a.height; ++h) {
      for (int64_t w = 0; w < a.width; ++w, ++i) {
        if (a.data[i] == 0 && b.data[i] == 0) continue;
        const std::array<int64_t, 3> at{d, h, w};
        for (int axis = 0; axis < 3; ++axis) {
          box.begin[axis] = std::min(box.begin[axis], at[axis]);
          box.end[axis] = std::max(box.end[axis], at[axis] + 1);
        }
      }
    }
  }
  return box;
}

std::vector<uint8_t> cropped(const std::vector<uint8_t>& image, const MaskView& shape, const Box& box) {
  std::vector<uint8_t> result;
  result.reserve(static_cast<size_t>(box.length(0) * box.length(1) * box.length(2)));
  for (int64_t d = box.begin[0]; d < box.end[0]; ++d) {
    for (int64_t h = box.begin[1]; h < box.end[1]; ++h) {
      const uint8_t* row = image.data() + (d * shape.height + h) * shape.width;
      result.insert(result.end(), row + box.begin[2], row + box.end[2]);
    }
  }
  return result;
}

std::vector<double> at_surface(const std::vector<double>& distance, const std::vector<uint8_t>& surface) {
  std::vector<double> values;
  for (size_t i = 0; i < surface.size(); ++i) {
    if (surface[i] != 0) values.push_back(distance[i]);
  }
  return values;
}

/// summary(distances of one direction) for both, combined; or the reason why there is none.
template <class Summary, class Combine>
Score summarized(const MaskView& prediction, const MaskView& reference, const VoxelSize& size,
                 Summary&& summary, Combine&& combine) {
  if (const auto reason = undefined_distance(prediction, reference)) return *reason;
  const SurfaceDistances distances = surface_distances(prediction, reference, size);
  return combine(summary(distances.to_reference), summary(distances.to_prediction));
}

}  // namespace

std::vector<uint8_t> surface_of(const MaskView& mask) {
  detail::require_same_shape(mask, mask);
  const int64_t plane = mask.height * mask.width;
  std::vector<uint8_t> surface(static_cast<size_t>(mask.depth * plane));
  const bool deep = mask.depth > 1;
  int64_t i = 0;
  for (int64_t d = 0; d < mask.depth; ++d) {
    for (int64_t h = 0; h < mask.height; ++h) {
      for (int64_t w = 0; w < mask.width; ++w, ++i) {
        if (mask.data[i] == 0) continue;
        bool inner = w > 0 && w + 1 < mask.width && h > 0 && h + 1 < mask.height;
        inner = inner && mask.data[i - 1] != 0 && mask.data[i + 1] != 0 && mask.data[i - mask.width] != 0 &&
                mask.data[i + mask.width] != 0;
        if (deep) {
          inner =
              inner && d > 0 && d + 1 < mask.depth && mask.data[i - plane] != 0 && mask.data[i + plane] != 0;
        }
        surface[static_cast<size_t>(i)] = !inner;
      }
    }
  }
  return surface;
}

std::optional<Undefined> undefined_distance(const MaskView& prediction, const MaskView& reference) {
  detail::require_same_shape(prediction, reference);
  if (!any_inside(reference)) return Undefined::kEmptyMask;
  if (!any_inside(prediction)) return Undefined::kMissingStructure;
  return std::nullopt;
}

SurfaceDistances surface_distances(const MaskView& prediction, const MaskView& reference,
                                   const VoxelSize& size) {
  if (undefined_distance(prediction, reference)) {
    throw std::invalid_argument(
        "surface distances: an empty mask has no surface; ask undefined_distance() first");
  }
  // Both surfaces lie in the joint box, and so does the nearest point of either: the rest need not be
  // transformed.
  const Box box = joint_box(prediction, reference);
  const std::vector<uint8_t> of_prediction = cropped(surface_of(prediction), prediction, box);
  const std::vector<uint8_t> of_reference = cropped(surface_of(reference), reference, box);
  const auto view = [&](const std::vector<uint8_t>& mask) {
    return MaskView{mask.data(), box.length(0), box.length(1), box.length(2)};
  };
  return {at_surface(distance_transform(view(of_reference), size), of_prediction),
          at_surface(distance_transform(view(of_prediction), size), of_reference)};
}

Score hausdorff(const MaskView& prediction, const MaskView& reference, const VoxelSize& size) {
  return hausdorff_quantile(prediction, reference, size, 1.0);
}

Score hausdorff_quantile(const MaskView& prediction, const MaskView& reference, const VoxelSize& size,
                         double share) {
  return summarized(
      prediction, reference, size, [share](const std::vector<double>& d) { return quantile(d, share); },
      [](double a, double b) { return std::max(a, b); });
}

Score mean_surface_distance(const MaskView& prediction, const MaskView& reference, const VoxelSize& size) {
  return summarized(
      prediction, reference, size, [](const std::vector<double>& d) { return mean(d); },
      [](double a, double b) { return (a + b) / 2; });
}

double image_diagonal(const MaskView& image, const VoxelSize& size) {
  return std::hypot(static_cast<double>(image.depth) * size.depth,
                    static_cast<double>(image.height) * size.height,
                    static_cast<double>(image.width) * size.width);
}

}  // namespace synerbench
