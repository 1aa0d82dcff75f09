// Is the difference between two models more than chance? Against SciPy and full enumeration.
#include "metrics/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "metrics/detail/distributions.h"
#include "tests/metrics/reference_metrics.h"
#include "tests/metrics/samples.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

// Expected values named "SciPy" were computed with SciPy 1.10.1 and agree with 1.17; those named "SciPy
// 1.17.1" with that version.

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

}  // namespace
}  // namespace synerbench
