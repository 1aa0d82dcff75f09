// The one schedule of learning rates: values of each kind, and how it is fitted to a length.
#include "harness/train/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

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

TEST(Schedule, RisesOverItsDecay) {
  // 3 % of 450 units are 13.5; below one unit there is nothing to rise over.
  const Schedule s{.kind = Schedule::Kind::kCosine, .rise = 0.03, .length = 450};
  EXPECT_NEAR(s.factor(0), 1 / 13.5, 1e-12);
  EXPECT_NEAR(s.factor(6), 7 / 13.5 * 0.5 * (1 + std::cos(std::acos(-1.0) * 6 / 450)), 1e-12);
  EXPECT_NEAR(s.factor(225), 0.5, 1e-12);
  EXPECT_LT(s.factor(449), 1e-4);
  EXPECT_EQ(s.factor(450), 0);
  EXPECT_EQ(s.factor(451), 0);
  const Schedule short_one = fitted(s, 20);
  EXPECT_EQ(short_one.rise, 0.03) << "a share of any length";
  EXPECT_EQ(short_one.factor(0), 1);
  const Schedule least{.kind = Schedule::Kind::kCosine, .rise = 0.1, .length = 100, .least = 0.5};
  EXPECT_NEAR(least.factor(0), 0.1, 1e-12) << "a rise begins below the least rate";
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
  const Schedule epochs = fitted(
      {.kind = Schedule::Kind::kPolynomial, .unit = BudgetUnit::kEpochs, .length = 200, .power = 0.9}, 40);
  EXPECT_EQ(epochs.unit, BudgetUnit::kUpdates);
  EXPECT_EQ(epochs.length, 40);
  EXPECT_EQ(epochs.power, 0.9);
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

std::vector<double> rates(Plateau& plateau, const std::vector<double>& losses) {
  std::vector<double> rates;
  for (const double loss : losses) {
    plateau.step(loss);
    rates.push_back(plateau.lr());
  }
  return rates;
}

constexpr Schedule::Kind kPlateau = Schedule::Kind::kPlateau;

TEST(Plateau, FallsAfterMoreThanPatienceLossesAndRestsDuringCooldown) {
  Plateau plateau({.kind = kPlateau, .patience = 1, .cooldown = 1}, 1);
  // The first loss is the best; the third is the second bad one in a row; the fourth falls into the cooldown.
  EXPECT_EQ(rates(plateau, {1, 1, 1, 1, 1, 1}), (std::vector<double>{1, 1, 0.5, 0.5, 0.5, 0.25}));
}

TEST(Plateau, CountsOnlyImprovementsBeyondTheThreshold) {
  const Schedule schedule{.kind = kPlateau, .threshold = 1e-4, .patience = 1, .cooldown = 0};
  Plateau improving(schedule, 1), idle(schedule, 1);
  EXPECT_EQ(rates(improving, {1, 0.999, 0.998, 0.997, 0.996}).back(), 1);
  EXPECT_EQ(rates(idle, {1, 0.99995, 0.99994}).back(), 0.5);
}

TEST(Plateau, NeverFallsBelowTheLeastRateAndGoesOnFromItsState) {
  Plateau plateau({.kind = kPlateau, .least = 0.05, .drop = 0.1, .patience = 0, .cooldown = 0}, 1);
  EXPECT_EQ(rates(plateau, {1, 1, 1, 1}), (std::vector<double>{1, 0.1, 0.05, 0.05}));
  const Schedule schedule{.kind = kPlateau, .patience = 2, .cooldown = 3};
  Plateau a(schedule, 1), b(schedule, 1);
  rates(a, {1, 1, 1, 1, 1});
  b.set_state(a.state());
  EXPECT_EQ(rates(a, {1, 1, 1, 1, 1, 1, 1}), rates(b, {1, 1, 1, 1, 1, 1, 1}));
  EXPECT_LT(b.lr(), 0.5);
}

// Patience is measured against the noise of single losses, so a short training keeps it.
TEST(Plateau, IsFittedToNoLength) {
  const Schedule own{.kind = kPlateau, .least = 5e-7};
  const Schedule short_one = fitted(own, 10);
  EXPECT_EQ(short_one.patience, own.patience);
  EXPECT_EQ(short_one.cooldown, own.cooldown);
  EXPECT_EQ(short_one.least, own.least);
  EXPECT_EQ(short_one.rate(1e-4, 9), 1e-4) << "the rate before any loss was seen";
}

}  // namespace
}  // namespace synerbench
