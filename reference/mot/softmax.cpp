#include "reference/mot/softmax.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "reference/mot/detail/vectorized.h"

namespace synerbench::reference::kernels {
namespace {

constexpr int64_t kGrainValues = 1 << 14;  // values per parallel chunk

/// x <- exp(scale * (x - largest)); returns their sum.
SB_VECTORIZED float exponentials_row(float* x, float scale, int64_t width) {
  float largest = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < width; ++i) largest = x[i] > largest ? x[i] : largest;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < width; ++i) {
    const float y = (x[i] - largest) * scale;
    const float e = y < -87.0f ? 0.0f : fast_exp(y);
    x[i] = e;
    sum += e;
  }
  return sum;
}

SB_VECTORIZED void scale_row(float* x, float factor, int64_t width) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) x[i] *= factor;
}

SB_VECTORIZED void softmax_backward_row(float* gradient, const float* weights, float dot, float scale,
                                        int64_t width) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) gradient[i] = (gradient[i] - dot) * weights[i] * scale;
}

int64_t rows_per_chunk(int64_t width) {
  return std::max<int64_t>(1, kGrainValues / std::max<int64_t>(1, width));
}

}  // namespace

at::Tensor exponentials_(const at::Tensor& scores, double scale) {
  const int64_t width = scores.size(-1), rows = scores.numel() / std::max<int64_t>(1, width);
  at::Tensor sums = at::empty({rows}, scores.options());
  float *values = scores.data_ptr<float>(), *sum = sums.data_ptr<float>();
  at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      sum[r] = exponentials_row(values + r * width, static_cast<float>(scale), width);
  });
  return sums;
}

void softmax_(const at::Tensor& scores, double scale) {
  const int64_t width = scores.size(-1), rows = scores.numel() / std::max<int64_t>(1, width);
  float* values = scores.data_ptr<float>();
  at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      float* row = values + r * width;
      scale_row(row, 1.0f / exponentials_row(row, static_cast<float>(scale), width), width);
    }
  });
}

void softmax_backward_(const at::Tensor& gradient, const at::Tensor& weights, const at::Tensor& dot,
                       double scale) {
  const int64_t width = gradient.size(-1), rows = gradient.numel() / std::max<int64_t>(1, width);
  float* g = gradient.data_ptr<float>();
  const float *w = weights.data_ptr<float>(), *d = dot.data_ptr<float>();
  at::parallel_for(0, rows, rows_per_chunk(width), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      softmax_backward_row(g + r * width, w + r * width, d[r], static_cast<float>(scale), width);
  });
}

}  // namespace synerbench::reference::kernels
