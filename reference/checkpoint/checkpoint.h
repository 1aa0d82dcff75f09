// A folder in the official layout: opened, checked against the network it describes, read tensor by tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/safetensors.h"
#include "reference/shape/keys.h"
#include "reference/shape/sizes.h"

namespace synerbench::reference {

/// How the tensors of a folder compare with the tensors the network needs.
struct KeyReport {
  int64_t model_tensors = 0, model_values = 0;  // in the main file, VAE tensors not counted
  int64_t vae_tensors = 0, vae_values = 0;
  std::map<std::string, int64_t> dtypes;  // "BF16" -> tensors
  std::vector<std::string> missing;       // needed, not there
  std::vector<std::string> unknown;       // there, not needed
  std::vector<std::string> misshaped;     // "key: [3, 4] in the file, [4, 3] wanted"
  std::vector<std::string> recomputed;    // position tables that are not there: they follow from a formula
  std::vector<std::string> ignored;       // known extras: batch norm buffers of UniMedVL
  bool fits() const { return missing.empty() && unknown.empty() && misshaped.empty(); }
};

struct CheckpointOptions {
  /// File with the weights; empty: the first of ema.safetensors, ema_bf16.safetensors, model.safetensors.
  std::string weights = {};
  /// Only headers are read: the data may be missing.
  bool headers_only = false;
};

/// Which file holds a tensor, under which name.
struct TensorPlace {
  std::shared_ptr<const SafetensorsFile> file;
  std::string name;
};

/// An opened folder. Keys are canonical: any number of leading "module." is dropped; tensors of the
/// autoencoder are taken from ae.safetensors, or from keys "vae_model.*" of the main file (UniMedVL). Files
/// are memory-mapped: reading a tensor makes only that tensor resident.
class Checkpoint {
 public:
  /// Sizes are derived from the tensors; llm_config.json and vit_config.json give what shapes cannot (number
  /// of ViT heads, epsilons, rope base) and must agree with them on the rest. Error(kBadInput) when a file is
  /// missing or damaged, or the sizes cannot be derived. Missing, unknown and misshaped keys are in report();
  /// require_fit() turns them into an error.
  static Checkpoint open(const std::filesystem::path& folder, const CheckpointOptions& options = {});

  const std::filesystem::path& folder() const { return folder_; }
  const ModelSizes& sizes() const { return sizes_; }
  const KeyReport& report() const { return report_; }
  /// Error(kBadInput) that lists missing, unknown and misshaped keys, unless report().fits().
  void require_fit() const;

  bool has_model_tensor(const std::string& key) const { return model_.contains(key); }
  TensorView model_tensor(const std::string& key) const;  // canonical key of model_tensors()
  TensorView vae_tensor(const std::string& key) const;    // canonical key of vae_tensors()
  /// SHA-256 over names, types, shapes and data of all tensors, in key order: the same for any file layout.
  /// Reads everything.
  std::string weights_sha256() const;
  /// The patch embedding is stored as a convolution (raw SigLIP) and must be permuted; see
  /// linear_patch_weight.
  bool patch_is_convolution() const { return patch_is_convolution_; }

 private:
  std::filesystem::path folder_;
  ModelSizes sizes_;
  KeyReport report_;
  std::map<std::string, TensorPlace> model_, vae_;
  bool patch_is_convolution_ = false;
};

inline constexpr const char* kPatchWeightKey = "vit_model.vision_model.embeddings.patch_embedding.weight";

/// Values of the patch embedding as a linear weight [Hv, P*P*3] (row, column, channel; channel fastest), from
/// either form.
std::vector<float> linear_patch_weight(const TensorView& view);

/// A model tensor in float32, with the patch embedding made linear and absent position tables computed.
std::vector<float> model_values(const Checkpoint& checkpoint, const TensorSpec& spec);

}  // namespace synerbench::reference
