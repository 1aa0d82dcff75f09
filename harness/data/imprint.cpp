#include "harness/data/imprint.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "harness/core/error.h"
#include "harness/core/random.h"

namespace synerbench {
namespace {

constexpr double kCell = 4;  // mm
// Cells looked at, around the center: 160 x 160 x 96 mm. A head, or the middle of a trunk.
constexpr std::array<int64_t, 3> kExtent{40, 40, 24};
constexpr double kLeastCells = 1000;  // 64 ml of the bright part: fewer say too little

/// Cells along one axis. Cell c covers [origin + c * kCell, origin + (c + 1) * kCell) mm from the corner of
/// the volume.
struct Axis {
  double origin = 0;
  int64_t cells = 0;
};

/// How much of a voxel lies in which cells: overlap[first ... first + count) mm each.
struct Overlaps {
  struct Voxel {
    int64_t first = 0;
    int count = 0;
    size_t at = 0;  // in `lengths`
  };
  std::vector<Voxel> voxels;
  std::vector<double> lengths;
  std::vector<double> covered;  // of each cell: the share that the volume covers

  Overlaps(int64_t size, double spacing, const Axis& axis) : covered(static_cast<size_t>(axis.cells)) {
    for (int64_t v = 0; v < size; ++v) {
      const double begin = static_cast<double>(v) * spacing - axis.origin, end = begin + spacing;
      const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(std::floor(begin / kCell)));
      Voxel voxel{first, 0, lengths.size()};
      for (int64_t cell = first; cell < axis.cells && static_cast<double>(cell) * kCell < end; ++cell) {
        const double from = static_cast<double>(cell) * kCell;
        const double length = std::min(end, from + kCell) - std::max(begin, from);
        if (length <= 0) break;
        lengths.push_back(length);
        covered[static_cast<size_t>(cell)] += length / kCell;
        ++voxel.count;
      }
      voxels.push_back(voxel);
    }
  }
};

/// A grid of cells, i fastest: the mean of what lies in each, and how much of it the volume covers.
struct Cells {
  std::array<int64_t, 3> size{};
  std::vector<double> value, weight;
  size_t at(int64_t i, int64_t j, int64_t k) const {
    return static_cast<size_t>((k * size[1] + j) * size[0] + i);
  }
};

Cells averaged(std::span<const float> voxels, const Geometry& geometry, const std::array<Axis, 3>& axes) {
  const auto [ni, nj, nk] = geometry.size;
  const Overlaps along_i(ni, geometry.spacing[0], axes[0]), along_j(nj, geometry.spacing[1], axes[1]),
      along_k(nk, geometry.spacing[2], axes[2]);
  Cells cells{{axes[0].cells, axes[1].cells, axes[2].cells}, {}, {}};
  const auto width = static_cast<size_t>(cells.size[0]),
             plane_count = width * static_cast<size_t>(cells.size[1]);
  cells.value.resize(plane_count * static_cast<size_t>(cells.size[2]));
  cells.weight.resize(cells.value.size());
  std::vector<double> row(width), plane(plane_count);
  for (int64_t k = 0; k < nk; ++k) {
    const auto& in_k = along_k.voxels[static_cast<size_t>(k)];
    if (in_k.count == 0) continue;
    std::fill(plane.begin(), plane.end(), 0);
    for (int64_t j = 0; j < nj; ++j) {
      const auto& in_j = along_j.voxels[static_cast<size_t>(j)];
      if (in_j.count == 0) continue;
      std::fill(row.begin(), row.end(), 0);
      const float* line = voxels.data() + (k * nj + j) * ni;
      for (int64_t i = 0; i < ni; ++i) {
        const auto& in_i = along_i.voxels[static_cast<size_t>(i)];
        for (int c = 0; c < in_i.count; ++c)
          row[static_cast<size_t>(in_i.first + c)] +=
              along_i.lengths[in_i.at + static_cast<size_t>(c)] * line[i];
      }
      for (int c = 0; c < in_j.count; ++c) {
        const double length = along_j.lengths[in_j.at + static_cast<size_t>(c)];
        double* target = plane.data() + static_cast<size_t>(in_j.first + c) * width;
        for (size_t i = 0; i < width; ++i) target[i] += length * row[i];
      }
    }
    for (int c = 0; c < in_k.count; ++c) {
      const double length = along_k.lengths[in_k.at + static_cast<size_t>(c)];
      double* target = cells.value.data() + static_cast<size_t>(in_k.first + c) * plane_count;
      for (size_t p = 0; p < plane_count; ++p) target[p] += length * plane[p];
    }
  }
  for (int64_t k = 0; k < cells.size[2]; ++k) {
    for (int64_t j = 0; j < cells.size[1]; ++j) {
      for (int64_t i = 0; i < cells.size[0]; ++i) {
        const double covered = along_i.covered[static_cast<size_t>(i)] *
                               along_j.covered[static_cast<size_t>(j)] *
                               along_k.covered[static_cast<size_t>(k)];
        const size_t at = cells.at(i, j, k);
        cells.weight[at] = covered;
        if (covered > 0) cells.value[at] /= covered * kCell * kCell * kCell;
      }
    }
  }
  return cells;
}

/// The means of the dark and of the bright part, which Otsu's threshold tells apart.
struct Parts {
  double dark = 0, bright = 0;
};
Parts parts_of(const Cells& cells) {
  std::vector<double> values;
  for (size_t i = 0; i < cells.value.size(); ++i) {
    if (cells.weight[i] > 0.5) values.push_back(cells.value[i]);
  }
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  const auto count = static_cast<double>(values.size());
  double below = 0, best = -1;
  Parts parts;
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    below += values[i];
    const double n = static_cast<double>(i + 1), dark = below / n, bright = (total - below) / (count - n);
    const double between = n * (count - n) * (bright - dark) * (bright - dark);
    if (between > best) best = between, parts = {dark, bright};
  }
  return parts;
}

