#include "metrics/ssim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "tests/metrics/images.h"
#include "tests/metrics/reference_metrics.h"

namespace synerbench {
namespace {

using namespace testing_images;

/// Two unlike pictures of one place.
struct Pair {
  Picture prediction, target;
};

Pair make_pair(Shape shape, uint64_t seed) {
  const Picture target = anatomy(shape, seed);
  return {sum(blurred(target, 0.8), noise(shape, seed + 1), 0.1), target};
}

TEST(Ssim, IsOneForEqualImages) {
  for (const std::string& name : ssim_convention_names()) {
    const Picture slice = anatomy({1, 40, 33}, 1), volume = anatomy({15, 21, 18}, 2);
    EXPECT_EQ(ssim(slice.view(), slice.view(), {}, ssim_convention(name, 2, 1.0)).value(), 1.0) << name;
    EXPECT_EQ(ssim(volume.view(), volume.view(), {}, ssim_convention(name, 3, 1.0)).value(), 1.0) << name;
  }
}

TEST(Ssim, IsExactlySymmetric) {
  for (const std::string& name : ssim_convention_names()) {
    const Pair pair = make_pair({13, 20, 17}, 3);
    const SsimConvention convention = ssim_convention(name, 3, 1.0);
    EXPECT_EQ(ssim(pair.prediction.view(), pair.target.view(), {}, convention).value(),
              ssim(pair.target.view(), pair.prediction.view(), {}, convention).value())
        << name;
  }
}

TEST(Ssim, ConventionsAreThoseOfTheirLibraries) {
  // Written down a second time, from the libraries' sources: window, taps, covariance, border, crop, floor,
  // short axes.
  const std::vector<std::string> expected{
      "skimage uniform 7 sample half-mirror crop 3",
      "skimage-gaussian gaussian 11 sample half-mirror crop 5",
      "wang2004 gaussian 11 population valid crop 0",
      "monai gaussian 11 population valid crop 0",
      "pytorch-msssim gaussian 11 float32 population valid crop 0 short-axes",
      "torchmetrics-1.4.1 gaussian 11 population whole-mirror crop 5",
      "torchmetrics gaussian 11 population whole-mirror crop 0 floored",
      "torchmetrics-uniform uniform 7 population whole-mirror crop 0 floored",
      "uniform uniform 7 population valid crop 0",
  };
  std::vector<std::string> seen;
  for (const std::string& name : ssim_convention_names()) {
    const SsimConvention c = ssim_convention(name, 2, 1.0);
    EXPECT_EQ(c.k1, 0.01);
    EXPECT_EQ(c.k2, 0.03);
    const bool gaussian = c.window.shape == WindowShape::kGaussian;
    if (gaussian) {
      EXPECT_EQ(c.window.sigma, 1.5);
    }
    std::string text = name + (gaussian ? " gaussian " : " uniform ") + std::to_string(c.window.size);
    text += c.window.float32_kernel ? " float32" : "";
    text += c.covariance == Covariance::kSample ? " sample" : " population";
    text += c.border == Border::kValid              ? " valid"
            : c.border == Border::kHalfSampleMirror ? " half-mirror"
                                                    : " whole-mirror";
    text += " crop " + std::to_string(c.crop);
    text += c.floor_variances ? " floored" : "";
    text += c.skip_short_axes ? " short-axes" : "";
    seen.push_back(text);
  }
  EXPECT_EQ(seen, expected);
}

TEST(Ssim, AgreesWithTheDoubleLoopOnRandomSlices) {
  for (const std::string& name : ssim_convention_names()) {
    for (const Shape shape : {Shape{1, 11, 11}, Shape{1, 12, 31}, Shape{1, 50, 23}}) {
      const SsimConvention convention = ssim_convention(name, 2, 1.0);
      const Pair pair = make_pair(shape, 4);
      Stencil mask = random_mask(shape, 0.7, 5);
      mask.at(0, shape.height / 2, shape.width / 2) = 1;
      EXPECT_NEAR(ssim(pair.prediction.view(), pair.target.view(), {}, convention).value(),
                  reference_metrics::ssim(pair.prediction.view(), pair.target.view(), {}, convention), 1e-12)
          << name << " " << shape.height << "x" << shape.width;
      EXPECT_NEAR(
          ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention).value(),
          reference_metrics::ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention), 1e-12)
          << name << " masked " << shape.height << "x" << shape.width;
    }
  }
}

