// Many tests at once, of which some cannot reject anything.
#pragma once

#include <span>

namespace synerbench {

/// Note [Tests that cannot reject] An exact test of few patients has a p that it cannot fall below: with
/// eight signs, 2 / 2^8. Holm's correction pays for every test of a family, also for those that could never
/// have rejected at the level that is left. Tarone (1990) counts only the others: K is the smallest k for
/// which at most k tests can reach level / k, and level / K is what each p is held against. Step by step, as
/// in Holm, tests that rejected leave the family (Hommel and Krummenauer 1998). The chance of any false
/// rejection stays at `level`, whatever the dependence of the tests, because what a test can reach is known
/// before the signs are looked at. It is never stricter than Holm.
///
/// The limit that the step-down ends with: exactly the tests with p <= limit are rejected. `p` in [0, 1];
/// `least[i]`: what p[i] cannot fall below, at most p[i]. One length; `level` in (0, 1). Else
/// std::invalid_argument. No test: `level`.
double tarone_holm_limit(std::span<const double> p, std::span<const double> least, double level);

}  // namespace synerbench
