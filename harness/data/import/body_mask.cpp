#include "harness/data/import/body_mask.h"

#include <array>

#include "harness/core/error.h"

namespace synerbench {
namespace {

// Closes everything in `open` that is connected to `seed`, and lists it where wanted. `neighbors` calls back
// with the indices next to one.
template <class Neighbors>
void flood(std::vector<uint8_t>& open, int64_t seed, std::vector<int64_t>& stack, Neighbors&& neighbors,
           std::vector<int64_t>* members) {
  stack.assign(1, seed);
  open[static_cast<size_t>(seed)] = 0;
  while (!stack.empty()) {
    const int64_t at = stack.back();
    stack.pop_back();
    if (members) members->push_back(at);
    neighbors(at, [&](int64_t next) {
      if (open[static_cast<size_t>(next)]) {
        open[static_cast<size_t>(next)] = 0;
        stack.push_back(next);
      }
    });
  }
}

void fill_holes(std::span<uint8_t> slice, int64_t width, int64_t height) {
  std::vector<uint8_t> outside(slice.size());
  for (size_t p = 0; p < slice.size(); ++p) outside[p] = !slice[p];
  std::vector<int64_t> stack;
  const auto neighbors = [&](int64_t at, auto&& visit) {
    const int64_t x = at % width, y = at / width;
    if (x > 0) visit(at - 1);
    if (x + 1 < width) visit(at + 1);
    if (y > 0) visit(at - width);
    if (y + 1 < height) visit(at + width);
  };
  const auto from_border = [&](int64_t at) {
    if (outside[static_cast<size_t>(at)]) flood(outside, at, stack, neighbors, nullptr);
  };
  for (int64_t x = 0; x < width; ++x) {
    from_border(x);
    from_border((height - 1) * width + x);
  }
  for (int64_t y = 0; y < height; ++y) {
    from_border(y * width);
    from_border(y * width + width - 1);
  }
  // What is still open could not be reached: holes.
  for (size_t p = 0; p < slice.size(); ++p) slice[p] |= outside[p];
}

}  // namespace

std::vector<uint8_t> body_mask(std::span<const float> hu, const Geometry& canonical, float threshold) {
  SB_CHECK(static_cast<int64_t>(hu.size()) == canonical.count(), "one value per voxel");
  const auto [ni, nj, nk] = canonical.size;
  const int64_t plane = ni * nj;
  std::vector<uint8_t> open(hu.size());
  for (size_t v = 0; v < hu.size(); ++v) open[v] = hu[v] > threshold;
  const auto neighbors = [&, ni = ni, nj = nj, nk = nk](int64_t at, auto&& visit) {
    const int64_t i = at % ni, j = at / ni % nj, k = at / plane;
    if (i > 0) visit(at - 1);
    if (i + 1 < ni) visit(at + 1);
    if (j > 0) visit(at - ni);
    if (j + 1 < nj) visit(at + ni);
    if (k > 0) visit(at - plane);
    if (k + 1 < nk) visit(at + plane);
  };
  std::vector<int64_t> stack, largest, members;
  for (int64_t v = 0; v < canonical.count(); ++v) {
    if (!open[static_cast<size_t>(v)]) continue;
    members.clear();
    flood(open, v, stack, neighbors, &members);
    if (members.size() > largest.size()) largest.swap(members);
  }
  std::vector<uint8_t> mask(hu.size(), 0);
  for (const int64_t v : largest) mask[static_cast<size_t>(v)] = 1;
  for (int64_t k = 0; k < nk; ++k) {
    fill_holes(std::span(mask).subspan(static_cast<size_t>(k * plane), static_cast<size_t>(plane)), ni, nj);
  }
  return mask;
}

std::vector<uint8_t> union_of_nonzero(const std::vector<std::span<const float>>& volumes) {
  SB_CHECK(!volumes.empty(), "no volume");
  std::vector<uint8_t> mask(volumes.front().size(), 0);
  for (const auto& voxels : volumes) {
    SB_CHECK(voxels.size() == mask.size(), "volumes of one case share a grid");
    for (size_t v = 0; v < voxels.size(); ++v) mask[v] |= voxels[v] != 0;
  }
  return mask;
}

}  // namespace synerbench
