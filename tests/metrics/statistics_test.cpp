#include "metrics/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "metrics/detail/distributions.h"
#include "tests/metrics/samples.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::ElementsAre;

// Expected values named "SciPy" were computed with SciPy 1.10.1 and agree with 1.17; those named "SciPy
// 1.17.1" with that version.

TEST(Summary, MatchesWorkedExamples) {
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_EQ(mean(values), 5.0);
  EXPECT_EQ(standard_deviation(values, 0).value(), 2.0);
  EXPECT_NEAR(standard_deviation(values, 1).value(), std::sqrt(32.0 / 7), 1e-15);
  EXPECT_FALSE(standard_deviation(std::vector<double>{3}, 1).has_value());
  EXPECT_EQ(standard_deviation(std::vector<double>{3}, 0).value(), 0.0);
}

TEST(Summary, QuantilesAreNumPys) {
  const std::vector<double> values{3.1, -2, 7.5, 0.4, 9, 1.1, -4.4};
  const std::vector<std::pair<double, double>> expected{{0, -4.4},
                                                        {0.05, -3.68},
                                                        {0.25, -0.7999999999999999},
                                                        {0.5, 1.1},
                                                        {0.9, 8.100000000000001},
                                                        {0.975, 8.774999999999999},
                                                        {1, 9.0}};
  for (const auto& [share, value] : expected) EXPECT_DOUBLE_EQ(quantile(values, share), value) << share;
  EXPECT_EQ(quantile(std::vector<double>{42}, 0.3), 42.0);
  EXPECT_THROW(quantile(values, 1.01), std::invalid_argument);
}

TEST(Summary, RefusesNothingAndNaN) {
  EXPECT_THROW(mean({}), std::invalid_argument);
  EXPECT_THROW(quantile({}, 0.5), std::invalid_argument);
  EXPECT_THROW(mean(std::vector<double>{1, std::nan("")}), std::invalid_argument);
  EXPECT_THROW(bootstrap_mean(std::vector<double>{1, HUGE_VAL}), std::invalid_argument);
}

TEST(Summary, AveragesWithinAPatientFirst) {
  const std::vector<double> values{1, 10, 3, 20, 5};
  const std::vector<std::string> patients{"b", "a", "b", "a", "b"};
  EXPECT_THAT(patient_means(values, patients), ElementsAre(3, 15));
  EXPECT_THAT(patient_means({}, {}), ElementsAre());
  EXPECT_THROW(patient_means(values, std::vector<std::string>{"a"}), std::invalid_argument);
}

// Bootstrap.

TEST(Bootstrap, IsTheOneThatIsDescribed) {
  // With two replicates and the widest interval, low and high are (nearly) the two replicate means.
  const BootstrapOptions options{2, 0.999999999, 7};
  Described generator(7);
  std::vector<double> means;
  for (int replicate = 0; replicate < 2; ++replicate) {
    double sum = 0;
    for (size_t i = 0; i < kA.size(); ++i) {
      __extension__ using Wide = unsigned __int128;
      sum += kA[static_cast<size_t>(static_cast<Wide>(generator.next()) * kA.size() >> 64)];
    }
    means.push_back(sum / static_cast<double>(kA.size()));
  }
  const BootstrapInterval interval = bootstrap_mean(kA, options);
  EXPECT_NEAR(interval.low, std::min(means[0], means[1]), 1e-9);
  EXPECT_NEAR(interval.high, std::max(means[0], means[1]), 1e-9);
  EXPECT_EQ(Described(1).next(), 0xb3f2af6d0fc710c5) << "xoshiro256** after SplitMix64(1)";
}

