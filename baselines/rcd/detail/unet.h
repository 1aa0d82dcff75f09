// RCD's U-Net: the released generator, and the body of the registration network.
#pragma once

#include <vector>

#include "baselines/rcd/detail/conv_nd.h"

namespace synerbench::rcd {

struct UnetOptions {
  int dimensions = 2;
  int64_t input_channels = 1, output_channels = 1;
  int64_t ngf = 16;
  int64_t halvings = 3;  // 1..6
  bool leaky = false;    // LeakyReLU 0.2 instead of ReLU
};

/// Strides of level 1..halvings. Volumes are halved along z once only, at level 1; slices at every level.
std::vector<int64_t> level_strides(int dimensions, int64_t level);

/// Stem 5x5 (3x5x5) -> ngf; down convolutions 3 with stride -> 2 ngf, 4 ngf, ...; then per level nearest up +
/// conv 3, concatenated with the same level of the way down, conv 3 (5 at level 2). Instance norm and
/// activation after each; the last has a bias and tanh. Keys: conv0.0, conv_down<i>.0, convt_up<i>.1,
/// decoder_conv<i>.0.
class UnetImpl : public torch::nn::Module {
 public:
  explicit UnetImpl(const UnetOptions& options);
  /// [N, Cin, (D,) H, W] -> [N, Cout, ...] in (-1, 1). H, W: multiples of 2^halvings; D even.
  at::Tensor forward(const at::Tensor& x, const Observer& observe = {}, const std::string& key = "");

 private:
  at::Tensor activate(const at::Tensor& x) const;
  UnetOptions options_;
  ConvNd stem_{nullptr};
  std::vector<ConvNd> down_, up_, decoder_;  // by level, from 1
};
TORCH_MODULE(Unet);

struct DiscriminatorOptions {
  int dimensions = 2;
  int64_t input_channels = 2;
  int64_t ndf = 16;
  int64_t layers = 2;  // with stride 2, >= 1
};

/// PatchGAN with 3x3(x3) convolutions, padding 1: stride 2 -> ndf (LeakyReLU only), stride 2 -> 2 ndf, ...,
/// stride 1, then -> 1. Instance norm and LeakyReLU 0.2 between; all convolutions have a bias. Keys: model.0,
/// model.2, model.5, ...
class DiscriminatorImpl : public torch::nn::Module {
 public:
  explicit DiscriminatorImpl(const DiscriminatorOptions& options);
  at::Tensor forward(const at::Tensor& x, const Observer& observe = {});

 private:
  struct Stage {
    ConvNd conv{nullptr};
    int64_t place = 0;  // index in the published container
    bool norm = false, last = false;
  };
  std::vector<Stage> stages_;
};
TORCH_MODULE(Discriminator);

}  // namespace synerbench::rcd
