// What a modality's values can be: nothing wrong is taken, nothing right is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "harness/core/error.h"
#include "harness/data/plausible.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using Change = std::function<double(double)>;

constexpr int64_t kSide = 40, kSlices = 8;

Geometry grid() {
  Geometry g;
  g.size = {kSide, kSide, kSlices};
  return g;
}

bool in_body(int64_t i, int64_t j) {
  const double x = static_cast<double>(i) - 19.5, y = static_cast<double>(j) - 19.5;
  return x * x + y * y < 14 * 14;
}

struct Made {
  std::vector<float> values;
  std::vector<uint8_t> mask;
};

/// `inside` and `outside` draw a value; a tenth of the body, in the middle, comes from `core`.
Made made(const std::function<double(std::mt19937&)>& inside,
          const std::function<double(std::mt19937&)>& core,
          const std::function<double(std::mt19937&)>& outside, unsigned seed = 1) {
  std::mt19937 random(seed);
  Made volume;
  for (int64_t k = 0; k < kSlices; ++k) {
    for (int64_t j = 0; j < kSide; ++j) {
      for (int64_t i = 0; i < kSide; ++i) {
        const bool body = in_body(i, j), middle = std::abs(i - 20) < 4 && std::abs(j - 20) < 4;
        volume.values.push_back(static_cast<float>((middle ? core : body ? inside : outside)(random)));
        volume.mask.push_back(body);
      }
    }
  }
  return volume;
}

std::function<double(std::mt19937&)> normal(double mean, double deviation) {
  return [=](std::mt19937& random) { return std::normal_distribution<double>(mean, deviation)(random); };
}

Made ct() { return made(normal(40, 30), normal(800, 100), normal(-1000, 15)); }
Made pet() {
  return made([](std::mt19937& r) { return std::gamma_distribution<double>(2, 0.5)(r); }, normal(9, 1),
              [](std::mt19937& r) { return std::abs(std::normal_distribution<double>(0, 0.02)(r)); });
}
Made mr() {
  return made(normal(600, 120), normal(1500, 60),
              [](std::mt19937& r) { return std::abs(std::normal_distribution<double>(0, 20)(r)); });
}

std::vector<Doubt> doubts(
    Modality modality, Made volume, const Change& change = [](double v) { return v; }) {
  for (float& value : volume.values) value = static_cast<float>(change(value));
  const IntensityMap map = default_intensity_map(modality, volume.values, volume.mask, "test");
  return doubts_about(modality, facts_of(volume.values, volume.mask, grid(), map),
                      plateaus_of(volume.values, volume.mask, grid()));
}

bool impossible(Modality modality, const Made& volume, const Change& change) {
  const auto found = doubts(modality, volume, change);
  return !found.empty() && found.front().impossible;
}

TEST(Doubts, AreNoneAboutUsualVolumes) {
  EXPECT_TRUE(doubts(Modality::kCT, ct()).empty());
  EXPECT_TRUE(doubts(Modality::kCBCT, ct(), [](double v) { return 0.9 * v - 60; }).empty())
      << "a poor calibration";
  EXPECT_TRUE(doubts(Modality::kCT, ct(), [](double v) { return std::clamp(v, -1024.0, 3071.0); }).empty());
  EXPECT_TRUE(doubts(Modality::kCT, ct(), [](double v) { return v < -950 ? -3024 : v; }).empty())
      << "padding";
  EXPECT_TRUE(doubts(Modality::kCT, ct(), [](double v) { return v > 1000 ? 14000 : v; }).empty()) << "metal";
  EXPECT_TRUE(doubts(Modality::kPET, pet()).empty());
  EXPECT_TRUE(doubts(Modality::kPET, pet(), [](double v) { return v > 8 ? 80 + v : v; }).size() <= 1)
      << "a full bladder";
  for (const double scale : {1.0, 0.001, 30.0}) {
    EXPECT_TRUE(doubts(Modality::kMRI, mr(), [=](double v) { return scale * v; }).empty()) << scale;
  }
  EXPECT_TRUE(doubts(Modality::kT1, mr(), [](double v) { return v < 100 ? 0 : v; }).empty())
      << "skull-stripped";
}

