// Layers in two or three dimensions, chosen when a network is built: RCD was published for volumes and is run
// here on slices.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/core/random.h"

namespace synerbench::rcd {

/// Sees the output of a layer under its key. Empty: nobody looks.
using Observer = std::function<void(const std::string& key, const at::Tensor& output)>;

/// Kernel, stride and padding per axis, (y, x) or (z, y, x).
struct ConvShape {
  std::vector<int64_t> kernel, stride, padding;
  /// Equal along all axes; stride 1.
  static ConvShape cube(int dimensions, int64_t kernel, int64_t padding);
  ConvShape with_stride(std::vector<int64_t> values) const;
};

/// A convolution over [N, C, (D,) H, W], zeros beyond the border. Keys: weight, bias.
class ConvNdImpl : public torch::nn::Module {
 public:
  ConvNdImpl(int64_t input, int64_t output, const ConvShape& shape, bool bias);
  at::Tensor forward(const at::Tensor& x) const;
  void initialize_normal(double std, Random& random);  // bias 0
  /// The library's own fresh weights: weight and bias uniform within 1 / sqrt(fan in).
  void initialize_library(Random& random);

 private:
  ConvShape shape_;
  at::Tensor weight_, bias_;
};
TORCH_MODULE(ConvNd);

/// gamma, beta [C], applied after normalizing each sample over all its values. Keys: gamma, beta.
class LayerNormNdImpl : public torch::nn::Module {
 public:
  explicit LayerNormNdImpl(int64_t channels);
  at::Tensor forward(const at::Tensor& x) const;
  void reset();

 private:
  at::Tensor gamma_, beta_;
};
TORCH_MODULE(LayerNormNd);

at::Tensor instance_norm(const at::Tensor& x);  // each sample and channel to mean 0, variance 1; eps 1e-5
at::Tensor nearest_up(const at::Tensor& x, const std::vector<int64_t>& factors);
at::Tensor reflection_pad(const at::Tensor& x, int64_t width);  // every axis, both ends

/// Every ConvNd of a network, its Linear layers too: N(0, std), biases 0; layer norms 1 and 0.
void initialize_all(torch::nn::Module& network, double std, Random& random);

}  // namespace synerbench::rcd
