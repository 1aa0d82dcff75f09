// The vector-quantized autoencoder of latent diffusion (Esser et al. 2021, Rombach et al. 2022) under its
// official key names.
#pragma once

#include <torch/nn/pimpl.h>

#include <vector>

#include "harness/nn/plain_layers.h"

namespace synerbench::nn {

struct VqAutoencoderOptions {
  int64_t image_channels = 3;
  int64_t width = 128;                        // channels of level l: width * multipliers[l]
  std::vector<int64_t> multipliers{1, 2, 4};  // each level but the last halves the side
  int64_t blocks = 2;  // residual blocks per level of the encoder; the decoder has one more
  // attention after every block at these down-sampling factors; always in the middle
  std::vector<int64_t> attention_factors;
  int64_t latent_channels = 3;  // out of the encoder, into the decoder ("z")
  int64_t code_channels = 3;    // of a code ("embed_dim"); 1x1 convolutions lead from z to it and back
  int64_t codes = 8192;
  int64_t groups = 32;  // of the group norms; divides every level's channels
};

/// The first setting that cannot be built, as a sentence; empty: none.
std::string trouble_with(const VqAutoencoderOptions& options);

struct Quantized {
  at::Tensor values;   // the nearest codes, [N, code_channels, h, w]
  at::Tensor indices;  // int64 [N, h, w]
};

/// Keys: encoder.*, decoder.*, quantize.embedding.weight, quant_conv.*, post_quant_conv.*; inside encoder and
/// decoder conv_in, down.<l>.{block,attn}.<i>, down.<l>.downsample.conv, up.<l>...,
/// mid.{block_1,attn_1,block_2}, norm_out, conv_out.
class VqAutoencoderImpl : public torch::nn::Module {
 public:
  explicit VqAutoencoderImpl(const VqAutoencoderOptions& options);
  /// images [N, image_channels, H, W] -> [N, code_channels, H/f, W/f], not yet quantized. H and W are
  /// multiples of factor().
  at::Tensor encode(const at::Tensor& images) const;
  /// The codes nearest in Euclidean distance; the first of equally near ones. Carries no gradient to
  /// `latents`.
  Quantized quantize(const at::Tensor& latents) const;
  /// Codes -> images, not clamped.
  at::Tensor decode(const at::Tensor& codes) const;

  int64_t factor() const;  // down-sampling, 2^(levels - 1)
  const VqAutoencoderOptions& options() const { return options_; }
  at::Tensor codebook() const { return codebook_->weight(); }  // [codes, code_channels]
  /// The children whose keys make up an official file beside the codebook; what else such files hold (losses)
  /// belongs to training.
  std::vector<std::string> parts() const;

 private:
  class Stack;
  VqAutoencoderOptions options_;
  std::shared_ptr<Stack> encoder_, decoder_;
  std::shared_ptr<LookupTable> codebook_;
  std::shared_ptr<Convolution> to_code_, from_code_;
};
TORCH_MODULE(VqAutoencoder);

}  // namespace synerbench::nn
