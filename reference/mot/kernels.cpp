#include "reference/mot/kernels.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "reference/mot/detail/vectorized.h"
#include "reference/mot/gradient.h"

namespace synerbench::reference::kernels {
namespace {

constexpr int64_t kGrainValues = 1 << 14;  // values per parallel chunk
constexpr int64_t kColumns = 64;           // columns per chunk of a sum over rows
constexpr int64_t kFewRows = 8;

int64_t rows_per_chunk(int64_t width) { return std::max<int64_t>(1, kGrainValues / width); }

/// x [rows, heads, d] whose last two dimensions are contiguous, seen as rows of one head each is not one
/// stride; so heads are walked inside a row.
struct HeadRows {
  const float* data;
  int64_t rows, heads, d, stride;
  const float* head(int64_t r, int64_t h) const { return data + r * stride + h * d; }
};
HeadRows head_rows(const at::Tensor& x) {
  return {x.data_ptr<float>(), x.size(0), x.size(1), x.size(2), x.stride(0)};
}

SB_VECTORIZED float inverse_rms(const float* x, int64_t width, double eps) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < width; ++i) sum += x[i] * x[i];
  return 1.0f / std::sqrt(sum / static_cast<float>(width) + static_cast<float>(eps));
}

/// Gradient of x for y = w * x * inverse, from g = dy * w already multiplied: inverse * (g - xhat * mean(g *
/// xhat)).
SB_VECTORIZED void rms_backward_row(const float* x, const float* g, float inverse, int64_t width,
                                    float* out) {
  float dot = 0;
#pragma omp simd reduction(+ : dot)
  for (int64_t i = 0; i < width; ++i) dot += g[i] * x[i];
  const float factor = dot * inverse * inverse / static_cast<float>(width);
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) out[i] = inverse * (g[i] - x[i] * factor);
}

/// Sum over rows of gradient * x * inverse[row]: each column by one thread, rows in order, so the result does
/// not depend on the number of threads.
at::Tensor rms_weight_gradient(const float* x, int64_t x_stride, const float* g, const float* inverse,
                               int64_t rows, int64_t width, const at::TensorOptions& options) {
  at::Tensor out = at::zeros({width}, options);
  float* sums = out.data_ptr<float>();
  at::parallel_for(0, (width + kColumns - 1) / kColumns, 1, [&](int64_t first, int64_t last) {
    for (int64_t chunk = first; chunk < last; ++chunk) {
      const int64_t begin = chunk * kColumns, end = std::min(width, begin + kColumns);
      for (int64_t r = 0; r < rows; ++r) {
        const float* xr = x + r * x_stride;
        const float* gr = g + r * width;
        for (int64_t i = begin; i < end; ++i) sums[i] += gr[i] * xr[i] * inverse[r];
      }
    }
  });
  return out;
}

/// 1 / (1 + e^-x); the ends are 1.6e-28 and 1.
inline __attribute__((always_inline)) float sigmoid(float x) {
  return 1.0f / (1.0f + fast_exp(std::min(std::max(-x, -64.0f), 64.0f)));
}

SB_VECTORIZED void gated_silu_row(const float* gate, const float* up, int64_t width, float* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) out[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

SB_VECTORIZED void gated_silu_backward_row(const float* gate, const float* up, const float* g, int64_t width,
                                           float* gate_out, float* up_out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    const float s = sigmoid(gate[i]);
    up_out[i] = g[i] * gate[i] * s;
    gate_out[i] = g[i] * up[i] * s * (1.0f + gate[i] * (1.0f - s));
  }
}

SB_VECTORIZED void scale_row(const float* x, const float* weight, float factor, int64_t width, float* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) out[i] = weight[i] * (x[i] * factor);
}

/// Four rows of x against one row of a weight. The rows of x stay in the nearest cache, the weight passes
/// once.
SB_VECTORIZED void four_products(const float* weight, const float* x, int64_t width, float* out) {
  const float *x0 = x, *x1 = x + width, *x2 = x + 2 * width, *x3 = x + 3 * width;
  float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
  for (int64_t i = 0; i < width; ++i) {
    s0 += weight[i] * x0[i];
    s1 += weight[i] * x1[i];
    s2 += weight[i] * x2[i];
    s3 += weight[i] * x3[i];
  }
  out[0] = s0, out[1] = s1, out[2] = s2, out[3] = s3;
}

}  // namespace

