#include "baselines/pix2pix/detail/network.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>

#include "harness/core/error.h"

namespace synerbench::pix2pix {

using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::ConvTranspose2d;
using torch::nn::ConvTranspose2dOptions;
using torch::nn::LeakyReLU;
using torch::nn::LeakyReLUOptions;
using torch::nn::ReLU;

UnetBlockImpl::UnetBlockImpl(const Shape& shape, std::shared_ptr<UnetBlockImpl> inside)
    : place_(shape.place) {
  model_ = register_module("model", torch::nn::ModuleList());
  const auto down = [&] {
    model_->push_back(Conv2d(Conv2dOptions(shape.input, shape.inner, 4).stride(2).padding(1).bias(false)));
  };
  const auto up = [&](int64_t channels, bool bias) {
    model_->push_back(ReLU());
    model_->push_back(
        ConvTranspose2d(ConvTranspose2dOptions(channels, shape.output, 4).stride(2).padding(1).bias(bias)));
  };
  const auto leaky = [&] { model_->push_back(LeakyReLU(LeakyReLUOptions().negative_slope(0.2))); };
  switch (place_) {
    case Place::kOutermost:
      down();
      model_->push_back(inside);
      up(2 * shape.inner, true);
      model_->push_back(torch::nn::Tanh());
      break;
    case Place::kMiddle:
      leaky();
      down();
      model_->push_back(BatchNorm2d(shape.inner));
      model_->push_back(inside);
      up(2 * shape.inner, false);
      model_->push_back(BatchNorm2d(shape.output));
      if (shape.dropout) model_->push_back(torch::nn::Dropout(0.5));
      break;
    case Place::kInnermost:
      leaky();
      down();
      up(shape.inner, false);
      model_->push_back(BatchNorm2d(shape.output));
      break;
  }
}

at::Tensor UnetBlockImpl::forward(const at::Tensor& x, const nn::LayerContext& context,
                                  const std::string& key) {
  at::Tensor y = x;
  for (size_t i = 0; i < model_->size(); ++i) {
    torch::nn::Module& layer = *model_->ptr(i);
    const std::string layer_key = nn::join_key(key, "model." + std::to_string(i));
    if (auto* inside = layer.as<UnetBlockImpl>()) {
      y = inside->forward(y, context, layer_key);
    } else {
      y = nn::run_layer(layer, y, context, layer_key);
    }
  }
  // The published code activates x in place before this point, so it concatenates LeakyReLU(x); the next
  // layer is a ReLU, and ReLU(LeakyReLU(x)) = ReLU(x).
  return place_ == Place::kOutermost ? y : at::cat({x, y}, 1);
}

UnetImpl::UnetImpl(const UnetOptions& options) {
  SB_CHECK(options.num_downs >= 5 && options.ngf >= 1, "U-Net options");
  using Place = UnetBlockImpl::Place;
  const int64_t ngf = options.ngf, full = 8 * ngf;
  auto block = std::make_shared<UnetBlockImpl>(
      UnetBlockImpl::Shape{Place::kInnermost, full, full, full, false}, nullptr);
  const auto wrap = [&](int64_t outer, int64_t inner, bool dropout) {
    block = std::make_shared<UnetBlockImpl>(
        UnetBlockImpl::Shape{Place::kMiddle, outer, inner, outer, dropout}, block);
  };
  for (int64_t i = 0; i < options.num_downs - 5; ++i) wrap(full, full, options.dropout);
  wrap(4 * ngf, full, false);
  wrap(2 * ngf, 4 * ngf, false);
  wrap(ngf, 2 * ngf, false);
  model_ = register_module(
      "model", std::make_shared<UnetBlockImpl>(UnetBlockImpl::Shape{Place::kOutermost, options.input_channels,
                                                                    ngf, options.output_channels, false},
                                               block));
}

at::Tensor UnetImpl::forward(const at::Tensor& source, const nn::LayerContext& context) {
  return model_->forward(source, context, "model");
}

}  // namespace synerbench::pix2pix
