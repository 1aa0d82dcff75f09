// The inner loops of the window engine. Everything slow about SSIM happens here and nowhere else.
#pragma once

#include <cstdint>

namespace synerbench::detail {

// Note [Equal bytes on every processor]
// The kernels are compiled for several instruction sets and the best is chosen when the program is loaded.
// They give the same bits everywhere: each output is one chain of additions in tap order, vector instructions
// only work on several outputs at once, and the file is compiled with -ffp-contract=off, because a fused
// multiply-add rounds once where multiply and add round twice.

/// The products whose window sums SSIM needs.
enum class Squares {
  kTogether,  // x, y, x^2 + y^2, xy: enough wherever only the sum of the two variances counts
  kApart,     // x, y, x^2, xy, y^2
};
inline constexpr int kMaxMoments = 5;
inline constexpr int moment_count(Squares squares) { return squares == Squares::kTogether ? 4 : 5; }

/// Weights along one axis. unit: all are 1 and the sum is scaled later, so sums of whole numbers stay exact.
struct Taps {
  const double* weights = nullptr;
  int count = 1;
  bool unit = false;
};

/// out[m][i] = sum over k of w[k] * product_m(x[i + k stride], y[i + k stride]), for i in [0, count).
void weigh_products(const Taps& taps, const double* x, const double* y, int64_t stride, int64_t count,
                    Squares squares, double* const* out);

/// out[i] = scale * sum over k of w[k] * in[i + k stride], for i in [0, count).
void weigh(const Taps& taps, const double* in, int64_t stride, int64_t count, double scale, double* out);

/// Window means of one row of map voxels.
struct MomentRow {
  int64_t depth = 0, height = 0;    // position of the row in the map
  int64_t width = 0;                // voxels in it
  const double* x = nullptr;        // E[x]
  const double* y = nullptr;        // E[y]
  const double* squares = nullptr;  // kTogether: E[x^2 + y^2]; kApart: E[x^2]
  const double* xy = nullptr;       // E[xy]
  const double* yy = nullptr;       // kApart only: E[y^2]
};

struct SsimConstants {
  double c1 = 0, c2 = 0;
  double covariance_factor = 1;  // 1, or n / (n - 1)
};

/// contrast[i] = (2 cov + C2) / (vx + vy + C2), ssim[i] = luminance * contrast.
void ssim_row(const MomentRow& row, const SsimConstants& constants, double* ssim, double* contrast);
/// The same with each variance floored at 0; needs Squares::kApart.
void ssim_row_floored(const MomentRow& row, const SsimConstants& constants, double* ssim, double* contrast);

/// product[i] = L C S of SynthRAD2025, each factor floored at 0; needs Squares::kApart.
void synthrad2025_row(const MomentRow& row, const SsimConstants& constants, double* product);

}  // namespace synerbench::detail
