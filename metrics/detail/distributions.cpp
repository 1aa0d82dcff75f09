#include "metrics/detail/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace synerbench::detail {
namespace {

/// The continued fraction of I_x(a, b) (DLMF 8.17.22), by Lentz's method; converges fast for x < (a + 1) / (a
/// + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostTerms = 500;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    const double step = d * c;
    fraction *= step;
    if (std::abs(step - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return fraction;
}

/// log of the gamma function; std::lgamma writes a global sign and must not run in several threads at once.
double log_gamma(double x) {
#if defined(__GLIBC__)
  int sign = 0;
  return ::lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

}  // namespace

double normal_upper_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double log_front =
      log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x);
  const double front = std::exp(log_front);
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t_two_sided(double t, double degrees_of_freedom) {
  return incomplete_beta(degrees_of_freedom / 2, 0.5, degrees_of_freedom / (degrees_of_freedom + t * t));
}

double student_t_upper_tail(double t, double degrees_of_freedom) {
  const double half = student_t_two_sided(t, degrees_of_freedom) / 2;
  return t > 0 ? half : 1 - half;
}

double student_t_critical(double p, double degrees_of_freedom) {
  double low = 0, high = 1;
  while (student_t_two_sided(high, degrees_of_freedom) > p && high < 1e300) high *= 2;
  // Bisection down to neighboring doubles: slow and sure, one call per interval.
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (student_t_two_sided(middle, degrees_of_freedom) > p ? low : high) = middle;
  }
}

double noncentral_t_upper_tail(double t, double degrees_of_freedom, double noncentrality) {
  // P(Z > t v - noncentrality), averaged over v = sqrt(chi^2 / nu) with Simpson's rule. v has a spread of
  // about 1 / sqrt(2 nu) around 1.
  const double nu = degrees_of_freedom, spread = 1 / std::sqrt(2 * nu);
  const double low = std::max(0.0, 1 - 10 * spread), high = 1 + 12 * spread;
  const double log_constant = std::log(2.0) + nu / 2 * std::log(nu / 2) - log_gamma(nu / 2);
  constexpr int kSteps = 1200;
  const double step = (high - low) / kSteps;
  double sum = 0, weights = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double v = low + i * step;
    const double density = v > 0     ? std::exp(log_constant + (nu - 1) * std::log(v) - nu * v * v / 2)
                           : nu == 1 ? std::exp(log_constant)
                                     : 0;
    const double weight = density * (i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2);
    sum += weight * normal_upper_tail(t * v - noncentrality);
    weights += weight;
  }
  return sum / weights;  // the density's own error of quadrature cancels
}

}  // namespace synerbench::detail
