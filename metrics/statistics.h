// Statistics over patients: summaries, intervals, paired comparisons, corrections for many comparisons.
//
// The unit of analysis is the patient. Every function here takes one value per patient; values per slice or
// per study go through patient_means() first. Nothing here skips a NaN: a value that is not finite is
// std::invalid_argument, because an undefined score has to be counted by the caller, not dropped by a mean.
// All results depend on the arguments only, never on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace synerbench {

// One sample.

/// values not empty.
double mean(std::span<const double> values);

/// Root of the sum of squared deviations over (n - ddof): ddof 1 is the sample SD, ddof 0 the population SD
/// that SynthRAD2025 prints. Fewer than ddof + 1 values: nothing.
std::optional<double> standard_deviation(std::span<const double> values, int ddof);

/// Linear interpolation between order statistics (NumPy's default, Hyndman and Fan type 7). values not empty,
/// in any order; share in [0, 1]: 0.5 is the median.
double quantile(std::span<const double> values, double share);

/// One mean per patient, in the order of first appearance. Both of one length.
std::vector<double> patient_means(std::span<const double> values, std::span<const std::string> patients);

// Bootstrap.

/// How often patients are drawn, for what share of intervals, and with which generator.
///
/// Note [Bootstrap generator]: xoshiro256** (Blackman and Vigna 2018), its four words filled by SplitMix64
/// from `seed`. A patient index below n is the high word of the 128-bit product of one draw and n, draws
/// whose low word is below 2^64 mod n being thrown away (Lemire 2019; unbiased). Replicate after replicate, n
/// indices each, one stream.
struct BootstrapOptions {
  int replicates = 10000;    // B >= 1; at least 2000 for anything that is shown, 10 000 for what is published
  double confidence = 0.95;  // in (0, 1)
  uint64_t seed = 1;
  /// Called between replicates now and then, if there is one. It may throw, to give up: nothing is kept then.
  std::function<void()> meanwhile = nullptr;
};

/// Percentile interval of the mean. With one patient it has no width. Kept because other evaluations print
/// it; it is too narrow for few patients, see Note [Interval of a mean], and no report uses it.
struct BootstrapInterval {
  double estimate = 0;  // mean of the values themselves
  double low = 0, high = 0;
  int64_t n = 0;  // patients
  int replicates = 0;
};
/// values: one per patient, not empty.
BootstrapInterval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options = {});

// Intervals that hold their level.

/// Note [Interval of a mean]
/// A percentile interval is too narrow for few patients: at 6 it holds the mean of a normal sample in 85 % of
/// samples instead of 95 % (docs/statistics.md has the table). Two intervals do better, each where the other
/// fails. Student's t is right for normal and heavy-tailed samples and too short on the long side of a skewed
/// one. The bootstrap-t (Efron 1981; Hall 1988), which draws the distribution of t from the sample, follows
/// skewness and is too short for heavy tails. So the interval ends, on each side, at the farther of the two.
/// It is never narrower than Student's t.
///
/// A replicate draws patients with replacement, group by group, and computes t* = (estimate* - estimate) /
/// SE*. One without any spread (all draws have one value) has no t* and is left out; when more than half are,
/// the interval is Student's t alone. So it is below kFewestDegreesForBootstrapT degrees of freedom, where
/// such replicates are frequent. And no end is farther than kWidestInStudents times Student's: a replicate of
/// five nearly equal values has a t* beyond all reason.
struct MeanInterval {
  double estimate = 0;
  double low = 0, high = 0;
  int64_t n = 0;                  // patients
  double standard_error = 0;      // of the estimate
  double degrees_of_freedom = 0;  // n - 1; with several groups Satterthwaite's
};
inline constexpr double kFewestDegreesForBootstrapT = 4;  // five patients
inline constexpr double kWidestInStudents = 3;

/// Of the mean; values: one per patient. Nothing for fewer than two patients.
std::optional<MeanInterval> mean_interval(std::span<const double> values,
                                          const BootstrapOptions& options = {});

/// Of an estimate that is a sum over patients, as the average of several tasks is: each patient's part says
/// how far it moves the estimate. Patients of one group are drawn from one population; groups are drawn apart
/// and their variances n s^2 add up (Satterthwaite 1946). `group[i]`: any number that names the group of
/// patient i; every group has two patients or more, else std::invalid_argument. Nothing for fewer than two
/// patients. Only differences between the parts of a group matter, not their level.
std::optional<MeanInterval> sum_interval(double estimate, std::span<const double> parts,
                                         std::span<const size_t> group, const BootstrapOptions& options = {});

// Permutation of signs.

enum class Alternative { kTwoSided, kGreater, kLess };  // of the middle of the differences against 0

