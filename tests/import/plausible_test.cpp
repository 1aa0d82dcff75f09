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
using ::testing::Not;
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
    Modality modality, Made volume, const Change& change = [](double v) { return v; },
    const std::string& region = "thorax") {
  for (float& value : volume.values) value = static_cast<float>(change(value));
  const IntensityMap map = default_intensity_map(modality, volume.values, volume.mask, "test");
  return doubts_about(
      modality, facts_of(volume.values, volume.mask, grid(), map),
      {plateaus_of(volume.values, volume.mask, grid()), hounsfield_shares_of(volume.values), region});
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

// `padding` outside the circle that a square slice holds.
Made in_view(Made volume, double padding) {
  for (size_t v = 0; v < volume.values.size(); ++v) {
    const double x = static_cast<double>(v % kSide) - 19.5, y = static_cast<double>(v / kSide % kSide) - 19.5;
    if (x * x + y * y > 400) volume.values[v] = static_cast<float>(padding);
  }
  return volume;
}
Made changed(Made volume, const Change& change) {
  for (float& value : volume.values) value = static_cast<float>(change(value));
  return volume;
}

TEST(Doubts, KnowStoredValuesBehindPadding) {
  for (const double offset : {1000.0, 1024.0}) {
    for (const double padding : {-1024.0, -2000.0, -3024.0}) {
      const Made raw = in_view(changed(ct(), [=](double v) { return std::max(0.0, v + offset); }), padding);
      for (const Modality modality : {Modality::kCT, Modality::kCBCT})
        EXPECT_THAT(doubts(modality, raw), say("lies above 700, most of it near 1000", true)) << padding;
    }
  }
  for (const double padding : {-1000.0, -1024.0, -2000.0, -3024.0})
    EXPECT_THAT(doubts(Modality::kCT, in_view(ct(), padding)), testing::IsEmpty()) << padding;
}

TEST(Doubts, TakeBoneMetalLungAndSmallBodies) {
  const auto none = [](const Made& volume) {
    const auto found = doubts(Modality::kCT, volume);
    for (const Doubt& doubt : found) ADD_FAILURE() << doubt.text();
  };
  // A temporal bone: all densities of bone, and little else. Noted, not refused.
  const auto bone = [](std::mt19937& r) { return std::uniform_real_distribution<double>(-100, 2000)(r); };
  const auto found = doubts(Modality::kCT, in_view(made(bone, bone, normal(-200, 300)), -1000));
  EXPECT_THAT(found, say("of what is above -300 lies above 700", false));
  none(made(normal(-820, 80), normal(40, 30), normal(40, 30)));  // lungs
  none(changed(ct(), [](double v) { return v > 1100 ? 14000 : v; }));
  Made small = ct();  // a wrist in a large field of view
  for (size_t v = 0; v < small.values.size(); ++v) {
    const size_t i = v % kSide, j = v / kSide % kSide;
    if (i < 16 || i > 24 || j < 16 || j > 24) small.values[v] = -1000.F + static_cast<float>(v % 23);
  }
  for (size_t v = 0; v < small.values.size(); ++v) {  // with less bone than in the middle of ct()
    const size_t i = v % kSide, j = v / kSide % kSide;
    small.mask[v] = i >= 16 && i <= 24 && j >= 16 && j <= 24;
    if (small.mask[v] && (i < 19 || i > 20)) small.values[v] = 20.F + static_cast<float>(v % 37);
  }
  none(small);
}

TEST(Doubts, KnowTheInterceptAppliedTwice) {
  const auto twice = changed(ct(), [](double v) { return v - 1024; });
  EXPECT_THAT(doubts(Modality::kCT, twice), say("lie below -1500, at many values", true));
  EXPECT_THAT(doubts(Modality::kCT, in_view(twice, -3024)), say("lie below -1500, at many values", true));
  EXPECT_THAT(doubts(Modality::kCBCT, twice), say("lie below -1500, at many values", false));
  const auto cut = changed(ct(), [](double v) { return std::max(-1024.0, v - 1000); });
  EXPECT_THAT(doubts(Modality::kCT, cut), say("of the voxels besides padding are within 150 of 0", false));
  // Two paddings of different programs are no air.
  Made two = in_view(ct(), -3024);
  for (size_t v = 0; v < two.values.size(); ++v) {
    if (v / kSide % kSide < 6) two.values[v] = -2000;
  }
  EXPECT_THAT(doubts(Modality::kCT, two), testing::IsEmpty());
}

TEST(StoredWithoutNegatives, IsKnownByTissueNotByTheMinimumAlone) {
  const auto stored = [](const Made& volume) {
    return is_stored_without_negatives(hounsfield_shares_of(volume.values), -500);
  };
  const auto raised = changed(ct(), [](double v) { return v + 1000; });
  EXPECT_TRUE(stored(raised));
  EXPECT_TRUE(stored(changed(raised, [](double v) { return std::max(0.0, v); })));
  for (const double padding : {-1000.0, -1024.0, -2000.0, 0.0}) EXPECT_TRUE(stored(in_view(raised, padding)));
  EXPECT_TRUE(stored(changed(raised, [](double v) { return 0.8 * v - 30; }))) << "a poor calibration";
  EXPECT_FALSE(stored(ct()));
  EXPECT_FALSE(stored(in_view(ct(), -1024)));
  for (const double least : {-499.0, -300.0, -100.0})
    EXPECT_FALSE(stored(changed(ct(), [=](double v) { return std::max(least, v); }))) << least;
  EXPECT_FALSE(stored(changed(ct(), [](double v) { return 0.02 * (v / 1000 + 1); }))) << "attenuation";
}

TEST(Doubts, KnowActivityAndStandardizedPet) {
  const auto in = [](const char* region, const Change& change) {
    return doubts(Modality::kPET, pet(), change, region);
  };
  const auto kbq = [](double v) { return 3 * v; };
  for (const char* region : {"wb", "thorax", "head-neck"})
    EXPECT_THAT(in(region, kbq), say("the mean of the body is", false)) << region;
  for (const char* region : {"brain", "heart", "brats", "", "liver"})
    EXPECT_THAT(in(region, kbq), Not(say("the mean of the body is", false))) << region;
  EXPECT_THAT(in("wb", [](double v) { return v; }), testing::IsEmpty());
  EXPECT_THAT(in("wb", [](double v) { return (v - 0.3) / 2; }),
              say("the border of the slices is at -0.1", false));
  EXPECT_THAT(in("wb", [](double v) { return std::min(1.0, 1e-9 + v / 9); }), say("and exactly 1", false));
}

TEST(Doubts, DoNotCountWhatIsAboveAPercentileByDefinition) {
  // Without a mask file the map is that of all voxels that are not 0, and the body is the brighter third of
  // them.
  const Made volume = mr();
  const IntensityMap map = default_intensity_map(Modality::kMRI, volume.values, {}, "test");
  const VolumeFacts facts = facts_of(volume.values, volume.mask, grid(), map);
  EXPECT_GT(facts.clipped, kNotedClipping);
  EXPECT_TRUE(doubts_about(Modality::kMRI, facts).empty());
  EXPECT_THAT(doubts(Modality::kMRI, mr(), [](double v) { return v > 100 && v < 380 ? v - 380 : v; }),
              say("of the body is below 0, where the range that models see begins", false));
}

TEST(Doubts, NameAWrap) {
  const auto wrapped = [](double from) {
    return doubts(Modality::kMRI, mr(), [=](double v) { return v > from ? 20 * v - 65536 : 20 * v; });
  };
  const auto few = wrapped(1550), many = wrapped(700);
  ASSERT_EQ(few.size(), 1U);
  EXPECT_FALSE(few.front().impossible);
  EXPECT_THAT(few.front().text(), HasSubstr("values above 32767 became negative in 16 bits"));
  ASSERT_FALSE(many.empty());
  EXPECT_TRUE(many.front().impossible);
  EXPECT_THAT(many.front().cause, HasSubstr("values above 32767 became negative in 16 bits"));
  Made corner = mr();
  for (size_t v = 0; v < 400; ++v) corner.values[v] = -1000;
  const auto padded = doubts(Modality::kMRI, corner);
  ASSERT_FALSE(padded.empty());
  EXPECT_THAT(padded.front().text(), HasSubstr("padded with a negative value"));
}

TEST(Doubts, KnowAPileOfFewVoxels) {
  const auto rounded = [](double at) { return [=](double v) { return std::min(std::round(v), at); }; };
  const auto found = doubts(Modality::kCT, ct(), rounded(900));
  EXPECT_THAT(found, say("voxels are at exactly 900, the largest value", false));
  EXPECT_THAT(doubts(Modality::kCT, ct(), rounded(5000)), testing::IsEmpty()) << "nothing is cut";
  const auto stretched = [](double v) { return v > 500 ? std::min(2700 + v, 3671 - 600.0) : v; };
  EXPECT_THAT(doubts(Modality::kCT, ct(), stretched), Not(say("the largest value", false)))
      << "12 bits end at 3071";
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
  ASSERT_TRUE(facts.mean.has_value());
  EXPECT_GT(*facts.mean, facts.median);
  const Json json = to_json(facts);
  const VolumeFacts again = volume_facts_from_json(JsonObject(json, "file", ""));
  EXPECT_EQ(to_json(again), json);
  EXPECT_NEAR(facts.clipped, 0.005, 0.001) << "the half percent above the map's percentile";
  EXPECT_EQ(facts.distinct, kManyValues);
}

TEST(VolumeFacts, OfOlderStoresHaveNoMeanAndGetNone) {
  const Made volume = mr();
  const IntensityMap map = default_intensity_map(Modality::kMRI, volume.values, volume.mask, "test");
  Json older = to_json(facts_of(volume.values, volume.mask, grid(), map));
  older.erase("body_mean");
  const VolumeFacts facts = volume_facts_from_json(JsonObject(older, "file", ""));
  EXPECT_FALSE(facts.mean.has_value());
  EXPECT_EQ(to_json(facts), older);
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
