// The U-Net generator.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "harness/nn/layers.h"

namespace synerbench::pix2pix {

struct UnetOptions {
  int64_t input_channels = 1, output_channels = 1;
  int64_t num_downs = 8;  // >= 5
  int64_t ngf = 64;
  bool dropout = true;
};

/// One level: down, what lies inside, up. Its input is put before its output on the channel axis (the
/// outermost level returns the output alone). Layers are numbered as in the published nested containers, so
/// keys agree.
class UnetBlockImpl : public torch::nn::Module {
 public:
  enum class Place { kOutermost, kMiddle, kInnermost };
  struct Shape {
    Place place = Place::kMiddle;
    int64_t input = 0, inner = 0, output = 0;  // channels: coming in, after the down convolution, going out
    bool dropout = false;
  };
  UnetBlockImpl(const Shape& shape, std::shared_ptr<UnetBlockImpl> inside);
  at::Tensor forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key);

 private:
  Place place_;
  torch::nn::ModuleList model_;
};

/// num_downs levels; widths ngf * 1, 2, 4, 8, 8, ...; dropout 0.5 in the num_downs - 5 levels around the
/// innermost one.
class UnetImpl : public torch::nn::Module {
 public:
  explicit UnetImpl(const UnetOptions& options);
  /// [N, C, H, W] in [-1, 1] -> same size in (-1, 1). H and W are multiples of 2^num_downs.
  at::Tensor forward(const at::Tensor& source, const nn::LayerContext& context);

 private:
  std::shared_ptr<UnetBlockImpl> model_;
};
TORCH_MODULE(Unet);

}  // namespace synerbench::pix2pix
