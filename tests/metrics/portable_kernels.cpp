// The second copy lives in a namespace of its own; its names must not meet those of the library.
#define SYNERBENCH_CLONES
#define detail detail_portable
#include "metrics/detail/kernels.cpp"
#undef detail

#include "tests/metrics/portable_kernels.h"

namespace synerbench::portable_kernels {

namespace kernels = detail_portable;

void weigh_products(const double* weights, int taps, bool unit, const double* x, const double* y,
                    int64_t stride, int64_t count, bool apart, double* const* out) {
  kernels::weigh_products({weights, taps, unit}, x, y, stride, count,
                          apart ? kernels::Squares::kApart : kernels::Squares::kTogether, out);
}

void weigh(const double* weights, int taps, bool unit, const double* in, int64_t stride, int64_t count,
           double scale, double* out) {
  kernels::weigh({weights, taps, unit}, in, stride, count, scale, out);
}

void row(int kind, const double* const* moments, int64_t width, double c1, double c2, double factor,
         double* out, double* contrast) {
  const kernels::MomentRow row{0, 0, width, moments[0], moments[1], moments[2], moments[3], moments[4]};
  const kernels::SsimConstants constants{c1, c2, factor};
  if (kind == 0) kernels::ssim_row(row, constants, out, contrast);
  if (kind == 1) kernels::ssim_row_floored(row, constants, out, contrast);
  if (kind == 2) kernels::synthrad2025_row(row, constants, out);
}

}  // namespace synerbench::portable_kernels