TEST(Ssim, AgreesWithTheDoubleLoopOnRandomVolumes) {
  for (const std::string& name : ssim_convention_names()) {
    for (const Shape shape : {Shape{11, 11, 11}, Shape{12, 15, 19}}) {
      const SsimConvention convention = ssim_convention(name, 3, 1.0);
      const Pair pair = make_pair(shape, 6);
      Stencil mask = random_mask(shape, 0.5, 7);
      mask.at(shape.depth / 2, shape.height / 2, shape.width / 2) = 1;
      EXPECT_NEAR(ssim(pair.prediction.view(), pair.target.view(), {}, convention).value(),
                  reference_metrics::ssim(pair.prediction.view(), pair.target.view(), {}, convention), 1e-12)
          << name;
      EXPECT_NEAR(
          ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention).value(),
          reference_metrics::ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention), 1e-12)
          << name << " masked";
    }
  }
}

TEST(Ssim, AgreesWithTheDoubleLoopForAnyWindowBorderAndCrop) {
  const Pair slice = make_pair({1, 26, 21}, 8);
  for (const WindowShape shape : {WindowShape::kUniform, WindowShape::kGaussian}) {
    for (const int size : {1, 3, 9, 13}) {
      for (const Border border : {Border::kValid, Border::kHalfSampleMirror, Border::kWholeSampleMirror}) {
        for (const int crop : {0, 1, 3}) {
          SsimConvention convention;
          convention.window = {shape, size, 1.1, false};
          convention.border = border;
          convention.crop = crop;
          convention.range = 1;
          EXPECT_NEAR(ssim(slice.prediction.view(), slice.target.view(), {}, convention).value(),
                      reference_metrics::ssim(slice.prediction.view(), slice.target.view(), {}, convention),
                      1e-12)
              << "size " << size << " border " << static_cast<int>(border) << " crop " << crop;
        }
      }
    }
  }
}

TEST(Ssim, FallsMonotonicallyAsBlurGrows) {
  const Picture target = anatomy({1, 64, 64}, 9);
  for (const std::string& name : ssim_convention_names()) {
    double before = 1;
    for (const double sigma : {0.5, 1.0, 2.0, 4.0}) {
      const double now =
          ssim(blurred(target, sigma).view(), target.view(), {}, ssim_convention(name, 2, 1.0)).value();
      EXPECT_LT(now, before) << name << " sigma " << sigma;
      before = now;
    }
  }
}

TEST(Ssim, FallsMonotonicallyAsNoiseGrows) {
  const Picture target = anatomy({12, 24, 24}, 10), disturbance = noise({12, 24, 24}, 11);
  for (const std::string& name : ssim_convention_names()) {
    double before = 1;
    for (const double weight : {0.02, 0.1, 0.3, 1.0}) {
      const Picture prediction = sum(target, disturbance, weight);
      const double now = ssim(prediction.view(), target.view(), {}, ssim_convention(name, 3, 1.0)).value();
      EXPECT_LT(now, before) << name << " weight " << weight;
      before = now;
    }
  }
}

TEST(Ssim, IsNegativeWhereStructureIsInverted) {
  const Picture target = noise({1, 32, 32}, 12), inverted = mapped(target, [](double v) { return 1 - v; });
  EXPECT_LT(ssim(inverted.view(), target.view(), {}, ssim_convention("wang2004", 2, 1.0)).value(), -0.5);
}

TEST(Ssim, OfConstantImagesIsTheLuminanceTerm) {
  const double a = 0.3, b = 0.7, c1 = 1e-4;
  const Picture x = constant({1, 20, 20}, a), y = constant({1, 20, 20}, b);
  for (const std::string& name : ssim_convention_names()) {
    // The float32 kernel's sum is off by 2e-8, and its "variance" of a constant with it.
    EXPECT_NEAR(ssim(x.view(), y.view(), {}, ssim_convention(name, 2, 1.0)).value(),
                (2 * a * b + c1) / (a * a + b * b + c1), name == "pytorch-msssim" ? 2e-5 : 1e-12)
        << name;
  }
}

