#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "metrics/detail/distributions.h"
#include "metrics/statistics.h"

namespace synerbench {

double power_of_t(double effect, double degrees_of_freedom, double alpha) {
  if (!(alpha > 0 && alpha < 1)) throw std::invalid_argument("power: alpha must lie between 0 and 1");
  if (!(degrees_of_freedom >= 1)) throw std::invalid_argument("power: fewer than one degree of freedom");
  const double critical = detail::student_t_critical(alpha, degrees_of_freedom);
  return detail::noncentral_t_upper_tail(critical, degrees_of_freedom, effect) +
         detail::noncentral_t_upper_tail(critical, degrees_of_freedom, -effect);
}

double detectable_effect(double degrees_of_freedom, double power, double alpha) {
  if (!(power > alpha && power < 1)) throw std::invalid_argument("power: it must lie between alpha and 1");
  const auto reached = [&](double effect) { return power_of_t(effect, degrees_of_freedom, alpha) - power; };
  double low = 0, high = 1;
  double at_low = alpha - power, at_high = reached(high);
  while (at_high < 0) {
    low = high;
    at_low = at_high;
    high *= 2;
    at_high = reached(high);
  }
  // The Illinois form of regula falsi: the power rises with the effect, and few evaluations are needed.
  double middle = high;
  for (int i = 0; i < 200 && std::abs(high - low) > 1e-10 * std::abs(high); ++i) {
    middle = high - at_high * (high - low) / (at_high - at_low);
    const double value = reached(middle);
    if (std::abs(value) < 1e-12) return middle;
    if ((value < 0) != (at_high < 0)) {
      low = high;
      at_low = at_high;
    } else {
      at_low /= 2;
    }
    high = middle;
    at_high = value;
  }
  return middle;
}

double equivalence_p(double estimate, double standard_error, double degrees_of_freedom, double margin) {
  if (!(margin > 0)) throw std::invalid_argument("equivalence: a margin above 0 is wanted");
  const double to_lower = estimate + margin, to_upper = margin - estimate;
  if (!(standard_error > 0)) return to_lower > 0 && to_upper > 0 ? 0 : 1;
  const double nearest = std::min(to_lower, to_upper);
  return detail::student_t_upper_tail(nearest / standard_error, degrees_of_freedom);
}

}  // namespace synerbench
