// RCD's disentanglement module (ACDS). RECONSTRUCTION: the published repository lacks its source; layers and
// sizes are ours, made after the overview figure of the paper (arXiv 2407.07660). See docs/baselines.md.
#pragma once

#include <torch/nn/modules/linear.h>

#include <vector>

#include "baselines/rcd/detail/conv_nd.h"

namespace synerbench::rcd {

struct AcdsOptions {
  int dimensions = 2;
  int64_t n = 16;      // width of the first layer; content codes have 4 n channels at a quarter of the size
  int64_t blocks = 4;  // residual blocks of encoder and generator
  int64_t style_width = 64;  // hidden layers of style encoder and AdaIN network
  int64_t style = 8;         // length of a style
  int64_t domain_codes = 2;  // length of the one-hot domain code
};

/// Image -> anatomy: reflect-pad 3, conv 7 -> n; conv 4, stride 2 -> 2 n; conv 4, stride 2 -> 4 n; residual
/// blocks. Instance norm, ReLU.
class ContentEncoderImpl : public torch::nn::Module {
 public:
  explicit ContentEncoderImpl(const AcdsOptions& options);
  at::Tensor forward(const at::Tensor& image);  // [N, 1, ..., H, W] -> [N, 4 n, ..., H/4, W/4]

 private:
  ConvNd stem_{nullptr}, down1_{nullptr}, down2_{nullptr};
  std::vector<std::pair<ConvNd, ConvNd>> blocks_;
};
TORCH_MODULE(ContentEncoder);

/// The fixed code of a domain -> style [1, style]: Linear, ReLU, Linear, ReLU, Linear.
class StyleEncoderImpl : public torch::nn::Module {
 public:
  /// `domain`: place of the one in the code, 0 source, 1 target.
  StyleEncoderImpl(const AcdsOptions& options, int64_t domain);
  at::Tensor forward();

 private:
  int64_t codes_, domain_;
  torch::nn::Linear first_{nullptr}, second_{nullptr}, last_{nullptr};
};
TORCH_MODULE(StyleEncoder);

/// (anatomy, style) -> image: residual blocks with adaptive instance norm whose scale is 1 + the AdaIN
/// network's output; then twice nearest up, conv 5, layer norm, ReLU; reflect-pad 3, conv 7, tanh.
class StyledGeneratorImpl : public torch::nn::Module {
 public:
  explicit StyledGeneratorImpl(const AcdsOptions& options);
  at::Tensor forward(const at::Tensor& content, const at::Tensor& style);

 private:
  AcdsOptions options_;
  torch::nn::Linear first_{nullptr}, second_{nullptr}, last_{nullptr};
  std::vector<std::pair<ConvNd, ConvNd>> blocks_;
  ConvNd up1_{nullptr}, up2_{nullptr}, image_{nullptr};
  LayerNormNd norm1_{nullptr}, norm2_{nullptr};
};
TORCH_MODULE(StyledGenerator);

}  // namespace synerbench::rcd
