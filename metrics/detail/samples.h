// What the statistics functions share.
#pragma once

#include <span>
#include <vector>

#include "metrics/statistics.h"

namespace synerbench::detail {

/// std::invalid_argument naming `function` for no values or one that is not finite.
void require_sample(std::span<const double> values, const char* function);

/// a - b after the same checks and one of equal length.
std::vector<double> differences_of(std::span<const double> a, std::span<const double> b,
                                   const char* function);

/// std::invalid_argument for fewer than one replicate or a confidence outside (0, 1).
void require_options(const BootstrapOptions& options);

/// Linear between order statistics; sorted not empty, share in [0, 1].
double quantile_of_sorted(std::span<const double> sorted, double share);

}  // namespace synerbench::detail
