#include "baselines/syndiff/detail/layers.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::syndiff {
namespace {

/// outer([1, 3, 3, 1]) * gain / 64 for every channel: [C, 1, 4, 4], a view of one kernel.
at::Tensor kernel_for(const at::Tensor& x, double gain) {
  // 1 + i (3 - i) for i = 0..3, computed where it is needed: no transfer to a GPU.
  const at::Tensor i = at::arange(4, x.options());
  const at::Tensor taps = i * (3 - i) + 1;
  return (at::outer(taps, taps) * (gain / 64)).expand({x.size(1), 1, 4, 4});
}

at::Tensor depthwise(const at::Tensor& x, const at::Tensor& kernel, int64_t stride, int64_t padding) {
  return at::conv2d(x, kernel, {}, stride, padding, /*dilation=*/1, /*groups=*/x.size(1));
}

}  // namespace

at::Tensor fir_up(const at::Tensor& x) {
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  const at::Tensor stuffed =
      at::constant_pad_nd(x.reshape({n, c, h, 1, w, 1}), {0, 1, 0, 0, 0, 1}).view({n, c, 2 * h, 2 * w});
  // Two zeros before, one behind: the stuffed image ends with a zero already.
  return depthwise(at::constant_pad_nd(stuffed, {2, 1, 2, 1}), kernel_for(x, 4), 1, 0);
}

at::Tensor fir_down(const at::Tensor& x) { return depthwise(x, kernel_for(x, 1), 2, 1); }

at::Tensor fir_conv_down(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::conv2d(depthwise(x, kernel_for(x, 1), 1, 2), weight, bias, /*stride=*/2);
}

at::Tensor pixel_norm(const at::Tensor& z) {
  return z * at::rsqrt((z * z).mean(at::IntArrayRef{1}, /*keepdim=*/true) + 1e-8);
}

at::Tensor scaled_sum(const at::Tensor& x, const at::Tensor& h) {
  return at::add(x, h).mul_(1.0 / std::sqrt(2.0));
}

void initialize_uniform(const at::Tensor& weight, double scale, Random& random) {
  SB_CHECK(weight.dim() >= 2, "a weight has two channel axes");
  const auto field = static_cast<double>(weight.numel() / (weight.size(0) * weight.size(1)));
  const double fan = field * static_cast<double>(weight.size(0) + weight.size(1)) / 2;
  const double bound = std::sqrt(3 * (scale == 0 ? 1e-10 : scale) / fan);
  at::Tensor values = at::empty(weight.sizes(), at::kFloat);
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(random.uniform(-bound, bound));
  weight.detach().copy_(values);
}

void initialize_uniform(torch::nn::Conv2dImpl& layer, double scale, Random& random) {
  initialize_uniform(layer.weight, scale, random);
  if (layer.bias.defined()) layer.bias.detach().zero_();
}

void initialize_uniform(torch::nn::LinearImpl& layer, Random& random) {
  initialize_uniform(layer.weight, 1, random);
  layer.bias.detach().zero_();
}

}  // namespace synerbench::syndiff
