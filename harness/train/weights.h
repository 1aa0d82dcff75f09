// The weights folder: what training leaves and a model is loaded from.
//
//   config.json               schema synerbench/weights; written last, so a folder with it is complete
//   <network>.safetensors     one file per network, official key names
//   log.jsonl                 losses and validations
//   checkpoint.safetensors    only while training is unfinished
//
// config.json: method, config (the method's own), task (or tasks: a list), networks {name: file, sha256,
// parameters, inference}, and, for weights trained here, training (recipe, seed, counts, device, versions),
// selection, data, lineage (harness/core/lineage.h), provenance, packed
// (harness/train/pack.h). A folder made by hand from a published
// checkpoint needs schema, schema_version, method, config and networks with "file" only.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/lineage.h"

namespace synerbench {

struct NetworkFile {
  std::string name, file, sha256;  // sha256 is empty when config.json does not say
  bool inference = true;
};

/// What an error in a config.json says about it.
inline constexpr const char* kDamagedWeights = "the file is damaged; copy the weights folder again";

/// A config.json, read and checked.
struct WeightsConfig {
  std::filesystem::path folder;
  std::string method;
  std::vector<std::string> tasks;  // ids the weights were trained for; empty when they are not bound to any
  Json config;
  std::vector<NetworkFile> networks;
  std::shared_ptr<const Lineage> lineage;  // null: it does not say
  ScanHashes scans;                        // that the pairs of its training were of; null: it does not say
  /// Path of a network's file, its hash compared with the recorded one. Error(kBadInput) when missing or
  /// different.
  std::filesystem::path checked_file(const std::string& network) const;
  /// One hash for the inference networks together: names the weights in results.
  std::string sha256() const;
};

/// Error(kBadInput) when there is no config.json (an unfinished training is recognized and named), or it is
/// not what it should be, or was written for another method than `method`.
WeightsConfig read_weights_config(const std::filesystem::path& folder, const std::string& method);

/// The weights folders at `folder` or directly below it (one per task), as sorted paths relative to it; "."
/// is the folder itself. Error(kBadInput) when there is none.
std::vector<std::filesystem::path> weights_folders(const std::filesystem::path& folder);

/// What a folder of weights, or one with a weights folder per task, says of itself.
struct WeightsTree {
  std::string method;             // of all of them; empty: a checkpoint in another format
  Json training = Json::array();  // per folder: {"folder", "tasks", "updates", "slices", "seed", "budget"}
};
/// Error(kBadInput) when there is none, one is damaged, or they are of different methods.
WeightsTree read_weights_tree(const std::filesystem::path& folder);

/// Hashes every network that the weights folders at `folder` or directly below it name, and holds it against
/// config.json: WeightsConfig::checked_file. A folder in another format has no such names.
void require_sound_weights(const std::filesystem::path& folder);

/// read_weights_config() of any method; nothing where the folder has no config.json of this kind (a
/// checkpoint in another format, no folder at all).
std::optional<WeightsConfig> find_weights_config(const std::filesystem::path& folder);

/// The file of a network that a configuration names to begin with: `from` itself, or, where that is a folder,
/// the network's file in this weights folder of `method`.
std::filesystem::path network_file(const std::filesystem::path& from, const std::string& method,
                                   const std::string& network);

/// The hash that names several files together: SHA-256 over "name sha256\n" in the given order.
std::string combined_sha256(const std::vector<NetworkFile>& networks);

}  // namespace synerbench
