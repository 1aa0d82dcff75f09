#include "baselines/rcd/detail/conv_nd.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/linear.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/nn/tensors.h"

namespace synerbench::rcd {
namespace {

constexpr double kNormEps = 1e-5;

void fill_uniform(const at::Tensor& tensor, double bound, Random& random) {
  at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(random.uniform(-bound, bound));
  tensor.detach().copy_(values);
}

void fill_normal(const at::Tensor& tensor, double std, Random& random) {
  tensor.detach().copy_(nn::random_normal(tensor.sizes(), 0, std, random, at::kCPU));
}

}  // namespace

ConvShape ConvShape::cube(int dimensions, int64_t kernel, int64_t padding) {
  const auto n = static_cast<size_t>(dimensions);
  return {std::vector<int64_t>(n, kernel), std::vector<int64_t>(n, 1), std::vector<int64_t>(n, padding)};
}

ConvShape ConvShape::with_stride(std::vector<int64_t> values) const {
  return {kernel, std::move(values), padding};
}

ConvNdImpl::ConvNdImpl(int64_t input, int64_t output, const ConvShape& shape, bool bias) : shape_(shape) {
  SB_CHECK(shape.kernel.size() == 2 || shape.kernel.size() == 3, "two or three dimensions");
  std::vector<int64_t> sizes{output, input};
  sizes.insert(sizes.end(), shape.kernel.begin(), shape.kernel.end());
  weight_ = register_parameter("weight", at::zeros(sizes));
  if (bias) bias_ = register_parameter("bias", at::zeros({output}));
}

at::Tensor ConvNdImpl::forward(const at::Tensor& x) const {
  return shape_.kernel.size() == 2 ? at::conv2d(x, weight_, bias_, shape_.stride, shape_.padding)
                                   : at::conv3d(x, weight_, bias_, shape_.stride, shape_.padding);
}

void ConvNdImpl::initialize_normal(double std, Random& random) {
  fill_normal(weight_, std, random);
  if (bias_.defined()) bias_.detach().zero_();
}

void ConvNdImpl::initialize_library(Random& random) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(weight_.numel() / weight_.size(0)));
  fill_uniform(weight_, bound, random);
  if (bias_.defined()) fill_uniform(bias_, bound, random);
}

LayerNormNdImpl::LayerNormNdImpl(int64_t channels) {
  gamma_ = register_parameter("gamma", at::ones({channels}));
  beta_ = register_parameter("beta", at::zeros({channels}));
}

at::Tensor LayerNormNdImpl::forward(const at::Tensor& x) const {
  return at::group_norm(x, 1, gamma_, beta_, kNormEps);
}

void LayerNormNdImpl::reset() {
  gamma_.detach().fill_(1.0);
  beta_.detach().zero_();
}

at::Tensor instance_norm(const at::Tensor& x) {
  return at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0.1, kNormEps,
                           at::globalContext().userEnabledCuDNN());
}

at::Tensor nearest_up(const at::Tensor& x, const std::vector<int64_t>& factors) {
  std::vector<int64_t> size;
  for (size_t axis = 0; axis < factors.size(); ++axis)
    size.push_back(x.size(static_cast<int64_t>(axis) + 2) * factors[axis]);
  return factors.size() == 2 ? at::upsample_nearest2d(x, size) : at::upsample_nearest3d(x, size);
}

at::Tensor reflection_pad(const at::Tensor& x, int64_t width) {
  const std::vector<int64_t> ends(static_cast<size_t>(2 * (x.dim() - 2)), width);
  return x.dim() == 4 ? at::reflection_pad2d(x, ends) : at::reflection_pad3d(x, ends);
}

void initialize_all(torch::nn::Module& network, double std, Random& random) {
  c10::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/true)) {
    if (auto* conv = module->as<ConvNdImpl>()) conv->initialize_normal(std, random);
    if (auto* linear = module->as<torch::nn::LinearImpl>()) {
      fill_normal(linear->weight, std, random);
      linear->bias.detach().zero_();
    }
    if (auto* norm = module->as<LayerNormNdImpl>()) norm->reset();
  }
}

}  // namespace synerbench::rcd
