#include "suites/phantom/cbct.h"

#include <gtest/gtest.h>

#include <cmath>

namespace synerbench::phantom {
namespace {

/// A cylinder of water, `radius` mm, in air, two slices.
Volume cylinder(double radius, double spacing = 4, int64_t side = 80) {
  Volume volume;
  volume.geometry.size = {side, side, 2};
  volume.geometry.spacing = {spacing, spacing, 4};
  for (int64_t k = 0; k < 2; ++k) {
    for (int64_t j = 0; j < side; ++j) {
      for (int64_t i = 0; i < side; ++i) {
        const double r = spacing * std::hypot(static_cast<double>(i) - 0.5 * static_cast<double>(side - 1),
                                              static_cast<double>(j) - 0.5 * static_cast<double>(side - 1));
        const double share = std::clamp(0.5 - (r - radius) / spacing, 0.0, 1.0);
        volume.voxels.push_back(static_cast<float>(-1000 + 1000 * share));
      }
    }
  }
  return volume;
}

CbctOptions ideal() {
  CbctOptions options;
  options.views = 180;
  options.photons = 1e12;
  options.scatter = 0;
  options.water_correction = 1;
  return options;
}

struct Ring {
  double mean = 0, deviation = 0;
};
/// Mean and deviation of the values between two radii, mm.
Ring ring(const Volume& volume, double from, double to) {
  double sum = 0, square = 0, count = 0;
  const Geometry& g = volume.geometry;
  for (int64_t j = 0; j < g.size[1]; ++j) {
    for (int64_t i = 0; i < g.size[0]; ++i) {
      const double r =
          g.spacing[0] * std::hypot(static_cast<double>(i) - 0.5 * static_cast<double>(g.size[0] - 1),
                                    static_cast<double>(j) - 0.5 * static_cast<double>(g.size[1] - 1));
      if (r < from || r >= to) continue;
      const double value = static_cast<double>(volume.at(i, j, 0));
      sum += value;
      square += value * value;
      count += 1;
    }
  }
  return {sum / count, std::sqrt(std::max(0.0, square / count - sum / count * sum / count))};
}

TEST(Cbct, OfWaterByAnIdealScannerIsZeroHounsfieldEverywhere) {
  const Volume image = simulate_cbct(cylinder(110), ideal(), 2);
  EXPECT_NEAR(ring(image, 0, 30).mean, 0, 8);
  EXPECT_NEAR(ring(image, 60, 95).mean, 0, 8);
  EXPECT_LT(ring(image, 0, 95).deviation, 10);
  EXPECT_LT(ring(image, 125, 150).mean, -970) << "air around it";
}

TEST(Cbct, ScatterAndBeamHardeningCupTheImage) {
  CbctOptions options = ideal();
  const auto cup = [&] {
    const Volume image = simulate_cbct(cylinder(150), options, 2);
    return ring(image, 110, 140).mean - ring(image, 0, 30).mean;
  };
  const double none = cup();
  options.water_correction = 0;
  const double hardened = cup();
  options.water_correction = 1;
  options.scatter = 0.01;
  const double scattered = cup();
  EXPECT_LT(std::abs(none), 10);
  EXPECT_GT(hardened, 15);
  EXPECT_GT(scattered, 15);
}

TEST(Cbct, NoiseGrowsAsPhotonsGetFewerAndIsWorstInTheMiddle) {
  CbctOptions options = ideal();
  options.photons = 1e6;
  const double quiet = ring(simulate_cbct(cylinder(110), options, 2), 0, 40).deviation;
  options.photons = 2.5e4;
  const Volume noisy = simulate_cbct(cylinder(110), options, 2);
  EXPECT_GT(ring(noisy, 0, 40).deviation, 3 * quiet);
  EXPECT_GT(ring(noisy, 0, 40).deviation, ring(noisy, 80, 100).deviation);
}

TEST(Cbct, SoftKernelTradesSharpnessForNoise) {
  CbctOptions options = ideal();
  const auto edge = [&](double photons) {
    options.photons = photons;
    return simulate_cbct(cylinder(110), options, 2);
  };
  const double sharp = ring(edge(1e12), 112, 118).mean, noisy = ring(edge(2.5e4), 0, 40).deviation;
  options.kernel_mm = 4;
  EXPECT_GT(ring(edge(1e12), 112, 118).mean, sharp + 40) << "water leaks over the edge";
  EXPECT_LT(ring(edge(2.5e4), 0, 40).deviation, 0.6 * noisy);
  EXPECT_NEAR(ring(edge(1e12), 0, 60).mean, 0, 10) << "but stays water";
}

TEST(Cbct, FewViewsLeaveStreaks) {
  Volume object = cylinder(100);
  for (int64_t j = 38; j < 41; ++j)
    object.voxels[static_cast<size_t>(j * 80 + 55)] = 2500;  // a dense pin off the axis
  CbctOptions options = ideal();
  const double many = ring(simulate_cbct(object, options, 2), 10, 40).deviation;
  options.views = 24;
  EXPECT_GT(ring(simulate_cbct(object, options, 2), 10, 40).deviation, 1.5 * many);
}

TEST(Cbct, EndsAtItsFieldOfViewAndRisesTowardATruncatedEdge) {
  CbctOptions options = ideal();
  options.field_mm = 180;
  const Volume image = simulate_cbct(cylinder(130), options, 2);
  EXPECT_EQ(image.at(2, 40, 0), kCbctOutside);
  EXPECT_FALSE(in_cbct_field(image.geometry, 180, 2, 40));
  EXPECT_TRUE(in_cbct_field(image.geometry, 180, 40, 40));
  EXPECT_GT(ring(image, 80, 89).mean, ring(image, 0, 40).mean + 20);
}

TEST(Cbct, BoneReadsLowerTheHarderTheBeamThatReachesIt) {
  const auto bone_in = [](double radius) {
    Volume object = cylinder(radius);
    for (int64_t k = 0; k < 2; ++k) {
      for (int64_t j = 35; j < 45; ++j) {
        for (int64_t i = 35; i < 45; ++i) object.voxels[static_cast<size_t>((k * 80 + j) * 80 + i)] = 1100;
      }
    }
    return ring(simulate_cbct(object, ideal(), 2), 0, 12).mean;
  };
  EXPECT_NEAR(bone_in(60), 1250, 250);
  EXPECT_LT(bone_in(150), bone_in(60) - 60);
}

TEST(Cbct, CalibrationScalesAndShifts) {
  CbctOptions options = ideal();
  options.scale = 0.9;
  options.offset = -30;
  EXPECT_NEAR(ring(simulate_cbct(cylinder(110), options, 2), 0, 60).mean, -30, 8);
}

TEST(Cbct, CalibrationOnWaterTakesAwayTheMeanErrorButNotTheCup) {
  CbctOptions options = ideal();
  options.scatter = 0.02;
  const Volume drifted = simulate_cbct(cylinder(145), options, 2);
  options.calibration_mm = 290;
  const Volume calibrated = simulate_cbct(cylinder(145), options, 2);
  EXPECT_LT(ring(drifted, 0, 120).mean, -25);
  EXPECT_NEAR(ring(calibrated, 0, 123).mean, 0, 6);
  EXPECT_GT(ring(calibrated, 110, 135).mean - ring(calibrated, 0, 30).mean, 20);
}

TEST(Cbct, DoesNotDependOnTheNumberOfThreads) {
  CbctOptions options;
  options.views = 30;
  options.seed = 6;
  options.sway_mm = 2;
  EXPECT_EQ(simulate_cbct(cylinder(90, 6, 48), options, 1).voxels,
            simulate_cbct(cylinder(90, 6, 48), options, 2).voxels);
}

}  // namespace
}  // namespace synerbench::phantom
