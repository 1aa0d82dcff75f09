// Simulated samples of paired differences: how often an interval holds the truth, and how often a test cries
// wolf. What the statistics promise, measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace synerbench {

/// Where the differences of the patients come from.
enum class Shape {
  kNormal,
  kHeavy,       // Student's t with 3 degrees of freedom
  kSkewed,      // log-normal, sigma 0.5 (skewness 1.75)
  kVerySkewed,  // log-normal, sigma 1 (skewness 6.2)
  kTwoGroups,   // normal, two tasks of different patients: one with a quarter of them and three times the SD
};
std::vector<Shape> all_shapes();
std::string name_of(Shape shape);

struct Coverage {
  int samples = 0;
  // Shares of samples whose 95 % interval holds the true mean.
  double percentile = 0;  // the plain bootstrap; of the mean over all for kTwoGroups
  double student = 0, ours = 0;
  double width = 0;  // ours, mean, in widths of Student's
  // Shares of samples with p <= 0.05 where the true mean is 0. For skewed shapes the mean is 0 and the
  // differences are not symmetric, which no test of signs promises to stand.
  double false_alarms = 0, false_alarms_wilcoxon = 0;
  // The same for the difference of two draws from the shape, which is symmetric: two interchangeable models.
  double false_alarms_exchangeable = 0, false_alarms_exchangeable_wilcoxon = 0;
};

/// Depends on the arguments only, not on the number of threads.
Coverage simulate(Shape shape, int64_t patients, int samples, int replicates);

}  // namespace synerbench
