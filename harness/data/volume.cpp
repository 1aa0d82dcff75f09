#include "harness/data/volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "harness/core/error.h"

namespace synerbench {
namespace {

/// Which world axis each voxel axis runs along, and whether it runs toward L, P, S (+1) or R, A, I (-1).
struct AxisMap {
  std::array<int, 3> world{0, 1, 2};
  std::array<int, 3> sign{1, 1, 1};
};

constexpr std::array<char, 3> kToward{'L', 'P', 'S'};
constexpr std::array<char, 3> kAway{'R', 'A', 'I'};

// Every world axis must be used once, so the three columns are assigned together: the permutation with the
// largest sum of absolute cosines. Taking the largest cosine of each column alone can pick one world axis
// twice (two columns at 45 degrees). Equal sums: the first permutation in lexical order, so the answer never
// depends on rounding order.
AxisMap nearest_axes(const std::array<double, 9>& direction) {
  AxisMap best;
  double best_sum = -1;
  std::array<int, 3> world{0, 1, 2};
  do {
    double sum = 0;
    for (int axis = 0; axis < 3; ++axis)
      sum += std::abs(direction[static_cast<size_t>(3 * world[axis] + axis)]);
    if (sum > best_sum + 1e-12) {
      best_sum = sum;
      best.world = world;
    }
  } while (std::next_permutation(world.begin(), world.end()));
  for (int axis = 0; axis < 3; ++axis) {
    best.sign[axis] = direction[static_cast<size_t>(3 * best.world[axis] + axis)] < 0 ? -1 : 1;
  }
  return best;
}

std::string letters_of(const AxisMap& map) {
  std::string letters;
  for (int axis = 0; axis < 3; ++axis) {
    letters += map.sign[axis] > 0 ? kToward[map.world[axis]] : kAway[map.world[axis]];
  }
  return letters;
}

AxisMap parse_axes(const std::string& letters) {
  AxisMap map;
  std::array<bool, 3> used{false, false, false};
  bool valid = letters.size() == 3;
  for (int axis = 0; valid && axis < 3; ++axis) {
    const auto toward = std::find(kToward.begin(), kToward.end(), letters[static_cast<size_t>(axis)]);
    const auto away = std::find(kAway.begin(), kAway.end(), letters[static_cast<size_t>(axis)]);
    valid = toward != kToward.end() || away != kAway.end();
    if (!valid) break;
    map.sign[axis] = toward != kToward.end() ? 1 : -1;
    map.world[axis] =
        static_cast<int>(toward != kToward.end() ? toward - kToward.begin() : away - kAway.begin());
    valid = !std::exchange(used[map.world[axis]], true);
  }
  SB_CHECK(valid, fmt::format("axes are three letters like \"LPS\", got \"{}\"", letters));
  return map;
}

/// Output axis a runs along input axis source[a], backwards where reverse[a].
struct Rearrangement {
  std::array<int, 3> source{0, 1, 2};
  std::array<bool, 3> reverse{false, false, false};
  bool identity() const {
    return source == std::array{0, 1, 2} && reverse == std::array{false, false, false};
  }
};

Geometry rearranged(const Geometry& in, const Rearrangement& how) {
  Geometry out;
  std::array<double, 3> first{0, 0, 0};  // the input voxel that becomes (0, 0, 0)
  for (int axis = 0; axis < 3; ++axis) {
    const int from = how.source[axis];
    out.size[axis] = in.size[from];
    out.spacing[axis] = in.spacing[from];
    for (int row = 0; row < 3; ++row) {
      const double cosine = in.direction[static_cast<size_t>(3 * row + from)];
      // 0 stays +0
      out.direction[static_cast<size_t>(3 * row + axis)] = how.reverse[axis] ? 0.0 - cosine : cosine;
    }
    if (how.reverse[axis]) first[from] = static_cast<double>(in.size[from] - 1);
  }
  out.origin = in.to_world(first[0], first[1], first[2]);
  return out;
}

Volume rearranged(Volume in, const Rearrangement& how) {
  SB_CHECK(static_cast<int64_t>(in.voxels.size()) == in.geometry.count(), "voxels do not fill the grid");
  if (how.identity()) return in;
  Volume out;
  out.geometry = rearranged(in.geometry, how);
  out.voxels.resize(in.voxels.size());
  const std::array<int64_t, 3> input_stride{1, in.geometry.size[0],
                                            in.geometry.size[0] * in.geometry.size[1]};
  std::array<int64_t, 3> stride;
  int64_t start = 0;
  for (int axis = 0; axis < 3; ++axis) {
    stride[axis] = input_stride[how.source[axis]];
    if (how.reverse[axis]) {
      start += stride[axis] * (out.geometry.size[axis] - 1);
      stride[axis] = -stride[axis];
    }
  }
  size_t next = 0;
  for (int64_t k = 0; k < out.geometry.size[2]; ++k) {
    for (int64_t j = 0; j < out.geometry.size[1]; ++j) {
      const int64_t row = start + k * stride[2] + j * stride[1];
      for (int64_t i = 0; i < out.geometry.size[0]; ++i) {
        out.voxels[next++] = in.voxels[static_cast<size_t>(row + i * stride[0])];
      }
    }
  }
  return out;
}

}  // namespace

std::array<double, 3> Geometry::to_world(double i, double j, double k) const {
  const std::array<double, 3> step{spacing[0] * i, spacing[1] * j, spacing[2] * k};
  std::array<double, 3> world;
  for (size_t row = 0; row < 3; ++row) {
    world[row] = origin[row] + (direction[3 * row] * step[0] + direction[3 * row + 1] * step[1] +
                                direction[3 * row + 2] * step[2]);
  }
  return world;
}

std::array<double, 3> Geometry::to_voxel(const std::array<double, 3>& world) const {
  const auto& d = direction;
  const std::array<double, 3> p{world[0] - origin[0], world[1] - origin[1], world[2] - origin[2]};
  // Cramer's rule on the direction alone keeps the spacing, which may span orders of magnitude, out of the
  // determinant.
  const std::array<double, 9> adjugate{
      d[4] * d[8] - d[5] * d[7], d[2] * d[7] - d[1] * d[8], d[1] * d[5] - d[2] * d[4],
      d[5] * d[6] - d[3] * d[8], d[0] * d[8] - d[2] * d[6], d[2] * d[3] - d[0] * d[5],
      d[3] * d[7] - d[4] * d[6], d[1] * d[6] - d[0] * d[7], d[0] * d[4] - d[1] * d[3]};
  const double determinant = d[0] * adjugate[0] + d[1] * adjugate[3] + d[2] * adjugate[6];
  SB_CHECK(determinant != 0, "the direction matrix is singular");
  std::array<double, 3> voxel;
  for (size_t axis = 0; axis < 3; ++axis) {
    voxel[axis] =
        (adjugate[3 * axis] * p[0] + adjugate[3 * axis + 1] * p[1] + adjugate[3 * axis + 2] * p[2]) /
        (determinant * spacing[axis]);
  }
  return voxel;
}

double grid_distance(const Geometry& a, const Geometry& b) {
  if (a.size != b.size) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (int corner = 0; corner < 8; ++corner) {
    std::array<double, 3> index;
    for (int axis = 0; axis < 3; ++axis) {
      index[axis] = (corner >> axis & 1) != 0 ? static_cast<double>(a.size[axis] - 1) : 0.0;
    }
    const auto voxel = a.to_voxel(b.to_world(index[0], index[1], index[2]));
    const double distance = std::hypot(voxel[0] - index[0], voxel[1] - index[1], voxel[2] - index[2]);
    // A NaN anywhere must not pass as "same".
    largest = std::isnan(distance) ? std::numeric_limits<double>::infinity() : std::max(largest, distance);
  }
  return largest;
}

bool same_grid(const Geometry& a, const Geometry& b) { return grid_distance(a, b) <= kSameGridTolerance; }

std::string describe(const Geometry& geometry) {
  return fmt::format("{}x{}x{} at {:.3g}x{:.3g}x{:.3g} mm", geometry.size[0], geometry.size[1],
                     geometry.size[2], geometry.spacing[0], geometry.spacing[1], geometry.spacing[2]);
}

std::string difference_of(const Geometry& own, const Geometry& wanted) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  const auto list = [](const auto& values) {
    return fmt::format("{:.5g}x{:.5g}x{:.5g}", values[0], values[1], values[2]);
  };
  if (own.size != wanted.size) {
    add(fmt::format("size {}x{}x{} against {}x{}x{}", own.size[0], own.size[1], own.size[2], wanted.size[0],
                    wanted.size[1], wanted.size[2]));
  }
  constexpr double kSpacing = 1e-4;  // relative
  for (size_t axis = 0; axis < 3; ++axis) {
    if (std::abs(own.spacing[axis] - wanted.spacing[axis]) <= kSpacing * wanted.spacing[axis]) continue;
    add(fmt::format("spacing {} against {} mm", list(own.spacing), list(wanted.spacing)));
    break;
  }
  double squared = 0, trace = 0;
  for (size_t axis = 0; axis < 3; ++axis) {
    squared += (own.origin[axis] - wanted.origin[axis]) * (own.origin[axis] - wanted.origin[axis]);
    for (size_t row = 0; row < 3; ++row)
      trace += own.direction[3 * row + axis] * wanted.direction[3 * row + axis];
  }
  constexpr double kApart = 1e-3, kTurned = 0.01;  // mm, degrees
  if (std::sqrt(squared) > kApart) add(fmt::format("the first voxel is {:.3g} mm away", std::sqrt(squared)));
  // The trace of a rotation is 1 + 2 cos(angle).
  const double angle = std::acos(std::clamp((trace - 1) / 2, -1.0, 1.0)) * 180 / std::numbers::pi;
  if (angle > kTurned) add(fmt::format("the axes are turned by {:.3g} degrees", angle));
  const double distance = grid_distance(wanted, own);
  if (std::isfinite(distance)) add(fmt::format("a corner is {:.3g} voxels away", distance));
  return text;
}

