#include "reference/shape/tables.h"

#include <cmath>

#include "harness/core/error.h"
#include "reference/shape/sizes.h"

namespace synerbench::reference {
namespace {

int64_t bin_of(int64_t k, int64_t n, int64_t grid) {
  // Largest j in 0 .. grid-1 with j*n <= k*grid.
  return std::min(k * grid / n, grid - 1);
}

}  // namespace

std::vector<float> sincos_table(int64_t grid, int64_t width) {
  SB_CHECK(grid > 0 && width > 0 && width % 4 == 0, "the width of a position table is a multiple of 4");
  const int64_t quarter = width / 4;
  // One coordinate has `grid` values only: sine and cosine are computed once for each.
  std::vector<float> axis(static_cast<size_t>(grid * 2 * quarter));
  for (int64_t x = 0; x < grid; ++x) {
    for (int64_t k = 0; k < quarter; ++k) {
      const double angle =
          static_cast<double>(x) * std::pow(10000.0, -static_cast<double>(k) / static_cast<double>(quarter));
      axis[static_cast<size_t>(x * 2 * quarter + k)] = static_cast<float>(std::sin(angle));
      axis[static_cast<size_t>(x * 2 * quarter + quarter + k)] = static_cast<float>(std::cos(angle));
    }
  }
  std::vector<float> table;
  table.reserve(static_cast<size_t>(grid * grid * width));
  const auto append = [&](int64_t x) {
    table.insert(table.end(), axis.begin() + x * 2 * quarter, axis.begin() + (x + 1) * 2 * quarter);
  };
  for (int64_t row = 0; row < grid; ++row) {
    for (int64_t column = 0; column < grid; ++column) {
      append(column);
      append(row);
    }
  }
  return table;
}

std::vector<int64_t> position_ids(int64_t rows, int64_t columns, int64_t grid, bool interpolate) {
  SB_CHECK(rows > 0 && columns > 0 && (interpolate || (rows <= grid && columns <= grid)),
           "an image inside the position table");
  std::vector<int64_t> ids;
  ids.reserve(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      ids.push_back(interpolate ? bin_of(r, rows, grid) * grid + bin_of(c, columns, grid) : r * grid + c);
    }
  }
  return ids;
}

std::vector<float> rope_frequencies(int64_t head_size, double theta) {
  std::vector<float> frequencies;
  for (int64_t k = 0; k < head_size / 2; ++k) {
    const float exponent = static_cast<float>(2 * k) / static_cast<float>(head_size);
    frequencies.push_back(1.0f / std::pow(static_cast<float>(theta), exponent));
  }
  return frequencies;
}

std::vector<float> time_features(float t) {
  constexpr int64_t kHalf = kTimeFeatures / 2;
  std::vector<float> features(kTimeFeatures);
  for (int64_t k = 0; k < kHalf; ++k) {
    const float frequency =
        std::exp(static_cast<float>(-std::log(10000.0)) * static_cast<float>(k) / static_cast<float>(kHalf));
    features[static_cast<size_t>(k)] = std::cos(t * frequency);
    features[static_cast<size_t>(kHalf + k)] = std::sin(t * frequency);
  }
  return features;
}

}  // namespace synerbench::reference
