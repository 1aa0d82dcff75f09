// The five pitfalls of reference metrics (docs/metrics.md), shown on a made slice: what goes wrong when a
// rule of the harness is broken. The same effects on a real MR slice are held to measured figures in
// parity_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metrics/pixelwise.h"
#include "metrics/ssim.h"
#include "tests/metrics/images.h"

namespace synerbench {
namespace {

using namespace testing_images;

constexpr Shape kSlice{1, 96, 96};

double ssim_of(const Picture& prediction, const Picture& target, const MaskView& mask = {},
               double range = 1) {
  return ssim(prediction.view(), target.view(), mask, ssim_convention("wang2004", 2, range)).value();
}
Score psnr_of(const Picture& prediction, const Picture& target, double range = 1) {
  return peak_signal_to_noise_ratio(prediction.view(), target.view(), {}, range);
}
Picture over_own_maximum(const Picture& picture) {
  const double highest = *std::max_element(picture.voxels.begin(), picture.voxels.end());
  return mapped(picture, [highest](double v) { return v / highest; });
}

TEST(Pitfalls, P1NormalizingThePredictionByItselfHidesAWrongScale) {
  const Picture target = over_own_maximum(anatomy(kSlice, 1));
  const Picture prediction = mapped(target, [](double v) { return 0.5 * v; });
  EXPECT_LT(psnr_of(prediction, target).value(), 25);
  EXPECT_EQ(psnr_of(over_own_maximum(prediction), over_own_maximum(target)).reason(),
            Undefined::kIdenticalImages);
  EXPECT_EQ(ssim_of(over_own_maximum(prediction), over_own_maximum(target)), 1.0);
}

TEST(Pitfalls, P2AWrongRangeMakesAnyImageGood) {
  const Picture target = anatomy(kSlice, 2), prediction = blurred(target, 1);
  EXPECT_LT(ssim_of(prediction, target, {}, 1), 0.97);
  EXPECT_GT(ssim_of(prediction, target, {}, 255), 0.999);
  EXPECT_NEAR(psnr_of(prediction, target, 255).value() - psnr_of(prediction, target, 1).value(), 48.13, 0.01);
}

TEST(Pitfalls, P3EightBitExportCostsByItself) {
  const Picture target = mapped(anatomy(kSlice, 3), [](double v) { return 4024 * v - 1024; });
  const Picture quantized =
      mapped(target, [](double v) { return std::round((v + 1024) / 4024 * 255) / 255 * 4024 - 1024; });
  const double mae = mean_absolute_error(quantized.view(), target.view()).value();
  EXPECT_GT(mae, 1);
  EXPECT_LT(mae, 4024.0 / 255 / 2);
}

TEST(Pitfalls, P3UnshiftedValuesMoveSsim) {
  const Picture target = mapped(anatomy(kSlice, 4), [](double v) { return 2000 * v - 1000; });
  const Picture prediction = blurred(target, 1);
  const auto shift = [](double v) { return v + 1024; };
  EXPECT_GT(std::abs(ssim_of(prediction, target, {}, 4024) -
                     ssim_of(mapped(prediction, shift), mapped(target, shift), {}, 4024)),
            1e-4);
}

TEST(Pitfalls, P4BackgroundDilutesEveryAverage) {
  const Picture body_only = anatomy({1, 52, 52}, 5);
  Picture target = constant(kSlice, 0);  // the same body with as much air around it as brain slices have
  for (int64_t h = 0; h < 52; ++h) {
    for (int64_t w = 0; w < 52; ++w) target.at(0, 22 + h, 22 + w) = body_only.at(0, h, w);
  }
  const Picture prediction = blurred(target, 1.5);
  Stencil body = empty_mask(kSlice);
  for (size_t i = 0; i < body.inside.size(); ++i) body.inside[i] = target.voxels[i] != 0;
  EXPECT_LT(ssim_of(prediction, target, body.view()), ssim_of(prediction, target) - 0.05);
  EXPECT_GT(mean_absolute_error(prediction.view(), target.view(), body.view()).value(),
            2 * mean_absolute_error(prediction.view(), target.view()).value());
}

TEST(Pitfalls, P5AShiftOfOneVoxelCostsMoreThanABlurThatRemovesDetail) {
  const Picture target = blurred(anatomy(kSlice, 6), 0.5);
  EXPECT_LT(psnr_of(shifted(target), target).value(), psnr_of(blurred(target, 1), target).value());
  EXPECT_LT(ssim_of(shifted(target), target), ssim_of(blurred(target, 1), target));
}

}  // namespace
}  // namespace synerbench
