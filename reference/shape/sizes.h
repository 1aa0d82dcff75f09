// Every size of the network, for any checkpoint. Nothing else in reference/ hard-codes one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace synerbench::reference {

/// The language model (Qwen2 shape; every layer exists twice, once per expert).
struct LlmSizes {
  int64_t vocabulary = 0;    // rows of embedding and head; may be more than the tokenizer has
  int64_t hidden = 0;        // H
  int64_t intermediate = 0;  // I
  int64_t layers = 0;        // L
  int64_t heads = 0;         // query heads
  int64_t kv_heads = 0;      // key and value heads; divides `heads`
  double rms_eps = 1e-6;
  double rope_theta = 10000.0;
  int64_t head_size() const { return hidden / heads; }
  bool operator==(const LlmSizes&) const = default;
};

/// The SigLIP vision transformer.
struct VitSizes {
  int64_t hidden = 0;
  int64_t intermediate = 0;
  int64_t layers = 0;  // those that are built: one less than vit_config.json says
  int64_t heads = 0;
  int64_t patch = 0;  // P, pixels
  int64_t grid = 0;   // patches per side of the position tables; images up to grid * P
  double eps = 1e-6;
  bool operator==(const VitSizes&) const = default;
};

/// The latent autoencoder (FLUX shape).
struct VaeSizes {
  int64_t channels = 0;              // of the first level; a multiple of 32, as all levels are
  std::vector<int64_t> multipliers;  // per level
  int64_t blocks = 2;                // residual blocks per level of the encoder; the decoder has one more
  int64_t latent_channels = 0;       // Z
  double scale = 0.3611, shift = 0.1159;  // latent = scale * (z - shift)
  int64_t downsample() const { return int64_t{1} << (multipliers.size() - 1); }  // D
  bool operator==(const VaeSizes&) const = default;
};

struct ModelSizes {
  LlmSizes llm;
  VitSizes vit;
  VaeSizes vae;
  int64_t latent_patch = 2;  // p: a token covers p x p latents
  int64_t latent_grid = 64;  // tokens per side of the latent position table
  /// The variant that bins fractional coordinates instead of using row and column.
  bool interpolate_positions = false;
  int64_t pixels_per_token() const { return vae.downsample() * latent_patch; }                  // S
  int64_t token_channels() const { return latent_patch * latent_patch * vae.latent_channels; }  // C
  bool operator==(const ModelSizes&) const = default;
};

/// Width of the time embedding's input; fixed in the architecture.
inline constexpr int64_t kTimeFeatures = 256;
/// Groups of every group norm in the autoencoder; fixed in the architecture.
inline constexpr int64_t kNormGroups = 32;

/// Error(kBadInput) at `place` when sizes contradict each other (a head size that is odd, channels that are
/// no multiple of 32, ...), naming the rule.
void check_sizes(const ModelSizes& sizes, const std::string& place);

/// Named sizes: "tiny" (tests, minutes on two cores), "mini" (learns 64x64 slices on one core; a token is 8x8
/// pixels), "small", "medium" (1.4e9 values), "bagel-7b" (the released weights). Error(kUsage) with "did you
/// mean" otherwise.
ModelSizes named_sizes(const std::string& name);
std::vector<std::string> size_names();

/// For reports: every field by name.
Json to_json(const ModelSizes& sizes);

}  // namespace synerbench::reference
