// Small images in the layouts of the real datasets, made in code.
#pragma once

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "harness/core/file.h"
#include "harness/data/volume.h"
#include "harness/data/volume_io.h"

namespace synerbench::testing_support {

/// A grid with the axes given ("LPS", "RAS", ...: along the world's axes), spacing 1 x 1.5 x 3 mm along L, P,
/// S.
inline Geometry axis_grid(std::array<int64_t, 3> size, const std::string& axes = "LPS") {
  Geometry grid;
  grid.size = size;
  grid.origin = {-12, 7, 30};
  grid.direction.fill(0);
  const std::array<double, 3> spacing{1, 1.5, 3};
  for (size_t axis = 0; axis < 3; ++axis) {
    const size_t world = axes[axis] == 'L' || axes[axis] == 'R'   ? 0
                         : axes[axis] == 'P' || axes[axis] == 'A' ? 1
                                                                  : 2;
    const bool toward = axes[axis] == 'L' || axes[axis] == 'P' || axes[axis] == 'S';
    grid.direction[3 * world + axis] = toward ? 1 : -1;
    grid.spacing[axis] = spacing[world];
  }
  return grid;
}

inline Volume make_volume(const Geometry& grid,
                          const std::function<float(int64_t, int64_t, int64_t)>& value) {
  Volume volume;
  volume.geometry = grid;
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i) volume.voxels.push_back(value(i, j, k));
    }
  }
  return volume;
}

/// Inside an ellipse about the middle of a slice: a body that no derived mask misses.
inline bool in_body(const Geometry& grid, int64_t i, int64_t j) {
  const double x = (static_cast<double>(i) + 0.5) / static_cast<double>(grid.size[0]) - 0.5;
  const double y = (static_cast<double>(j) + 0.5) / static_cast<double>(grid.size[1]) - 0.5;
  return x * x + y * y < 0.16;
}

/// Whole HU that differ from voxel to voxel inside, air outside.
inline Volume made_ct(const Geometry& grid, int seed = 0) {
  return make_volume(grid, [&, seed](int64_t i, int64_t j, int64_t k) {
    return in_body(grid, i, j) ? static_cast<float>((37 * i + 11 * j + 101 * k + 7 * seed) % 700 - 100)
                               : -1000.F;
  });
}
/// Positive fractions inside, 0 outside.
inline Volume made_mr(const Geometry& grid, int seed = 0) {
  return make_volume(grid, [&, seed](int64_t i, int64_t j, int64_t k) {
    return in_body(grid, i, j) ? 0.25F + static_cast<float>((31 * i + 17 * j + 53 * k + 5 * seed) % 900)
                               : 0.F;
  });
}
inline Volume made_mask(const Geometry& grid) {
  return make_volume(grid, [&](int64_t i, int64_t j, int64_t) { return in_body(grid, i, j) ? 1.F : 0.F; });
}
inline Volume plus(Volume volume, float value) {
  for (float& v : volume.voxels) v += value;
  return volume;
}

/// Relative path -> SHA-256 of everything below a folder ("folder" for folders).
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files[entry.path().lexically_relative(folder).string()] =
        entry.is_regular_file() ? sha256_file(entry.path()) : "folder";
  }
  return files;
}

/// A SynthRAD2023 tree of `patients` Task 1 brains, centers A, B, C in turn.
inline void make_synthrad2023(const std::filesystem::path& root, int patients,
                              std::array<int64_t, 3> size = {10, 12, 4}) {
  for (int p = 0; p < patients; ++p) {
    const auto folder = root / "Task1/brain" / fmt::format("1B{}{:03}", "ABC"[p % 3], p + 1);
    const auto grid = axis_grid(size, "RAS");
    write_volume(folder / "ct.nii.gz", made_ct(grid, p), PixelType::kInt16);
    write_volume(folder / "mr.nii.gz", made_mr(grid, p), PixelType::kFloat32);
    write_volume(folder / "mask.nii.gz", made_mask(grid), PixelType::kUInt8);
  }
}

}  // namespace synerbench::testing_support
