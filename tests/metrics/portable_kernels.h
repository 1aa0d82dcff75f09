// The kernels of metrics/detail/kernels.cpp, compiled once more without the choice of instruction sets.
#pragma once

#include <cstdint>

namespace synerbench::portable_kernels {

void weigh_products(const double* weights, int taps, bool unit, const double* x, const double* y,
                    int64_t stride, int64_t count, bool apart, double* const* out);
void weigh(const double* weights, int taps, bool unit, const double* in, int64_t stride, int64_t count,
           double scale, double* out);
/// moments: x, y, squares, xy, yy, each of `width` values. kind 0: SSIM, 1: SSIM with floored variances, 2:
/// SynthRAD2025.
void row(int kind, const double* const* moments, int64_t width, double c1, double c2, double factor,
         double* out, double* contrast);

}  // namespace synerbench::portable_kernels