TEST(Bootstrap, DependsOnTheSeedOnly) {
  const BootstrapInterval one = bootstrap_mean(kA, {2000, 0.95, 1}),
                          again = bootstrap_mean(kA, {2000, 0.95, 1});
  const BootstrapInterval other = bootstrap_mean(kA, {2000, 0.95, 2});
  EXPECT_EQ(one.low, again.low);
  EXPECT_EQ(one.high, again.high);
  EXPECT_NE(one.low, other.low);
  EXPECT_EQ(one.estimate, mean(kA));
  EXPECT_EQ(one.n, 12);
  EXPECT_EQ(one.replicates, 2000);
}

TEST(Bootstrap, IntervalOfTheMeanIsNearTheNormalOne) {
  // 200 values: the percentile interval and mean +- 1.96 SD / sqrt(n) differ by sampling noise only.
  std::vector<double> values;
  Described generator(3);
  for (int i = 0; i < 200; ++i) values.push_back(static_cast<double>(generator.next() >> 11) * 0x1p-53);
  const BootstrapInterval interval = bootstrap_mean(values, {10000, 0.95, 1});
  const double half = 1.959964 * standard_deviation(values, 0).value() / std::sqrt(200.0);
  EXPECT_NEAR(interval.low, mean(values) - half, 0.05 * half);
  EXPECT_NEAR(interval.high, mean(values) + half, 0.05 * half);
  const BootstrapInterval narrower = bootstrap_mean(values, {10000, 0.5, 1});
  EXPECT_LT(narrower.high - narrower.low, interval.high - interval.low);
}

TEST(Bootstrap, OfOnePatientHasNoWidth) {
  const BootstrapInterval interval = bootstrap_mean(std::vector<double>{0.8});
  EXPECT_EQ(interval.low, 0.8);
  EXPECT_EQ(interval.high, 0.8);
  EXPECT_EQ(interval.n, 1);
}

TEST(Bootstrap, RefusesOptionsWithoutSense) {
  EXPECT_THROW(bootstrap_mean(kA, {0, 0.95, 1}), std::invalid_argument);
  EXPECT_THROW(bootstrap_mean(kA, {100, 1, 1}), std::invalid_argument);
  EXPECT_THROW(mean_interval(kA, {0, 0.95, 1}), std::invalid_argument);
  EXPECT_THROW(mean_interval(kA, {100, 0, 1}), std::invalid_argument);
  EXPECT_THROW(sign_permutation_test(kA, Alternative::kTwoSided, {0, 0.95, 1}), std::invalid_argument);
}

// Intervals.

TEST(MeanIntervalTest, IsStudentsForFewPatientsAndNeverNarrower) {
  // SciPy 1.17.1: t.interval(0.95, n - 1, mean, sem).
  const auto three = mean_interval(std::span(kA).first(3)).value();
  EXPECT_NEAR(three.low, 0.8017780055197508, 1e-12);
  EXPECT_NEAR(three.high, 0.9435553278135829, 1e-12);
  const auto twelve = mean_interval(kA).value();
  EXPECT_LE(twelve.low, 0.8529585285664583 + 1e-12);
  EXPECT_GE(twelve.high, 0.9037081381002083 - 1e-12);
  EXPECT_NEAR(twelve.degrees_of_freedom, 11, 1e-9);
  EXPECT_FALSE(mean_interval(std::span(kA).first(1)));
}

TEST(MeanIntervalTest, CanBeGivenUpBetweenReplicatesAndIsTheSameOtherwise) {
  const std::vector<double> values{1, 2, 4, 8, 16};
  const auto undisturbed = mean_interval(values);
  int calls = 0;
  BootstrapOptions options;
  options.meanwhile = [&] { ++calls; };
  const auto watched = mean_interval(values, options);
  EXPECT_EQ(watched->low, undisturbed->low);
  EXPECT_EQ(watched->high, undisturbed->high);
  EXPECT_GT(calls, 10);
  options.meanwhile = [] { throw std::runtime_error("stop"); };
  EXPECT_THROW(mean_interval(values, options), std::runtime_error);
  const std::vector<double> many(kMostExactSigns + 1, 1.0);
  EXPECT_THROW(sign_permutation_test(many, Alternative::kTwoSided, options), std::runtime_error);
}

