#include "baselines/trivial/trivial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "baselines/trivial/fit.h"
#include "harness/core/error.h"
#include "harness/core/random.h"
#include "harness/data/intensity.h"
#include "harness/run/model_spec.h"

namespace synerbench {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;
using trivial::Histogram;
using trivial::isotonic;
using trivial::LineFit;
using trivial::thumbnail;

constexpr int64_t kSide = 32;
constexpr size_t kPixels = kSide * kSide;

/// Pairs made in the test.
class MadePairs final : public PairSource {
 public:
  struct Pair {
    std::vector<float> source = std::vector<float>(kPixels, -1), target = std::vector<float>(kPixels, -1);
    std::vector<uint8_t> mask = std::vector<uint8_t>(kPixels, 1);
  };
  std::vector<Pair> pairs;
  int64_t size() const override { return static_cast<int64_t>(pairs.size()); }
  int64_t height() const override { return kSide; }
  int64_t width() const override { return kSide; }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    const Pair& pair = pairs[static_cast<size_t>(index)];
    std::ranges::copy(pair.source, source.begin());
    std::ranges::copy(pair.target, target.begin());
    if (!mask.empty()) std::ranges::copy(pair.mask, mask.begin());
  }
  SliceKey key(int64_t index) const override { return {{"made", "p", "p"}, index}; }
};

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// A model of slabs is given each slice as its own neighbors.
std::vector<float> predict(Synthesizer& model, const std::vector<float>& source) {
  const int64_t depth = 2 * model.info().input.neighbors + 1;
  std::vector<float> slabs;
  for (size_t at = 0; at < source.size(); at += kPixels) {
    for (int64_t d = 0; d < depth; ++d)
      slabs.insert(slabs.end(), source.begin() + static_cast<std::ptrdiff_t>(at),
                   source.begin() + static_cast<std::ptrdiff_t>(at + kPixels));
  }
  std::vector<float> prediction(source.size(), 99);
  const std::vector<uint64_t> seeds(source.size() / kPixels, 1);
  model.synthesize(kTask, {static_cast<int64_t>(seeds.size()), kSide, kSide, slabs, 1, depth}, seeds,
                   prediction);
  return prediction;
}

std::unique_ptr<Synthesizer> prepared(const std::string& word, const MadePairs& pairs) {
  auto model = make_model(parse_model_spec(word), trivial_models());
  model->prepare(kTask, pairs);
  return model;
}

/// `count` slices of source values in (-1, 1) with target = map(source).
template <class Map>
MadePairs mapped_pairs(int count, Map map) {
  MadePairs made;
  Random random(3);
  for (int i = 0; i < count; ++i) {
    MadePairs::Pair pair;
    for (size_t p = 0; p < kPixels; ++p) {
      pair.source[p] = static_cast<float>(random.uniform(-0.999, 1));
      pair.target[p] = static_cast<float>(map(pair.source[p]));
    }
    made.pairs.push_back(std::move(pair));
  }
  return made;
}

double worst_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return worst;
}

TEST(TrivialModels, AreAllMarkedAsTheFloor) {
  ASSERT_EQ(trivial_models().size(), 8U);
  for (const Method& entry : trivial_models()) {
    const ModelInfo info = make_model(parse_model_spec(entry.name), trivial_models())->info();
    EXPECT_EQ(info.name, entry.name);
    EXPECT_EQ(info.label, entry.label);
    EXPECT_TRUE(info.trivial && info.deterministic && info.concurrent) << entry.name;
    EXPECT_EQ(info.parameters, 0);
    EXPECT_FALSE(entry.summary.empty());
  }
}

TEST(TrivialModels, WithoutTrainingSlicesSayso) {
  const MadePairs none;
  for (const char* word : {"constant", "mean", "line", "monotone", "nearest", "regression"}) {
    EXPECT_THROW(prepared(word, none), Error) << word;
  }
  EXPECT_NO_THROW(prepared("identity", none));
  EXPECT_NO_THROW(prepared("constant:value=0", none));
}

TEST(Constant, IsTheMedianOfTheTargetsInsideTheMask) {
  MadePairs made;
  made.pairs.resize(1);
  auto& pair = made.pairs[0];
  std::ranges::fill(pair.mask, uint8_t{0});
  const float values[] = {-0.5F, 0.25F, 0.75F};
  for (size_t p = 0; p < 3; ++p) {
    pair.mask[p] = 1;
    pair.target[p] = values[p];
  }
  for (float v : predict(*prepared("constant", made), pair.source)) EXPECT_EQ(v, 0.25F);
}

