// The one schedule of learning rates: values of each kind, and how it is fitted to a length.
#include "harness/train/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

TEST(Schedule, LinearIsConstantThenFallsAndEndsAtZero) {
  const Schedule s{.kind = Schedule::Kind::kLinear, .constant = 100, .decay = 100};
  EXPECT_EQ(s.factor(0), 1.0);
  EXPECT_EQ(s.factor(98), 1.0);
  EXPECT_DOUBLE_EQ(s.factor(99), 1.0 - 1.0 / 101);
  EXPECT_DOUBLE_EQ(s.factor(150), 1.0 - 52.0 / 101);
  EXPECT_EQ(s.factor(199), 0.0);
  for (int64_t e = 1; e < 200; ++e) EXPECT_LE(s.factor(e), s.factor(e - 1));
}

TEST(Schedule, LinearWithoutDecayNeverFalls) {
  const Schedule s{.kind = Schedule::Kind::kLinear, .constant = 3, .decay = 0};
  for (int64_t e = 0; e < 5; ++e) EXPECT_EQ(s.factor(e), 1.0);
}

TEST(Schedule, WarmsUpFromZeroAndFallsAlongACosine) {
  Schedule s{.warmup = 4};
  EXPECT_EQ(s.rate(2e-5, 0), 0.0);
  EXPECT_EQ(s.rate(2e-5, 2), 1e-5);
  EXPECT_EQ(s.rate(2e-5, 4), 2e-5);
  EXPECT_EQ(s.rate(2e-5, 100000), 2e-5);
  s.kind = Schedule::Kind::kCosine;
  s.length = 104;
  s.least = 2e-6;
  EXPECT_EQ(s.rate(2e-5, 4), 2e-5);
  EXPECT_NEAR(s.rate(2e-5, 54), 1.1e-5, 1e-12);
  EXPECT_NEAR(s.rate(2e-5, 104), 2e-6, 1e-18);
  EXPECT_NEAR(s.rate(2e-5, 500), 2e-6, 1e-18);
}

TEST(Schedule, PolynomialFallsToZeroAtItsLength) {
  const Schedule s{.kind = Schedule::Kind::kPolynomial, .length = 10, .power = 2};
  EXPECT_EQ(s.factor(0), 1.0);
  EXPECT_DOUBLE_EQ(s.factor(5), 0.25);
  EXPECT_EQ(s.factor(10), 0.0);
  EXPECT_EQ(s.factor(12), 0.0);
}

TEST(Schedule, FittedEndsWithTheTrainingAndWarmsUpForATenthAtMost) {
  const Schedule cosine = fitted({.kind = Schedule::Kind::kCosine, .warmup = 2000, .length = 500000}, 300);
  EXPECT_EQ(cosine.length, 300);
  EXPECT_EQ(cosine.warmup, 30);
  EXPECT_EQ(fitted({.warmup = 5}, 300).warmup, 5);
  EXPECT_EQ(fitted({.warmup = 5}, 7).warmup, 0);
  const Schedule linear = fitted({.kind = Schedule::Kind::kLinear, .constant = 50, .decay = 150}, 1000);
  EXPECT_EQ(linear.constant, 250);
  EXPECT_EQ(linear.decay, 750);
}

TEST(Schedule, AverageIsFittedToATenth) {
  EXPECT_EQ(fitted_average(0, 1000), 0);
  EXPECT_DOUBLE_EQ(fitted_average(0.9999, 1000), 0.99);
  EXPECT_EQ(fitted_average(0.9, 1000), 0.9);
  EXPECT_EQ(fitted_average(0.9999, 10), 0);  // one step would be all of it
}

TEST(Schedule, ThatDoesNotFitIsRefusedWithASentence) {
  require_fitting_warmup(10, 20, "the stage gau", "here");
  EXPECT_THAT(error_of([] { require_fitting_warmup(2000, 20, "the stage gau", "here"); }, ExitCode::kUsage),
              AllOf(HasSubstr("a warm-up of 2000 updates does not fit the stage gau, which has 20"),
                    HasSubstr("at most 10")));
  require_fitting_average(0, 1, 20, "this training", "here");
  require_fitting_average(0.9, 1, 20, "this training", "here");
  EXPECT_THAT(
      error_of([] { require_fitting_average(0.9999, 1, 20, "this training", "here"); }, ExitCode::kUsage),
      HasSubstr(
          "an average over 10000 updates (\"ema_decay\": 0.9999) does not fit this training, which has 20"));
}

TEST(Schedule, ComesBackFromJson) {
  const Schedule s{
      .kind = Schedule::Kind::kPolynomial, .warmup = 3, .length = 9, .power = 1.5, .least = 1e-6};
  EXPECT_EQ(schedule_schema().write(schedule_schema().read(schedule_schema().write(s), "here")),
            schedule_schema().write(s));
}

}  // namespace
}  // namespace synerbench
