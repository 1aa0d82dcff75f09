// The ResNet generator of CycleGAN (after Johnson et al. 2016) and its residual block. SynDiff's cycle part
// and ResViT's bottleneck use them too.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "harness/nn/layers.h"
#include "harness/nn/patchgan.h"

namespace synerbench::nn {

/// x + [reflect-pad 1, conv 3x3, norm, ReLU, reflect-pad 1, conv 3x3, norm](x). Convolutions have a bias only
/// without batch norm. Keys: conv_block.{1,2,5,6}.
class ResnetBlockImpl : public torch::nn::Module {
 public:
  ResnetBlockImpl(int64_t channels, Norm norm);
  /// [N, C, H, W] -> same; H, W >= 2. `key`: of the block.
  at::Tensor forward(const at::Tensor& x, const LayerContext& context, const std::string& key);

 private:
  torch::nn::ModuleList conv_block_;
};
TORCH_MODULE(ResnetBlock);

struct ResnetGeneratorOptions {
  int64_t input_channels = 1, output_channels = 1;
  int64_t width = 64;  // channels of the first layer ("ngf")
  int64_t blocks = 9;  // residual blocks at four times the width, >= 1
  Norm norm = Norm::kInstance;
};

/// reflect-pad 3, conv 7x7 in->w; conv 3x3/2 w->2w; conv 3x3/2 2w->4w; `blocks` residual blocks; transposed
/// conv 3x3/2 4w->2w; 2w->w; reflect-pad 3, conv 7x7 w->out (bias), tanh. Norm and ReLU after every
/// convolution but the last. Keys: model.1, model.4, model.7, model.10.conv_block.1, ... (padding and
/// activations take an index too).
class ResnetGeneratorImpl : public torch::nn::Module {
 public:
  explicit ResnetGeneratorImpl(const ResnetGeneratorOptions& options);
  /// [N, C, H, W] in [-1, 1] -> same size in (-1, 1). H and W: multiples of 4, at least 8.
  at::Tensor forward(const at::Tensor& source, const LayerContext& context);

 private:
  torch::nn::ModuleList model_;
};
TORCH_MODULE(ResnetGenerator);

}  // namespace synerbench::nn
