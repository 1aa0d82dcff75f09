// Equal bytes on every processor: the kernels chosen for this machine against the same code for the plainest
// one.
#include "metrics/detail/kernels.h"

#include <gtest/gtest.h>

#include <array>
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

}  // namespace
}  // namespace synerbench
