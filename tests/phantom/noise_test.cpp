#include "suites/phantom/noise.h"

#include <gtest/gtest.h>

#include <cmath>

namespace synerbench::phantom {
namespace {

TEST(WhiteNoise, HasMeanZeroAndVarianceOne) {
  double sum = 0, square = 0;
  constexpr int kCount = 200000;
  for (uint64_t i = 0; i < kCount; ++i) {
    const double value = normal_at(7, i);
    sum += value;
    square += value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.01);  // standard error 0.0022
  EXPECT_NEAR(square / kCount, 1, 0.02);
}

TEST(WhiteNoise, BelongsToSeedAndIndexAlone) {
  EXPECT_EQ(normal_at(1, 2), normal_at(1, 2));
  EXPECT_NE(normal_at(1, 2), normal_at(1, 3));
  EXPECT_NE(normal_at(1, 2), normal_at(2, 2));
}

TEST(PoissonNoise, HasItsMeanAsItsVarianceBelowAndAboveTheSwitch) {
  for (const double mean : {0.3, 5.0, 59.0, 61.0, 4000.0}) {
    double sum = 0, square = 0;
    constexpr int kCount = 40000;
    for (uint64_t i = 0; i < kCount; ++i) {
      const double value = poisson_at(3, i, mean);
      ASSERT_EQ(value, std::floor(value));
      ASSERT_GE(value, 0);
      sum += value;
      square += (value - mean) * (value - mean);
    }
    EXPECT_NEAR(sum / kCount / mean, 1, 5 / std::sqrt(mean * kCount)) << mean;
    EXPECT_NEAR(square / kCount / mean, 1, 0.06) << mean;
  }
  EXPECT_EQ(poisson_at(3, 0, 0), 0);
}

TEST(NoiseField, HasUnitVarianceAndIsSmooth) {
  const NoiseField field(11, 10);
  double sum = 0, square = 0, step = 0;
  int count = 0;
  for (double z = 0; z < 200; z += 7.3) {
    for (double y = 0; y < 200; y += 7.3) {
      for (double x = 0; x < 200; x += 7.3) {
        const double value = field.at({x, y, z});
        sum += value;
        square += value * value;
        step = std::max(step, std::abs(field.at({x + 0.1, y, z}) - value));
        ++count;
      }
    }
  }
  EXPECT_NEAR(sum / count, 0, 0.1);
  EXPECT_NEAR(square / count, 1, 0.15);
  EXPECT_LT(step, 0.06) << "a hundredth of a lattice step cannot change much";
}

TEST(NoiseField, GoesOnBelowZero) {
  const NoiseField field(11, 10);
  // Continuous across the origin, where rounding toward zero would fold the field.
  EXPECT_NEAR(field.at({-1e-6, -1e-6, -1e-6}), field.at({1e-6, 1e-6, 1e-6}), 1e-5);
  EXPECT_NE(field.at({-13, 5, 5}), field.at({13, 5, 5}));
}

}  // namespace
}  // namespace synerbench::phantom
