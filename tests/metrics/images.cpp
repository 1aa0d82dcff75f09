#include "tests/metrics/images.h"

#include <cmath>

#include "metrics/window.h"

namespace synerbench::testing_images {
namespace {

class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}
  double uniform() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  uint64_t state_;
};

size_t count(Shape shape) { return static_cast<size_t>(shape.depth * shape.height * shape.width); }

/// -1 .. 1 along an axis; 0 when it has one voxel.
double place(int64_t i, int64_t n) {
  return n == 1 ? 0 : 2.0 * static_cast<double>(i) / static_cast<double>(n - 1) - 1;
}

template <class F>
void for_each(Shape shape, F&& f) {
  size_t i = 0;
  for (int64_t d = 0; d < shape.depth; ++d) {
    for (int64_t h = 0; h < shape.height; ++h) {
      for (int64_t w = 0; w < shape.width; ++w) {
        f(i++, place(d, shape.depth), place(h, shape.height), place(w, shape.width));
      }
    }
  }
}

}  // namespace

Picture constant(Shape shape, double value) {
  return {shape.depth, shape.height, shape.width, std::vector<double>(count(shape), value)};
}

Picture noise(Shape shape, uint64_t seed) {
  Picture picture = constant(shape, 0);
  SplitMix random(seed);
  for (double& value : picture.voxels) value = random.uniform();
  return picture;
}

Picture anatomy(Shape shape, uint64_t seed) {
  Picture picture = constant(shape, 0);
  SplitMix random(seed);
  const double phase = random.uniform() * 6;
  for_each(shape, [&](size_t i, double z, double y, double x) {
    const double texture =
        0.06 * random.uniform() + 0.08 * std::sin(19 * x + phase) * std::sin(17 * y + 11 * z);
    if (x * x + 1.6 * y * y + z * z > 0.8) return;  // air
    double value = 0.35;
    if (std::hypot(x - 0.3, y + 0.1, z - 0.2) < 0.25) value = 0.6;  // an organ
    if (std::hypot(x + 0.4, y, z) < 0.12) value = 0.85;             // bone
    if (std::hypot(x, y - 0.35, z) < 0.1) value = 0.1;              // air inside
    picture.voxels[i] = value + texture;
  });
  return picture;
}

Picture mapped(const Picture& picture, const std::function<double(double)>& f) {
  Picture result = picture;
  for (double& value : result.voxels) value = f(value);
  return result;
}

Picture sum(const Picture& a, const Picture& b, double weight) {
  Picture result = a;
  for (size_t i = 0; i < result.voxels.size(); ++i) result.voxels[i] += weight * b.voxels[i];
  return result;
}

Picture blurred(const Picture& picture, double sigma) {
  if (sigma == 0) return picture;
  const int64_t radius = static_cast<int64_t>(4 * sigma + 0.5);
  std::vector<double> weights;
  double total = 0;
  for (int64_t k = -radius; k <= radius; ++k) {
    weights.push_back(std::exp(-static_cast<double>(k * k) / (2 * sigma * sigma)));
    total += weights.back();
  }
  Picture columns = picture, result = picture;
  for (int axis = 0; axis < 2; ++axis) {
    const Picture& from = axis == 0 ? picture : columns;
    Picture& to = axis == 0 ? columns : result;
    for (int64_t d = 0; d < picture.depth; ++d) {
      for (int64_t h = 0; h < picture.height; ++h) {
        for (int64_t w = 0; w < picture.width; ++w) {
          double value = 0;
          for (int64_t k = -radius; k <= radius; ++k) {
            const int64_t hk =
                axis == 0 ? mirrored_index(h + k, picture.height, Border::kHalfSampleMirror) : h;
            const int64_t wk =
                axis == 1 ? mirrored_index(w + k, picture.width, Border::kHalfSampleMirror) : w;
            value += weights[static_cast<size_t>(k + radius)] / total * from.at(d, hk, wk);
          }
          to.at(d, h, w) = value;
        }
      }
    }
  }
  return result;
}

Picture shifted(const Picture& picture) {
  Picture result = picture;
  for (int64_t d = 0; d < picture.depth; ++d) {
    for (int64_t h = 0; h < picture.height; ++h) {
      for (int64_t w = 1; w < picture.width; ++w) result.at(d, h, w) = picture.at(d, h, w - 1);
    }
  }
  return result;
}

Stencil empty_mask(Shape shape) {
  return {shape.depth, shape.height, shape.width, std::vector<uint8_t>(count(shape), 0)};
}

Stencil random_mask(Shape shape, double share, uint64_t seed) {
  Stencil mask = empty_mask(shape);
  SplitMix random(seed);
  for (uint8_t& inside : mask.inside) inside = random.uniform() < share;
  return mask;
}

Stencil ball(Shape shape, double share) {
  Stencil mask = empty_mask(shape);
  for_each(shape, [&](size_t i, double z, double y, double x) {
    mask.inside[i] = x * x + y * y + z * z < share * share;
  });
  return mask;
}

}  // namespace synerbench::testing_images