bool usable(const at::Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const int64_t width = x.size(-1);
  const at::Tensor input = x.detach().contiguous(), w = weight.detach().contiguous();
  const int64_t rows = input.numel() / std::max<int64_t>(1, width);
  at::Tensor out = at::empty(input.sizes(), input.options()), inverse = at::empty({rows}, input.options());
  {
    const float *in = input.data_ptr<float>(), *wp = w.data_ptr<float>();
    float *o = out.data_ptr<float>(), *inv = inverse.data_ptr<float>();
    at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const float* row = in + r * width;
        inv[r] = inverse_rms(row, width, eps);
        scale_row(row, wp, inv[r], width, o + r * width);
      }
    });
  }
  return with_gradient(out, {x, weight},
                       [input, w, inverse, rows, width, wants_x = x.requires_grad(),
                        wants_w = weight.requires_grad()](const at::Tensor& gradient) {
                         const at::Tensor g = gradient.contiguous();
                         const float *gp = g.data_ptr<float>(), *in = input.data_ptr<float>(),
                                     *wp = w.data_ptr<float>(), *inv = inverse.data_ptr<float>();
                         at::Tensor gx, gw;
                         if (wants_x) {
                           gx = at::empty(input.sizes(), input.options());
                           float* o = gx.data_ptr<float>();
                           at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
                             std::vector<float> scaled(static_cast<size_t>(width));
                             for (int64_t r = begin; r < end; ++r) {
#pragma omp simd
                               for (int64_t i = 0; i < width; ++i)
                                 scaled[static_cast<size_t>(i)] = gp[r * width + i] * wp[i];
                               rms_backward_row(in + r * width, scaled.data(), inv[r], width, o + r * width);
                             }
                           });
                         }
                         if (wants_w)
                           gw = rms_weight_gradient(in, width, gp, inv, rows, width, input.options());
                         return std::vector<at::Tensor>{gx, gw};
                       });
}

at::Tensor gated_silu(const at::Tensor& gate_and_up) {
  const at::Tensor input = gate_and_up.detach().contiguous();
  const int64_t width = input.size(-1) / 2, rows = input.numel() / std::max<int64_t>(1, 2 * width);
  std::vector<int64_t> shape = input.sizes().vec();
  shape.back() = width;
  at::Tensor out = at::empty(shape, input.options());
  {
    const float* in = input.data_ptr<float>();
    float* o = out.data_ptr<float>();
    at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const float *gate = in + 2 * r * width, *up = gate + width;
        gated_silu_row(gate, up, width, o + r * width);
      }
    });
  }
  return with_gradient(out, {gate_and_up}, [input, rows, width](const at::Tensor& gradient) {
    const at::Tensor g = gradient.contiguous();
    at::Tensor out = at::empty(input.sizes(), input.options());
    const float *gp = g.data_ptr<float>(), *in = input.data_ptr<float>();
    float* o = out.data_ptr<float>();
    at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const float *gate = in + 2 * r * width, *up = gate + width;
        float *gate_out = o + 2 * r * width, *up_out = gate_out + width;
        gated_silu_backward_row(gate, up, gp + r * width, width, gate_out, up_out);
      }
    });
    return std::vector<at::Tensor>{out};
  });
}

