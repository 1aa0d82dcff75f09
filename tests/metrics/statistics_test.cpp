#include "metrics/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "metrics/detail/distributions.h"
#include "tests/metrics/reference_metrics.h"

namespace synerbench {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

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

const std::vector<double> kA{.871, .902, .845, .913, .888, .790, .934, .861, .877, .899, .842, .918};
const std::vector<double> kB{.862, .905, .831, .899, .871, .795, .920, .850, .870, .881, .845, .903};

/// The generator of Note [Bootstrap generator], written out once more from its description.
struct Described {
  uint64_t s[4];
  explicit Described(uint64_t seed) {
    for (uint64_t& word : s) {
      uint64_t z = (seed += 0x9e3779b97f4a7c15);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }
  uint64_t next() {
    const auto left = [](uint64_t x, int k) { return (x << k) | (x >> (64 - k)); };
    const uint64_t result = left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = left(s[3], 45);
    return result;
  }
};

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

// Wilcoxon.

struct WilcoxonCase {
  const char* name;
  std::vector<double> d;
  WilcoxonOptions options;
  double statistic, p;
};

TEST(Wilcoxon, MatchesSciPy) {
  const std::vector<double> plain{3, -1, 4, 2, 6, -5, 7, 8, 10, 9};
  const std::vector<double> zeros{0, 0, 1, -2, 2, 3, 4, 5, -1, 6};
  std::vector<double> scores;
  for (size_t i = 0; i < kA.size(); ++i) scores.push_back(kA[i] - kB[i]);
  std::vector<double> fifty(50);
  for (int i = 0; i < 50; ++i) fifty[static_cast<size_t>(i)] = i % 3 == 0 ? -(i + 1) : i + 1;
  constexpr auto kTwo = Alternative::kTwoSided, kGreater = Alternative::kGreater, kLess = Alternative::kLess;
  constexpr auto kAuto = NullDistribution::kAuto, kNormal = NullDistribution::kNormal;
  constexpr auto kWilcox = ZeroRule::kWilcox, kPratt = ZeroRule::kPratt, kZsplit = ZeroRule::kZsplit;
  const std::vector<WilcoxonCase> cases{
      {"exact, two-sided", plain, {kWilcox, kTwo, kAuto, false, -1}, 6, 0.02734375},
      {"exact, greater", plain, {kWilcox, kGreater, kAuto, false, -1}, 49, 0.013671875},
      {"exact, less", plain, {kWilcox, kLess, kAuto, false, -1}, 49, 0.990234375},
      {"exact, 50 differences", fifty, {kWilcox, kTwo, kAuto, false, -1}, 425, 0.03996834652842374},
      {"normal, two-sided", plain, {kWilcox, kTwo, kNormal, false, -1}, 6, 0.028416864175},
      {"normal, greater", plain, {kWilcox, kGreater, kNormal, false, -1}, 49, 0.014208432087},
      {"normal, two-sided, corrected", plain, {kWilcox, kTwo, kNormal, true, -1}, 6, 0.032312911243},
      {"normal, greater, corrected", plain, {kWilcox, kGreater, kNormal, true, -1}, 49, 0.016156455622},
      {"normal, less, corrected", plain, {kWilcox, kLess, kNormal, true, -1}, 49, 0.987533772199},
      {"wilcox", zeros, {kWilcox, kTwo, kNormal, false, -1}, 5, 0.068024837072},
      {"pratt", zeros, {kPratt, kTwo, kNormal, false, -1}, 9, 0.080730584883},
      {"zsplit", zeros, {kZsplit, kTwo, kNormal, false, -1}, 10.5, 0.082530963902},
      {"wilcox, greater, corrected", zeros, {kWilcox, kGreater, kNormal, true, -1}, 31, 0.039659081872},
      {"pratt, less", zeros, {kPratt, kLess, kNormal, false, -1}, 43, 0.959634707558},
      {"zsplit, less, corrected", zeros, {kZsplit, kLess, kNormal, true, -1}, 44.5, 0.963051472446},
      {"scores", scores, {kWilcox, kTwo, kNormal, false, 6}, 6, 0.009494219380},
      {"scores, corrected", scores, {kWilcox, kTwo, kNormal, true, 6}, 6, 0.010636277651},
  };
  for (const WilcoxonCase& c : cases) {
    const WilcoxonResult result = wilcoxon_signed_rank(c.d, c.options);
    EXPECT_EQ(result.statistic, c.statistic) << c.name;
    EXPECT_NEAR(result.p, c.p, 1e-12) << c.name;
  }
}

TEST(Wilcoxon, ExactDistributionAgreesWithCountingEverySign) {
  for (const int n : {1, 2, 5, 9, 13}) {
    for (int negative = 0; negative <= n; ++negative) {
      std::vector<double> d;
      for (int rank = 1; rank <= n; ++rank) d.push_back(rank <= negative ? -rank : rank);
      const WilcoxonResult result = wilcoxon_signed_rank(d, {.alternative = Alternative::kLess});
      ASSERT_TRUE(result.exact);
      EXPECT_NEAR(result.p, reference_metrics::wilcoxon_lower_tail(n, result.w_plus), 1e-15)
          << n << " " << negative;
    }
  }
}

const std::vector<double> kZeros{0, 0, 1, -2, 2, 3, 4, 5, -1, 6};
const std::vector<double> kTies{1, 1, 1, 1, -1, 2, 2, -3, 3, 4, 4, 4};
const std::vector<double> kEqual(8, 0.5);
const std::vector<double> kFourteen{0.3, -0.1, 0.2, 0.2, -0.2, 0.5, 0.7, 0.1, 0.0, -0.4, 0.9, 1.1, 0.6, -0.3};

TEST(Wilcoxon, IsExactWithTiesAndZeros) {
  // SciPy 1.17.1: wilcoxon(d, zero_method, alternative, method=PermutationMethod(n_resamples=10**9)).
  constexpr auto kTwo = Alternative::kTwoSided, kGreater = Alternative::kGreater, kLess = Alternative::kLess;
  constexpr auto kWilcox = ZeroRule::kWilcox, kPratt = ZeroRule::kPratt, kZsplit = ZeroRule::kZsplit;
  struct Case {
    const std::vector<double>& d;
    ZeroRule zeros;
    Alternative alternative;
    double statistic, p;
  };
  const std::vector<Case> cases{
      {kZeros, kWilcox, kTwo, 5, 0.0859375},
      {kZeros, kWilcox, kGreater, 31, 0.04296875},
      {kZeros, kWilcox, kLess, 31, 0.9765625},
      {kZeros, kPratt, kTwo, 9, 0.1015625},
      {kZeros, kPratt, kGreater, 43, 0.05078125},
      {kZeros, kPratt, kLess, 43, 0.96875},
      {kZeros, kZsplit, kTwo, 10.5, 0.1015625},
      {kZeros, kZsplit, kGreater, 44.5, 0.05078125},
      {kZeros, kZsplit, kLess, 44.5, 0.96875},
      {kTies, kWilcox, kTwo, 11.5, 0.02587890625},
      {kTies, kPratt, kGreater, 66.5, 0.012939453125},
      {kTies, kZsplit, kLess, 66.5, 0.989501953125},
      {kEqual, kWilcox, kTwo, 0, 0.0078125},
      {kEqual, kPratt, kGreater, 36, 0.00390625},
      {kFourteen, kWilcox, kTwo, 20, 0.077880859375},
      {kFourteen, kPratt, kTwo, 24, 0.081787109375},
      {kFourteen, kPratt, kGreater, 80, 0.0408935546875},
      {kFourteen, kZsplit, kTwo, 24.5, 0.081787109375},
  };
  for (const Case& c : cases) {
    const WilcoxonResult result = wilcoxon_signed_rank(c.d, {.zeros = c.zeros, .alternative = c.alternative});
    EXPECT_TRUE(result.exact);
    EXPECT_EQ(result.statistic, c.statistic);
    EXPECT_NEAR(result.p, c.p, 1e-14) << c.statistic;
  }
}

TEST(Wilcoxon, NeverFallsBelowTheExactFloor) {
  // The normal approximation with ties does: 8 equal gains would get 0.0047.
  for (int n = 1; n <= 60; ++n) {
    const std::vector<double> equal(static_cast<size_t>(n), 1.0);
    EXPECT_DOUBLE_EQ(wilcoxon_signed_rank(equal).p, std::min(1.0, std::exp2(1 - n))) << n;
  }
  EXPECT_LT(wilcoxon_signed_rank(kEqual, {.null_distribution = NullDistribution::kNormal}).p, 0.0078125);
}

TEST(Wilcoxon, IsExactForSixtyDifferences) {
  std::vector<double> sixty(60);
  for (int i = 0; i < 60; ++i) sixty[static_cast<size_t>(i)] = i % 3 == 0 ? -(i + 1) : i + 1;
  EXPECT_NEAR(wilcoxon_signed_rank(sixty).p, 0.01613712308755133, 1e-14);  // SciPy 1.17.1, method='exact'
}

TEST(Wilcoxon, SaysWhatItDid) {
  const WilcoxonResult result = wilcoxon_signed_rank(std::vector<double>{0, 2, -2, 3, 0});
  EXPECT_TRUE(result.exact);
  EXPECT_TRUE(result.ties);
  EXPECT_EQ(result.zeros, 2);
  EXPECT_EQ(result.ranked, 3);
  EXPECT_EQ(result.w_plus, 4.5);
  EXPECT_EQ(result.w_minus, 1.5);
}

// Permutation of signs.

TEST(SignPermutation, MatchesSciPy) {
  // SciPy 1.17.1: permutation_test((d,), sum, permutation_type='samples', n_resamples=inf).
  std::vector<double> scores = differences_without_noise(kA, kB);
  struct Case {
    const std::vector<double>& d;
    double two, greater, less;
  };
  for (const Case& c :
       {Case{scores, 0.00634765625, 0.003173828125, 0.997314453125},
        Case{kTies, 0.03857421875, 0.019287109375, 0.990234375},
        Case{kZeros, 0.0859375, 0.04296875, 0.9765625}, Case{kEqual, 0.0078125, 0.00390625, 1.0},
        Case{kFourteen, 0.062255859375, 0.0311279296875, 0.9766845703125}}) {
    EXPECT_NEAR(sign_permutation_test(c.d).p, c.two, 1e-14);
    EXPECT_NEAR(sign_permutation_test(c.d, Alternative::kGreater).p, c.greater, 1e-14);
    EXPECT_NEAR(sign_permutation_test(c.d, Alternative::kLess).p, c.less, 1e-14);
    EXPECT_TRUE(sign_permutation_test(c.d).exact);
  }
}

TEST(SignPermutation, AgreesWithCountingEveryPattern) {
  Described generator(11);
  for (size_t n = 1; n <= 14; ++n) {
    std::vector<double> d(n);
    double seen = 0;
    for (double& value : d) seen += value = static_cast<double>(generator.next() >> 11) * 0x1p-53 - 0.4;
    int64_t reached = 0;
    for (uint64_t pattern = 0; pattern < (uint64_t{1} << n); ++pattern) {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += (pattern >> i & 1) != 0 ? d[i] : -d[i];
      reached += std::abs(sum) >= std::abs(seen) - 1e-12 ? 1 : 0;
    }
    EXPECT_NEAR(sign_permutation_test(d).p, static_cast<double>(reached) * std::exp2(-static_cast<double>(n)),
                1e-14)
        << n;
  }
}

TEST(SignPermutation, FromDrawnPatternsIsNearTheExactOneAndNeverZero) {
  std::vector<double> d;
  for (int i = 0; i < 36; ++i) d.push_back(i % 3 == 0 ? -1.0 - i : 1.0 + 0.3 * i);
  const SignTest exact = sign_permutation_test(d);
  EXPECT_TRUE(exact.exact);
  d.push_back(1e-9);  // one patient more, who changes nothing
  const SignTest drawn = sign_permutation_test(d, Alternative::kTwoSided, {20000, 0.95, 1});
  EXPECT_FALSE(drawn.exact);
  EXPECT_NEAR(drawn.p, exact.p, 4 * std::sqrt(exact.p * (1 - exact.p) / 20000));
  EXPECT_EQ(drawn.p, sign_permutation_test(d, Alternative::kTwoSided, {20000, 0.95, 1}).p);
  EXPECT_EQ(sign_permutation_test(std::vector<double>(50, 1.0), Alternative::kTwoSided, {999, 0.95, 1}).p,
            1.0 / 1000);
}

TEST(SignPermutation, OfHugeTinyAndZeroDifferences) {
  EXPECT_EQ(sign_permutation_test(std::vector<double>(8, 1e308)).p, 0.0078125);
  EXPECT_EQ(sign_permutation_test(std::vector<double>(8, 1e-310)).p, 0.0078125);
  EXPECT_EQ(sign_permutation_test(std::vector<double>(8, 0.0)).p, 1.0);
  EXPECT_THROW(sign_permutation_test({}), std::invalid_argument);
}

TEST(Differences, AreFreeOfRoundingNoise) {
  const std::vector<double> a{0.3, 0.2, 0.7, 0.5}, b{0.2, 0.1, 0.7 + 1e-16, 0.4};
  const std::vector<double> d = differences_without_noise(a, b);
  EXPECT_EQ(d[0], d[1]);
  EXPECT_EQ(d[0], d[3]);
  EXPECT_EQ(d[2], 0.0);
  EXPECT_NEAR(d[0], 0.1, 1e-12);
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

TEST(Wilcoxon, RoundingRestoresTiesThatFloatingNoiseBroke) {
  const std::vector<double> d{0.3 - 0.2, 0.2 - 0.1, 0.33 - 0.35};
  EXPECT_FALSE(wilcoxon_signed_rank(d).ties);
  EXPECT_TRUE(wilcoxon_signed_rank(d, {.round_decimals = 6}).ties);
}

TEST(Wilcoxon, WithoutADifferenceHasPOne) {
  for (const ZeroRule rule : {ZeroRule::kWilcox, ZeroRule::kPratt, ZeroRule::kZsplit}) {
    EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{0, 0, 0}, {.zeros = rule}).p, 1.0);
  }
}

TEST(Wilcoxon, RefusesTheExactDistributionWhereThereIsNone) {
  const WilcoxonOptions exact{.null_distribution = NullDistribution::kExact};
  std::vector<double> many(61);
  std::iota(many.begin(), many.end(), 1);
  EXPECT_THROW(wilcoxon_signed_rank(many, exact), std::invalid_argument);
  EXPECT_FALSE(wilcoxon_signed_rank(many).exact);
  many[0] = 0;  // a zero has no sign
  EXPECT_TRUE(wilcoxon_signed_rank(many).exact);
  EXPECT_THROW(wilcoxon_signed_rank({}), std::invalid_argument);
}

// T.

TEST(PairedTTest, MatchesSciPy) {
  const PairedT result = paired_t(kA, kB).value();
  EXPECT_NEAR(result.t, 3.780756226876, 1e-12);
  EXPECT_NEAR(result.p, 0.003043084325, 1e-12);
  EXPECT_EQ(result.degrees_of_freedom, 11);
}

TEST(PairedTTest, WithoutAValueSaysSo) {
  EXPECT_FALSE(paired_t(std::vector<double>{1}, std::vector<double>{2}).has_value());
  EXPECT_FALSE(paired_t(std::vector<double>{1, 2}, std::vector<double>{3, 4}).has_value());
}

TEST(Distributions, MatchSciPy) {
  using detail::student_t_two_sided;
  EXPECT_NEAR(student_t_two_sided(0.5, 1), 0.7048327646991335, 1e-14);
  EXPECT_NEAR(student_t_two_sided(2.0, 3), 0.13932596855884305, 1e-14);
  EXPECT_NEAR(student_t_two_sided(-3.5, 10), 0.00572650542988521, 1e-15);
  EXPECT_NEAR(student_t_two_sided(1.96, 1000), 0.050273184955748736, 1e-13);
  EXPECT_NEAR(student_t_two_sided(8.0, 59) / 5.471798217782791e-11, 1, 1e-10);
  EXPECT_EQ(student_t_two_sided(0, 5), 1.0);
  // SciPy 1.17.1.
  EXPECT_NEAR(detail::student_t_upper_tail(1.5, 4), 0.104, 1e-14);
  EXPECT_NEAR(detail::student_t_upper_tail(-2, 11), 0.9645980224659827, 1e-14);
  EXPECT_NEAR(detail::student_t_upper_tail(0.3, 2.5), 0.39367118574759863, 1e-14);
  EXPECT_NEAR(detail::student_t_critical(0.05, 4), 2.7764451051977943, 1e-12);
  EXPECT_NEAR(detail::student_t_critical(0.05, 1), 12.706204736174705, 1e-11);
  EXPECT_NEAR(detail::student_t_critical(0.05, 49), 2.0095752371292397, 1e-12);
  EXPECT_NEAR(detail::student_t_critical(0.1, 7.25), 1.8847957180841035, 1e-12);
  EXPECT_NEAR(detail::student_t_critical(0.001, 10), 4.586893858702636, 1e-12);
  EXPECT_NEAR(detail::noncentral_t_upper_tail(2.0, 5, 1.5), 0.36855075274432825, 1e-8);
  EXPECT_NEAR(detail::noncentral_t_upper_tail(2.5706, 5, 3.0), 0.6721678344387875, 1e-8);
  EXPECT_NEAR(detail::noncentral_t_upper_tail(-1, 3, 0.5), 0.9078787901856405, 1e-8);
  EXPECT_NEAR(detail::noncentral_t_upper_tail(2.0, 49, 2.8), 0.7864783773937996, 1e-8);
  EXPECT_NEAR(detail::noncentral_t_upper_tail(12.7062, 1, 3.0), 0.18610814192650602, 1e-8);
  EXPECT_NEAR(detail::noncentral_t_upper_tail(2.1, 7.5, -1.0), 0.0034024209998223696, 1e-8);
  EXPECT_NEAR(detail::incomplete_beta(0.5, 0.5, 0.3), 0.36901011956554536, 1e-14);
  EXPECT_NEAR(detail::incomplete_beta(5, 0.5, 0.99), 0.7571581091015623, 1e-14);
  EXPECT_NEAR(detail::incomplete_beta(2, 3, 0.5), 0.6875, 1e-15);
  EXPECT_NEAR(detail::incomplete_beta(30, 0.5, 0.2) / 1.2265219714158866e-22, 1, 1e-12);
  EXPECT_NEAR(detail::normal_upper_tail(1.959963984540054), 0.025, 1e-16);
}

// Many comparisons.

TEST(Corrections, MatchWorkedExamples) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005};
  EXPECT_THAT(holm(p), Pointwise(DoubleNear(1e-15), {0.03, 0.06, 0.06, 0.02}));
  EXPECT_THAT(bonferroni(p), Pointwise(DoubleNear(1e-15), {0.04, 0.16, 0.12, 0.02}));
  EXPECT_THAT(benjamini_hochberg(p), Pointwise(DoubleNear(1e-15), {0.02, 0.04, 0.04, 0.02}));
}