/// How much of a cell belongs to the bright part, 0 to 1. Soft, so that no cell counts all or nothing.
double brightness(double value, const Parts& parts) {
  return std::clamp((value - parts.dark) / (parts.bright - parts.dark), 0.0, 1.0);
}

/// Smoothed by [1 4 6 4 1] / 16 along each axis; cells that the volume does not cover count for nothing.
std::vector<double> smoothed(const Cells& cells, std::vector<double> values) {
  constexpr std::array<double, 5> kKernel{1, 4, 6, 4, 1};
  const std::array<int64_t, 3> step{1, cells.size[0], cells.size[0] * cells.size[1]};
  std::vector<double> weights = cells.weight;
  for (size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> next(values.size()), next_weights(values.size());
    for (int64_t at = 0; at < static_cast<int64_t>(values.size()); ++at) {
      const int64_t place = at / step[axis] % cells.size[axis];
      double sum = 0, weight = 0;
      for (int64_t t = -2; t <= 2; ++t) {
        if (place + t < 0 || place + t >= cells.size[axis]) continue;
        const auto from = static_cast<size_t>(at + t * step[axis]);
        const double own = kKernel[static_cast<size_t>(t + 2)] * weights[from];
        sum += own * values[from];
        weight += own;
      }
      next[static_cast<size_t>(at)] = weight > 0 ? sum / weight : 0;
      next_weights[static_cast<size_t>(at)] = weight / 16;
    }
    values = std::move(next);
    weights = std::move(next_weights);
  }
  return values;
}

}  // namespace

std::vector<uint64_t> imprint_of(std::span<const float> voxels, const Geometry& geometry) {
  SB_CHECK(static_cast<int64_t>(voxels.size()) == geometry.count(), "one value per voxel");
  std::array<Axis, 3> axes;
  for (size_t a = 0; a < 3; ++a) {
    const double length = static_cast<double>(geometry.size[a]) * geometry.spacing[a];
    // A grid of meters is no scan, and its cells would not fit the memory.
    if (!(length < 4000) || length < 2 * kCell) return {};
    axes[a] = {0, static_cast<int64_t>(std::ceil(length / kCell))};
  }

  // Where the bright part is.
  const Cells whole = averaged(voxels, geometry, axes);
  const Parts parts = parts_of(whole);
  if (!(parts.bright > parts.dark)) return {};
  double total = 0;
  std::array<double, 3> center{};
  for (int64_t k = 0; k < whole.size[2]; ++k) {
    for (int64_t j = 0; j < whole.size[1]; ++j) {
      for (int64_t i = 0; i < whole.size[0]; ++i) {
        const size_t at = whole.at(i, j, k);
        const double bright = whole.weight[at] * brightness(whole.value[at], parts);
        total += bright;
        const std::array<int64_t, 3> place{i, j, k};
        for (size_t a = 0; a < 3; ++a) center[a] += bright * (static_cast<double>(place[a]) + 0.5) * kCell;
      }
    }
  }
  if (total < kLeastCells) return {};

  // The same around its center.
  for (size_t a = 0; a < 3; ++a)
    axes[a] = {center[a] / total - static_cast<double>(kExtent[a]) * kCell / 2, kExtent[a]};
  const Cells cells = averaged(voxels, geometry, axes);
  const std::vector<double> fine = smoothed(cells, cells.value);
  const std::vector<double> coarse = smoothed(cells, smoothed(cells, smoothed(cells, fine)));
  std::vector<double> structure(fine.size());
  double size = 0;
  for (size_t i = 0; i < fine.size(); ++i) {
    if (cells.weight[i] > 0.5) structure[i] = fine[i] - coarse[i];
    size += std::abs(structure[i]);
  }
  size /= static_cast<double>(structure.size());
  if (!(size > 0)) return {};

  // Edges of air and bone would decide every bit alone: large values are damped. The 64 signs of a cell for a
  // word are those of a number that follows from its place.
  std::array<double, kImprintBits> sums{};
  for (size_t i = 0; i < structure.size(); ++i) {
    const double value = structure[i] / (std::abs(structure[i]) + size);
    if (value == 0) continue;
    for (size_t word = 0; word < kImprintBits / 64; ++word) {
      const uint64_t signs = combine_seeds(static_cast<uint64_t>(i), static_cast<uint64_t>(word));
      for (size_t bit = 0; bit < 64; ++bit) sums[word * 64 + bit] += signs >> bit & 1 ? value : -value;
    }
  }
  std::vector<uint64_t> imprint(kImprintBits / 64);
  for (size_t bit = 0; bit < kImprintBits; ++bit) {
    if (sums[bit] > 0) imprint[bit / 64] |= uint64_t{1} << bit % 64;
  }
  return imprint;
}

double agreement(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  if (a.size() != b.size() || a.empty()) return 0;
  int different = 0;
  for (size_t i = 0; i < a.size(); ++i) different += std::popcount(a[i] ^ b[i]);
  return 1 - static_cast<double>(different) / static_cast<double>(64 * a.size());
}

}  // namespace synerbench
