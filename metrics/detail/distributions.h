// Tail probabilities.
#pragma once

namespace synerbench::detail {

/// P(Z > z) of the standard normal distribution.
double normal_upper_tail(double z);

/// P(|T| > |t|) of Student's distribution; degrees of freedom > 0.
double student_t_two_sided(double t, double degrees_of_freedom);

/// I_x(a, b), the regularized incomplete beta function; a, b > 0, x in [0, 1].
double incomplete_beta(double a, double b, double x);

}  // namespace synerbench::detail
