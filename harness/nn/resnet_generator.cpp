#include "harness/nn/resnet_generator.h"

#include <ATen/ATen.h>
#include <torch/nn/functional/instancenorm.h>  // modules/instancenorm.h needs it in 1.13
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/padding.h>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::ConvTranspose2d;
using torch::nn::ConvTranspose2dOptions;
using torch::nn::ReflectionPad2d;
using torch::nn::ReLU;

void push_norm(torch::nn::ModuleList& layers, Norm norm, int64_t channels) {
  if (norm == Norm::kBatch) {
    layers->push_back(torch::nn::BatchNorm2d(channels));
  } else {
    layers->push_back(torch::nn::InstanceNorm2d(channels));
  }
}

}  // namespace

ResnetBlockImpl::ResnetBlockImpl(int64_t channels, Norm norm) {
  conv_block_ = register_module("conv_block", torch::nn::ModuleList());
  for (const bool first : {true, false}) {
    conv_block_->push_back(ReflectionPad2d(1));
    conv_block_->push_back(Conv2d(Conv2dOptions(channels, channels, 3).bias(norm == Norm::kInstance)));
    push_norm(conv_block_, norm, channels);
    if (first) conv_block_->push_back(ReLU());
  }
}

at::Tensor ResnetBlockImpl::forward(const at::Tensor& x, const LayerContext& context,
                                    const std::string& key) {
  return x + run_layers(*conv_block_, x, context, join_key(key, "conv_block"));
}

ResnetGeneratorImpl::ResnetGeneratorImpl(const ResnetGeneratorOptions& options) {
  SB_CHECK(options.width >= 1 && options.blocks >= 1, "ResNet generator options");
  const int64_t width = options.width;
  const bool bias = options.norm == Norm::kInstance;
  model_ = register_module("model", torch::nn::ModuleList());
  const auto finish = [&](int64_t channels) {
    push_norm(model_, options.norm, channels);
    model_->push_back(ReLU());
  };
  model_->push_back(ReflectionPad2d(3));
  model_->push_back(Conv2d(Conv2dOptions(options.input_channels, width, 7).bias(bias)));
  finish(width);
  for (const int64_t factor : {1, 2}) {
    model_->push_back(
        Conv2d(Conv2dOptions(factor * width, 2 * factor * width, 3).stride(2).padding(1).bias(bias)));
    finish(2 * factor * width);
  }
  for (int64_t i = 0; i < options.blocks; ++i) model_->push_back(ResnetBlock(4 * width, options.norm));
  for (const int64_t factor : {2, 1}) {
    model_->push_back(ConvTranspose2d(ConvTranspose2dOptions(2 * factor * width, factor * width, 3)
                                          .stride(2)
                                          .padding(1)
                                          .output_padding(1)
                                          .bias(bias)));
    finish(factor * width);
  }
  model_->push_back(ReflectionPad2d(3));
  model_->push_back(Conv2d(Conv2dOptions(width, options.output_channels, 7)));
  model_->push_back(torch::nn::Tanh());
}

at::Tensor ResnetGeneratorImpl::forward(const at::Tensor& source, const LayerContext& context) {
  at::Tensor x = source;
  for (size_t i = 0; i < model_->size(); ++i) {
    torch::nn::Module& layer = *model_->ptr(i);
    const std::string key = "model." + std::to_string(i);
    if (auto* block = layer.as<ResnetBlockImpl>()) {
      x = block->forward(x, context, key);
    } else {
      x = run_layer(layer, x, context, key);
    }
  }
  return x;
}

}  // namespace synerbench::nn
