#include "suites/phantom/anatomy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "harness/core/error.h"

namespace synerbench::phantom {
namespace {

const std::vector<std::string> kRegions = {"brain",     "brats",   "pelvis", "wb",
                                           "head-neck", "abdomen", "thorax", "heart"};

/// Share of each tissue over a coarse walk through the field.
std::array<double, kTissueCount> census(const Anatomy& anatomy, double step, double soft) {
  std::array<double, kTissueCount> volume{};
  const Field field = anatomy.field();
  double points = 0;
  for (double z = -0.5 * field.size.z; z < 0.5 * field.size.z; z += step) {
    for (double y = -0.5 * field.size.y; y < 0.5 * field.size.y; y += step) {
      for (double x = -0.5 * field.size.x; x < 0.5 * field.size.x; x += step) {
        Sample sample;
        Brush brush(sample, soft);
        anatomy.paint(field.center + Vec3{x, y, z}, brush);
        for (size_t t = 0; t < kTissueCount; ++t) volume[t] += static_cast<double>(sample.fraction[t]);
        points += 1;
      }
    }
  }
  for (double& v : volume) v /= points;
  return volume;
}

TEST(Anatomy, FractionsAreSharesThatSumToOneEverywhere) {
  for (const std::string& region : kRegions) {
    const auto anatomy = make_anatomy(region, 17);
    const Field field = anatomy->field();
    Random random(5);
    for (int i = 0; i < 4000; ++i) {
      const Vec3 p = field.center + Vec3{random.uniform(-0.5, 0.5) * field.size.x,
                                         random.uniform(-0.5, 0.5) * field.size.y,
                                         random.uniform(-0.5, 0.5) * field.size.z};
      Sample sample;
      Brush brush(sample, i % 2 == 0 ? 1.0 : 5.0);
      anatomy->paint(p, brush);
      double sum = 0;
      for (const float fraction : sample.fraction) {
        ASSERT_GE(fraction, -1e-6f) << region;
        sum += static_cast<double>(fraction);
      }
      ASSERT_NEAR(sum, 1, 1e-4) << region << " at " << p.x << " " << p.y << " " << p.z;
      ASSERT_GE(sample.lesion, 0) << region;
      ASSERT_LE(sample.lesion, 1 + 1e-5f) << region;
      if (sample.inside == 0) {
        ASSERT_EQ(sample[Tissue::kAir], 1) << region << ": there is something outside the body";
      }
    }
  }
}

TEST(Anatomy, HoldsWhatItsRegionIsKnownFor) {
  using T = Tissue;
  const std::map<std::string, std::vector<Tissue>> expected = {
      {"brain", {T::kGray, T::kWhite, T::kFluid, T::kCortical, T::kSpongy, T::kFat, T::kSkin}},
      {"brats", {T::kGray, T::kWhite, T::kFluid, T::kEdema}},
      {"pelvis", {T::kMuscle, T::kFat, T::kCortical, T::kSpongy, T::kUrine, T::kGland, T::kBowel, T::kBlood}},
      {"wb",
       {T::kGray, T::kLung, T::kLiver, T::kSpleen, T::kKidney, T::kMyocardium, T::kBlood, T::kUrine,
        T::kSpongy, T::kMuscle}},
      {"head-neck", {T::kGray, T::kWhite, T::kCortical, T::kMuscle, T::kGland, T::kCartilage}},
      {"abdomen", {T::kLiver, T::kSpleen, T::kKidney, T::kBowel, T::kMuscle, T::kSpongy, T::kFluid}},
      {"thorax", {T::kLung, T::kMyocardium, T::kBlood, T::kCortical, T::kMuscle}},
      {"heart", {T::kBlood, T::kMyocardium, T::kLung, T::kScar, T::kEdema}}};
  for (const auto& [region, tissues] : expected) {
    const auto shares = census(*make_anatomy(region, 3), region == "wb" ? 11 : 7, 3);
    for (const Tissue tissue : tissues) {
      EXPECT_GT(shares[static_cast<size_t>(tissue)], 1e-5) << region << " lacks " << name_of(tissue);
    }
  }
}

TEST(Anatomy, OfAStrippedBrainHasNoSkullAndNoSkin) {
  const auto shares = census(*make_anatomy("brats", 3), 6, 2);
  for (const Tissue tissue :
       {Tissue::kCortical, Tissue::kSpongy, Tissue::kSkin, Tissue::kFat, Tissue::kMuscle}) {
    EXPECT_EQ(shares[static_cast<size_t>(tissue)], 0) << name_of(tissue);
  }
}

TEST(Anatomy, BrainVolumeIsHuman) {
  for (const uint64_t seed : {1, 2, 3}) {
    const auto anatomy = make_anatomy("brats", seed);
    const Field field = anatomy->field();
    const auto shares = census(*anatomy, 5, 2);
    double brain = 0;
    for (const Tissue tissue : {Tissue::kGray, Tissue::kWhite, Tissue::kIron, Tissue::kTract, Tissue::kEdema,
                                Tissue::kTumor, Tissue::kRim, Tissue::kNecrosis}) {
      brain += shares[static_cast<size_t>(tissue)];
    }
    const double litres = brain * field.size.x * field.size.y * field.size.z / 1e6;
    EXPECT_GT(litres, 0.85) << seed;
    EXPECT_LT(litres, 1.7) << seed;
  }
}

TEST(Anatomy, FollowsFromItsSeed) {
  for (const std::string& region : kRegions) {
    const auto one = make_anatomy(region, 4), same = make_anatomy(region, 4), other = make_anatomy(region, 5);
    const Field field = one->field();
    Random random(9);
    int differences = 0;
    for (int i = 0; i < 500; ++i) {
      const Vec3 p = field.center + Vec3{random.uniform(-0.4, 0.4) * field.size.x,
                                         random.uniform(-0.4, 0.4) * field.size.y,
                                         random.uniform(-0.4, 0.4) * field.size.z};
      Sample a, b, c;
      Brush brush_a(a, 2), brush_b(b, 2), brush_c(c, 2);
      one->paint(p, brush_a);
      same->paint(p, brush_b);
      other->paint(p, brush_c);
      ASSERT_EQ(a.fraction, b.fraction) << region;
      differences += a.fraction != c.fraction;
    }
    EXPECT_GT(differences, 100) << region << ": two patients look alike";
  }
}

TEST(Anatomy, NeitherHalfMirrorsTheOther) {
  const auto anatomy = make_anatomy("pelvis", 8);
  const Field field = anatomy->field();
  double difference = 0;
  int count = 0;
  for (double z = -60; z < 60; z += 13) {
    for (double y = -80; y < 80; y += 13) {
      for (double x = 10; x < 120; x += 13) {
        Sample left, right;
        Brush brush_left(left, 4), brush_right(right, 4);
        anatomy->paint(field.center + Vec3{x, y, z}, brush_left);
        anatomy->paint(field.center + Vec3{-x, y, z}, brush_right);
        for (size_t t = 0; t < kTissueCount; ++t)
          difference += std::abs(static_cast<double>(left.fraction[t] - right.fraction[t]));
        ++count;
      }
    }
  }
  EXPECT_GT(difference / count, 0.1);
}

TEST(Anatomy, RefusesUnknownRegionsAndSuggestsTheNearest) {
  try {
    make_anatomy("pelvic", 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(error.hint().find("pelvis"), std::string::npos);
  }
}

TEST(Brush, GivesThinShellsTheirPartialVolume) {
  // A wall of 1 mm seen with 4 mm voxels: a quarter of a voxel in its middle, and never more.
  Sample sample;
  double sum = 0;
  for (double x = -6; x <= 6; x += 0.01) {
    Brush brush(sample, 4);
    brush.fill(Tissue::kCortical, x - 0.5);
    brush.fill(Tissue::kFluid, x + 0.5);
    sum += static_cast<double>(sample[Tissue::kCortical]) * 0.01;
    ASSERT_LT(sample[Tissue::kCortical], 0.5f);
  }
  // Painting over treats the two surfaces as independent, which gives such a wall a sixth too much.
  EXPECT_NEAR(sum, 1.0, 0.2) << "the wall keeps its amount of tissue";
}

}  // namespace
}  // namespace synerbench::phantom