TEST(Doubts, KnowWhatIsNoCt) {
  for (const Modality modality : {Modality::kCT, Modality::kCBCT}) {
    const auto no = [&](const Change& change) { return impossible(modality, ct(), change); };
    EXPECT_TRUE(no([](double v) { return v + 1024; })) << "stored values";
    EXPECT_TRUE(no([](double v) { return (v + 1024) / 4096; })) << "normalized to 0..1";
    EXPECT_TRUE(no([](double v) { return (v + 1024) / 2048 - 1; })) << "normalized to -1..1";
    EXPECT_TRUE(no([](double v) { return std::clamp((v + 160) / 400 * 255, 0.0, 255.0); })) << "8 bits";
    EXPECT_TRUE(no([](double v) { return 0.02 * (v / 1000 + 1); })) << "attenuation per mm";
    EXPECT_TRUE(no([](double v) { return -v; })) << "turned";
    EXPECT_TRUE(no([](double v) { return 10 * v; })) << "slope twice";
    EXPECT_TRUE(no([](double v) { return v / 10; })) << "a tenth";
    EXPECT_TRUE(no([](double) { return 5; })) << "constant";
  }
  const auto found = doubts(Modality::kCT, ct(), [](double v) { return v + 1024; });
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found.front().text(), HasSubstr("the rescale intercept was not applied"));
  EXPECT_FALSE(doubts(Modality::kCT, ct(), [](double v) { return v - 1024; }).empty()) << "intercept twice";
}

TEST(Doubts, KnowWhatIsNoSuv) {
  const auto no = [&](const Change& change) { return impossible(Modality::kPET, pet(), change); };
  EXPECT_TRUE(no([](double v) { return 4300 * v; })) << "Bq/ml";
  EXPECT_TRUE(no([](double v) { return 300 * v; })) << "counts";
  EXPECT_TRUE(no([](double v) { return (v - 1) / 0.7; })) << "standardized";
  EXPECT_TRUE(no([](double) { return 0; }));
  EXPECT_FALSE(doubts(Modality::kPET, pet(), [](double v) { return 20 * v; }).empty()) << "kBq/ml, high dose";
  EXPECT_FALSE(doubts(Modality::kPET, pet(), [](double v) { return v / 20 / 3; }).empty()) << "0..1";
}

TEST(Doubts, KnowWhatIsNoMagnitudeImage) {
  const auto no = [&](const Change& change) { return impossible(Modality::kMRI, mr(), change); };
  EXPECT_TRUE(no([](double v) { return (v - 300) / 250; })) << "standardized";
  EXPECT_TRUE(no([](double v) { return 2000 - v; })) << "inverted";
  EXPECT_TRUE(impossible(Modality::kMRI, ct(), [](double v) { return v; }));
  EXPECT_THAT(doubts(Modality::kMRI, ct()).front().cause, HasSubstr("this is a CT"));
  EXPECT_FALSE(no([](double v) { return v < 100 ? v - 3 : v; })) << "ringing in the air";
  const auto labels =
      doubts(Modality::kT2, mr(), [](double v) { return std::min(3.0, std::floor(v / 300)); });
  ASSERT_FALSE(labels.empty());
  EXPECT_FALSE(labels.front().impossible);
  EXPECT_THAT(labels.front().seen, HasSubstr("only 4 different values"));
}

// Whether one of the doubts says `text`, and whether it refuses.
testing::Matcher<std::vector<Doubt>> say(const char* text, bool refuse) {
  return testing::Contains(testing::AllOf(testing::Field(&Doubt::seen, HasSubstr(text)),
                                          testing::Field(&Doubt::impossible, refuse)));
}

TEST(Doubts, KnowWhatWasFilled) {
  // A CT times its mask, with a cavity that keeps the minimum at air.
  const auto filled = [](double value) {
    Made volume = ct();
    for (size_t v = 0; v < volume.values.size(); ++v) {
      if (!volume.mask[v]) volume.values[v] = static_cast<float>(value);
    }
    volume.values[20 * kSide + 12] = -1000;
    return volume;
  };
  EXPECT_THAT(doubts(Modality::kCT, filled(0)), say("of the slices' border is exactly 0", true));
  EXPECT_THAT(doubts(Modality::kCT, filled(-400)), say("is exactly -400", true));
  EXPECT_THAT(doubts(Modality::kCBCT, filled(0)), say("of the slices' border is exactly 0", false));
  for (const double air : {-1000, -1024, -3024})
    EXPECT_THAT(doubts(Modality::kCT, filled(air)), testing::IsEmpty());
  // A crop inside a body has no air at its border, and noise.
  EXPECT_TRUE(doubts(Modality::kCT, made(normal(-700, 120), normal(-950, 30), normal(40, 15))).empty());
}

