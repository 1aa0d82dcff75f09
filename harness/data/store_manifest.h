// manifest.json <-> StoredCase: the one place that knows how a store's description is spelled.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/slice_store.h"

namespace synerbench {

inline constexpr const char* kStoreSchema = "synerbench/store";
inline constexpr int64_t kStoreSchemaVersion = 2;

Json to_json(const StoredCase& stored_case);
/// Strict: unknown or missing keys, values that do not fit each other (shape and geometry, ...) are
/// Error(kBadInput) naming `file` and the place in it.
StoredCase stored_case_from_json(const Json& json, const std::string& file, const std::string& pointer);

/// manifest.json as a whole. `cases` are in id order, `imports` is what SliceStore::imports() promises.
struct Manifest {
  Json imports = Json::object();
  std::vector<StoredCase> cases;
};
Json to_json(const Manifest& manifest);
/// Checks schema, version, every case, the order of ids, and that no patient of a dataset is in two splits.
Manifest manifest_from_json(const Json& json, const std::string& file);

}  // namespace synerbench