TEST(Ssim, DependsOnTheRangeThroughItsConstants) {
  const Pair pair = make_pair({1, 40, 40}, 13);
  const double narrow =
      ssim(pair.prediction.view(), pair.target.view(), {}, ssim_convention("skimage", 2, 1.0)).value();
  const double wide =
      ssim(pair.prediction.view(), pair.target.view(), {}, ssim_convention("skimage", 2, 2.0)).value();
  EXPECT_LT(narrow, wide);
  // Scaling images and range together changes nothing but rounding.
  const auto times_255 = [](double v) { return 255 * v; };
  EXPECT_NEAR(ssim(mapped(pair.prediction, times_255).view(), mapped(pair.target, times_255).view(), {},
                   ssim_convention("skimage", 2, 255.0))
                  .value(),
              narrow, 1e-12);
}

TEST(Ssim, DoesNotDependOnTheNumberOfThreads) {
  const Pair volume = make_pair({20, 45, 37}, 14), slice = make_pair({1, 150, 131}, 15);
  const Stencil mask = ball({20, 45, 37}, 0.9);
  const int usual = omp_get_max_threads();
  for (const std::string& name : ssim_convention_names()) {
    std::vector<double> values;
    for (const int threads : {1, 2, 3, 7}) {
      omp_set_num_threads(threads);
      values.push_back(
          ssim(volume.prediction.view(), volume.target.view(), mask.view(), ssim_convention(name, 3, 1.0))
              .value() +
          ssim(slice.prediction.view(), slice.target.view(), {}, ssim_convention(name, 2, 1.0)).value());
    }
    EXPECT_THAT(values, testing::Each(values.front())) << name;
  }
  omp_set_num_threads(usual);
}

/// SSIM of whole-number images by whole-number window sums; only the last formula rounds.
double exact_uniform_ssim(const Picture& x, const Picture& y, double range) {
  const double c1 = std::pow(0.01 * range, 2), c2 = std::pow(0.03 * range, 2);
  double sum = 0, count = 0;
  for (int64_t d = 3; d < x.depth - 3; ++d) {
    for (int64_t h = 3; h < x.height - 3; ++h) {
      for (int64_t w = 3; w < x.width - 3; ++w) {
        int64_t n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
        for (int64_t k = d - 3; k <= d + 3; ++k) {
          for (int64_t j = h - 3; j <= h + 3; ++j) {
            for (int64_t i = w - 3; i <= w + 3; ++i) {
              const auto a = static_cast<int64_t>(x.at(k, j, i)), b = static_cast<int64_t>(y.at(k, j, i));
              ++n;
              sx += a;
              sy += b;
              sxx += a * a;
              syy += b * b;
              sxy += a * b;
            }
          }
        }
        const double nn = static_cast<double>(n * n), sample = static_cast<double>(n * (n - 1));
        const double variances = static_cast<double>(n * sxx - sx * sx + n * syy - sy * sy) / sample;
        const double covariance = static_cast<double>(n * sxy - sx * sy) / sample;
        const double squares = static_cast<double>(sx * sx + sy * sy) / nn;
        const double product = static_cast<double>(sx * sy) / nn;
        sum += (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2));
        count += 1;
      }
    }
  }
  return sum / count;
}

TEST(Ssim, WholeHounsfieldUnitsLoseNothing) {
  // Nearly flat tissue on a large offset: E[x^2] - E[x]^2 takes a difference of two numbers near 1.6e7.
  const auto to_hu = [](double v) { return std::round(3990 + 8 * v); };
  const Picture x = mapped(noise({12, 13, 14}, 16), to_hu), y = mapped(noise({12, 13, 14}, 17), to_hu);
  EXPECT_NEAR(ssim(x.view(), y.view(), {}, ssim_convention("skimage", 3, 4024.0)).value(),
              exact_uniform_ssim(x, y, 4024.0), 1e-12);
  // With a range of 10 HU the variances count fully; one part in 1e9 of E[x^2] would already show.
  EXPECT_NEAR(ssim(x.view(), y.view(), {}, ssim_convention("skimage", 3, 10.0)).value(),
              exact_uniform_ssim(x, y, 10.0), 1e-9);
}

TEST(Ssim, OfAMaskOfOneVoxelIsTheMapThere) {
  const Pair pair = make_pair({1, 30, 30}, 18);
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  Stencil mask = empty_mask({1, 30, 30});
  mask.at(0, 12, 17) = 1;
  // The map at one voxel is the SSIM of the window around it.
  Picture x = constant({1, 11, 11}, 0), y = x;
  for (int64_t h = 0; h < 11; ++h) {
    for (int64_t w = 0; w < 11; ++w) {
      x.at(0, h, w) = pair.prediction.at(0, 7 + h, 12 + w);
      y.at(0, h, w) = pair.target.at(0, 7 + h, 12 + w);
    }
  }
  EXPECT_NEAR(ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention).value(),
              ssim(x.view(), y.view(), {}, convention).value(), 1e-14);
}

