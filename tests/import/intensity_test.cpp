#include "harness/data/intensity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/core/random.h"

namespace synerbench {
namespace {

TEST(Percentile, IsNumPysDefault) {
  // numpy.percentile([...], q) of NumPy 1.24: linear interpolation between order statistics.
  const std::vector<float> values{7, 1, 4, 10};
  EXPECT_DOUBLE_EQ(percentile(values, 0), 1);
  EXPECT_DOUBLE_EQ(percentile(values, 100), 10);
  EXPECT_DOUBLE_EQ(percentile(values, 50), 5.5);
  EXPECT_DOUBLE_EQ(percentile(values, 40), 4.6);
  EXPECT_NEAR(percentile(values, 99.5), 9.955, 1e-12);
  EXPECT_DOUBLE_EQ(percentile({3}, 99.5), 3);
}

TEST(Percentile, OfAThousandAndOneStepsIsTheStep) {
  std::vector<float> values;
  for (int i = 0; i <= 1000; ++i) values.push_back(static_cast<float>((i * 389) % 1001));  // a permutation
  for (const double q : {0.0, 0.1, 12.5, 50.0, 99.5, 100.0})
    EXPECT_NEAR(percentile(values, q), q * 10, 1e-9) << q;
}

TEST(IntensityMap, CtAndCbctUseTheFixedRangeOfTheCtEvaluation) {
  for (const Modality modality : {Modality::kCT, Modality::kCBCT}) {
    const auto map = default_intensity_map(modality, {}, {}, "x");
    EXPECT_EQ(map.low, -1024);
    EXPECT_EQ(map.high, 3000);
    EXPECT_EQ(map.unit, "HU");
    EXPECT_EQ(map.rule, "fixed [-1024, 3000] HU");
  }
  const auto pet = default_intensity_map(Modality::kPET, {}, {}, "x");
  EXPECT_EQ(pet.rule, "fixed [0, 20] SUV");
}

TEST(IntensityMap, ClipsOnTheWayInAndNotOnTheWayBack) {
  const auto map = default_intensity_map(Modality::kPET, {}, {}, "x");
  EXPECT_FLOAT_EQ(map.to_model(0), -1);
  EXPECT_FLOAT_EQ(map.to_model(10), 0);
  EXPECT_FLOAT_EQ(map.to_model(20), 1);
  EXPECT_FLOAT_EQ(map.to_model(35), 1);
  EXPECT_FLOAT_EQ(map.to_model(-3), -1);
  EXPECT_DOUBLE_EQ(map.to_physical(1.5F), 25);
}

TEST(IntensityMap, RoundTripIsWithinHalfAFloatStepOfTheRange) {
  const auto map = default_intensity_map(Modality::kCT, {}, {}, "x");
  double worst = 0;
  for (int hu = -1024; hu <= 3000; ++hu)
    worst = std::max(worst, std::abs(map.to_physical(map.to_model(hu)) - hu));
  // A float in [-1, 1] is at most 2^-25 off; times half the range, 2012 HU.
  EXPECT_LE(worst, std::ldexp(2012.0, -25) * 1.001);
  EXPECT_GT(worst, 0);
}

TEST(IntensityMap, OfMrUsesOnlyVoxelsInsideTheMask) {
  std::vector<float> values;
  std::vector<uint8_t> mask;
  for (int i = 0; i <= 1000; ++i) {
    values.push_back(static_cast<float>(i));
    mask.push_back(1);
    values.push_back(1e6F);  // outside: must not matter
    mask.push_back(0);
  }
  const auto map = default_intensity_map(Modality::kT1c, values, mask, "x");
  EXPECT_EQ(map.low, 0);
  EXPECT_NEAR(map.high, 995, 1e-9);
  EXPECT_EQ(map.unit, "a.u.");
}

TEST(IntensityMap, OfAnEmptyMaskOrImageIsRefused) {
  const std::vector<float> values{1, 2, 3};
  const std::vector<uint8_t> outside{0, 0, 0}, inside{1, 1, 1};
  EXPECT_THROW(default_intensity_map(Modality::kMRI, values, outside, "x"), Error);
  const std::vector<float> zeros{0, 0, 0};
  try {
    default_intensity_map(Modality::kMRI, zeros, inside, "cases/p1/mr.nii.gz");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_EQ(error.place(), "cases/p1/mr.nii.gz");
    EXPECT_THAT(error.problem(), testing::HasSubstr("99.5th percentile"));
  }
}

TEST(IntensityMap, SurvivesJson) {
  IntensityMap map;
  map.low = 0;
  map.high = 1234.5678901234567;
  map.rule = "0 to p99.5 of in-mask voxels";
  const Json json = parse_json(to_text(to_json(map)), "x");
  const auto back = intensity_map_from_json(JsonObject(json, "x", ""));
  EXPECT_EQ(back.high, map.high);
  EXPECT_EQ(back.rule, map.rule);
  auto flat = to_json(map);
  flat["high"] = 0;
  EXPECT_THROW(intensity_map_from_json(JsonObject(flat, "x", "")), Error);
}

}  // namespace
}  // namespace synerbench
