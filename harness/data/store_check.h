// What of a manifest contradicts the voxels that it describes, the rules that it states, or the folder in
// which it lies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/slice_store.h"

namespace synerbench {

/// The values of one volume, as its slices lie in the shard, and what is wrong with what the manifest says
/// about them: hashes that are not theirs and, by the importer's rules, another intensity map than theirs.
/// `mask` in the same order, 0 or 1. `seen` gets the hashes that the values have: those of an older store
/// (Note [Older hashes]) are completed. Each problem is a text.
std::vector<std::string> volume_problems(const StoredCase& stored, const StoredVolume& volume,
                                         std::span<const float> slices, std::span<const uint8_t> mask,
                                         const Json& rules, StoredVolume* seen);

/// What does not follow from the rules by which the data set was imported: the split, where names alone
/// decide it, and the import key, which region, group, split, patient and sources go into. Empty for stores
/// that the importer did not write.
std::vector<std::string> rule_problems(const StoredCase& stored, const Json& rules);

/// Files below the store that no case of the manifest has. What an import that was killed left (.partial),
/// hidden files, and texts and tables beside the store's own are none. Relative paths, in order.
std::vector<std::string> stray_files(const std::filesystem::path& folder,
                                     const std::vector<StoredCase>& cases);

}  // namespace synerbench
