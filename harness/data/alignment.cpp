#include "harness/data/alignment.h"

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr double kCell = 4;  // mm

using Sides = std::array<int64_t, 3>;

size_t at(const Sides& sides, int64_t d, int64_t h, int64_t w) {
  return static_cast<size_t>((d * sides[1] + h) * sides[2] + w);
}

/// A gradient of length below 1, three numbers a cell: flat places count for little.
std::vector<float> directions(const std::vector<float>& mean, const Sides& sides,
                              const std::array<double, 3>& size) {
  std::vector<float> field(3 * mean.size());
  double total = 0;
  size_t sloped = 0;
  for (int64_t d = 0; d < sides[0]; ++d) {
    for (int64_t h = 0; h < sides[1]; ++h) {
      for (int64_t w = 0; w < sides[2]; ++w) {
        const Sides place{d, h, w};
        float* out = field.data() + 3 * at(sides, d, h, w);
        double squared = 0;
        for (size_t axis = 0; axis < 3; ++axis) {
          Sides before = place, after = place;
          before[axis] = std::max<int64_t>(place[axis] - 1, 0);
          after[axis] = std::min(place[axis] + 1, sides[axis] - 1);
          const auto steps = static_cast<double>(after[axis] - before[axis]);
          if (steps == 0) continue;
          const double rise = mean[at(sides, after[0], after[1], after[2])] -
                              static_cast<double>(mean[at(sides, before[0], before[1], before[2])]);
          out[axis] = static_cast<float>(rise / (steps * size[axis]));
          squared += static_cast<double>(out[axis]) * out[axis];
        }
        total += std::sqrt(squared);
        sloped += squared > 0;
      }
    }
  }
  if (sloped == 0) return field;
  const double usual = total / static_cast<double>(sloped);
  for (size_t cell = 0; cell < mean.size(); ++cell) {
    float* out = field.data() + 3 * cell;
    double squared = usual * usual;
    for (size_t axis = 0; axis < 3; ++axis) squared += static_cast<double>(out[axis]) * out[axis];
    for (size_t axis = 0; axis < 3; ++axis) out[axis] = static_cast<float>(out[axis] / std::sqrt(squared));
  }
  return field;
}

}  // namespace

std::string Turn::text(const std::array<const char*, 3>& axes) const {
  std::string list;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (mirrored[axis]) list += (list.empty() ? "" : " and ") + std::string(axes[axis]);
  }
  if (!exchanged) return list.empty() ? "as it is" : "mirrored along " + list;
  const std::string swapped = std::string("with ") + axes[1] + " and " + axes[2] + " exchanged";
  return list.empty() ? swapped : swapped + " and mirrored along " + list;
}

std::vector<Turn> turns_of(const std::array<int64_t, 3>& shape) {
  std::vector<Turn> turns;
  for (int bits = 1; bits < 16; ++bits) {
    const Turn turn{{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}, (bits & 8) != 0};
    if (turn.exchanged && shape[1] != shape[2]) continue;
    bool changes = true;
    for (size_t axis = 0; axis < 3; ++axis) changes = changes && !(turn.mirrored[axis] && shape[axis] == 1);
    if (changes) turns.push_back(turn);
  }
  return turns;
}

Edges::Edges(std::span<const float> values, const std::array<int64_t, 3>& shape,
             const std::array<double, 3>& spacing)
    : shape_(shape) {
  SB_CHECK(static_cast<int64_t>(values.size()) == shape[0] * shape[1] * shape[2], "one value per voxel");
  // Cells of whole voxels, so that a mirrored volume has mirrored cells; what is left over at the far end is
  // shared between both ends for the same reason.
  Sides voxels{}, begin{};
  for (size_t axis = 0; axis < 3; ++axis) {
    voxels[axis] = std::clamp<int64_t>(std::llround(kCell / spacing[axis]), 1, shape[axis]);
    cells_[axis] = shape[axis] / voxels[axis];
    size_[axis] = static_cast<double>(voxels[axis]) * spacing[axis];
    begin[axis] = (shape[axis] - cells_[axis] * voxels[axis]) / 2;
  }
  std::vector<double> sums(static_cast<size_t>(cells_[0] * cells_[1] * cells_[2]));
  for (int64_t d = 0; d < cells_[0] * voxels[0]; ++d) {
    for (int64_t h = 0; h < cells_[1] * voxels[1]; ++h) {
      const float* row = values.data() + at(shape, d + begin[0], h + begin[1], begin[2]);
      double* out = sums.data() + at(cells_, d / voxels[0], h / voxels[1], 0);
      for (int64_t w = 0; w < cells_[2]; ++w) {
        for (int64_t x = 0; x < voxels[2]; ++x) out[w] += row[w * voxels[2] + x];
      }
    }
  }
  const auto count = static_cast<double>(voxels[0] * voxels[1] * voxels[2]);
  for (const double sum : sums) mean_.push_back(static_cast<float>(sum / count));
}

bool Edges::enough() const {
  return cells_[0] * cells_[1] * cells_[2] >= kLeastEdgeCells && cells_[1] > 1 && cells_[2] > 1;
}

double Edges::agreement(const Edges& other, const Turn& turn) const {
  SB_CHECK(shape_ == other.shape_ && cells_ == other.cells_, "both volumes have one grid");
  std::vector<float> turned(other.mean_.size());
  for (int64_t d = 0; d < cells_[0]; ++d) {
    for (int64_t h = 0; h < cells_[1]; ++h) {
      for (int64_t w = 0; w < cells_[2]; ++w) {
        Sides from{d, h, w};
        if (turn.exchanged) std::swap(from[1], from[2]);
        for (size_t axis = 0; axis < 3; ++axis) {
          if (turn.mirrored[axis]) from[axis] = cells_[axis] - 1 - from[axis];
        }
        turned[at(cells_, d, h, w)] = other.mean_[at(cells_, from[0], from[1], from[2])];
      }
    }
  }
  const std::vector<float> a = directions(mean_, cells_, size_), b = directions(turned, cells_, size_);
  double shared = 0, own_a = 0, own_b = 0;
  for (size_t cell = 0; cell < a.size(); cell += 3) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      const double x = a[cell + axis], y = b[cell + axis];
      ab += x * y, aa += x * x, bb += y * y;
    }
    shared += ab * ab, own_a += aa * aa, own_b += bb * bb;
  }
  return own_a > 0 && own_b > 0 ? shared / std::sqrt(own_a * own_b) : 0;
}

std::optional<Misfit> misfit_of(const Edges& a, const Edges& b) {
  if (!a.enough()) return {};
  Misfit best;
  best.as_it_is = a.agreement(b);
  double next = best.as_it_is;
  for (const Turn& turn : turns_of(a.shape())) {
    const double there = a.agreement(b, turn);
    next = std::max(next, std::min(there, best.agreement));
    if (there > best.agreement) best.turn = turn, best.agreement = there;
  }
  if (!(best.agreement > kMisfit * next)) return {};
  return best;
}

}  // namespace synerbench