TEST(MeanIntervalTest, ReachesFartherWhereTheSampleIsSkewed) {
  const std::vector<double> skewed{0.1, 0.2, 0.1, 0.3, 0.2, 0.1, 0.4, 0.2, 0.1, 3.0};
  const auto interval = mean_interval(skewed).value();
  EXPECT_GT(interval.high - interval.estimate, 1.3 * (interval.estimate - interval.low));
}

TEST(MeanIntervalTest, DependsOnTheSeedOnlyAndScalesWithItsValues) {
  const auto one = mean_interval(kA, {2000, 0.95, 1}).value(),
             again = mean_interval(kA, {2000, 0.95, 1}).value();
  EXPECT_EQ(one.low, again.low);
  for (const double factor : {1e-200, 1e100}) {
    std::vector<double> scaled = kA;
    for (double& value : scaled) value *= factor;
    const auto other = mean_interval(scaled, {2000, 0.95, 1}).value();
    EXPECT_NEAR(other.low / factor, one.low, 1e-9);
    EXPECT_NEAR(other.high / factor, one.high, 1e-9);
  }
}

TEST(SumIntervalTest, OfSeparateGroupsHasSatterthwaitesDegrees) {
  // Two independent means, subtracted: SciPy 1.17.1, ttest_ind(equal_var=False).df.
  const std::vector<double> first{1, 2, 3, 4, 9}, second{2, 2.5, 3, 8};
  std::vector<double> parts;
  std::vector<size_t> group;
  for (const double value : first) parts.push_back(value / 5), group.push_back(4);
  for (const double value : second) parts.push_back(-value / 4), group.push_back(7);
  const auto interval = sum_interval(mean(first) - mean(second), parts, group).value();
  EXPECT_NEAR(interval.degrees_of_freedom, 6.86101790001105, 1e-12);
  group[0] = 1;
  EXPECT_THROW(sum_interval(0, parts, group), std::invalid_argument) << "a group of one";
}

TEST(MeanIntervalTest, OfFewDifferentValuesStaysFinite) {
  // Most replicates of these have no spread, or next to none.
  for (const std::vector<double>& values : {std::vector<double>{1, 1, 1, 1, 1, 1, 1, 2},
                                            {0, 0, 0, 0.001, 1},
                                            {0.03, -0.025, 0.03, -0.025, 0.03}}) {
    const auto interval = mean_interval(values).value();
    const double students =
        interval.standard_error * detail::student_t_critical(0.05, static_cast<double>(values.size()) - 1);
    EXPECT_LE(interval.high - interval.low, 2 * kWidestInStudents * students * (1 + 1e-12));
    EXPECT_GE(interval.high - interval.low, 2 * students * (1 - 1e-12));
  }
}

TEST(SumIntervalTest, WithoutSpreadHasNoWidth) {
  const auto interval = mean_interval(std::vector<double>(7, 0.25)).value();
  EXPECT_EQ(interval.low, 0.25);
  EXPECT_EQ(interval.high, 0.25);
}

// Effect sizes, power, equivalence.

TEST(EffectSize, RankBiserialMatchesItsDefinition) {
  // (W+ - W-) / (W+ + W-) from SciPy 1.17.1's rankdata.
  EXPECT_NEAR(rank_biserial(differences_without_noise(kA, kB)).value(), 0.8461538461538461, 1e-14);
  EXPECT_NEAR(rank_biserial(kTies).value(), 0.7051282051282052, 1e-14);
  EXPECT_NEAR(rank_biserial(kZeros).value(), 0.7222222222222222, 1e-14);
  EXPECT_EQ(rank_biserial(kEqual).value(), 1.0);
  EXPECT_FALSE(rank_biserial(std::vector<double>{0, 0}));
}

