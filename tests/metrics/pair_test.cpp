// One read of a pair gives what the single functions give: see Note [One read of a pair].
#include "metrics/detail/pair.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <utility>

#include "metrics/pixelwise.h"
#include "tests/metrics/images.h"

namespace synerbench {
namespace {

using namespace testing_images;

// Several bands and chunks of a volume's tiles, the last ones not full.
constexpr Shape kVolume{9, 21, 190}, kSlice{1, 150, 150};

struct Pair {
  Picture prediction, target;
  Stencil mask;
};

Pair make_pair(Shape shape) {
  const Picture target = anatomy(shape, 1);
  return {sum(target, noise(shape, 2), 0.1), target, ball(shape, 0.5)};
}

detail::SimilarityRequest similarity_of(const Pair& pair, const std::string& convention, int dimensions,
                                        detail::Centers centers) {
  return {{pair.prediction.view(), pair.target.view()},
          pair.mask.view(),
          centers,
          ssim_convention(convention, dimensions, 1.0)};
}

TEST(Pair, ErrorsBesideSsimAreThoseWithoutIt) {
  for (const auto& [shape, dimensions] : {std::pair(kVolume, 3), std::pair(kSlice, 2)}) {
    const Pair pair = make_pair(shape);
    const std::array<detail::ErrorRequest, 2> requests{{{}, {pair.mask.view()}}};
    const auto alone = detail::measure_pair(pair.prediction.view(), pair.target.view(), requests);
    EXPECT_EQ(alone.errors[0].voxels, static_cast<double>(pair.target.voxels.size()));
    // Windows that fit, a mirrored border, an axis that is too short for them, an axis that is skipped.
    for (const char* convention : {"skimage", "torchmetrics", "wang2004", "pytorch-msssim"}) {
      for (const auto centers : {detail::Centers::kInside, detail::Centers::kBoth}) {
        const auto similarity = similarity_of(pair, convention, dimensions, centers);
        const auto beside =
            detail::measure_pair(pair.prediction.view(), pair.target.view(), requests, &similarity);
        EXPECT_TRUE(beside.finite);
        for (size_t i = 0; i < requests.size(); ++i) {
          EXPECT_EQ(beside.errors[i].absolute, alone.errors[i].absolute) << convention;
          EXPECT_EQ(beside.errors[i].squared, alone.errors[i].squared) << convention;
          EXPECT_EQ(beside.errors[i].voxels, alone.errors[i].voxels) << convention;
        }
      }
    }
  }
}

TEST(Pair, TheMeanInsideIsTheSameWithAndWithoutTheWholeOne) {
  const Pair pair = make_pair(kVolume);
  const auto inside = similarity_of(pair, "skimage", 3, detail::Centers::kInside);
  const auto both = similarity_of(pair, "skimage", 3, detail::Centers::kBoth);
  const ImageView p = pair.prediction.view(), t = pair.target.view();
  const auto of_inside = detail::measure_pair(p, t, {}, &inside),
             of_both = detail::measure_pair(p, t, {}, &both);
  EXPECT_EQ(of_inside.similarity.inside, of_both.similarity.inside);
  EXPECT_EQ(of_both.similarity.whole, ssim(p, t, {}, both.convention).value());
  EXPECT_NE(of_both.similarity.whole, of_both.similarity.inside);
}

TEST(Pair, ANaNIsSeenInEveryRowAlsoWhereNoWindowIsLookedAt) {
  Pair pair = make_pair(kVolume);
  const auto similarity = similarity_of(pair, "skimage", 3, detail::Centers::kInside);
  for (int64_t row = 0; row < kVolume.depth * kVolume.height; ++row) {
    Picture& image = row % 2 == 0 ? pair.prediction : pair.target;
    double& value = image.voxels[static_cast<size_t>(row * kVolume.width + row * 37 % kVolume.width)];
    const double good = std::exchange(value, std::nan(""));
    EXPECT_FALSE(detail::measure_pair(pair.prediction.view(), pair.target.view(), {}, &similarity).finite)
        << row;
    value = good;
  }
}

}  // namespace
}  // namespace synerbench
