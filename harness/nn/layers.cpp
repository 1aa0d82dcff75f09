#include "harness/nn/layers.h"

#include <ATen/ATen.h>
#include <torch/nn/functional/instancenorm.h>  // modules/instancenorm.h needs it in 1.13
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/padding.h>

#include "harness/core/error.h"
#include "harness/nn/patchgan.h"
#include "harness/nn/reflection.h"
#include "harness/nn/tensors.h"

namespace synerbench::nn {
namespace {

at::Tensor batch_norm(torch::nn::BatchNorm2dImpl& norm, const at::Tensor& input, NormMode mode) {
  const bool batch_statistics = mode != NormMode::kRunningStats;
  if (mode == NormMode::kTraining) norm.num_batches_tracked.add_(1);
  // Undefined running averages: the statistics of the batch are used and go nowhere.
  const at::Tensor mean = mode == NormMode::kBatchStats ? at::Tensor() : norm.running_mean;
  const at::Tensor variance = mode == NormMode::kBatchStats ? at::Tensor() : norm.running_var;
  return at::batch_norm(input, norm.weight, norm.bias, mean, variance, batch_statistics,
                        norm.options.momentum().value(), norm.options.eps(),
                        at::globalContext().userEnabledCuDNN());
}

at::Tensor run(torch::nn::Module& layer, const at::Tensor& input, const LayerContext& context) {
  if (auto* conv = layer.as<torch::nn::Conv2dImpl>()) return conv->forward(input);
  if (auto* up = layer.as<torch::nn::ConvTranspose2dImpl>()) return up->forward(input);
  if (auto* norm = layer.as<torch::nn::BatchNorm2dImpl>()) return batch_norm(*norm, input, context.norm);
  if (auto* norm = layer.as<torch::nn::InstanceNorm2dImpl>()) return norm->forward(input);
  if (auto* pad = layer.as<torch::nn::ReflectionPad2dImpl>()) return reflect(input, *pad->options.padding());
  if (layer.as<torch::nn::ReLUImpl>()) return at::relu(input);
  if (auto* leaky = layer.as<torch::nn::LeakyReLUImpl>()) {
    return at::leaky_relu(input, leaky->options.negative_slope());
  }
  if (layer.as<torch::nn::TanhImpl>()) return at::tanh(input);
  if (auto* dropout = layer.as<torch::nn::DropoutImpl>()) {
    return context.dropout ? input * context.dropout(input, dropout->options.p()) : input;
  }
  check_failed("layer is of a known kind", __FILE__, __LINE__, layer.name());
}

}  // namespace

std::function<at::Tensor(const at::Tensor&, double)> dropout_from(Random& random) {
  return [&random](const at::Tensor& input, double p) {
    return random_dropout_mask(input.sizes(), p, random, input.device());
  };
}

at::Tensor run_layer(torch::nn::Module& layer, const at::Tensor& input, const LayerContext& context,
                     const std::string& key) {
  at::Tensor output = run(layer, input, context);
  if (context.observe) context.observe(key, output);
  return output;
}

at::Tensor run_layers(torch::nn::ModuleListImpl& layers, const at::Tensor& input, const LayerContext& context,
                      const std::string& key) {
  at::Tensor x = input;
  for (size_t i = 0; i < layers.size(); ++i) {
    x = run_layer(*layers.ptr(i), x, context, context.observe ? join_key(key, std::to_string(i)) : key);
  }
  return x;
}

std::string join_key(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

PatchGanImpl::PatchGanImpl(const PatchGanOptions& options) {
  SB_CHECK(options.layers >= 1 && options.width >= 1 && options.input_channels >= 1, "PatchGAN options");
  model_ = register_module("model", torch::nn::ModuleList());
  const auto conv = [&](int64_t in, int64_t out, int64_t stride, bool bias) {
    model_->push_back(
        torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 4).stride(stride).padding(1).bias(bias)));
  };
  const auto activation = [&] {
    model_->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2)));
  };
  conv(options.input_channels, options.width, 2, true);
  activation();
  int64_t channels = options.width;
  for (int64_t n = 1; n <= options.layers; ++n) {
    const int64_t next = options.width * std::min<int64_t>(int64_t{1} << std::min<int64_t>(n, 3), 8);
    conv(channels, next, n < options.layers ? 2 : 1, options.norm == Norm::kInstance);
    if (options.norm == Norm::kBatch) {
      model_->push_back(torch::nn::BatchNorm2d(next));
    } else {
      model_->push_back(torch::nn::InstanceNorm2d(next));
    }
    activation();
    channels = next;
  }
  conv(channels, 1, 1, true);
}

at::Tensor PatchGanImpl::forward(const at::Tensor& input, const LayerContext& context) {
  return run_layers(*model_, input, context, "model");
}

LayerContext inference_context(bool batch_stats, bool dropout, Random& random) {
  LayerContext context;
  context.norm = batch_stats ? NormMode::kBatchStats : NormMode::kRunningStats;
  if (dropout) context.dropout = dropout_from(random);
  return context;
}

}  // namespace synerbench::nn
