// What `synerbench checkpoint inspect|convert|init` do.
#pragma once

#include <filesystem>
#include <string>

#include "harness/core/json.h"
#include "harness/core/safetensors.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/shape/keys.h"

namespace synerbench::reference {

/// Sizes, counts, types, and every key that is missing, unknown, misshaped, recomputed or ignored. Reads
/// headers only, so a file whose data are elsewhere can be inspected. {"fits": true, "model": {"tensors",
/// "values"}, "vae": {...}, "sizes": {...}, "lineage": null or as runs carry it, ...}
Json inspect_checkpoint(const std::filesystem::path& folder, const std::string& weights = "");
/// The same for people, one line each.
std::string inspection_text(const Json& inspection);
/// One line of it for a folder that was just written: its tensors and values.
std::string written_text(const Json& inspection);

struct ConvertOptions {
  std::string weights = {};  // see CheckpointOptions
  // of the main file: "keep", "f32", "bf16", "f16"; the autoencoder keeps its own
  std::string dtype = "keep";
  std::string tables = "keep";      // position tables: "keep", "recompute"
  std::filesystem::path base = {};  // folder that lends the tensors missing here; empty: none may be missing
};
/// Writes `from` in the official layout with canonical keys (no "module.", no "vae_model.", linear patch
/// embedding). One tensor is in memory at a time. Error(kUsage) when `to` exists and holds weights.
void convert_checkpoint(const std::filesystem::path& from, const std::filesystem::path& to,
                        const ConvertOptions& options);

struct InitOptions {
  std::string sizes = "tiny";  // named_sizes()
  uint64_t seed = 1;
  std::string dtype = "f32";  // of the main file
  /// Folder to copy tokenizer files from; empty: one is trained on the prompts.
  std::filesystem::path tokenizer = {};
  /// Write the headers of the weights and no data: enough for inspect and for `doctor --model`, useless for
  /// anything else.
  bool headers_only = false;
};
/// Writes a new model with random weights in the official layout; the generation expert starts as a copy of
/// the understanding expert. Same options, same bytes on every machine.
void init_checkpoint(const std::filesystem::path& to, const InitOptions& options);

/// llm_config.json, vit_config.json and vae_config.json of a model.
void write_part_configs(const std::filesystem::path& folder, const ModelSizes& sizes);
/// The same and config.json.
void write_configs(const std::filesystem::path& folder, const ModelSizes& sizes);

/// The values that a tensor of a new model starts with. Each tensor draws from a stream of its own, so adding
/// one to the list changes no other.
std::vector<float> start_values(const TensorSpec& spec, const ModelSizes& sizes, uint64_t seed);

inline constexpr const char* kTokenizerFiles[] = {"vocab.json", "merges.txt", "tokenizer_config.json"};
/// Trains the tokenizer of a new model on the prompts, and on the words about procedural pictures where it
/// learns from them, into its three files.
void write_new_tokenizer(const std::filesystem::path& folder, const ModelSizes& sizes, bool pictures = false);

/// "f32" -> kF32, ...; Error(kUsage) at `place` otherwise.
DType parse_float_type(const std::string& text, const std::string& place);

}  // namespace synerbench::reference