int64_t voxels_inside(const Geometry& image, const Geometry& grid, std::span<const uint8_t> mask) {
  SB_CHECK(mask.empty() || static_cast<int64_t>(mask.size()) == grid.count(), "one mask value per voxel");
  const auto base = image.to_voxel(grid.to_world(0, 0, 0));
  std::array<std::array<double, 3>, 3> step{};  // image voxels per grid voxel along each grid axis
  for (size_t axis = 0; axis < 3; ++axis) {
    std::array<double, 3> unit{0, 0, 0};
    unit[axis] = 1;
    const auto at = image.to_voxel(grid.to_world(unit[0], unit[1], unit[2]));
    for (size_t c = 0; c < 3; ++c) step[axis][c] = at[c] - base[c];
  }
  int64_t inside = 0, voxel = -1;
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        ++voxel;
        if (!mask.empty() && !mask[static_cast<size_t>(voxel)]) continue;
        bool in = true;
        for (size_t c = 0; c < 3; ++c) {
          const double at = base[c] + static_cast<double>(i) * step[0][c] +
                            static_cast<double>(j) * step[1][c] + static_cast<double>(k) * step[2][c];
          in = in && at >= -kSameGridTolerance &&
               at <= static_cast<double>(image.size[c] - 1) + kSameGridTolerance;
        }
        inside += in;
      }
    }
  }
  return inside;
}

