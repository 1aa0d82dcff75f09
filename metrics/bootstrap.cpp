#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <vector>

#include "metrics/detail/samples.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

/// See Note [Bootstrap generator] in statistics.h.
class Generator {
 public:
  explicit Generator(uint64_t seed) {
    for (uint64_t& word : state_) {  // SplitMix64
      seed += 0x9e3779b97f4a7c15U;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31);
    }
  }

  uint64_t bits() {  // xoshiro256**
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform on 0 .. n-1.
  uint64_t below(uint64_t n) {
    const uint64_t threshold = (0 - n) % n;  // 2^64 mod n
    for (;;) {
      __extension__ using Wide = unsigned __int128;
      const Wide product = static_cast<Wide>(bits()) * n;
      if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
    }
  }

 private:
  std::array<uint64_t, 4> state_{};
};

void require_options(const BootstrapOptions& options) {
  if (options.replicates < 1) throw std::invalid_argument("bootstrap: at least one replicate wanted");
  if (!(options.confidence > 0 && options.confidence < 1)) {
    throw std::invalid_argument("bootstrap: confidence must lie between 0 and 1");
  }
}

/// Means of the replicates, in the order drawn.
std::vector<double> replicate_means(std::span<const double> values, const BootstrapOptions& options) {
  Generator generator(options.seed);
  const uint64_t n = values.size();
  std::vector<double> means(static_cast<size_t>(options.replicates));
  for (double& replicate : means) {
    double sum = 0;
    for (uint64_t i = 0; i < n; ++i) sum += values[generator.below(n)];
    replicate = sum / static_cast<double>(n);
  }
  return means;
}

BootstrapInterval interval_of(std::span<const double> values, std::vector<double> replicates,
                              const BootstrapOptions& options) {
  std::sort(replicates.begin(), replicates.end());
  BootstrapInterval interval;
  interval.estimate = mean(values);
  const double tail = (1 - options.confidence) / 2;
  interval.low = detail::quantile_of_sorted(replicates, tail);
  interval.high = detail::quantile_of_sorted(replicates, 1 - tail);
  interval.n = static_cast<int64_t>(values.size());
  interval.replicates = options.replicates;
  return interval;
}

}  // namespace

BootstrapInterval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options) {
  require_options(options);
  detail::require_sample(values, "bootstrap");
  return interval_of(values, replicate_means(values, options), options);
}

PairedBootstrap paired_bootstrap(std::span<const double> a, std::span<const double> b,
                                 const BootstrapOptions& options) {
  require_options(options);
  const std::vector<double> differences = detail::differences_of(a, b, "paired bootstrap");
  std::vector<double> replicates = replicate_means(differences, options);
  const auto at_most = std::count_if(replicates.begin(), replicates.end(), [](double d) { return d <= 0; });
  const auto at_least = std::count_if(replicates.begin(), replicates.end(), [](double d) { return d >= 0; });
  const double count = static_cast<double>(options.replicates);
  PairedBootstrap result;
  // No finite number of replicates shows a p of 0.
  result.p = std::clamp(2 * static_cast<double>(std::min(at_most, at_least)) / count, 1 / (count + 1), 1.0);
  result.sd_difference = standard_deviation(differences, 1);
  result.difference = interval_of(differences, std::move(replicates), options);
  return result;
}

}  // namespace synerbench
