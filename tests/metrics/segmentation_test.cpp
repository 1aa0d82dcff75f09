#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>

#include "metrics/overlap.h"
#include "metrics/statistics.h"
#include "metrics/surface_distance.h"
#include "tests/metrics/images.h"
#include "tests/metrics/reference_metrics.h"

namespace synerbench {
namespace {

using namespace testing_images;

TEST(Overlap, MatchesWorkedExamples) {
  const Stencil prediction{1, 1, 5, {1, 1, 0, 0, 1}}, reference{1, 1, 5, {1, 1, 1, 1, 0}};
  EXPECT_EQ(dice(prediction.view(), reference.view()).value(), 4.0 / 7);
  EXPECT_EQ(jaccard(prediction.view(), reference.view()).value(), 2.0 / 5);
}

TEST(Overlap, DiceAndJaccardAreTheSameOrder) {
  for (const double share : {0.1, 0.5, 0.9}) {
    const Stencil a = random_mask({5, 9, 9}, share, 1), b = random_mask({5, 9, 9}, 0.5, 2);
    const double d = dice(a.view(), b.view()).value(), j = jaccard(a.view(), b.view()).value();
    EXPECT_NEAR(d, 2 * j / (1 + j), 1e-15);
  }
}

TEST(Overlap, AMissingStructureScoresZeroAndAnAbsentOneNothing) {
  const Stencil empty = empty_mask({1, 4, 4}), full = ball({1, 4, 4}, 2);
  EXPECT_EQ(dice(empty.view(), full.view()).value(), 0.0);
  EXPECT_EQ(dice(full.view(), empty.view()).reason(), Undefined::kEmptyMask);
  EXPECT_EQ(dice(empty.view(), empty.view()).reason(), Undefined::kEmptyMask);
  EXPECT_EQ(jaccard(empty.view(), full.view()).value(), 0.0);
  EXPECT_THROW(dice(empty.view(), empty_mask({1, 4, 5}).view()), std::invalid_argument);
  EXPECT_THROW(dice(MaskView{nullptr, 1, 4, 4}, full.view()), std::invalid_argument);
}

TEST(DistanceTransform, AgreesWithEveryVoxelAgainstEverySeed) {
  for (const Shape shape : {Shape{1, 1, 40}, Shape{1, 17, 23}, Shape{7, 13, 11}}) {
    for (const double share : {0.002, 0.05, 0.6}) {
      Stencil seeds = random_mask(shape, share, 3);
      seeds.at(0, 0, 5) = 1;
      const VoxelSize size{3.27, 0.9765625, 1.3};
      const std::vector<double> fast = distance_transform(seeds.view(), size);
      const std::vector<double> slow = reference_metrics::distance_transform(seeds.view(), size);
      for (size_t i = 0; i < fast.size(); ++i) ASSERT_NEAR(fast[i], slow[i], 1e-12) << i;
    }
  }
}

TEST(DistanceTransform, WithoutSeedsIsInfinite) {
  const Stencil none = empty_mask({3, 4, 5});
  EXPECT_THAT(distance_transform(none.view(), {}), testing::Each(HUGE_VAL));
}

TEST(DistanceTransform, DoesNotDependOnTheNumberOfThreads) {
  const Stencil seeds = random_mask({40, 50, 60}, 0.01, 4);
  const int usual = omp_get_max_threads();
  omp_set_num_threads(1);
  const std::vector<double> one = distance_transform(seeds.view(), {2, 1, 1});
  omp_set_num_threads(5);
  EXPECT_EQ(distance_transform(seeds.view(), {2, 1, 1}), one);
  omp_set_num_threads(usual);
}

TEST(Surface, IsTheMaskWithoutItsErosion) {
  Stencil cube = empty_mask({7, 7, 7});
  for (int64_t d = 1; d < 6; ++d) {
    for (int64_t h = 1; h < 6; ++h) {
      for (int64_t w = 1; w < 6; ++w) cube.at(d, h, w) = 1;
    }
  }
  const std::vector<uint8_t> surface = surface_of(cube.view());
  EXPECT_EQ(std::count(surface.begin(), surface.end(), 1), 125 - 27);
  // Beyond the image is outside: a mask that fills the image has the image's rim for its surface.
  const Stencil full{1, 4, 5, std::vector<uint8_t>(20, 1)};
  const std::vector<uint8_t> rim = surface_of(full.view());
  EXPECT_EQ(std::count(rim.begin(), rim.end(), 1), 20 - 6) << "depth 1 has no neighbors above and below";
  const Stencil block{4, 5, 6, std::vector<uint8_t>(120, 1)};
  const std::vector<uint8_t> faces = surface_of(block.view());
  EXPECT_EQ(std::count(faces.begin(), faces.end(), 1), 120 - 2 * 3 * 4);
}

TEST(SurfaceDistance, OfTwoPointsIsTheirDistanceInMillimeters) {
  Stencil a = empty_mask({9, 9, 9}), b = a;
  a.at(1, 2, 3) = 1;
  b.at(4, 2, 7) = 1;
  const VoxelSize size{2, 1, 0.5};
  const double expected = std::hypot(3 * 2.0, 4 * 0.5);
  EXPECT_NEAR(hausdorff(a.view(), b.view(), size).value(), expected, 1e-12);
  EXPECT_NEAR(hausdorff_quantile(a.view(), b.view(), size).value(), expected, 1e-12);
  EXPECT_NEAR(mean_surface_distance(a.view(), b.view(), size).value(), expected, 1e-12);
}

TEST(SurfaceDistance, OfEqualMasksIsZero) {
  const Stencil mask = ball({9, 15, 13}, 0.7);
  EXPECT_EQ(hausdorff(mask.view(), mask.view(), {}).value(), 0.0);
  EXPECT_EQ(hausdorff_quantile(mask.view(), mask.view(), {}).value(), 0.0);
  EXPECT_EQ(mean_surface_distance(mask.view(), mask.view(), {}).value(), 0.0);
}

TEST(SurfaceDistance, AgreesWithEverySurfaceVoxelAgainstEveryOther) {
  const Shape shape{8, 12, 11};
  const Stencil a = ball(shape, 0.6), b = random_mask(shape, 0.03, 5);
  const VoxelSize size{3, 1, 1.5};
  const SurfaceDistances distances = surface_distances(a.view(), b.view(), size);
  // The crop to the joint box must not change anything: the reference works on the whole image.
  const std::vector<uint8_t> of_a = surface_of(a.view()), of_b = surface_of(b.view());
  const auto expected = [&](const std::vector<uint8_t>& from, const std::vector<uint8_t>& to) {
    const MaskView seeds{to.data(), shape.depth, shape.height, shape.width};
    const std::vector<double> all = reference_metrics::distance_transform(seeds, size);
    std::vector<double> values;
    for (size_t i = 0; i < from.size(); ++i) {
      if (from[i] != 0) values.push_back(all[i]);
    }
    return values;
  };
  EXPECT_THAT(distances.to_reference, testing::Pointwise(testing::DoubleNear(1e-12), expected(of_a, of_b)));
  EXPECT_THAT(distances.to_prediction, testing::Pointwise(testing::DoubleNear(1e-12), expected(of_b, of_a)));
}

TEST(SurfaceDistance, TakesThePercentilePerDirectionAndThenTheLarger) {
  // One far outlier among the prediction's 21 points: pooling the directions would dilute it.
  Stencil reference = empty_mask({1, 3, 200}), prediction = reference;
  for (int64_t w = 0; w < 40; w += 2) reference.at(0, 1, w) = prediction.at(0, 1, w) = 1;
  prediction.at(0, 1, 138) = prediction.at(0, 1, 158) = 1;
  const SurfaceDistances distances = surface_distances(prediction.view(), reference.view(), {});
  EXPECT_EQ(distances.to_reference.size(), 22U);
  EXPECT_EQ(distances.to_prediction.size(), 20U);
  const double per_direction = hausdorff_quantile(prediction.view(), reference.view(), {}).value();
  EXPECT_NEAR(per_direction, quantile(distances.to_reference, 0.95), 1e-12);
  std::vector<double> pooled = distances.to_reference;
  pooled.insert(pooled.end(), distances.to_prediction.begin(), distances.to_prediction.end());
  EXPECT_GT(per_direction, quantile(pooled, 0.95));
}

TEST(SurfaceDistance, AMissingStructureIsCountedAndNeverAPerfectScore) {
  const Stencil empty = empty_mask({4, 5, 6}), some = ball({4, 5, 6}, 0.8);
  for (const auto& metric : {hausdorff, mean_surface_distance}) {
    EXPECT_EQ(metric(empty.view(), some.view(), {}).reason(), Undefined::kMissingStructure);
    EXPECT_EQ(metric(some.view(), empty.view(), {}).reason(), Undefined::kEmptyMask);
    EXPECT_EQ(metric(empty.view(), empty.view(), {}).reason(), Undefined::kEmptyMask);
  }
  EXPECT_THROW(surface_distances(empty.view(), some.view(), {}), std::invalid_argument);
  EXPECT_NEAR(image_diagonal(some.view(), {3, 1, 2}), std::hypot(12.0, 5.0, 12.0), 1e-12);
}

TEST(SurfaceDistance, RefusesAVoxelWithoutSize) {
  const Stencil some = ball({4, 5, 6}, 0.8);
  EXPECT_THROW(hausdorff(some.view(), some.view(), {1, 0, 1}), std::invalid_argument);
  EXPECT_THROW(hausdorff(some.view(), some.view(), {1, 1, std::nan("")}), std::invalid_argument);
}

}  // namespace
}  // namespace synerbench