TEST(Ssim, WithoutAWindowCenterInsideTheMaskIsUndefined) {
  const Pair pair = make_pair({1, 30, 30}, 19);
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  Stencil mask = empty_mask({1, 30, 30});
  EXPECT_EQ(ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention).reason(),
            Undefined::kEmptyMask);
  mask.at(0, 2, 15) = 1;  // inside the mask, but too near the border for a window
  EXPECT_EQ(ssim(pair.prediction.view(), pair.target.view(), mask.view(), convention).reason(),
            Undefined::kEmptyMask);
}

TEST(Ssim, OfTooFewVoxelsIsUndefined) {
  const Picture narrow = constant({1, 30, 10}, 0.5), thin = constant({6, 30, 30}, 0.5);
  EXPECT_EQ(ssim(narrow.view(), narrow.view(), {}, ssim_convention("wang2004", 2, 1.0)).reason(),
            Undefined::kTooSmall);
  EXPECT_EQ(ssim(narrow.view(), narrow.view(), {}, ssim_convention("torchmetrics", 2, 1.0)).reason(),
            Undefined::kTooSmall);
  EXPECT_EQ(ssim(thin.view(), thin.view(), {}, ssim_convention("skimage", 3, 1.0)).reason(),
            Undefined::kTooSmall);
  SsimConvention cropped = ssim_convention("uniform", 2, 1.0);
  cropped.crop = 2;  // 4 places for the window, all cropped away
  EXPECT_EQ(ssim(narrow.view(), narrow.view(), {}, cropped).reason(), Undefined::kTooSmall);
}

TEST(Ssim, PytorchMsssimDoesNotFilterShortAxes) {
  const Pair pair = make_pair({6, 20, 20}, 20);
  const SsimConvention convention = ssim_convention("pytorch-msssim", 3, 1.0);
  const Score score = ssim(pair.prediction.view(), pair.target.view(), {}, convention);
  ASSERT_TRUE(score.defined());
  EXPECT_NEAR(score.value(),
              reference_metrics::ssim(pair.prediction.view(), pair.target.view(), {}, convention), 1e-12);
}

TEST(Ssim, OfAnImageWithANaNOrInfinityIsUndefined) {
  const Picture good = anatomy({1, 20, 20}, 21);
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    Picture damaged = good;
    damaged.at(0, 0, 0) = bad;
    const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
    EXPECT_EQ(ssim(damaged.view(), good.view(), {}, convention).reason(), Undefined::kNotFinite);
    EXPECT_EQ(ssim(good.view(), damaged.view(), {}, convention).reason(), Undefined::kNotFinite);
  }
}

TEST(Ssim, BeyondTheRangeOfADoubleIsUndefinedAndNotNaN) {
  const Picture huge = mapped(noise({1, 20, 20}, 22), [](double v) { return 1e200 * v; });
  const Picture good = noise({1, 20, 20}, 23);
  EXPECT_EQ(ssim(huge.view(), good.view(), {}, ssim_convention("wang2004", 2, 1.0)).reason(),
            Undefined::kNotFinite);
}

TEST(Ssim, RefusesWhatTheCallerGotWrong) {
  const Picture a = constant({1, 20, 20}, 0), b = constant({1, 20, 21}, 0), volume = constant({2, 20, 20}, 0);
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  EXPECT_THROW(ssim(a.view(), b.view(), {}, convention), std::invalid_argument);
  EXPECT_THROW(ssim(a.view(), a.view(), empty_mask({1, 20, 21}).view(), convention), std::invalid_argument);
  EXPECT_THROW(ssim(volume.view(), volume.view(), {}, convention), std::invalid_argument);
  EXPECT_THROW(ssim_convention("wang2004", 2, 0), std::invalid_argument);
  EXPECT_THROW(ssim_convention("wang2004", 4, 1), std::invalid_argument);
  try {
    ssim_convention("wang", 2, 1);
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("unknown SSIM convention \"wang\"; known: skimage skimage-gaussian"));
  }
}

}  // namespace
}  // namespace synerbench
