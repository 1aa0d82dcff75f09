// Limits on a difference, per metric: what the gate allows, what a comparison calls equivalent.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace synerbench {

/// A limit in the metric's unit. Empty protocol or metric: any. The most specific one counts, and of equally
/// specific ones the last.
struct Tolerance {
  std::string protocol, metric;
  double value = 0;  // >= 0, finite
};

/// "0.002", "ssim=0.002", "synermed-2d@2/ssim=0.002". `what` names the option in the Error(kUsage) that
/// anything else is.
Tolerance parse_tolerance(const std::string& text, const std::string& what = "tolerance");

/// The one that counts; nothing when none matches.
std::optional<double> find_tolerance(const std::vector<Tolerance>& tolerances, const std::string& protocol,
                                     const std::string& metric);

struct MeasuredMetric {
  std::string protocol, metric;
};
/// Error(kUsage) with "did you mean" for one that matches nothing of what was measured.
void require_known(const std::vector<Tolerance>& tolerances, const std::vector<MeasuredMetric>& measured,
                   const std::string& what = "tolerance");

}  // namespace synerbench
