// From an anatomy to voxels: one pass over a grid gives any number of linear channels.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "harness/data/volume.h"
#include "suites/phantom/anatomy.h"

namespace synerbench::phantom {

/// A quantity that mixes linearly: value = sum over tissues of fraction * (value + sum over fields of texture
/// * field).
struct Channel {
  std::array<float, kTissueCount> value{};
  std::array<std::array<float, kTissueCount>, kTextureCount> texture{};
  bool lesion_uptake = false;  // PET: in a lesion its own uptake replaces the tissues'
};

struct Rendering {
  std::vector<Volume> channels;
  std::vector<float> inside;   // share inside the outline
  std::vector<float> lesion;   // share of avid lesion
  std::vector<int16_t> label;  // the anatomy's labels
};

/// Where a point of the image lies in the patient; identity when empty. Must be thread-safe.
using PointMap = std::function<Vec3(const Vec3&)>;

/// Samples the anatomy at every voxel center, with structures softened over about a voxel so that every voxel
/// holds its partial volume. `grid` has axes along LPS (identity direction). The result does not depend on
/// `threads`.
Rendering render(const Anatomy& anatomy, const Geometry& grid, const std::vector<Channel>& channels,
                 const PointMap& map, int threads);

/// An axis-aligned grid of `size` voxels that covers `field`.
Geometry grid_over(const Field& field, const std::array<int64_t, 3>& size);
Vec3 point_of(const Geometry& grid, int64_t i, int64_t j, int64_t k);

/// Separable Gaussian blur; sigma in voxels per axis, 0 = leave the axis alone; edges repeat.
void blur(Volume& volume, const std::array<double, 3>& sigma_voxels, int threads);
/// White noise made smooth with `blur`, then scaled to standard deviation 1 in expectation.
Volume correlated_noise(const Geometry& grid, const std::array<double, 3>& sigma_voxels, uint64_t seed,
                        int threads);
/// Third-order spline interpolation with mirrored edges, as in nilearn's and SciPy's default; `outside`
/// beyond the input's voxel centers. Both grids axis-aligned.
Volume resample_cubic(const Volume& volume, const Geometry& grid, float outside, int threads);
/// The voxels first .. first + size of a volume.
Volume crop(const Volume& volume, const std::array<int64_t, 3>& first, const std::array<int64_t, 3>& size);

}  // namespace synerbench::phantom
