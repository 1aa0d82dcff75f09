#include "reports/numbers/tolerance.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench {
namespace {

bool matches(const Tolerance& tolerance, const std::string& protocol, const std::string& metric) {
  return (tolerance.protocol.empty() || tolerance.protocol == protocol) &&
         (tolerance.metric.empty() || tolerance.metric == metric);
}

int specificity(const Tolerance& tolerance) {
  return (tolerance.protocol.empty() ? 0 : 2) + (tolerance.metric.empty() ? 0 : 1);
}

}  // namespace

Tolerance parse_tolerance(const std::string& text, const std::string& what) {
  Tolerance tolerance;
  const size_t equals = text.rfind('=');
  const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
  const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
  const size_t slash = name.find('/');
  if (slash != std::string::npos) tolerance.protocol = name.substr(0, slash);
  tolerance.metric = slash == std::string::npos ? name : name.substr(slash + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), tolerance.value);
  const bool whole = error == std::errc() && end == number.data() + number.size() &&
                     std::isfinite(tolerance.value) && tolerance.value >= 0;
  const bool named =
      equals == std::string::npos ||
      (!tolerance.metric.empty() && (slash == std::string::npos || !tolerance.protocol.empty()));
  if (!whole || !named) {
    throw usage_error(what, "\"" + text + "\" is no " + what,
                      "write 0.002, ssim=0.002 or synermed-2d@2/ssim=0.002; not negative");
  }
  return tolerance;
}

std::optional<double> find_tolerance(const std::vector<Tolerance>& tolerances, const std::string& protocol,
                                     const std::string& metric) {
  const Tolerance* best = nullptr;
  for (const Tolerance& tolerance : tolerances) {
    if (matches(tolerance, protocol, metric) &&
        (best == nullptr || specificity(tolerance) >= specificity(*best)))
      best = &tolerance;
  }
  return best == nullptr ? std::nullopt : std::optional(best->value);
}

void require_known(const std::vector<Tolerance>& tolerances, const std::vector<MeasuredMetric>& measured,
                   const std::string& what) {
  std::vector<std::string> known;
  for (const MeasuredMetric& m : measured) {
    for (const std::string& name : {m.metric, m.protocol + "/" + m.metric}) {
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
  }
  for (const Tolerance& tolerance : tolerances) {
    const std::string name = (tolerance.protocol.empty() ? "" : tolerance.protocol + "/") + tolerance.metric;
    for (const Tolerance& other : tolerances) {
      if (other.protocol == tolerance.protocol && other.metric == tolerance.metric &&
          other.value != tolerance.value) {
        throw usage_error(name.empty() ? what : what + " " + name,
                          fmt::format("is given twice: {} and {}", tolerance.value, other.value),
                          "keep one of the two: which one counts is a guess");
      }
    }
    if (std::any_of(measured.begin(), measured.end(),
                    [&](const MeasuredMetric& m) { return matches(tolerance, m.protocol, m.metric); }))
      continue;
    throw usage_error(what + " " + name, "the baseline measured nothing of that name",
                      did_you_mean(name, known));
  }
}

}  // namespace synerbench
