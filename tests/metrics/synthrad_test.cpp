#include "metrics/synthrad.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "metrics/pixelwise.h"
#include "tests/metrics/images.h"
#include "tests/metrics/reference_metrics.h"

namespace synerbench {
namespace {

using namespace testing_images;

double to_hu(double v) { return std::round(2600 * v - 1000); }

struct Scan {
  Picture prediction, target;
  Stencil mask;
};

Scan make_scan(Shape shape, uint64_t seed) {
  const Picture target = anatomy(shape, seed);
  return {mapped(sum(blurred(target, 1), noise(shape, seed + 1), 0.1), to_hu), mapped(target, to_hu),
          ball(shape, 0.85)};
}

TEST(SynthRad2023, AgreesWithTheDoubleLoop) {
  const Scan scan = make_scan({14, 22, 19}, 1);
  EXPECT_NEAR(
      synthrad2023_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value(),
      reference_metrics::synthrad2023_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view(), {}),
      1e-12);
  EXPECT_NEAR(synthrad2023_ssim(scan.prediction.view(), scan.target.view(), {}).value(),
              reference_metrics::synthrad2023_ssim(scan.prediction.view(), scan.target.view(), {}, {}),
              1e-12);
}

TEST(SynthRad2023, ClipsForSsimAndPsnrButNotForMae) {
  const Scan scan = make_scan({10, 12, 12}, 2);
  Picture wild = scan.target;
  wild.at(5, 6, 6) = 3000;
  Picture wilder = wild;
  wilder.at(5, 6, 6) = 9000;
  EXPECT_EQ(synthrad2023_ssim(wild.view(), scan.target.view(), scan.mask.view()).value(),
            synthrad2023_ssim(wilder.view(), scan.target.view(), scan.mask.view()).value());
  EXPECT_EQ(synthrad_psnr(wild.view(), scan.target.view(), scan.mask.view(), kSynthRad2023Range).value(),
            synthrad_psnr(wilder.view(), scan.target.view(), scan.mask.view(), kSynthRad2023Range).value());
  EXPECT_LT(mean_absolute_error(wild.view(), scan.target.view(), scan.mask.view()).value(),
            mean_absolute_error(wilder.view(), scan.target.view(), scan.mask.view()).value());
}

TEST(SynthRad2023, DoesNotSeeWhatLiesOutsideTheMask) {
  const Scan scan = make_scan({12, 16, 16}, 3);
  Picture elsewhere = scan.prediction;
  for (size_t i = 0; i < elsewhere.voxels.size(); ++i) {
    if (scan.mask.inside[i] == 0) elsewhere.voxels[i] = 777;
  }
  EXPECT_EQ(synthrad2023_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value(),
            synthrad2023_ssim(elsewhere.view(), scan.target.view(), scan.mask.view()).value());
  EXPECT_NE(synthrad2023_ssim(scan.prediction.view(), scan.target.view(), {}).value(),
            synthrad2023_ssim(elsewhere.view(), scan.target.view(), {}).value());
}

TEST(SynthRad2025, AgreesWithTheDoubleLoop) {
  const Scan scan = make_scan({10, 103, 98}, 4);  // 43 planes before, 44 after; one odd axis, one even
  EXPECT_NEAR(synthrad2025_ms_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value(),
              reference_metrics::synthrad2025_ms_ssim(scan.prediction.view(), scan.target.view(),
                                                      scan.mask.view(), kSynthRad2025Range),
              1e-12);
}

TEST(SynthRad2025, RatesABlurHigherThanSsimDoes) {
  // Powers taken before averaging pull every voxel toward 1: the two numbers must not share a column.
  const Scan scan = make_scan({20, 60, 60}, 5);
  EXPECT_GT(synthrad2025_ms_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value(),
            synthrad2023_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value());
}

TEST(SynthRad2025, PsnrDiffersFrom2023ByTheRangesOnly) {
  const Scan scan = make_scan({10, 20, 20}, 6);  // nothing near 3000 HU, so both clips agree
  EXPECT_NEAR(
      synthrad_psnr(scan.prediction.view(), scan.target.view(), scan.mask.view(), kSynthRad2025Range)
              .value() -
          synthrad_psnr(scan.prediction.view(), scan.target.view(), scan.mask.view(), kSynthRad2023Range)
              .value(),
      20 * std::log10(4095.0 / 4024.0), 1e-12);
}

TEST(SynthRad, EqualImagesGiveOneAndNoPsnr) {
  const Scan scan = make_scan({9, 20, 20}, 7);
  const ImageView image = scan.target.view();
  EXPECT_EQ(synthrad2023_ssim(image, image, scan.mask.view()).value(), 1.0);
  EXPECT_NEAR(synthrad2025_ms_ssim(image, image, scan.mask.view()).value(), 1.0,
              1e-12);  // two roots, then powers
  EXPECT_EQ(synthrad_psnr(image, image, scan.mask.view(), kSynthRad2023Range).reason(),
            Undefined::kIdenticalImages);
}

TEST(SynthRad, ImagesEqualAfterClippingAreIdenticalForPsnr) {
  const Picture low = constant({8, 8, 8}, -1500), lower = constant({8, 8, 8}, -2000);
  EXPECT_EQ(synthrad_psnr(low.view(), lower.view(), {}, kSynthRad2023Range).reason(),
            Undefined::kIdenticalImages);
  EXPECT_EQ(mean_absolute_error(low.view(), lower.view()).value(), 500.0);
}

TEST(SynthRad, AnInfinityIsNotClippedAway) {
  Scan scan = make_scan({8, 10, 10}, 8);
  scan.prediction.at(0, 0, 0) = HUGE_VAL;
  const ImageView p = scan.prediction.view(), t = scan.target.view();
  EXPECT_EQ(synthrad_psnr(p, t, scan.mask.view(), kSynthRad2023Range).reason(), Undefined::kNotFinite);
  EXPECT_EQ(synthrad2023_ssim(p, t, scan.mask.view()).reason(), Undefined::kNotFinite);
  EXPECT_EQ(synthrad2025_ms_ssim(p, t, scan.mask.view()).reason(), Undefined::kNotFinite);
}

TEST(SynthRad, FewSlicesAreTooSmallFor2023AndPaddedIn2025) {
  const Scan scan = make_scan({5, 30, 30}, 9);  // as MyoPS has
  EXPECT_EQ(synthrad2023_ssim(scan.prediction.view(), scan.target.view(), {}).reason(), Undefined::kTooSmall);
  EXPECT_TRUE(synthrad2025_ms_ssim(scan.prediction.view(), scan.target.view(), {}).defined());
}

TEST(SynthRad, AMaskWithoutAWindowCenterIsUndefined) {
  const Shape shape{8, 110, 110};
  const Scan scan = make_scan(shape, 10);
  Stencil mask = empty_mask(shape);
  const ImageView p = scan.prediction.view(), t = scan.target.view();
  EXPECT_EQ(synthrad2023_ssim(p, t, mask.view()).reason(), Undefined::kEmptyMask);
  EXPECT_EQ(synthrad2025_ms_ssim(p, t, mask.view()).reason(), Undefined::kEmptyMask);
  mask.at(4, 51, 51) = 1;  // an odd place is gone at the second level
  EXPECT_TRUE(synthrad2023_ssim(p, t, mask.view()).defined());
  EXPECT_EQ(synthrad2025_ms_ssim(p, t, mask.view()).reason(), Undefined::kEmptyMask);
}

TEST(SynthRad, DoesNotDependOnTheNumberOfThreads) {
  const Scan scan = make_scan({30, 50, 41}, 11);
  const auto both = [&] {
    return std::pair(
        synthrad2023_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value(),
        synthrad2025_ms_ssim(scan.prediction.view(), scan.target.view(), scan.mask.view()).value());
  };
  const int usual = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto one = both();
  for (const int threads : {2, 5}) {
    omp_set_num_threads(threads);
    EXPECT_EQ(both(), one) << threads << " threads";
  }
  omp_set_num_threads(usual);
}

}  // namespace
}  // namespace synerbench
