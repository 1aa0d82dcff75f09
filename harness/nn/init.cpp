#include "harness/nn/init.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <cmath>

#include "harness/nn/tensors.h"

namespace synerbench::nn {
namespace {

void fill_normal(const at::Tensor& tensor, double mean, double std, Random& random) {
  tensor.detach().copy_(random_normal(tensor.sizes(), mean, std, random, at::kCPU));
}

void set_to_zero(const at::Tensor& tensor) {
  if (tensor.defined()) tensor.detach().zero_();
}

void fill_uniform(const at::Tensor& tensor, double bound, Random& random) {
  at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(random.uniform(-bound, bound));
  tensor.detach().copy_(values);
}

}  // namespace

void initialize_normal(torch::nn::Module& network, double std, Random& random) {
  c10::NoGradGuard no_grad;
  const auto weights = [&](auto* layer) {
    fill_normal(layer->weight, 0.0, std, random);
    set_to_zero(layer->bias);
  };
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv2dImpl>()) weights(conv);
    if (auto* up = module->as<torch::nn::ConvTranspose2dImpl>()) weights(up);
    if (auto* linear = module->as<torch::nn::LinearImpl>()) weights(linear);
    if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) {
      fill_normal(norm->weight, 1.0, 0.02, random);
      set_to_zero(norm->bias);
      norm->reset_running_stats();
    }
  }
}

void initialize_fan_in(torch::nn::Module& network, Random& random) {
  c10::NoGradGuard no_grad;
  const auto uniform = [&](auto* layer) {
    // Fan in as LibTorch counts it, from the second axis, which for transposed convolutions is the output.
    const at::Tensor& weight = layer->weight;
    const double bound = 1 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
    fill_uniform(weight, bound, random);
    if (layer->bias.defined()) fill_uniform(layer->bias, bound, random);
  };
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv2dImpl>()) uniform(conv);
    if (auto* up = module->as<torch::nn::ConvTranspose2dImpl>()) uniform(up);
    if (auto* linear = module->as<torch::nn::LinearImpl>()) uniform(linear);
    if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) norm->reset_parameters();
    if (auto* norm = module->as<torch::nn::LayerNormImpl>()) norm->reset_parameters();
  }
}

}  // namespace synerbench::nn
