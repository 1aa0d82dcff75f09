// Tail probabilities.
#pragma once

namespace synerbench::detail {

/// P(Z > z) of the standard normal distribution.
double normal_upper_tail(double z);

/// P(|T| > |t|) of Student's distribution; degrees of freedom > 0.
double student_t_two_sided(double t, double degrees_of_freedom);

/// P(T > t) of Student's distribution; degrees of freedom > 0.
double student_t_upper_tail(double t, double degrees_of_freedom);

/// The t with P(|T| > t) = p; p in (0, 1), degrees of freedom > 0.
double student_t_critical(double p, double degrees_of_freedom);

/// P(T > t) of the noncentral t distribution: T = (Z + noncentrality) / sqrt(chi^2 / degrees of freedom).
/// Degrees of freedom >= 1; absolute error below 1e-8.
double noncentral_t_upper_tail(double t, double degrees_of_freedom, double noncentrality);

/// I_x(a, b), the regularized incomplete beta function; a, b > 0, x in [0, 1].
double incomplete_beta(double a, double b, double x);

}  // namespace synerbench::detail
