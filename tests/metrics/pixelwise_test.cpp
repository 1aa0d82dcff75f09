#include "metrics/pixelwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "tests/metrics/images.h"

namespace synerbench {
namespace {

using namespace testing_images;

TEST(Pixelwise, MatchesWorkedExamples) {
  const Picture prediction{1, 1, 4, {1, 2, 3, 4}}, target{1, 1, 4, {1, 4, 3, 0}};
  EXPECT_EQ(mean_absolute_error(prediction.view(), target.view()).value(), 1.5);
  EXPECT_EQ(mean_squared_error(prediction.view(), target.view()).value(), 5.0);
  EXPECT_EQ(root_mean_squared_error(prediction.view(), target.view()).value(), std::sqrt(5.0));
  EXPECT_NEAR(peak_signal_to_noise_ratio(prediction.view(), target.view(), {}, 255).value(),
              10 * std::log10(255.0 * 255.0 / 5.0), 1e-12);
  const Stencil mask{1, 1, 4, {1, 7, 0, 0}};  // any non-zero value is inside
  EXPECT_EQ(mean_absolute_error(prediction.view(), target.view(), mask.view()).value(), 1.0);
  EXPECT_EQ(mean_squared_error(prediction.view(), target.view(), mask.view()).value(), 2.0);
}

TEST(Pixelwise, AgreesWithTheLoopOnRandomVolumes) {
  const Shape shape{17, 40, 31};  // several blocks, the last one not full
  const Picture prediction = noise(shape, 1), target = noise(shape, 2);
  const Stencil mask = random_mask(shape, 0.4, 3);
  double absolute = 0, squared = 0, count = 0;
  for (size_t i = 0; i < target.voxels.size(); ++i) {
    if (mask.inside[i] == 0) continue;
    const double d = prediction.voxels[i] - target.voxels[i];
    absolute += std::abs(d);
    squared += d * d;
    count += 1;
  }
  EXPECT_NEAR(mean_absolute_error(prediction.view(), target.view(), mask.view()).value(), absolute / count,
              1e-13);
  EXPECT_NEAR(mean_squared_error(prediction.view(), target.view(), mask.view()).value(), squared / count,
              1e-13);
}

TEST(Pixelwise, AnOffsetOfWholeUnitsIsExact) {
  const Picture target = mapped(noise({10, 50, 50}, 4), [](double v) { return std::round(3000 * v) - 1024; });
  const Picture prediction = mapped(target, [](double v) { return v + 15; });
  EXPECT_EQ(mean_absolute_error(prediction.view(), target.view()).value(), 15.0);
  EXPECT_EQ(root_mean_squared_error(prediction.view(), target.view()).value(), 15.0);
}

TEST(Pixelwise, DoesNotDependOnTheNumberOfThreads) {
  const Shape shape{40, 64, 64};
  const Picture prediction = noise(shape, 5), target = noise(shape, 6);
  const int usual = omp_get_max_threads();
  std::vector<double> values;
  for (const int threads : {1, 2, 3, 7}) {
    omp_set_num_threads(threads);
    values.push_back(mean_absolute_error(prediction.view(), target.view()).value());
  }
  omp_set_num_threads(usual);
  EXPECT_THAT(values, testing::Each(values.front()));
}

TEST(Psnr, OfIdenticalImagesIsUndefinedAndNotInfinite) {
  const Picture image = noise({1, 8, 8}, 7);
  EXPECT_EQ(peak_signal_to_noise_ratio(image.view(), image.view(), {}, 1).reason(),
            Undefined::kIdenticalImages);
}

TEST(Psnr, OfImagesThatAreEqualUpToRoundingIsThatOfEqualOnes) {
  Picture image = noise({1, 16, 16}, 7), there_and_back = image;
  for (const double range : {1.0, 4024.0}) {
    for (size_t i = 0; i < image.voxels.size(); ++i) {
      image.voxels[i] *= range;
      // Into [-1, 1] and back in float32, as models do.
      const auto model = static_cast<float>(2 * image.voxels[i] / range - 1);
      there_and_back.voxels[i] = static_cast<float>((static_cast<double>(model) + 1) / 2 * range);
    }
    EXPECT_EQ(peak_signal_to_noise_ratio(there_and_back.view(), image.view(), {}, range).reason(),
              Undefined::kIdenticalImages);
    for (double& value : there_and_back.voxels) value += 1e-6 * range;
    EXPECT_NEAR(peak_signal_to_noise_ratio(there_and_back.view(), image.view(), {}, range).value(), 120, 1)
        << "a difference that is none of rounding counts";
    for (double& value : image.voxels) value /= range;
  }
}

TEST(Psnr, RisesBySixDecibelsWithTwiceTheRange) {
  const Picture prediction = noise({1, 8, 8}, 8), target = noise({1, 8, 8}, 9);
  EXPECT_NEAR(peak_signal_to_noise_ratio(prediction.view(), target.view(), {}, 2).value() -
                  peak_signal_to_noise_ratio(prediction.view(), target.view(), {}, 1).value(),
              20 * std::log10(2.0), 1e-12);
}

TEST(Psnr, NeedsARange) {
  const Picture image = noise({1, 8, 8}, 10);
  for (const double range : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_THROW(peak_signal_to_noise_ratio(image.view(), image.view(), {}, range), std::invalid_argument);
  }
}

TEST(Pixelwise, OneVoxelIsEnoughAndNoneIsUndefined) {
  const Picture prediction = constant({1, 4, 4}, 3), target = constant({1, 4, 4}, 1);
  Stencil mask = empty_mask({1, 4, 4});
  EXPECT_EQ(mean_absolute_error(prediction.view(), target.view(), mask.view()).reason(),
            Undefined::kEmptyMask);
  EXPECT_EQ(peak_signal_to_noise_ratio(prediction.view(), target.view(), mask.view(), 1).reason(),
            Undefined::kEmptyMask);
  mask.at(0, 2, 2) = 1;
  EXPECT_EQ(mean_absolute_error(prediction.view(), target.view(), mask.view()).value(), 2.0);
  EXPECT_EQ(mean_absolute_error({}, {}).reason(), Undefined::kEmptyMask) << "an image without voxels";
}

TEST(Pixelwise, ANaNCountsEvenOutsideTheMask) {
  Picture prediction = constant({1, 4, 4}, 3);
  const Picture target = constant({1, 4, 4}, 1);
  prediction.at(0, 0, 0) = std::nan("");
  Stencil mask = empty_mask({1, 4, 4});
  mask.at(0, 2, 2) = 1;
  EXPECT_EQ(mean_absolute_error(prediction.view(), target.view(), mask.view()).reason(),
            Undefined::kNotFinite);
}

TEST(Pixelwise, AnOverflowIsUndefinedAndNotInfinite) {
  const Picture prediction = constant({1, 4, 4}, 1e200), target = constant({1, 4, 4}, -1e200);
  EXPECT_TRUE(mean_absolute_error(prediction.view(), target.view()).defined());
  EXPECT_EQ(mean_squared_error(prediction.view(), target.view()).reason(), Undefined::kNotFinite);
}

TEST(Pixelwise, ChoosesByTheTargetsValueWithBothEndsIncluded) {
  const Picture prediction{1, 1, 5, {0, 0, 0, 0, 0}}, target{1, 1, 5, {-301, -300, 10, 200, 201}};
  EXPECT_EQ(mean_absolute_error_where(prediction.view(), target.view(), {}, -300, 200).value(), 510.0 / 3);
  EXPECT_EQ(mean_absolute_error_where(prediction.view(), target.view(), {}, 300, 400).reason(),
            Undefined::kEmptyMask);
  // A prediction cannot move a voxel to another class.
  const Picture moved{1, 1, 5, {1000, 0, 0, 0, 1000}};
  EXPECT_EQ(mean_absolute_error_where(moved.view(), target.view(), {}, -300, 200).value(), 510.0 / 3);
}

TEST(Pixelwise, NamesBothShapesWhenTheyDiffer) {
  const Picture a = constant({1, 4, 4}, 0), b = constant({2, 4, 5}, 0);
  try {
    mean_absolute_error(a.view(), b.view());
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("1x4x4"), testing::HasSubstr("2x4x5")));
  }
}

}  // namespace
}  // namespace synerbench