/// Note [Permutation of signs] (Fisher 1935; Pitman 1937) If two models are interchangeable, every patient's
/// difference may as well have the other sign. p is the share of all 2^n patterns of signs whose sum is at
/// least as far out as the one seen. This is exact for any distribution that is symmetric about 0, ties and
/// zeros included, and it never falls below 2^(1-n) two-sided. It is a test of the mean, the number that is
/// printed beside it. A sum counts as reached when it comes within 1e-10 of the sum of all magnitudes:
/// rounding does not break ties, and an error here only makes p larger. Each half of the patients has at most
/// 2^18 sums, in order; pairs of them are counted. Above kMostExactSigns patients `replicates` random
/// patterns stand for all: p = (reached + 1) / (drawn + 1).
struct SignTest {
  double p = 1;
  bool exact = true;
};
inline constexpr int64_t kMostExactSigns = 36;
/// differences: one per patient, not empty. They may be parts of a sum (see sum_interval): a patient's sign
/// turns in all tasks at once.
SignTest sign_permutation_test(std::span<const double> differences,
                               Alternative alternative = Alternative::kTwoSided,
                               const BootstrapOptions& options = {});

/// Scores carry rounding noise: 0.3 - 0.2 and 0.2 - 0.1 differ. Differences of a and b, snapped to a grid of
/// 2^-40 (about 1e-12) of the largest magnitude among a and b, so that ties and zeros are what they should
/// be. One length, not empty.
std::vector<double> differences_without_noise(std::span<const double> a, std::span<const double> b);

// Effect sizes, power, equivalence.

/// (W+ - W-) / (W+ + W-) over non-zero differences (Kerby 2014): 1 when all patients gain, -1 when all lose.
/// Nothing when all differences are zero.
std::optional<double> rank_biserial(std::span<const double> differences);

/// The probability that a two-sided t test at level `alpha` finds a true mean of `effect` standard errors.
double power_of_t(double effect, double degrees_of_freedom, double alpha = 0.05);
/// The smallest true difference that the same test finds with probability `power`, in standard errors; power
/// in (alpha, 1). Times the standard error of a study it is the smallest difference that so many patients can
/// show.
double detectable_effect(double degrees_of_freedom, double power = 0.8, double alpha = 0.05);

/// Two one-sided t tests (Schuirmann 1987): p of "the true mean lies at -margin or below, or at margin or
/// above". Small p: equivalent within the margin. margin > 0; standard_error 0: 0 or 1.
double equivalence_p(double estimate, double standard_error, double degrees_of_freedom, double margin);

// Wilcoxon signed-rank.

enum class ZeroRule {
  kWilcox,  // zero differences are dropped
  kPratt,   // zeros are ranked, then their ranks dropped
  kZsplit,  // zeros are ranked, half of their ranks to each side
};
/// Note [Exact signed-rank distribution] Given the ranks, every pattern of signs is equally likely under the
/// null. Average ranks are halves of whole numbers, so the number of patterns with each doubled rank sum
/// follows by recursion, with ties as without. Zeros have no sign: their ranks take no part (Wilcox, Pratt)
/// or add a constant to both sides (zsplit). The normal approximation with ties can fall below the smallest p
/// that is possible at all: 8 equal gains get 0.0047 from it, and 2 / 2^8 = 0.0078 is the floor.
enum class NullDistribution {
  kAuto,    // exact for up to 60 ranked differences, else normal
  kExact,   // std::invalid_argument for more than 60
  kNormal,  // tie-corrected variance
};
inline constexpr int64_t kMostExactRanks = 60;

struct WilcoxonOptions {
  ZeroRule zeros = ZeroRule::kWilcox;
  Alternative alternative = Alternative::kTwoSided;
  NullDistribution null_distribution = NullDistribution::kAuto;
  bool continuity_correction = false;  // 0.5 toward the mean; normal approximation only
  /// Differences are rounded to this many decimals before ranking; negative: not at all. Scores that came
  /// from text need it, or floating noise breaks their ties.
  int round_decimals = -1;
};

struct WilcoxonResult {
  double w_plus = 0, w_minus = 0;  // rank sums of the positive and the negative differences
  double statistic = 0;            // two-sided: the smaller of the two; one-sided: w_plus
  double p = 1;
  bool exact = false;
  int64_t ranked = 0;  // differences that took part in the ranking
  int64_t zeros = 0;   // differences equal to 0, after rounding
  bool ties = false;   // among the absolute non-zero differences
};
/// Signed-rank test of the differences d = a - b, one per patient, not empty. Statistic and normal
/// approximation are SciPy's (1.17); with ties or zeros SciPy's `auto` is approximate where ours is exact,
/// and equals its exact PermutationMethod. No non-zero difference: p = 1.
WilcoxonResult wilcoxon_signed_rank(std::span<const double> differences, const WilcoxonOptions& options = {});

// Paired t.

struct PairedT {
  double t = 0;
  int64_t degrees_of_freedom = 0;
  double p = 1;  // two-sided
};
/// Nothing for fewer than two patients or when all differences are equal (t has no value).
std::optional<PairedT> paired_t(std::span<const double> a, std::span<const double> b);

// Many comparisons: p values adjusted, in the order given. p in [0, 1], else std::invalid_argument. State the
// family: "SSIM, 22 tasks".

std::vector<double> bonferroni(std::span<const double> p);
/// Step-down: sorted p times (m - i), made monotone, at most 1 (Holm 1979).
std::vector<double> holm(std::span<const double> p);
/// Step-up control of the false discovery rate (Benjamini and Hochberg 1995).
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace synerbench
