// What a model needs in memory, from its sizes alone: nothing is loaded, so it also answers for a model too
// large for this machine. No LibTorch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/core/json.h"
#include "reference/mot/packing.h"
#include "reference/presets.h"
#include "reference/shape/sizes.h"
#include "reference/tokenizer/tokenizer.h"

namespace synerbench::reference {

/// Bytes of keys and values that one row of a context holds, over all layers. `value_bytes`: 4 for float32, 2
/// for bfloat16.
int64_t cache_bytes_per_token(const LlmSizes& sizes, int64_t value_bytes);

/// Rows of the contexts while a slice is synthesized, and the bytes of their keys and values (main, text-free
/// and image-free, each with room for the image that is made).
struct SynthesisMemory {
  int64_t latent_tokens = 0, vit_tokens = 0, text_tokens = 0;
  int64_t cache_bytes_per_token = 0, cache_bytes = 0;
};
/// `text_tokens`: ids of the instruction with its two marks. Slice sizes in pixels, before the preset's
/// resizing, which must fit the model (see fitted()).
SynthesisMemory synthesis_memory(const ModelSizes& sizes, const Preset& preset, int64_t text_tokens,
                                 int64_t height, int64_t width);

/// Bytes that the forward pass of a training step keeps for its backward pass, by where they are.
struct ActivationMemory {
  int64_t decoder = 0;  // all layers
  int64_t vit = 0;      // and connector
  int64_t ends = 0;     // latent projection, final rows, heads, masks and rotary tables
  int64_t total() const { return decoder + vit + ends; }
};
/// Of one pack, when everything trains in float32 on the CPU (the kernels of mot/kernels.h, attention without
/// kept weights). `recompute_layers`: one input per decoder layer is kept and, in the backward pass, the
/// values of one layer.
///
/// Note [Counting activations]. Per row of a decoder layer, with K = kv heads * d, these are kept: the
/// layer's input, its norm, q, k and v as projected (H + 2K) and as attended to (H + 2K), the attention's
/// result in both orders, the middle of the layer and its norm (4H), gate and up (2I) and their product (I),
/// one float per norm. A test holds the sum against what the allocator counts.
ActivationMemory activation_memory(const ModelSizes& sizes, const PackedSequence& pack,
                                   bool recompute_layers);

/// Ids of a synthesis instruction with its two marks.
int64_t instruction_tokens(const Tokenizer& tokenizer);

/// What `synerbench doctor --model` says: parameters, weights, contexts of one synthesis of a slice of this
/// size, and a training step whose pack holds as many synthesis samples as fit into `pack_tokens` (at least
/// one).
Json memory_report(const ModelSizes& sizes, const Preset& preset, int64_t text_tokens, int64_t height,
                   int64_t width, int64_t pack_tokens = 10240);
/// The same for people, one line each.
std::string memory_text(const Json& report);

/// The report of a folder: headers and tokenizer are read, weights are not. Error(kBadInput) when it is no
/// such folder.
Json memory_of_folder(const std::filesystem::path& folder, const Preset& preset, int64_t height,
                      int64_t width);

}  // namespace synerbench::reference
