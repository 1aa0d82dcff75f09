#include "metrics/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "metrics/detail/distributions.h"
#include "tests/metrics/reference_metrics.h"

namespace synerbench {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

// Expected values named "SciPy" were computed with SciPy 1.10.1 and agree with 1.17.

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

TEST(PairedBootstrapTest, KeepsPairsTogether) {
  // A constant difference has a constant bootstrap, however far the patients lie apart.
  std::vector<double> shifted = kA;
  for (double& value : shifted) value -= 0.01;
  const PairedBootstrap result = paired_bootstrap(kA, shifted, {2000, 0.95, 1});
  EXPECT_NEAR(result.difference.low, 0.01, 1e-12);
  EXPECT_NEAR(result.difference.high, 0.01, 1e-12);
  EXPECT_NEAR(result.sd_difference.value(), 0, 1e-12);
}

TEST(PairedBootstrapTest, PIsNeverZero) {
  std::vector<double> worse = kA;
  for (double& value : worse) value -= 1;
  EXPECT_EQ(paired_bootstrap(kA, worse, {999, 0.95, 1}).p, 1.0 / 1000);
  EXPECT_EQ(paired_bootstrap(kA, kA, {999, 0.95, 1}).p, 1.0) << "no difference: both shares are 1";
}

TEST(PairedBootstrapTest, IsAntisymmetric) {
  const PairedBootstrap ab = paired_bootstrap(kA, kB), ba = paired_bootstrap(kB, kA);
  EXPECT_EQ(ab.difference.estimate, -ba.difference.estimate);
  EXPECT_NEAR(ab.difference.low, -ba.difference.high, 1e-12);
  EXPECT_EQ(ab.p, ba.p);
  EXPECT_LT(ab.p, 0.05);
  EXPECT_GT(ab.difference.low, 0);
}

TEST(Bootstrap, RefusesOptionsWithoutSense) {
  EXPECT_THROW(bootstrap_mean(kA, {0, 0.95, 1}), std::invalid_argument);
  EXPECT_THROW(bootstrap_mean(kA, {100, 1, 1}), std::invalid_argument);
  EXPECT_THROW(paired_bootstrap(kA, std::vector<double>{1}), std::invalid_argument);
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
      {"wilcox", zeros, {kWilcox, kTwo, kAuto, false, -1}, 5, 0.068024837072},
      {"pratt", zeros, {kPratt, kTwo, kAuto, false, -1}, 9, 0.080730584883},
      {"zsplit", zeros, {kZsplit, kTwo, kAuto, false, -1}, 10.5, 0.082530963902},
      {"wilcox, greater, corrected", zeros, {kWilcox, kGreater, kAuto, true, -1}, 31, 0.039659081872},
      {"pratt, less", zeros, {kPratt, kLess, kAuto, false, -1}, 43, 0.959634707558},
      {"zsplit, less, corrected", zeros, {kZsplit, kLess, kAuto, true, -1}, 44.5, 0.963051472446},
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

TEST(Wilcoxon, SaysWhatItDid) {
  const WilcoxonResult result = wilcoxon_signed_rank(std::vector<double>{0, 2, -2, 3, 0});
  EXPECT_FALSE(result.exact);
  EXPECT_TRUE(result.ties);
  EXPECT_EQ(result.zeros, 2);
  EXPECT_EQ(result.ranked, 3);
  EXPECT_EQ(result.w_plus, 4.5);
  EXPECT_EQ(result.w_minus, 1.5);
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
  EXPECT_THROW(wilcoxon_signed_rank(std::vector<double>{1, 1, 2}, exact), std::invalid_argument);
  EXPECT_THROW(wilcoxon_signed_rank(std::vector<double>{0, 1, 2}, exact), std::invalid_argument);
  std::vector<double> many(51);
  std::iota(many.begin(), many.end(), 1);
  EXPECT_THROW(wilcoxon_signed_rank(many, exact), std::invalid_argument);
  EXPECT_FALSE(wilcoxon_signed_rank(many).exact);
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

}  // namespace
}  // namespace synerbench
