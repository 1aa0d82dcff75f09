// A 3-D image with its place in the world.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace synerbench {

/// Voxel (i, j, k) -> world, in mm, DICOM LPS: p = origin + direction * (spacing .* (i, j, k)).
/// The same convention as ITK; NIfTI's RAS affine is converted on reading.
struct Geometry {
  std::array<int64_t, 3> size{0, 0, 0};                        // voxels along i, j, k
  std::array<double, 3> spacing{1, 1, 1};                      // mm, > 0
  std::array<double, 3> origin{0, 0, 0};                       // LPS mm of voxel (0, 0, 0)'s center
  std::array<double, 9> direction{1, 0, 0, 0, 1, 0, 0, 0, 1};  // row-major; columns are the unit axes
  int64_t count() const { return size[0] * size[1] * size[2]; }
  std::array<double, 3> to_world(double i, double j, double k) const;
  std::array<double, 3> to_voxel(const std::array<double, 3>& world) const;
};

/// The largest distance, in voxels of `a`, between where the two grids put any of a's eight corner voxels;
/// infinite when the sizes differ.
double grid_distance(const Geometry& a, const Geometry& b);
/// Two files count as one grid up to this distance (rounding in real headers reaches 0.018).
inline constexpr double kSameGridTolerance = 0.02;  // voxels
bool same_grid(const Geometry& a, const Geometry& b);
/// "185x164x59 at 0.977x0.977x3.27 mm"
std::string describe(const Geometry& geometry);
/// What of `own` is different from `wanted`, and by how much: "size 40x36x12 against 42x36x12; the first
/// voxel is 12.5 mm away; the axes are turned by 83 degrees".
std::string difference_of(const Geometry& own, const Geometry& wanted);
/// How many voxel centers of `grid` lie inside the image's center-to-center box, widened by
/// kSameGridTolerance voxels. With a `mask` on the grid (i fastest) only those inside it count.
int64_t voxels_inside(const Geometry& image, const Geometry& grid, std::span<const uint8_t> mask = {});
/// Three letters: the direction of increasing i, j, k in RAS letters ("LPS", "RAS", ...), nearest axis.
std::string axes_of(const Geometry& geometry);

/// Values in the file's unit (HU, SUV, arbitrary), i fastest: value(i, j, k) = voxels[(k * nj + j) * ni + i].
struct Volume {
  Geometry geometry;
  std::vector<float> voxels;
  float at(int64_t i, int64_t j, int64_t k) const {
    return voxels[static_cast<size_t>((k * geometry.size[1] + j) * geometry.size[0] + i)];
  }
};

/// The canonical order of voxels in the slice store: axes nearest to LPS, i.e. i to the Left, j to the
/// Posterior, k to the Superior. Only permutes and flips; no interpolation; exact. `original_axes` gets
/// axes_of before.
Volume to_canonical(Volume volume, std::string* original_axes = nullptr);
/// The grid that to_canonical() gives a volume on `grid`.
Geometry canonical_grid(const Geometry& grid);
/// Permutes and flips `volume` so that its axes run as nearly as possible along those of `grid`. Exact.
Volume along_axes_of(const Geometry& grid, Volume volume);
/// Permutes and flips `volume` (canonical) back to the axes given, undoing to_canonical.
Volume from_canonical(Volume volume, const std::string& original_axes);

}  // namespace synerbench
