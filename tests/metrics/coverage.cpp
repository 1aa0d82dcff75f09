#include "tests/metrics/coverage.h"

#include <cmath>
#include <random>

#include "metrics/detail/distributions.h"
#include "metrics/statistics.h"

namespace synerbench {
namespace {

/// One draw with mean 0.
double draw(Shape shape, std::mt19937_64& generator, std::normal_distribution<double>& normal) {
  switch (shape) {
    case Shape::kNormal:
    case Shape::kTwoGroups:
      return normal(generator);
    case Shape::kHeavy: {
      const double z = normal(generator);
      double squares = 0;
      for (int i = 0; i < 3; ++i) squares += std::pow(normal(generator), 2);
      return z / std::sqrt(squares / 3);
    }
    case Shape::kSkewed:
      return std::exp(0.5 * normal(generator)) - std::exp(0.125);
    case Shape::kVerySkewed:
      return std::exp(normal(generator)) - std::exp(0.5);
  }
  return 0;
}

struct Outcome {
  bool percentile = false, student = false, ours = false;
  double width = 0;
  bool alarm = false, alarm_wilcoxon = false, exchangeable = false, exchangeable_wilcoxon = false;
};

Outcome try_once(Shape shape, size_t n, int replicates, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> parts(n), symmetric(n);
  std::vector<size_t> group(n, 0);
  double estimate = 0;
  const size_t few = shape == Shape::kTwoGroups ? std::max<size_t>(2, n / 4) : 0;
  for (size_t i = 0; i < n; ++i) {
    const double a = draw(shape, generator, normal), b = draw(shape, generator, normal);
    if (few == 0) {
      parts[i] = a / static_cast<double>(n);
      symmetric[i] = a - b;
    } else {  // the average of two tasks: each patient's value over 2 and over its task's patients
      group[i] = i < few ? 1 : 2;
      parts[i] = (i < few ? 3 * a / static_cast<double>(few) : a / static_cast<double>(n - few)) / 2;
      symmetric[i] = parts[i];
    }
    estimate += parts[i];
  }
  const BootstrapOptions options{replicates, 0.95, seed};
  const auto holds = [](double low, double high) { return low <= 0 && 0 <= high; };
  Outcome outcome;
  const MeanInterval interval = sum_interval(estimate, parts, group, options).value();
  const double half = interval.standard_error * detail::student_t_critical(0.05, interval.degrees_of_freedom);
  outcome.ours = holds(interval.low, interval.high);
  outcome.student = holds(estimate - half, estimate + half);
  outcome.width = (interval.high - interval.low) / (2 * half);
  const BootstrapInterval plain = bootstrap_mean(parts, options);
  outcome.percentile = holds(plain.low, plain.high);
  const auto alarms = [&](const std::vector<double>& d) {
    return sign_permutation_test(d, Alternative::kTwoSided, options).p <= 0.05;
  };
  const auto alarms_wilcoxon = [](const std::vector<double>& d) {
    return wilcoxon_signed_rank(d, {.zeros = ZeroRule::kPratt}).p <= 0.05;
  };
  outcome.alarm = alarms(parts);
  outcome.alarm_wilcoxon = alarms_wilcoxon(parts);
  outcome.exchangeable = alarms(symmetric);
  outcome.exchangeable_wilcoxon = alarms_wilcoxon(symmetric);
  return outcome;
}

}  // namespace

std::vector<Shape> all_shapes() {
  return {Shape::kNormal, Shape::kHeavy, Shape::kSkewed, Shape::kVerySkewed, Shape::kTwoGroups};
}

std::string name_of(Shape shape) {
  switch (shape) {
    case Shape::kNormal:
      return "normal";
    case Shape::kHeavy:
      return "heavy tails (t, 3 degrees)";
    case Shape::kSkewed:
      return "skewed (log-normal, 0.5)";
    case Shape::kVerySkewed:
      return "very skewed (log-normal, 1)";
    case Shape::kTwoGroups:
      return "average of two tasks";
  }
  return "";
}

Coverage simulate(Shape shape, int64_t patients, int samples, int replicates) {
  std::vector<Outcome> outcomes(static_cast<size_t>(samples));
#pragma omp parallel for schedule(dynamic)
  for (int i = 0; i < samples; ++i) {
    const uint64_t seed = (static_cast<uint64_t>(shape) * 1000 + static_cast<uint64_t>(patients)) * 1000003 +
                          static_cast<uint64_t>(i);
    outcomes[static_cast<size_t>(i)] = try_once(shape, static_cast<size_t>(patients), replicates, seed);
  }
  Coverage coverage;
  coverage.samples = samples;
  const double share = 1.0 / samples;
  for (const Outcome& o : outcomes) {
    coverage.percentile += share * o.percentile;
    coverage.student += share * o.student;
    coverage.ours += share * o.ours;
    coverage.width += share * std::min(o.width, 100.0);
    coverage.false_alarms += share * o.alarm;
    coverage.false_alarms_wilcoxon += share * o.alarm_wilcoxon;
    coverage.false_alarms_exchangeable += share * o.exchangeable;
    coverage.false_alarms_exchangeable_wilcoxon += share * o.exchangeable_wilcoxon;
  }
  return coverage;
}

}  // namespace synerbench
