// SynDiff's diffusive discriminators: is x_t a plausible step back from x_{t+1}?
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "baselines/syndiff/detail/layers.h"

namespace synerbench::syndiff {

enum class DiscriminatorSize {
  kSmall,  // three halvings: one block without, then three with; widths 2, 4, 8, 8 times ngf
  kLarge,  // six halvings, for images of at least 64 pixels; widths 4, 8, 8, 8, 8, 8 times ngf
};

struct DiscriminatorOptions {
  DiscriminatorSize size = DiscriminatorSize::kLarge;
  int64_t ngf = 64;
  int64_t time_width = 256;
};

/// LReLU, conv 3x3 + Linear(temb), LReLU, FIR down, conv 3x3; shortcut FIR down and 1x1 convolution; sum /
/// sqrt(2).
class DownBlockImpl : public torch::nn::Module {
 public:
  DownBlockImpl(int64_t input, int64_t output, int64_t time_width, bool down);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& time, const Observer& observe,
                     const std::string& key);
  void initialize(Random& random);

 private:
  bool down_;
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, skip_{nullptr};
  torch::nn::Linear dense_{nullptr};
};
TORCH_MODULE(DownBlock);

/// One more channel: the standard deviation over groups of samples, averaged over channels and pixels. Groups
/// have min(N, 4) samples as published; where 4 does not divide N the published code fails, here they have
/// the largest size below 4 that does. A group of one gives the constant 1e-4.
at::Tensor with_minibatch_deviation(const at::Tensor& x);

class DiscriminatorImpl : public torch::nn::Module {
 public:
  explicit DiscriminatorImpl(const DiscriminatorOptions& options);
  /// x_t, x_next [N, 1, H, W], t [N] int64 -> logits [N, 1]. H and W are multiples of 8 (small) or 64
  /// (large).
  at::Tensor forward(const at::Tensor& x_t, const at::Tensor& t, const at::Tensor& x_next,
                     const Observer& observe = {});
  void initialize(Random& random);

 private:
  DiscriminatorOptions options_;
  torch::nn::Linear time_0_{nullptr}, time_2_{nullptr}, end_{nullptr};
  torch::nn::Conv2d start_{nullptr}, final_{nullptr};
  std::vector<DownBlock> blocks_;
};
TORCH_MODULE(Discriminator);

}  // namespace synerbench::syndiff
