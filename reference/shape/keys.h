// The tensors of a checkpoint: name, shape, what part of the network, how it starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reference/shape/sizes.h"

namespace synerbench::reference {

/// What freezing and parameter groups speak of.
enum class Part {
  kUnderstanding,  // the plain expert of every layer, and the final norm
  kGeneration,     // the `_moe_gen` expert of every layer, and its final norm
  kEmbedding,      // embed_tokens
  kHead,           // lm_head
  kConnector,      // ViT to language model
  kVit,
  kFlow,   // time_embedder, vae2llm, llm2vae
  kTable,  // the two sin-cos position tables: in the file, never trained
  kVae,
};
std::string name_of(Part part);

/// How a new model starts.
enum class Start {
  kNormal,   // N(0, 0.02)
  kUniform,  // U(-1/sqrt(fan in), 1/sqrt(fan in)), the default of linear layers and convolutions
  kZero,
  kOne,
  kTable,  // sin-cos, see tables.h
};

struct TensorSpec {
  std::string key;
  std::vector<int64_t> shape;
  Part part = Part::kUnderstanding;
  Start start = Start::kNormal;
  int64_t fan_in = 0;  // of kUniform
  int64_t count() const;
};

inline constexpr const char* kLatentTableKey = "latent_pos_embed.pos_embed";
inline constexpr const char* kVitTableKey = "vit_pos_embed.pos_embed";

/// All tensors of `ema.safetensors`: 28 per layer, 16 per ViT layer and 23 more; 1223 for bagel-7b. Linear
/// weights are [out, in]. In the order in which the network is built.
std::vector<TensorSpec> model_tensors(const ModelSizes& sizes);
/// All tensors of `ae.safetensors`; 244 for bagel-7b.
std::vector<TensorSpec> vae_tensors(const VaeSizes& sizes);

/// Values in all of them together.
int64_t count_values(const std::vector<TensorSpec>& tensors);

/// "…q_proj.weight" -> "…q_proj_moe_gen.weight": the name of a layer tensor in the other expert. Empty for
/// tensors without a counterpart.
std::string generation_counterpart(const std::string& key);

}  // namespace synerbench::reference
