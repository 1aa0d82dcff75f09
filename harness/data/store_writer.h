// Writes a slice store, case by case, so that a killed import can go on where it stopped.
//
// Note [Resuming an import]
// A case is finished when two files are durable, in this order: its shard
// (shards/<dataset>/<case>.safetensors) and its record (.partial/<dataset>/<case>.json: the manifest's
// entry). Both appear whole or not at all. The manifest is written last, from the records, in id order; then
// .partial/ and stray files go. Killed before the manifest: the records say what need not be done again.
// Killed after it: the manifest itself says so. A record counts only when its import key (rules, description
// and source hashes) is the present one and the shard's bytes still have their hash. So however often an
// import is killed, the last run leaves the same bytes as an undisturbed one.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/folder_lock.h"
#include "harness/core/json.h"
#include "harness/data/slice_store.h"
#include "harness/data/store_manifest.h"

namespace synerbench {

/// A case as the importer has it: canonical voxels (i fastest, see Volume), one grid for all volumes and the
/// mask.
struct VolumeToStore {
  Modality modality = Modality::kCT;
  std::vector<float> voxels;  // finite
  IntensityMap intensity;
  Json source;                       // see StoredVolume::source
  std::optional<VolumeFacts> facts;  // taken by the writer where the caller has none
  std::vector<std::string> remarks;
};
struct CaseToStore {
  std::string name;  // the id's second half; see is_store_name
  std::string patient, region, group, plane;
  Split split = Split::kTrain;
  Geometry geometry;          // canonical
  std::vector<uint8_t> mask;  // non-zero = inside
  std::string mask_rule;
  Json mask_source;
  std::vector<std::string> remarks;  // about the mask
  std::vector<VolumeToStore> volumes;
};

/// Letters, digits, '.', '_' and '-', not starting with '.' or '-': safe as a file name and in every table.
bool is_store_name(const std::string& name);
/// `text` with every run of other characters replaced by one '_': "03-23 NA  PET" -> "03-23_NA_PET".
std::string store_name_from(const std::string& text);

class StoreWriter {
 public:
  /// Opens or makes the store in `folder` for cases of `dataset`, imported by `rules`. Other datasets, and
  /// other cases of this dataset, stay as they are. Holds a lock on the folder for its lifetime (released by
  /// the system when the process dies). Error(kUsage): the folder is in use, holds something else, or holds
  /// `dataset` imported by other rules.
  StoreWriter(const std::filesystem::path& folder, std::string dataset, Json rules);
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  /// True when there is any trace of the case: worth hashing its sources for finished(). Thread-safe.
  bool recorded(const std::string& name) const;
  /// True when the case was written before under this key and its shard is intact; then add() is not needed.
  /// Thread-safe.
  bool finished(const std::string& name, const std::string& import_key);
  /// Writes shard and record. `import_key` is a SHA-256 (64 hexadecimal digits). Thread-safe for different
  /// cases.
  void add(const CaseToStore& to_store, const std::string& import_key);
  /// What finish() would leave in the store, in id order.
  Manifest manifest() const;
  /// Writes the manifest and cleans up. Returns the number of cases in the store. Nothing may be added
  /// afterwards.
  size_t finish();

  /// Ids of this dataset that an earlier, finished import left in the store.
  std::vector<std::string> earlier_ids() const;

 private:
  void read_earlier();
  std::filesystem::path record_path(const std::string& name) const;
  std::string shard_path(const std::string& name) const;  // below the store
  bool intact(const StoredCase& stored) const;
  void remove_strays(const Manifest& manifest) const;

  std::filesystem::path folder_;
  std::string dataset_;
  Json rules_;
  FolderLock lock_;
  Manifest earlier_;
  std::mutex mutex_;
  std::map<CaseId, StoredCase> done_;  // by id: cases of this run, finished now or before
};

}  // namespace synerbench