TEST(Constant, OfZeroHounsfieldUnitsIsZeroHounsfieldUnits) {
  const auto prediction = predict(*prepared("constant:physical=0", {}), std::vector<float>(kPixels, 0.5F));
  const IntensityMap map = default_intensity_map(Modality::kCT, {}, {}, "");
  EXPECT_NEAR(map.to_physical(prediction[7]), 0, 1e-3);
  auto model = make_model(parse_model_spec("constant:physical=0"), trivial_models());
  EXPECT_THROW(model->prepare({"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI}, MadePairs{}),
               Error);
  EXPECT_THROW(make_model(parse_model_spec("constant:value=2"), trivial_models()), Error);
  EXPECT_THROW(make_model(parse_model_spec("constant:value=0,physical=0"), trivial_models()), Error);
}

TEST(Histogram, MedianIsExactForWholeHounsfieldUnits) {
  const IntensityMap map = default_intensity_map(Modality::kCT, {}, {}, "");
  Histogram histogram;
  for (int hu : {-1000, 37, 40, 41, 1500}) histogram.add(map.to_model(hu));
  EXPECT_EQ(std::lround(map.to_physical(static_cast<float>(histogram.median()))), 40);
}

TEST(Identity, ReturnsTheSource) {
  const MadePairs made = mapped_pairs(1, [](double x) { return x; });
  EXPECT_EQ(predict(*prepared("identity", made), made.pairs[0].source), made.pairs[0].source);
}

TEST(MeanImage, IsTheMeanOfEveryPixel) {
  MadePairs made;
  made.pairs.resize(4);
  for (size_t i = 0; i < 4; ++i) {
    for (size_t p = 0; p < kPixels; ++p) made.pairs[i].target[p] = p == 5 ? static_cast<float>(i) / 4 : -0.5F;
  }
  const auto prediction = predict(*prepared("mean", made), made.pairs[0].source);
  EXPECT_FLOAT_EQ(prediction[5], 0.375F);
  EXPECT_FLOAT_EQ(prediction[6], -0.5F);
}

TEST(StraightLine, FindsALineExactly) {
  const MadePairs made = mapped_pairs(2, [](double x) { return 0.1 - 0.6 * x; });
  // float32 inputs: 1e-6 is a few of their roundings.
  EXPECT_LT(worst_difference(predict(*prepared("line", made), made.pairs[0].source), made.pairs[0].target),
            1e-6);
}

TEST(StraightLine, IsFittedInsideTheMaskOnly) {
  MadePairs made = mapped_pairs(1, [](double x) { return 0.5 * x; });
  for (size_t p = 0; p < kPixels; p += 2) {
    made.pairs[0].mask[p] = 0;
    made.pairs[0].target[p] = 1;
  }
  const auto prediction = predict(*prepared("line", made), made.pairs[0].source);
  EXPECT_NEAR(prediction[0], 0.5 * made.pairs[0].source[0], 1e-6);
}

TEST(LineFit, AgreesWithNumbersWorkedByHand) {
  LineFit fit;
  for (const auto& [x, y] : {std::pair{1.0, 2.0}, {2.0, 3.0}, {3.0, 5.0}}) fit.add(x, y);
  EXPECT_NEAR(fit.fit().b, 1.5, 1e-12);
  EXPECT_NEAR(fit.fit().a, 1.0 / 3, 1e-12);
  LineFit flat;  // one value of x only
  flat.add(0.5, 1);
  flat.add(0.5, 3);
  EXPECT_EQ(flat.fit().b, 0);
  EXPECT_EQ(flat.fit().a, 2);
  EXPECT_EQ(LineFit().fit().a, -1);
}

TEST(Isotonic, AgreesWithNumbersWorkedByHand) {
  EXPECT_THAT(isotonic(std::vector<double>{1, 3, 2, 4}, std::vector<double>{1, 1, 1, 1}),
              ElementsAre(1, 2.5, 2.5, 4));
  EXPECT_THAT(isotonic(std::vector<double>{4, 3, 2, 1}, std::vector<double>{1, 1, 1, 1}),
              ElementsAre(2.5, 2.5, 2.5, 2.5));
  EXPECT_THAT(isotonic(std::vector<double>{1, 3, 2, 4}, std::vector<double>{1, 3, 1, 1}),
              ElementsAre(1, 2.75, 2.75, 4));
  EXPECT_THAT(isotonic(std::vector<double>{9, 5, 9, 1, 9}, std::vector<double>{0, 1, 0, 1, 0}),
              ElementsAre(3, 3, 3, 3, 3));
  EXPECT_THAT(isotonic(std::vector<double>{9, 1, 9, 5, 9}, std::vector<double>{0, 1, 0, 1, 0}),
              ElementsAre(1, 1, 1, 5, 5));
}

// The slow, obvious way: the value of entry k is max over i <= k of min over j >= k of the mean of i..j.
TEST(Isotonic, AgreesWithTheMinMaxFormula) {
  Random random(8);
  for (int round = 0; round < 50; ++round) {
    const size_t n = 1 + random.below(12);
    std::vector<double> values(n), weights(n), wanted(n);
    for (size_t i = 0; i < n; ++i) {
      values[i] = random.normal();
      weights[i] = random.uniform(0.1, 2);
    }
    for (size_t k = 0; k < n; ++k) {
      wanted[k] = -1e9;
      for (size_t i = 0; i <= k; ++i) {
        double least = 1e9, sum = 0, weight = 0;
        for (size_t j = i; j < n; ++j) {
          sum += values[j] * weights[j];
          weight += weights[j];
          if (j >= k) least = std::min(least, sum / weight);
        }
        wanted[k] = std::max(wanted[k], least);
      }
    }
    EXPECT_THAT(isotonic(values, weights), Pointwise(DoubleNear(1e-9), wanted));
  }
}

TEST(MonotoneMap, FindsRisingAndFallingMaps) {
  for (double sign : {1.0, -1.0}) {
    const MadePairs made = mapped_pairs(20, [&](double x) { return sign * 0.9 * x * x * x; });
    // 256 levels of a map with slope up to 2.7: half a bin is 0.0039, times the slope.
    EXPECT_LT(
        worst_difference(predict(*prepared("monotone", made), made.pairs[0].source), made.pairs[0].target),
        0.012)
        << sign;
  }
}

TEST(MonotoneMap, GivesBackgroundItsOwnValue) {
  MadePairs made = mapped_pairs(4, [](double x) { return -x; });  // falling, but air is dark in both
  for (auto& pair : made.pairs) {
    for (size_t p = 0; p < kPixels / 2; ++p) pair.source[p] = pair.target[p] = -1;
  }
  const auto prediction = predict(*prepared("monotone", made), made.pairs[0].source);
  EXPECT_EQ(prediction[0], -1);
  EXPECT_NEAR(prediction[kPixels - 1], made.pairs[0].target[kPixels - 1], 0.02);
}

TEST(Nearest, ReturnsTheTargetOfTheMostSimilarSource) {
  MadePairs made;
  for (float level : {-0.8F, 0.0F, 0.6F, 0.6F}) {
    MadePairs::Pair pair;
    std::ranges::fill(pair.source, level);
    std::ranges::fill(pair.target, 0.1F * static_cast<float>(made.pairs.size()));
    made.pairs.push_back(std::move(pair));
  }
  auto model = prepared("nearest", made);
  EXPECT_EQ(predict(*model, std::vector<float>(kPixels, 0.1F))[0], 0.1F);
  EXPECT_EQ(predict(*model, std::vector<float>(kPixels, -1.0F))[0], 0.0F);
  EXPECT_EQ(predict(*model, std::vector<float>(kPixels, 0.7F))[0], 0.2F) << "of equals, the first";
}

TEST(Nearest, OfATrainingSliceIsItsOwnTarget) {
  const MadePairs made = mapped_pairs(6, [](double x) { return -x; });
  auto model = prepared("nearest", made);
  for (const auto& pair : made.pairs) EXPECT_EQ(predict(*model, pair.source), pair.target);
}

TEST(MedianOfThreeSlices, IsTheMiddleValueOfTheSlab) {
  const auto model = prepared("median3", {});
  std::vector<float> slab(3 * kPixels);
  Random random(5);
  for (float& value : slab) value = static_cast<float>(random.uniform(-1, 1));
  std::vector<float> prediction(kPixels);
  const std::vector<uint64_t> seeds{1};
  model->synthesize(kTask, {1, kSide, kSide, slab, 1, 3}, seeds, prediction);
  for (size_t p = 0; p < kPixels; ++p) {
    std::array<float, 3> values{slab[p], slab[kPixels + p], slab[2 * kPixels + p]};
    std::ranges::sort(values);
    EXPECT_EQ(prediction[p], values[1]);
  }
}

/// Three sources; the target follows from them inside the mask, and is noise outside.
class ThreeSources final : public PairSource {
 public:
  int64_t size() const override { return 4; }
  int64_t height() const override { return kSide; }
  int64_t width() const override { return kSide; }
  int64_t sources() const override { return 3; }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    Random random(static_cast<uint64_t>(index) + 1);
    for (float& value : source) value = static_cast<float>(random.uniform(-1, 1));
    for (size_t p = 0; p < kPixels; ++p) {
      target[p] = static_cast<float>(0.05 + 0.5 * source[p] - 0.25 * source[kPixels + p] +
                                     0.125 * source[2 * kPixels + p]);
      if (p % 3 == 0) target[p] = static_cast<float>(random.uniform(-1, 1));
      if (!mask.empty()) mask[p] = p % 3 != 0;
    }
  }
  SliceKey key(int64_t index) const override { return {{"made", "p", "p"}, index}; }
};

TEST(Regression, FindsALinearMapOfAllSourcesInsideTheMask) {
  const ThreeSources pairs;
  const auto model = make_model(parse_model_spec("regression"), trivial_models());
  model->prepare(kTask, pairs);
  std::vector<float> source(3 * kPixels), target(kPixels), prediction(kPixels);
  pairs.read(2, source, target, {});
  const std::vector<uint64_t> seeds{1};
  model->synthesize(kTask, {1, kSide, kSide, source, 3, 1}, seeds, prediction);
  // float32 inputs: 1e-6 is a few of their roundings.
  for (size_t p = 0; p < kPixels; ++p) {
    if (p % 3 != 0) {
      EXPECT_NEAR(prediction[p], target[p], 1e-6);
    }
  }
}

TEST(Regression, OfOneSourceIsTheStraightLine) {
  const MadePairs made = mapped_pairs(3, [](double x) { return 0.2 - 0.7 * x * x; });
  EXPECT_LT(worst_difference(predict(*prepared("regression", made), made.pairs[1].source),
                             predict(*prepared("line", made), made.pairs[1].source)),
            1e-6);
}

TEST(LinearFit, LeavesOutInputsThatSayNothingNew) {
  trivial::LinearFit fit(4);
  Random random(2);
  for (int i = 0; i < 100; ++i) {
    const double a = random.normal(), b = random.normal();
    // The second is constant, the third follows from the first.
    fit.add(std::vector<double>{a, 7, 2 * a + 1, b}, 1 + 3 * a - 2 * b);
  }
  EXPECT_THAT(fit.fit(), Pointwise(DoubleNear(1e-9), std::vector<double>{1, 3, 0, 0, -2}));
  EXPECT_THAT(trivial::LinearFit(2).fit(), ElementsAre(-1, 0, 0));
}

TEST(Nearest, LooksAtAllSources) {
  const ThreeSources pairs;
  const auto model = make_model(parse_model_spec("nearest"), trivial_models());
  model->prepare(kTask, pairs);
  std::vector<float> source(3 * kPixels), target(kPixels), prediction(kPixels);
  const std::vector<uint64_t> seeds{1};
  for (int64_t index = 0; index < pairs.size(); ++index) {
    pairs.read(index, source, target, {});
    model->synthesize(kTask, {1, kSide, kSide, source, 3, 1}, seeds, prediction);
    EXPECT_EQ(prediction, target);
  }
}

TEST(Thumbnail, IsTheMeanOfBoxes) {
  std::vector<float> pixels(36);
  for (size_t p = 0; p < 36; ++p) pixels[p] = static_cast<float>(p);
  EXPECT_THAT(thumbnail(pixels, 6, 2), ElementsAre(7, 10, 25, 28));
  EXPECT_EQ(thumbnail(pixels, 6, 32), pixels);
  // Sides that do not divide: boxes of 1 and 2, none empty, none counted twice.
  EXPECT_THAT(thumbnail(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8}, 3, 2), ElementsAre(0, 1.5, 4.5, 6));
}

TEST(TrivialModels, DoNotDependOnTheBatch) {
  const MadePairs made = mapped_pairs(5, [](double x) { return 0.3 * x; });
  std::vector<float> both = made.pairs[0].source;
  both.insert(both.end(), made.pairs[1].source.begin(), made.pairs[1].source.end());
  for (const Method& entry : trivial_models()) {
    auto model = prepared(entry.name, made);
    auto together = predict(*model, both);
    auto first = predict(*model, made.pairs[0].source), second = predict(*model, made.pairs[1].source);
    first.insert(first.end(), second.begin(), second.end());
    EXPECT_EQ(together, first) << entry.name;
  }
}

}  // namespace
}  // namespace synerbench