std::string axes_of(const Geometry& geometry) { return letters_of(nearest_axes(geometry.direction)); }

static Rearrangement to_canonical_axes(const AxisMap& map) {
  Rearrangement how;
  for (int axis = 0; axis < 3; ++axis) {
    how.source[map.world[axis]] = axis;
    how.reverse[map.world[axis]] = map.sign[axis] < 0;
  }
  return how;
}

Volume to_canonical(Volume volume, std::string* original_axes) {
  const AxisMap map = nearest_axes(volume.geometry.direction);
  if (original_axes != nullptr) *original_axes = letters_of(map);
  return rearranged(std::move(volume), to_canonical_axes(map));
}

Geometry canonical_grid(const Geometry& grid) {
  const Rearrangement how = to_canonical_axes(nearest_axes(grid.direction));
  return how.identity() ? grid : rearranged(grid, how);
}

Volume along_axes_of(const Geometry& grid, Volume volume) {
  // The axes of the volume in those of the grid: near a permutation where both have the same lattice.
  const auto &own = volume.geometry.direction, &wanted = grid.direction;
  std::array<double, 9> relative{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      for (size_t w = 0; w < 3; ++w) relative[3 * row + axis] += wanted[3 * w + row] * own[3 * w + axis];
    }
  }
  return rearranged(std::move(volume), to_canonical_axes(nearest_axes(relative)));
}

Volume from_canonical(Volume volume, const std::string& original_axes) {
  const AxisMap map = parse_axes(original_axes);
  Rearrangement how;
  for (int axis = 0; axis < 3; ++axis) {
    how.source[axis] = map.world[axis];
    how.reverse[axis] = map.sign[axis] < 0;
  }
  return rearranged(std::move(volume), how);
}

}  // namespace synerbench
