// Statistics over patients: summaries, intervals, paired comparisons, corrections for many comparisons.
//
// The unit of analysis is the patient. Every function here takes one value per patient; values per slice or
// per study go through patient_means() first. Nothing here skips a NaN: a value that is not finite is
// std::invalid_argument, because an undefined score has to be counted by the caller, not dropped by a mean.
// All results depend on the arguments only, never on the number of threads.
#pragma once

#include <cstdint>
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

/// Note [Bootstrap generator]: xoshiro256** (Blackman and Vigna 2018), its four words filled by SplitMix64
/// from `seed`. A patient index below n is the high word of the 128-bit product of one draw and n, draws
/// whose low word is below 2^64 mod n being thrown away (Lemire 2019; unbiased). Replicate after replicate, n
/// indices each, one stream.
struct BootstrapOptions {
  int replicates = 10000;    // B >= 1; at least 2000 for anything that is shown, 10 000 for what is published
  double confidence = 0.95;  // in (0, 1); percentile interval
  uint64_t seed = 1;
};

/// Percentile interval of the mean. With one patient it has no width; say n beside it.
struct BootstrapInterval {
  double estimate = 0;  // mean of the values themselves
  double low = 0, high = 0;
  int64_t n = 0;  // patients
  int replicates = 0;
};
/// values: one per patient, not empty.
BootstrapInterval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options = {});

/// Resamples patients, keeping each patient's two values together.
struct PairedBootstrap {
  BootstrapInterval difference;         // mean of a - b
  std::optional<double> sd_difference;  // sample SD (ddof 1) of a - b; nothing for one patient
  double p = 1;  // two-sided: 2 min(share of replicates <= 0, share >= 0), at least 1 / (B + 1), at most 1
};
/// a[i] and b[i] belong to patient i; not empty, one length.
PairedBootstrap paired_bootstrap(std::span<const double> a, std::span<const double> b,
                                 const BootstrapOptions& options = {});

// Wilcoxon signed-rank.

enum class ZeroRule {
  kWilcox,  // zero differences are dropped
  kPratt,   // zeros are ranked, then their ranks dropped
  kZsplit,  // zeros are ranked, half of their ranks to each side
};
enum class Alternative { kTwoSided, kGreater, kLess };  // of the median of d against 0
enum class NullDistribution {
  kAuto,    // exact for up to 50 differences without ties or zeros, else normal
  kExact,   // std::invalid_argument with ties, zeros or more than 50 differences
  kNormal,  // tie-corrected variance
};

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
/// Signed-rank test of the differences d = a - b, one per patient, not empty. Conventions and the normal
/// approximation are SciPy's (1.10). No non-zero difference: p = 1.
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