at::Tensor normed_rotated(const at::Tensor& x, const at::Tensor& weight, double eps,
                          const RotaryTable& table) {
  const at::Tensor input = x.detach(), w = weight.detach().contiguous();
  const at::Tensor cos = table.cos.contiguous(), sin = table.sin.contiguous();  // [rows, 1, d/2]
  const HeadRows in = head_rows(input);
  const int64_t half = in.d / 2;
  at::Tensor out = at::empty(input.sizes(), input.options()),
             inverse = at::empty({in.rows, in.heads}, input.options());
  {
    const float *wp = w.data_ptr<float>(), *c = cos.data_ptr<float>(), *s = sin.data_ptr<float>();
    float *o = out.data_ptr<float>(), *inv = inverse.data_ptr<float>();
    at::parallel_for(0, in.rows, rows_per_chunk(in.heads * in.d), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const float *cr = c + r * half, *sr = s + r * half;
        for (int64_t h = 0; h < in.heads; ++h) {
          const float* head = in.head(r, h);
          const float k = inv[r * in.heads + h] = inverse_rms(head, in.d, eps);
          float* y = o + (r * in.heads + h) * in.d;
#pragma omp simd
          for (int64_t i = 0; i < half; ++i) {
            const float a = wp[i] * (head[i] * k), b = wp[half + i] * (head[half + i] * k);
            y[i] = a * cr[i] - b * sr[i];
            y[half + i] = b * cr[i] + a * sr[i];
          }
        }
      }
    });
  }
  return with_gradient(
      out, {x, weight},
      [input, w, cos, sin, inverse, half, wants_x = x.requires_grad(),
       wants_w = weight.requires_grad()](const at::Tensor& gradient) {
        const HeadRows in = head_rows(input);
        const at::Tensor g = gradient.contiguous();
        // First back through the rotation: the gradient of the norm's output.
        at::Tensor turned = at::empty(g.sizes(), g.options());
        const float *gp = g.data_ptr<float>(), *c = cos.data_ptr<float>(), *s = sin.data_ptr<float>(),
                    *inv = inverse.data_ptr<float>(), *wp = w.data_ptr<float>();
        float* t = turned.data_ptr<float>();
        at::Tensor gx, gw;
        if (wants_x) gx = at::empty(g.sizes(), g.options());
        float* o = wants_x ? gx.data_ptr<float>() : nullptr;
        at::parallel_for(0, in.rows, rows_per_chunk(in.heads * in.d), [&](int64_t begin, int64_t end) {
          std::vector<float> scaled(static_cast<size_t>(in.d));
          for (int64_t r = begin; r < end; ++r) {
            const float *cr = c + r * half, *sr = s + r * half;
            for (int64_t h = 0; h < in.heads; ++h) {
              const float* y = gp + (r * in.heads + h) * in.d;
              float* back = t + (r * in.heads + h) * in.d;
#pragma omp simd
              for (int64_t i = 0; i < half; ++i) {
                back[i] = y[i] * cr[i] + y[half + i] * sr[i];
                back[half + i] = y[half + i] * cr[i] - y[i] * sr[i];
              }
              if (!o) continue;
#pragma omp simd
              for (int64_t i = 0; i < in.d; ++i) scaled[static_cast<size_t>(i)] = back[i] * wp[i];
              rms_backward_row(in.head(r, h), scaled.data(), inv[r * in.heads + h], in.d,
                               o + (r * in.heads + h) * in.d);
            }
          }
        });
        if (wants_w) {
          gw = at::zeros({in.d}, g.options());
          float* sums = gw.data_ptr<float>();
          at::parallel_for(0, (in.d + kColumns - 1) / kColumns, 1, [&](int64_t first, int64_t last) {
            for (int64_t chunk = first; chunk < last; ++chunk) {
              const int64_t begin = chunk * kColumns, end = std::min(in.d, begin + kColumns);
              for (int64_t r = 0; r < in.rows; ++r) {
                for (int64_t h = 0; h < in.heads; ++h) {
                  const float *head = in.head(r, h), *back = t + (r * in.heads + h) * in.d;
                  const float k = inv[r * in.heads + h];
                  for (int64_t i = begin; i < end; ++i) sums[i] += back[i] * head[i] * k;
                }
              }
            }
          });
        }
        return std::vector<at::Tensor>{gx, gw};
      });
}

bool few_rows(const at::Tensor& x) {
  return usable(x) && x.dim() == 2 && x.size(0) > 0 && x.size(0) <= kFewRows;
}

at::Tensor few_rows_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const int64_t rows = x.size(0), width = x.size(1), outputs = weight.size(0);
  // Rows of zeros fill up the last four.
  const int64_t padded = (rows + 3) / 4 * 4;
  at::Tensor input = at::zeros({padded, width}, x.options());
  input.narrow(0, 0, rows).copy_(x);
  const at::Tensor w = weight.contiguous(), b = bias.defined() ? bias.contiguous() : bias;
  at::Tensor out = at::empty({rows, outputs}, x.options());
  const float *in = input.data_ptr<float>(), *wp = w.data_ptr<float>(),
              *bp = b.defined() ? b.data_ptr<float>() : nullptr;
  float* o = out.data_ptr<float>();
  at::parallel_for(0, outputs, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      for (int64_t first = 0; first < rows; first += 4) {
        float sums[4];
        four_products(wp + n * width, in + first * width, width, sums);
        for (int64_t r = first; r < std::min(rows, first + 4); ++r)
          o[r * outputs + n] = sums[r - first] + (bp ? bp[n] : 0.0f);
      }
    }
  });
  return out;
}

}  // namespace synerbench::reference::kernels