TEST(Corrections, MatchThePublishedExampleOfBenjaminiAndHochberg) {
  // Table 1 of Benjamini and Hochberg 1995; adjusted by SciPy 1.17.1, false_discovery_control().
  const std::vector<double> p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                              0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};
  EXPECT_THAT(
      benjamini_hochberg(p),
      Pointwise(DoubleNear(1e-7), {0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714, 0.06385714, 0.0645,
                                   0.0765, 0.486, 0.58118182, 0.714875, 0.75323077, 0.81321429, 1.0}));
  // Their example: four are significant at a false discovery rate of 5 %, three after Bonferroni.
  const std::vector<double> fdr = benjamini_hochberg(p), family = holm(p);
  EXPECT_EQ(std::count_if(fdr.begin(), fdr.end(), [](double v) { return v <= 0.05; }), 4);
  EXPECT_EQ(std::count_if(family.begin(), family.end(), [](double v) { return v <= 0.05; }), 3);
}

TEST(Corrections, StayInOrderAndBelowOne) {
  const std::vector<double> p{0.9, 0.001, 0.5, 0.04, 0.04, 0.7};
  for (const auto& correct : {holm, bonferroni, benjamini_hochberg}) {
    const std::vector<double> adjusted = correct(p);
    for (size_t i = 0; i < p.size(); ++i) {
      EXPECT_GE(adjusted[i], p[i]);
      EXPECT_LE(adjusted[i], 1);
      for (size_t j = 0; j < p.size(); ++j) {
        if (p[i] <= p[j]) {
          EXPECT_LE(adjusted[i], adjusted[j]);
        }
      }
    }
  }
  const std::vector<double> of_holm = holm(p), of_bonferroni = bonferroni(p),
                            of_hochberg = benjamini_hochberg(p);
  for (size_t i = 0; i < p.size(); ++i) {
    EXPECT_LE(of_holm[i], of_bonferroni[i]);
    EXPECT_LE(of_hochberg[i], of_holm[i]);
  }
}

TEST(Corrections, OfNothingIsNothingAndOfNonsenseAnError) {
  EXPECT_TRUE(holm({}).empty());
  EXPECT_THAT(holm(std::vector<double>{0.2}), ElementsAre(0.2));
  EXPECT_THROW(holm(std::vector<double>{1.2}), std::invalid_argument);
  EXPECT_THROW(benjamini_hochberg(std::vector<double>{std::nan("")}), std::invalid_argument);
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
