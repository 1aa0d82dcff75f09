// Leaf layers that are only their weights and one operation, and whose fresh weights come from `Random`
// alone.
//
// LibTorch's own layers fill their weights from its generator when they are made: seconds for the 237 million
// of an official denoiser, only to be overwritten. These hold uninitialized memory until reset() or a file
// fills it, so counting the parameters of a network of any size costs neither time nor memory.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <string>

#include "harness/core/random.h"

namespace synerbench::nn {

/// Sees the output of a leaf layer under its key ("input_blocks.0.0"). Empty: nobody looks.
using Observer = std::function<void(const std::string& key, const at::Tensor& output)>;

class PlainLayer : public torch::nn::Module {
 public:
  /// Fresh weights, as LibTorch draws them: uniform in +-1/sqrt(fan in) unless the layer says otherwise.
  virtual void reset(Random& random) = 0;
  /// Weight N(0, std), bias as it is. Layers without the kind of weight that families of networks redraw do
  /// nothing.
  virtual void redraw(double std, Random& random);
};

struct ConvolutionOptions {
  int64_t input = 1, output = 1;  // channels
  int64_t kernel = 3, stride = 1, padding = 1;
  int axes = 2;        // 2: images [N, C, H, W]; 1: sequences [N, C, L]
  bool zeros = false;  // reset() sets weight and bias to 0: a residual branch that starts silent
};

/// weight [output, input, kernel(, kernel)], bias [output].
class Convolution : public PlainLayer {
 public:
  explicit Convolution(const ConvolutionOptions& options);
  at::Tensor forward(const at::Tensor& x) const;
  void reset(Random& random) override;
  void redraw(double std, Random& random) override;  // images only

 private:
  ConvolutionOptions options_;
  at::Tensor weight_, bias_;
};

/// weight [output, input], bias [output].
class Dense : public PlainLayer {
 public:
  Dense(int64_t input, int64_t output);
  at::Tensor forward(const at::Tensor& x) const;  // [N, input] -> [N, output]
  void reset(Random& random) override;
  void redraw(double std, Random& random) override;

 private:
  at::Tensor weight_, bias_;
};

/// Group normalization with a weight and a bias per channel, 1 and 0 when fresh.
class GroupNormalization : public PlainLayer {
 public:
  /// `groups` divides `channels`.
  GroupNormalization(int64_t groups, int64_t channels, double eps);
  at::Tensor forward(const at::Tensor& x) const;
  void reset(Random& random) override;

 private:
  int64_t groups_;
  double eps_;
  at::Tensor weight_, bias_;
};

/// One row per entry, weight [entries, width].
class LookupTable : public PlainLayer {
 public:
  /// reset(): uniform in +-bound, or N(0, 1) where bound is 0.
  LookupTable(int64_t entries, int64_t width, double bound = 0);
  at::Tensor forward(const at::Tensor& indices) const;  // int64 [...] -> [..., width]
  at::Tensor weight() const { return weight_; }
  void reset(Random& random) override;

 private:
  double bound_;
  at::Tensor weight_;
};

/// A module that only holds others under names of its own: "in_layers" of which "0" and "2" have weights.
inline std::shared_ptr<torch::nn::Module> make_holder() { return std::make_shared<torch::nn::Module>(); }

/// reset() and redraw() of every PlainLayer of `network`, in registration order.
void reset_layers(torch::nn::Module& network, Random& random);
void redraw_layers(torch::nn::Module& network, double std, Random& random);

}  // namespace synerbench::nn
