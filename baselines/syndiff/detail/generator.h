// SynDiff's diffusive generator: NCSN++ (Song et al. 2021) whose group norms are modulated by a latent z.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "baselines/syndiff/detail/layers.h"

namespace synerbench::syndiff {

struct GeneratorOptions {
  int64_t channels = 2;                               // in and out: [noisy target, source]
  int64_t image_size = 256;                           // decides which levels have attention
  int64_t nf = 64;                                    // width; embeddings of t have nf, then 4 nf
  std::vector<int64_t> mult = {1, 1, 2, 2, 4, 4};     // width of each level, times nf
  int64_t blocks = 2;                                 // residual blocks per level
  std::vector<int64_t> attention = {16};              // resolutions with attention
  int64_t nz = 100, z_embedding = 256, z_layers = 3;  // latent, its embedding, hidden layers
};

/// Group norm in min(C/4, 32) groups, eps 1e-6, then gamma * x + beta with (gamma, beta) = style(z) of each
/// sample.
class AdaGroupNormImpl : public torch::nn::Module {
 public:
  AdaGroupNormImpl(int64_t channels, int64_t z_embedding);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& z, const Observer& observe,
                     const std::string& key);
  void initialize(Random& random);

 private:
  torch::nn::Linear style_{nullptr};
};
TORCH_MODULE(AdaGroupNorm);

enum class Resample { kNone, kUp, kDown };

/// (shortcut(x) + Conv_1(SiLU(AdaGN(Conv_0(resampled SiLU(AdaGN(x))) + Dense_0(SiLU(temb)))))) / sqrt(2). The
/// shortcut is resampled too, and has a 1x1 convolution when widths differ or anything is resampled.
class ResidualBlockImpl : public torch::nn::Module {
 public:
  ResidualBlockImpl(int64_t input, int64_t output, int64_t time_width, int64_t z_embedding,
                    Resample resample = Resample::kNone);
  /// `active_time` is SiLU(temb), [N, time_width].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& active_time, const at::Tensor& z,
                     const Observer& observe, const std::string& key);
  void initialize(Random& random);

 private:
  Resample resample_;
  AdaGroupNorm norm_0_{nullptr}, norm_1_{nullptr};
  torch::nn::Conv2d conv_0_{nullptr}, conv_1_{nullptr}, shortcut_{nullptr};
  torch::nn::Linear dense_{nullptr};
};
TORCH_MODULE(ResidualBlock);

/// A 1x1 convolution stored as W [Cin, Cout] and b [Cout].
class ChannelMixImpl : public torch::nn::Module {
 public:
  explicit ChannelMixImpl(int64_t channels);
  at::Tensor forward(const at::Tensor& x);  // [N, C, L]
  void initialize(double scale, Random& random);

 private:
  at::Tensor W_, b_;
};
TORCH_MODULE(ChannelMix);

/// Self-attention over the pixels, one head of C channels; (x + h) / sqrt(2).
class AttentionImpl : public torch::nn::Module {
 public:
  explicit AttentionImpl(int64_t channels);
  at::Tensor forward(const at::Tensor& x, const Observer& observe, const std::string& key);
  void initialize(Random& random);

 private:
  torch::nn::GroupNorm norm_{nullptr};
  ChannelMix query_{nullptr}, key_{nullptr}, value_{nullptr}, out_{nullptr};
};
TORCH_MODULE(Attention);

/// Halves the input pyramid: fir_conv_down with its convolution under "Conv2d_0".
class PyramidDownImpl : public torch::nn::Module {
 public:
  PyramidDownImpl(int64_t input, int64_t output);
  at::Tensor forward(const at::Tensor& x, const Observer& observe, const std::string& key);
  void initialize(Random& random);

 private:
  torch::nn::Conv2d conv_{nullptr};
};
TORCH_MODULE(PyramidDown);

/// Keys as published: all_modules.<i> in the order of construction, z_transform.{1,3,5,...}.
class GeneratorImpl : public torch::nn::Module {
 public:
  explicit GeneratorImpl(const GeneratorOptions& options);
  /// x [N, channels, H, W], t [N] int64, z [N, nz] -> [N, channels, H, W] in (-1, 1). H and W: multiples of
  /// 2^(levels - 1).
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& z,
                     const Observer& observe = {});
  void initialize(Random& random);

 private:
  at::Tensor embed_z(const at::Tensor& z, const Observer& observe);
  GeneratorOptions options_;
  torch::nn::ModuleList all_modules_, z_transform_;
};
TORCH_MODULE(Generator);

}  // namespace synerbench::syndiff
