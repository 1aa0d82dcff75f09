#include <algorithm>
#include <vector>

#include "metrics/detail/generator.h"
#include "metrics/detail/samples.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

/// Means of the replicates, in the order drawn.
std::vector<double> replicate_means(std::span<const double> values, const BootstrapOptions& options) {
  detail::Generator generator(options.seed);
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
  detail::require_options(options);
  detail::require_sample(values, "bootstrap");
  return interval_of(values, replicate_means(values, options), options);
}

}  // namespace synerbench
