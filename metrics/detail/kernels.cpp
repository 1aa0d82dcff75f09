#include "metrics/detail/kernels.h"

#include <algorithm>
#include <cmath>

// See Note [Equal bytes on every processor]. A test compiles this file once more with SYNERBENCH_CLONES
// empty.
#if defined(SYNERBENCH_CLONES)
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SYNERBENCH_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SYNERBENCH_CLONES
#endif
#define SYNERBENCH_INLINE inline __attribute__((always_inline))

namespace synerbench::detail {
namespace {

/// kTaps: known when compiling, so that the loop over taps is unrolled and the one over outputs vectorized;
/// 0: any count.
template <int kTaps, bool kUnit>
SYNERBENCH_INLINE void weigh_body(const double* weights, int taps, const double* __restrict in,
                                  int64_t stride, int64_t count, double scale, double* __restrict out) {
  if constexpr (kTaps > 0) {
    double w[kTaps];
    for (int k = 0; k < kTaps; ++k) w[k] = kUnit ? 1.0 : weights[k];
    for (int64_t i = 0; i < count; ++i) {
      double sum = kUnit ? in[i] : w[0] * in[i];
#pragma GCC unroll 16
      for (int k = 1; k < kTaps; ++k) sum += kUnit ? in[i + k * stride] : w[k] * in[i + k * stride];
      out[i] = scale * sum;
    }
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = weights[0] * in[i];
    for (int k = 1; k < taps; ++k) {
      const double w = weights[k];
      const double* __restrict shifted = in + k * stride;
      for (int64_t i = 0; i < count; ++i) out[i] += w * shifted[i];
    }
    for (int64_t i = 0; i < count; ++i) out[i] *= scale;
  }
}

template <int kTaps, bool kUnit, bool kApart>
SYNERBENCH_INLINE void products_body(const double* weights, const double* __restrict x,
                                     const double* __restrict y, int64_t stride, int64_t count,
                                     double* __restrict out_x, double* __restrict out_y,
                                     double* __restrict out_squares, double* __restrict out_xy,
                                     double* __restrict out_yy) {
  double w[kTaps];
  for (int k = 0; k < kTaps; ++k) w[k] = kUnit ? 1.0 : weights[k];
  for (int64_t i = 0; i < count; ++i) {
    double sx = 0, sy = 0, squares = 0, sxy = 0, syy = 0;
#pragma GCC unroll 16
    for (int k = 0; k < kTaps; ++k) {
      const double a = x[i + k * stride];
      const double b = y[i + k * stride];
      sx += kUnit ? a : w[k] * a;
      sy += kUnit ? b : w[k] * b;
      sxy += kUnit ? a * b : w[k] * (a * b);
      if constexpr (kApart) {
        squares += kUnit ? a * a : w[k] * (a * a);
        syy += kUnit ? b * b : w[k] * (b * b);
      } else {
        squares += kUnit ? a * a + b * b : w[k] * (a * a + b * b);
      }
    }
    out_x[i] = sx;
    out_y[i] = sy;
    out_squares[i] = squares;
    out_xy[i] = sxy;
    if constexpr (kApart) out_yy[i] = syy;
  }
}

/// Any number of taps: the sums live in memory instead of registers.
template <bool kApart>
SYNERBENCH_INLINE void products_of_any(const double* weights, int taps, const double* __restrict x,
                                       const double* __restrict y, int64_t stride, int64_t count,
                                       double* __restrict out_x, double* __restrict out_y,
                                       double* __restrict out_squares, double* __restrict out_xy,
                                       double* __restrict out_yy) {
  for (int k = 0; k < taps; ++k) {
    const double w = weights[k];
    const double* __restrict xs = x + k * stride;
    const double* __restrict ys = y + k * stride;
    for (int64_t i = 0; i < count; ++i) {
      const double a = xs[i], b = ys[i];
      const double sx = w * a, sy = w * b, sxy = w * (a * b);
      const double squares = kApart ? w * (a * a) : w * (a * a + b * b);
      out_x[i] = k == 0 ? sx : out_x[i] + sx;
      out_y[i] = k == 0 ? sy : out_y[i] + sy;
      out_xy[i] = k == 0 ? sxy : out_xy[i] + sxy;
      out_squares[i] = k == 0 ? squares : out_squares[i] + squares;
      if constexpr (kApart) out_yy[i] = k == 0 ? w * (b * b) : out_yy[i] + w * (b * b);
    }
  }
}

template <bool kApart>
SYNERBENCH_INLINE void products_dispatch(const Taps& taps, const double* x, const double* y, int64_t stride,
                                         int64_t count, double* const* out) {
  double* yy = kApart ? out[4] : nullptr;
  if (taps.count == 7 && taps.unit) {
    products_body<7, true, kApart>(taps.weights, x, y, stride, count, out[0], out[1], out[2], out[3], yy);
  } else if (taps.count == 11 && !taps.unit) {
    products_body<11, false, kApart>(taps.weights, x, y, stride, count, out[0], out[1], out[2], out[3], yy);
  } else if (taps.count == 1 && taps.unit) {
    products_body<1, true, kApart>(taps.weights, x, y, stride, count, out[0], out[1], out[2], out[3], yy);
  } else {
    products_of_any<kApart>(taps.weights, taps.count, x, y, stride, count, out[0], out[1], out[2], out[3],
                            yy);
  }
}

}  // namespace

SYNERBENCH_CLONES void weigh_products(const Taps& taps, const double* x, const double* y, int64_t stride,
                                      int64_t count, Squares squares, double* const* out) {
  if (squares == Squares::kApart) {
    products_dispatch<true>(taps, x, y, stride, count, out);
  } else {
    products_dispatch<false>(taps, x, y, stride, count, out);
  }
}

SYNERBENCH_CLONES void weigh(const Taps& taps, const double* in, int64_t stride, int64_t count, double scale,
                             double* out) {
  if (taps.count == 7 && taps.unit) {
    weigh_body<7, true>(taps.weights, 7, in, stride, count, scale, out);
  } else if (taps.count == 11 && !taps.unit) {
    weigh_body<11, false>(taps.weights, 11, in, stride, count, scale, out);
  } else {
    weigh_body<0, false>(taps.weights, taps.count, in, stride, count, scale, out);
  }
}

SYNERBENCH_CLONES void ssim_row(const MomentRow& row, const SsimConstants& constants, double* __restrict ssim,
                                double* __restrict contrast) {
  const auto [c1, c2, factor] = constants;
  const double* __restrict x = row.x;
  const double* __restrict y = row.y;
  const double* __restrict squares = row.squares;
  const double* __restrict xy = row.xy;
  for (int64_t i = 0; i < row.width; ++i) {
    const double mean_squares = x[i] * x[i] + y[i] * y[i];
    const double mean_product = x[i] * y[i];
    const double variances = factor * (squares[i] - mean_squares);
    const double covariance = factor * (xy[i] - mean_product);
    contrast[i] = (2 * covariance + c2) / (variances + c2);
    ssim[i] = (2 * mean_product + c1) / (mean_squares + c1) * contrast[i];
  }
}

SYNERBENCH_CLONES void ssim_row_floored(const MomentRow& row, const SsimConstants& constants,
                                        double* __restrict ssim, double* __restrict contrast) {
  const auto [c1, c2, factor] = constants;
  const double* __restrict x = row.x;
  const double* __restrict y = row.y;
  const double* __restrict xx = row.squares;
  const double* __restrict yy = row.yy;
  const double* __restrict xy = row.xy;
  for (int64_t i = 0; i < row.width; ++i) {
    const double mean_product = x[i] * y[i];
    const double variance_x = std::max(factor * (xx[i] - x[i] * x[i]), 0.0);
    const double variance_y = std::max(factor * (yy[i] - y[i] * y[i]), 0.0);
    const double covariance = factor * (xy[i] - mean_product);
    contrast[i] = (2 * covariance + c2) / (variance_x + variance_y + c2);
    ssim[i] = (2 * mean_product + c1) / (x[i] * x[i] + y[i] * y[i] + c1) * contrast[i];
  }
}

SYNERBENCH_CLONES void synthrad2025_row(const MomentRow& row, const SsimConstants& constants,
                                        double* __restrict product) {
  const auto [c1, c2, factor] = constants;
  const double c3 = c2 / 2;
  const double* __restrict x = row.x;
  const double* __restrict y = row.y;
  const double* __restrict xx = row.squares;
  const double* __restrict yy = row.yy;
  const double* __restrict xy = row.xy;
  for (int64_t i = 0; i < row.width; ++i) {
    const double mean_product = x[i] * y[i];
    const double variance_x = factor * (xx[i] - x[i] * x[i]);
    const double variance_y = factor * (yy[i] - y[i] * y[i]);
    const double covariance = factor * (xy[i] - mean_product);
    // One root of the product would differ from the original's two roots in the last bits; so two roots.
    const double deviations = std::sqrt(std::max(variance_x, 0.0)) * std::sqrt(std::max(variance_y, 0.0));
    const double luminance = (2 * mean_product + c1) / (x[i] * x[i] + y[i] * y[i] + c1);
    const double contrast = (2 * deviations + c2) / (variance_x + variance_y + c2);
    const double structure = (covariance + c3) / (deviations + c3);
    product[i] = std::max(luminance, 0.0) * std::max(contrast, 0.0) * std::max(structure, 0.0);
  }
}

}  // namespace synerbench::detail