TEST(Power, MatchesSciPyAndCohen) {
  // SciPy 1.17.1: nct.sf(t_crit) + nct.cdf(-t_crit), and its root at 0.8.
  EXPECT_NEAR(power_of_t(0.5 * std::sqrt(34.0), 33), 0.8077775012792738, 1e-8);
  EXPECT_NEAR(power_of_t(std::sqrt(10.0), 9), 0.8030968566327218, 1e-8);
  const std::vector<std::pair<int, double>> expected{
      {3, 5.653489266197103},  {5, 3.7610595538250213}, {6, 3.5139027291707823},  {8, 3.2697598403875436},
      {10, 3.149632886450618}, {20, 2.953584869819051}, {34, 2.8864850258798986}, {50, 2.858005416507325}};
  for (const auto& [n, effect] : expected) EXPECT_NEAR(detectable_effect(n - 1), effect, 1e-6) << n;
  // Cohen's tables: 34 pairs find d = 0.5 with 80 % power, 33 do not.
  EXPECT_LE(detectable_effect(33) / std::sqrt(34.0), 0.5);
  EXPECT_GT(detectable_effect(32) / std::sqrt(33.0), 0.5);
  EXPECT_THROW(detectable_effect(10, 0.04), std::invalid_argument);
  EXPECT_THROW(power_of_t(1, 0.5), std::invalid_argument);
}

TEST(Equivalence, MatchesSciPy) {
  // SciPy 1.17.1: the larger of ttest_1samp(d, -m, 'greater') and ttest_1samp(d, m, 'less').
  const std::vector<double> d = differences_without_noise(kA, kB);
  const double error = standard_deviation(d, 1).value() / std::sqrt(12.0);
  EXPECT_NEAR(equivalence_p(mean(d), error, 11, 0.005), 0.939482514367444, 1e-9);
  EXPECT_NEAR(equivalence_p(mean(d), error, 11, 0.01), 0.34125623329155774, 1e-9);
  EXPECT_NEAR(equivalence_p(mean(d), error, 11, 0.015), 0.014224996704215613, 1e-9);
  EXPECT_NEAR(equivalence_p(mean(d), error, 11, 0.02), 0.00036962904398871063, 1e-9);
  EXPECT_EQ(equivalence_p(0.1, 0, 5, 0.2), 0.0);
  EXPECT_EQ(equivalence_p(0.3, 0, 5, 0.2), 1.0);
  EXPECT_THROW(equivalence_p(0, 1, 5, 0), std::invalid_argument);
}

// The scores of nine patients under two instruction sets. Their differences in the last digits moved an end
// of the interval by 0.01: draws of one value got a variance of rounding, of either size, and a t* without
// bound.
TEST(Interval, DoesNotHangOnLastDigits) {
  const std::vector<std::vector<double>> scores{
      {0.9048628178111534, 0.9086558269327032, 0.8845397544435017, 0.12744453181189763, 0.15092854658795055,
       0.1632342055030145, 0.11000824492382925, 0.14357073784236016, 0.1417074126894659},
      {0.9048628178111536, 0.9086558269327037, 0.8845397544435016, 0.12744453181189766, 0.15092854658795055,
       0.16323420550301446, 0.1100082449238293, 0.14357073784236016, 0.14170741268946596}};
  const std::vector<size_t> groups{0, 0, 0, 1, 1, 1, 2, 2, 2};
  std::vector<MeanInterval> intervals;
  for (const auto& values : scores) {
    std::vector<double> parts;
    double estimate = 0;
    for (const double value : values) parts.push_back(value / 9), estimate += value / 9;
    intervals.push_back(*sum_interval(estimate, parts, groups, {}));
  }
  EXPECT_NEAR(intervals[0].low, intervals[1].low, 1e-12);
  EXPECT_NEAR(intervals[0].high, intervals[1].high, 1e-12);
}

}  // namespace
}  // namespace synerbench
