#include "metrics/ms_ssim.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "tests/metrics/images.h"
#include "tests/metrics/reference_metrics.h"

namespace synerbench {
namespace {

using namespace testing_images;

TEST(MsSsim, IsOneForEqualImages) {
  const Picture slice = anatomy({1, 177, 190}, 1);
  for (const std::string& name : ms_ssim_convention_names()) {
    EXPECT_EQ(ms_ssim(slice.view(), slice.view(), ms_ssim_convention(name, 2, 1.0)).value(), 1.0) << name;
  }
}

TEST(MsSsim, ConventionsAreThoseOfTheirLibraries) {
  const std::vector<std::string> expected{
      "pytorch-msssim over pytorch-msssim float32, zero first, from 161",
      "pytorch-msssim-float64 over pytorch-msssim, zero first, from 161",
      "monai over monai, drop last, from 176",
      "torchmetrics-1.4.1 over torchmetrics-1.4.1, drop last, from 176, float32 weights",
      "torchmetrics-1.9.0 over torchmetrics, drop last, from 176, float32 weights",
  };
  std::vector<std::string> seen;
  for (const std::string& name : ms_ssim_convention_names()) {
    const MsSsimConvention c = ms_ssim_convention(name, 2, 1.0);
    std::string text = name + " over " + c.ssim.name + (c.ssim.window.float32_kernel ? " float32" : "");
    text += c.odd_axis == OddAxis::kZeroFirst ? ", zero first" : ", drop last";
    text += ", from " + std::to_string(c.min_side);
    const bool float32 = c.weights[0] == static_cast<double>(0.0448F);
    for (size_t i = 0; i < 5; ++i) {
      const double weight = std::array{0.0448, 0.2856, 0.3001, 0.2363, 0.1333}[i];
      EXPECT_EQ(c.weights[i], float32 ? static_cast<double>(static_cast<float>(weight)) : weight)
          << name << " " << i;
    }
    seen.push_back(text + (float32 ? ", float32 weights" : ""));
  }
  EXPECT_EQ(seen, expected);
}

TEST(MsSsim, AgreesWithTheDoubleLoopOnEvenAndOddSizes) {
  for (const Shape shape : {Shape{1, 176, 192}, Shape{1, 189, 179}}) {
    const Picture target = anatomy(shape, 2), prediction = sum(blurred(target, 1), noise(shape, 3), 0.2);
    for (const std::string& name : ms_ssim_convention_names()) {
      const MsSsimConvention convention = ms_ssim_convention(name, 2, 1.0);
      EXPECT_NEAR(ms_ssim(prediction.view(), target.view(), convention).value(),
                  reference_metrics::ms_ssim(prediction.view(), target.view(), convention), 1e-12)
          << name << " " << shape.height << "x" << shape.width;
    }
  }
}

TEST(MsSsim, AgreesWithTheDoubleLoopInThreeDimensions) {
  // A small window makes a small volume enough for five levels.
  for (const OddAxis odd : {OddAxis::kZeroFirst, OddAxis::kDropLast}) {
    MsSsimConvention convention = ms_ssim_convention("monai", 3, 1.0);
    convention.ssim.window.size = 3;
    convention.min_side = 48;
    convention.odd_axis = odd;
    const Shape shape{49, 52, 55};
    const Picture target = anatomy(shape, 4), prediction = sum(target, noise(shape, 5), 0.3);
    EXPECT_NEAR(ms_ssim(prediction.view(), target.view(), convention).value(),
                reference_metrics::ms_ssim(prediction.view(), target.view(), convention), 1e-12);
  }
}

TEST(MsSsim, FallsMonotonicallyAsBlurGrows) {
  const Picture target = anatomy({1, 176, 176}, 6);
  for (const std::string& name : ms_ssim_convention_names()) {
    double before = 1;
    for (const double sigma : {0.7, 1.5, 3.0, 6.0}) {
      const double now =
          ms_ssim(blurred(target, sigma).view(), target.view(), ms_ssim_convention(name, 2, 1.0)).value();
      EXPECT_LT(now, before) << name << " sigma " << sigma;
      before = now;
    }
  }
}

TEST(MsSsim, TakesANegativeTermForZero) {
  const Picture target = noise({1, 176, 176}, 7), inverted = mapped(target, [](double v) { return 1 - v; });
  EXPECT_EQ(ms_ssim(inverted.view(), target.view(), ms_ssim_convention("monai", 2, 1.0)).value(), 0.0);
}

TEST(MsSsim, NeedsTheSideEachLibraryNeeds) {
  const auto scored = [](const char* name, int64_t side) {
    const Picture slice = anatomy({1, side, 200}, 8);
    const Score score = ms_ssim(slice.view(), slice.view(), ms_ssim_convention(name, 2, 1.0));
    if (!score.defined()) {
      EXPECT_EQ(score.reason(), Undefined::kTooSmall);
    }
    return score.defined();
  };
  EXPECT_FALSE(scored("pytorch-msssim", 160));
  EXPECT_TRUE(scored("pytorch-msssim", 161));
  EXPECT_FALSE(scored("monai", 175));
  EXPECT_TRUE(scored("monai", 176));
}

TEST(MsSsim, DoesNotDependOnTheNumberOfThreads) {
  const Picture target = anatomy({1, 301, 280}, 9), prediction = blurred(target, 1.3);
  const MsSsimConvention convention = ms_ssim_convention("pytorch-msssim", 2, 1.0);
  const int usual = omp_get_max_threads();
  omp_set_num_threads(1);
  const double one = ms_ssim(prediction.view(), target.view(), convention).value();
  for (const int threads : {2, 5}) {
    omp_set_num_threads(threads);
    EXPECT_EQ(ms_ssim(prediction.view(), target.view(), convention).value(), one) << threads << " threads";
  }
  omp_set_num_threads(usual);
}

TEST(MsSsim, OfAnImageWithANaNIsUndefined) {
  const Picture good = anatomy({1, 176, 176}, 10);
  Picture damaged = good;
  damaged.voxels.back() = std::nan("");
  EXPECT_EQ(ms_ssim(damaged.view(), good.view(), ms_ssim_convention("monai", 2, 1.0)).reason(),
            Undefined::kNotFinite);
}

}  // namespace
}  // namespace synerbench
