// Equal bytes on every processor: the kernels chosen for this machine against the same code for the plainest
// one.
#include "metrics/detail/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "metrics/window.h"
#include "tests/metrics/images.h"
#include "tests/metrics/portable_kernels.h"

namespace synerbench {
namespace {

constexpr int64_t kWidth = 203, kRows = 13;  // no multiple of any vector's length

std::vector<double> some_values(uint64_t seed) {
  return testing_images::noise({1, kRows, kWidth}, seed).voxels;
}

struct Buffers {
  std::array<std::vector<double>, 5> rows;
  std::array<double*, 5> pointers{};
  Buffers() {
    for (size_t m = 0; m < 5; ++m) {
      rows[m].assign(kWidth, -1);
      pointers[m] = rows[m].data();
    }
  }
};

TEST(Kernels, GiveTheSameBitsForEveryInstructionSet) {
  const std::vector<double> x = some_values(1), y = some_values(2);
  const std::vector<double> ones(13, 1.0), gaussian = window_weights({}),
                                           nine = window_weights({WindowShape::kGaussian, 9, 1, false});
  const std::vector<detail::Taps> windows{{ones.data(), 1, true},
                                          {ones.data(), 7, true},
                                          {ones.data(), 13, true},
                                          {gaussian.data(), 11, false},
                                          {nine.data(), 9, false}};
  for (const detail::Taps& taps : windows) {
    for (const bool apart : {false, true}) {
      Buffers here, portable;
      detail::weigh_products(taps, x.data(), y.data(), kWidth, kWidth,
                             apart ? detail::Squares::kApart : detail::Squares::kTogether,
                             here.pointers.data());
      portable_kernels::weigh_products(taps.weights, taps.count, taps.unit, x.data(), y.data(), kWidth,
                                       kWidth, apart, portable.pointers.data());
      EXPECT_EQ(here.rows, portable.rows) << taps.count << " taps";
    }
    std::vector<double> here(kWidth - 12), portable(kWidth - 12);
    detail::weigh(taps, x.data(), 1, kWidth - 12, 0.3, here.data());
    portable_kernels::weigh(taps.weights, taps.count, taps.unit, x.data(), 1, kWidth - 12, 0.3,
                            portable.data());
    EXPECT_EQ(here, portable) << taps.count << " taps";
  }
}

TEST(Kernels, GiveTheSameMapForEveryInstructionSet) {
  Buffers moments;
  for (size_t m = 0; m < 5; ++m) moments.rows[m] = some_values(10 + m);
  const double* in[5];
  for (size_t m = 0; m < 5; ++m) in[m] = moments.rows[m].data();
  const detail::MomentRow row{0, 0, kWidth, in[0], in[1], in[2], in[3], in[4]};
  const detail::SsimConstants constants{1e-4, 9e-4, 49.0 / 48};
  std::vector<double> a(kWidth), b(kWidth), c(kWidth), d(kWidth);
  detail::ssim_row(row, constants, a.data(), b.data());
  portable_kernels::row(0, in, kWidth, 1e-4, 9e-4, 49.0 / 48, c.data(), d.data());
  EXPECT_EQ(a, c);
  EXPECT_EQ(b, d);
  detail::ssim_row_floored(row, constants, a.data(), b.data());
  portable_kernels::row(1, in, kWidth, 1e-4, 9e-4, 49.0 / 48, c.data(), d.data());
  EXPECT_EQ(a, c);
  EXPECT_EQ(b, d);
  detail::synthrad2025_row(row, constants, a.data());
  portable_kernels::row(2, in, kWidth, 1e-4, 9e-4, 49.0 / 48, c.data(), nullptr);
  EXPECT_EQ(a, c);
}

TEST(Kernels, ANegativeVarianceCountsAsZeroWhereFloored) {
  // One voxel at a time: E[x], E[y], E[x^2], E[xy], E[y^2] with E[x^2] or E[y^2] just below the square of the
  // mean.
  const double x = 0.5, y = 0.25, xy = 0.125, c1 = 1e-4, c2 = 9e-4;
  for (const auto& [xx, yy] : {std::pair(0.2, 0.0725), std::pair(0.26, 0.05)}) {
    const double variance_x = xx - x * x, variance_y = yy - y * y;
    ASSERT_LT(std::min(variance_x, variance_y), 0);
    double floored = 0, contrast = 0;
    detail::ssim_row_floored({0, 0, 1, &x, &y, &xx, &xy, &yy}, {c1, c2, 1}, &floored, &contrast);
    EXPECT_DOUBLE_EQ(contrast, c2 / (std::max(variance_x, 0.0) + std::max(variance_y, 0.0) + c2));
    // SynthRAD2025 floors what it takes the root of, and keeps the rest of the denominator as it is.
    double product = 0;
    detail::synthrad2025_row({0, 0, 1, &x, &y, &xx, &xy, &yy}, {c1, c2, 1}, &product);
    const double luminance = (2 * x * y + c1) / (x * x + y * y + c1);
    EXPECT_DOUBLE_EQ(product, luminance * std::max(c2 / (variance_x + variance_y + c2), 0.0));
  }
}

}  // namespace
}  // namespace synerbench
