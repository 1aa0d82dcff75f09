#include "baselines/healthgpt/detail/layers.h"

#include <ATen/ATen.h>

#include <cmath>

namespace synerbench::healthgpt {
namespace {

constexpr double kNormEps = 1e-5;

at::Tensor unfilled(at::IntArrayRef shape) { return at::empty(shape, at::TensorOptions(at::kFloat)); }

}  // namespace

Matrix::Matrix(int64_t input, int64_t output, bool zeros)
    : zeros_(zeros), weight_(register_parameter("weight", unfilled({output, input}))) {}

at::Tensor Matrix::forward(const at::Tensor& x) const { return at::linear(x, weight_); }

void Matrix::reset(Random& random) {
  if (zeros_) {
    weight_.detach().zero_();
    return;
  }
  const double bound = 1.0 / std::sqrt(static_cast<double>(weight_.size(1)));
  at::Tensor values = unfilled(weight_.sizes());
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(random.uniform(-bound, bound));
  weight_.detach().copy_(values);
}

RootMeanSquareNorm::RootMeanSquareNorm(int64_t width)
    : weight_(register_parameter("weight", unfilled({width}))) {}

at::Tensor RootMeanSquareNorm::forward(const at::Tensor& x) const {
  return x * (x.square().mean(-1, /*keepdim=*/true) + kNormEps).rsqrt() * weight_;
}

void RootMeanSquareNorm::reset(Random&) { weight_.detach().fill_(1.0); }

LayerNormalization::LayerNormalization(int64_t width)
    : weight_(register_parameter("weight", unfilled({width}))),
      bias_(register_parameter("bias", unfilled({width}))) {}

at::Tensor LayerNormalization::forward(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight_, bias_, kNormEps);
}

void LayerNormalization::reset(Random&) {
  weight_.detach().fill_(1.0);
  bias_.detach().zero_();
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads,
                  const at::Tensor& mask) {
  const int64_t n = q.size(0), t = q.size(1), width = q.size(2), head = width / heads;
  const auto split = [&](const at::Tensor& x) {
    return x.reshape({n, x.size(1), heads, head}).transpose(1, 2);  // [N, heads, T, head]
  };
  at::Tensor scores =
      at::matmul(split(q), split(k).transpose(2, 3)) * (1.0 / std::sqrt(static_cast<double>(head)));
  if (mask.defined()) scores = scores + mask;
  return at::matmul(at::softmax(scores, -1), split(v)).transpose(1, 2).reshape({n, t, width});
}

}  // namespace synerbench::healthgpt
