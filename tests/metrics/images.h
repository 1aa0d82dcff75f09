// Images and masks made in code for the tests and benchmarks of the metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "metrics/image.h"

namespace synerbench::testing_images {

struct Picture {
  int64_t depth = 1, height = 0, width = 0;
  std::vector<double> voxels;
  ImageView view() const { return {voxels.data(), depth, height, width}; }
  double& at(int64_t d, int64_t h, int64_t w) {
    return voxels[static_cast<size_t>((d * height + h) * width + w)];
  }
  double at(int64_t d, int64_t h, int64_t w) const {
    return voxels[static_cast<size_t>((d * height + h) * width + w)];
  }
};

struct Shape {
  int64_t depth = 1, height = 0, width = 0;
};

struct Stencil {  // a mask that owns its voxels
  int64_t depth = 1, height = 0, width = 0;
  std::vector<uint8_t> inside;
  MaskView view() const { return {inside.data(), depth, height, width}; }
  uint8_t& at(int64_t d, int64_t h, int64_t w) {
    return inside[static_cast<size_t>((d * height + h) * width + w)];
  }
  uint8_t at(int64_t d, int64_t h, int64_t w) const {
    return inside[static_cast<size_t>((d * height + h) * width + w)];
  }
};

Picture constant(Shape shape, double value);
/// Uniform noise in [0, 1).
Picture noise(Shape shape, uint64_t seed);
/// A body with organs, edges and texture in [0, 1], background 0: what a slice or volume looks like.
Picture anatomy(Shape shape, uint64_t seed);
/// f of every voxel.
Picture mapped(const Picture& picture, const std::function<double(double)>& f);
/// a + weight * b.
Picture sum(const Picture& a, const Picture& b, double weight);
/// Gaussian blur of the slices (height and width), half-sample mirror, radius 4 sigma; sigma 0: a copy.
Picture blurred(const Picture& picture, double sigma);
/// The picture moved by one voxel along the width, the first column repeated.
Picture shifted(const Picture& picture);

Stencil empty_mask(Shape shape);
/// Each voxel inside with probability `share`.
Stencil random_mask(Shape shape, double share, uint64_t seed);
/// An ellipsoid in the middle, `share` of each half axis.
Stencil ball(Shape shape, double share);

}  // namespace synerbench::testing_images