TEST(Doubts, KnowWhatWasCutOff) {
  const auto clipped = [](Modality modality, const Made& volume, double at) {
    return doubts(modality, volume, [=](double v) { return std::min(v, at); });
  };
  EXPECT_THAT(clipped(Modality::kCT, ct(), 60),
              say("of the body is at exactly 60, its largest value", false));
  EXPECT_THAT(clipped(Modality::kPET, pet(), 2), say("at exactly 2, its largest value", false));
  EXPECT_THAT(clipped(Modality::kMRI, mr(), 700), say("at exactly 700, its largest value", false));
  EXPECT_TRUE(clipped(Modality::kMRI, mr(), 1600).empty()) << "the brightest two thousandths";
  EXPECT_THAT(doubts(Modality::kPET, pet(),
                     [](double v) { return std::min(v, 10.0) < 0.005 ? 0 : std::min(v / 10, 1.0); }),
              say("between 0 and exactly 1", false));
  EXPECT_THAT(doubts(Modality::kPET, pet(), [](double v) { return v > 2 ? v : 0; }),
              say("of the body is at exactly 0, its least value", false));
}

TEST(Doubts, KnowMissingSlices) {
  const auto without = [](int64_t slices) {
    Made volume = mr();
    for (int64_t v = 0; v < slices * kSide * kSide; ++v) volume.values[static_cast<size_t>(v)] = 0;
    return doubts(Modality::kMRI, volume);
  };
  EXPECT_THAT(without(2), say("2 of 8 slices of the body hold one value each", false));
  EXPECT_THAT(without(1), testing::IsEmpty());
  Made crop = mr();  // and the mask knows it
  for (int64_t v = 0; v < 3 * kSide * kSide; ++v)
    crop.values[static_cast<size_t>(v)] = crop.mask[static_cast<size_t>(v)] = 0;
  EXPECT_THAT(doubts(Modality::kMRI, crop), testing::IsEmpty());
}

TEST(Doubts, KnowAnInvertedImageWithADarkBody) {
  // Body and air meet: cortical bone is as dark as air, so after turning the body reaches the border's value.
  const auto dark = made(
      [](std::mt19937& r) { return std::abs(std::normal_distribution<double>(600, 300)(r)); },
      normal(1500, 60), [](std::mt19937& r) { return std::abs(std::normal_distribution<double>(0, 20)(r)); });
  EXPECT_THAT(doubts(Modality::kMRI, dark), testing::IsEmpty());
  EXPECT_FALSE(doubts(Modality::kMRI, dark, [](double v) { return 2000 - v; }).empty());
}

TEST(VolumeFacts, SurviveTheManifest) {
  const Made volume = mr();
  const IntensityMap map = default_intensity_map(Modality::kMRI, volume.values, volume.mask, "test");
  const VolumeFacts facts = facts_of(volume.values, volume.mask, grid(), map);
  const Json json = to_json(facts);
  const VolumeFacts again = volume_facts_from_json(JsonObject(json, "file", ""));
  EXPECT_EQ(to_json(again), json);
  EXPECT_NEAR(facts.clipped, 0.005, 0.001) << "the half percent above the map's percentile";
  EXPECT_EQ(facts.distinct, kManyValues);
}

TEST(Strangers, AreFoundAmongEnoughSiblings) {
  std::vector<VolumeFacts> facts(7);
  for (size_t i = 0; i < facts.size(); ++i)
    facts[i].median = 20 + static_cast<double>(i), facts[i].high = 900;
  facts[3].median += 1000;
  facts[5].high = 9;
  const auto ct = strangers_among(Modality::kCT, facts), mr = strangers_among(Modality::kMRI, facts);
  for (size_t i = 0; i < facts.size(); ++i) {
    EXPECT_EQ(ct[i].empty(), i != 3) << i;
    EXPECT_EQ(mr[i].empty(), i != 5) << i;
  }
  facts.resize(4);
  for (const auto& text : strangers_among(Modality::kCT, facts))
    EXPECT_TRUE(text.empty()) << "too few to know";
}

}  // namespace
}  // namespace synerbench
