// The PatchGAN discriminator of Pix2Pix, CycleGAN, ResViT and SynDiff's cycle part.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "harness/nn/layers.h"

namespace synerbench::nn {

enum class Norm { kBatch, kInstance };

struct PatchGanOptions {
  int64_t input_channels = 2;  // source and target for the conditional form
  int64_t width = 64;          // channels of the first layer ("ndf")
  int64_t layers = 3;          // stride-2 convolutions ("n_layers_D"), >= 1
  Norm norm = Norm::kBatch;
};

/// conv 4x4/2 in->w (bias), LeakyReLU 0.2; for n = 1..layers-1: conv 4x4/2 -> w*min(2^n, 8), norm, LeakyReLU;
/// conv 4x4/1 -> w*min(2^layers, 8), norm, LeakyReLU; conv 4x4/1 -> 1 (bias). Inner convolutions have a bias
/// only without batch norm. Keys: model.0, model.2, model.3, ... (activations take an index too).
class PatchGanImpl : public torch::nn::Module {
 public:
  explicit PatchGanImpl(const PatchGanOptions& options);
  /// [N, C, H, W] -> raw logits [N, 1, h, w]; 256 -> 30 and 64 -> 6 with three layers.
  at::Tensor forward(const at::Tensor& input, const LayerContext& context);

 private:
  torch::nn::ModuleList model_;
};
TORCH_MODULE(PatchGan);

}  // namespace synerbench::nn
