#include "reference/vit/patchify.h"

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

/// Calls visit(place in planar, place in rows) for every value.
template <class Visit>
void walk(int64_t channels, int64_t height, int64_t width, int64_t side, Visit visit) {
  SB_CHECK(side > 0 && height % side == 0 && width % side == 0, "sides are multiples of the patch");
  size_t at = 0;
  for (int64_t row = 0; row < height; row += side) {
    for (int64_t column = 0; column < width; column += side) {
      for (int64_t y = 0; y < side; ++y) {
        for (int64_t x = 0; x < side; ++x) {
          for (int64_t c = 0; c < channels; ++c, ++at) {
            visit(static_cast<size_t>((c * height + row + y) * width + column + x), at);
          }
        }
      }
    }
  }
}

}  // namespace

std::vector<float> patchify(std::span<const float> planar, int64_t channels, int64_t height, int64_t width,
                            int64_t side) {
  SB_CHECK(static_cast<int64_t>(planar.size()) == channels * height * width,
           "values match the image's shape");
  std::vector<float> rows(planar.size());
  walk(channels, height, width, side, [&](size_t image, size_t row) { rows[row] = planar[image]; });
  return rows;
}

std::vector<float> unpatchify(std::span<const float> rows, int64_t channels, int64_t height, int64_t width,
                              int64_t side) {
  SB_CHECK(static_cast<int64_t>(rows.size()) == channels * height * width, "values match the image's shape");
  std::vector<float> planar(rows.size());
  walk(channels, height, width, side, [&](size_t image, size_t row) { planar[image] = rows[row]; });
  return planar;
}

}  // namespace synerbench::reference
