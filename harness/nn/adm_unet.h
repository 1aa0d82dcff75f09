// The U-Net of Dhariwal and Nichol 2021 ("ADM") in the form latent-diffusion code bases use: residual blocks
// that take the time by scale and shift, residual blocks for changing the resolution, attention. BBDM's
// denoiser; flow_unet's velocity network.
#pragma once

#include <torch/nn/pimpl.h>

#include <vector>

#include "harness/nn/plain_layers.h"

namespace synerbench::nn {

struct AdmUnetOptions {
  int64_t input_channels = 1, output_channels = 1;
  int64_t width = 128;  // channels of the first level; even, a multiple of `groups`
  std::vector<int64_t> multipliers{
      1, 4, 8};        // channels of level l: width * multipliers[l]; each level halves the side
  int64_t blocks = 2;  // residual blocks per level on the way down, one more on the way up
  // attention follows every block at these down-sampling factors (1, 2, 4, ...), and always stands in the
  // middle; factors the network lacks have no effect
  std::vector<int64_t> attention_factors;
  int64_t head_width = 64;  // channels per attention head; divides the channels wherever attention is
  int64_t groups = 32;      // of the group norms; divides every level's channels
  int64_t labels = 0;       // entries of a table added to the time's embedding; 0: none
};

/// The first setting that cannot be built, as a sentence; empty: none.
std::string trouble_with(const AdmUnetOptions& options);

/// [cos(t f_i), sin(t f_i)] with f_i = exp(-ln(10000) i / (width/2)): float32 [N, width] for t [N] of any
/// type.
at::Tensor time_embedding(const at::Tensor& t, int64_t width);

/// h = conv(resample(silu(norm(x)))); h = conv(silu(norm(h) * (1 + scale) + shift)) with (scale, shift)
/// linear in silu(embedding); skip(resample(x)) + h. The last convolution starts at 0. Keys: in_layers.{0,2},
/// emb_layers.1, out_layers.{0,3}, skip_connection.
class AdmResidualBlock : public torch::nn::Module {
 public:
  enum class Resample { kNone, kUp, kDown };  // nearest x 2, mean of 2 x 2
  AdmResidualBlock(int64_t input, int64_t output, int64_t embedding, int64_t groups, Resample resample);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& embedding, const Observer& observe,
                     const std::string& key) const;

 private:
  at::Tensor resampled(const at::Tensor& x) const;
  Resample resample_;
  std::shared_ptr<GroupNormalization> in_norm_, out_norm_;
  std::shared_ptr<Convolution> in_conv_, out_conv_, skip_;  // skip_ null: identity
  std::shared_ptr<Dense> embedding_;
};

/// x + attention over all positions of norm(x). Heads first, then query, key, value inside a head; query and
/// key are both scaled by head_width^-1/4. The projection starts at 0. Keys: norm, qkv, proj_out.
class AdmAttention : public torch::nn::Module {
 public:
  AdmAttention(int64_t channels, int64_t head_width, int64_t groups);
  at::Tensor forward(const at::Tensor& x, const Observer& observe, const std::string& key) const;

 private:
  int64_t heads_;
  std::shared_ptr<GroupNormalization> norm_;
  std::shared_ptr<Convolution> qkv_, projection_;
};

/// Keys: time_embed.{0,2}, input_blocks.<i>.<j>, middle_block.{0,1,2}, output_blocks.<i>.<j>, out.{0,2},
/// label_emb. One skip per input block, concatenated after what comes from below.
class AdmUnetImpl : public torch::nn::Module {
 public:
  explicit AdmUnetImpl(const AdmUnetOptions& options);
  /// x [N, input_channels, H, W], t [N], labels int64 [N] (undefined without a table) -> [N, output_channels,
  /// H, W]. H and W are multiples of side_multiple().
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& labels = {},
                     const Observer& observe = {}) const;
  int64_t side_multiple() const;
  const AdmUnetOptions& options() const { return options_; }

 private:
  /// One entry of input_blocks, middle_block or output_blocks.
  struct Stage {
    std::string key;
    std::vector<std::shared_ptr<torch::nn::Module>> layers;
  };
  Stage new_stage(torch::nn::Module& parent, const std::string& parent_key, size_t index,
                  std::vector<std::shared_ptr<torch::nn::Module>> layers);
  at::Tensor run(const Stage& stage, const at::Tensor& x, const at::Tensor& embedding,
                 const Observer& observe) const;

  AdmUnetOptions options_;
  std::shared_ptr<Dense> time_in_, time_out_;
  std::shared_ptr<LookupTable> labels_;
  std::vector<Stage> input_, output_;
  Stage middle_;
  std::shared_ptr<GroupNormalization> out_norm_;
  std::shared_ptr<Convolution> out_conv_;
};
TORCH_MODULE(AdmUnet);

}  // namespace synerbench::nn
