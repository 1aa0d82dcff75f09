// The slice store: what importing leaves on disk and everything downstream reads.
//
//   store/manifest.json                         what is in it (schema synerbench/store), cases in id order
//   store/shards/<dataset>/<case>.safetensors   per case: one tensor per volume, [D, H, W], and "mask", U8
//   store/skipped-<dataset>.csv                 what importing left out and why; absent when nothing was
//
// Written by store_writer.h. Equal sources, rules and program give equal bytes: none of these files holds a
// time, a host name or an absolute path.
//
// Axes of the tensors. Plane "axial": D = k (to Superior), H = j (to Posterior), W = i (to Left).
// Plane "coronal" (whole body): D = j, H = k reversed (head at the top), W = i.
// Stored values. Volumes whose values are all integers within int16: I16, exact. Others: F32, the nearest
// float to the imported value (relative error at most 2^-24; SUV and resampled CT are computed in double
// first).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/json.h"
#include "harness/core/keys.h"
#include "harness/core/modality.h"
#include "harness/core/safetensors.h"
#include "harness/data/intensity.h"
#include "harness/data/plausible.h"
#include "harness/data/volume.h"

namespace synerbench {

enum class Split { kTrain, kValidation, kTest };
std::string name_of(Split split);  // "train" "validation" "test"
/// Error(kUsage) at `place` with "did you mean" when unknown.
Split parse_split(const std::string& name, const std::string& place);

/// A canonical grid cut into slices of a plane ("axial" or "coronal"): its D, H, W, and their spacing in mm.
std::array<int64_t, 3> plane_shape(const Geometry& canonical, const std::string& plane);
std::array<double, 3> plane_spacing(const Geometry& canonical, const std::string& plane);
/// Voxels of a canonical grid (i fastest; see Volume) in the order [D, H, W] of the plane, and back. Exact.
/// For float, double and uint8_t.
template <class T>
std::vector<T> to_plane(std::span<const T> voxels, const Geometry& canonical, const std::string& plane);
template <class T>
std::vector<T> from_plane(std::span<const T> slices, const Geometry& canonical, const std::string& plane);

/// One volume of a case, as the manifest describes it.
struct StoredVolume {
  Modality modality = Modality::kCT;
  std::string tensor;  // name in the shard, e.g. "CT"
  DType dtype = DType::kI16;
  IntensityMap intensity;  // [low, high] -> [-1, 1]
  Json source;  // path (relative to the dataset tree), sha256, stored type, axes, frame, transforms applied
  VolumeFacts facts;                 // what its values are like
  std::vector<std::string> remarks;  // what is odd about them, or was accepted; mostly empty
  std::string voxels_sha256;         // of the values, axial slices in order whatever the plane: see content.h
  std::string slices_sha256;         // of a coronal case; else empty: see Note [Older hashes] in content.h
  std::vector<uint64_t> sketch;      // of the axial slices, too: see Note [Sketch of a volume]
  std::vector<uint64_t> imprint;     // see Note [Imprint of a volume]; empty in older stores
};

struct StoredCase {
  CaseId id;           // unique in the store, with the patient: the unit of splitting and of statistics
  std::string region;  // one of region_names()
  std::string group;   // stratum, e.g. center "A"; empty when unknown
  Split split = Split::kTrain;
  std::string plane;                       // "axial" or "coronal"
  std::array<int64_t, 3> shape{0, 0, 0};   // D, H, W of every tensor
  std::array<double, 3> spacing{1, 1, 1};  // mm along D, H, W
  Geometry geometry;                       // canonical grid (LPS axes), to write predictions back as images
  std::string mask_rule;                   // "file", "CT > -300 HU, solid components, filled", ...
  Json mask_source;                        // as StoredVolume::source when the mask is a file, else null
  std::vector<std::string> remarks;        // what is odd about the mask, or how the volumes lie; mostly empty
  std::string shard;                       // path below the store
  std::string shard_sha256;
  std::string import_key;  // SHA-256 of all that importing it depended on: rules, description, source bytes
  std::vector<StoredVolume> volumes;
  const StoredVolume* find(Modality modality) const;  // nullptr when the case lacks it
};

/// The voxels of one volume: a view into the memory map, valid while the case's handle lives.
class VolumeView {
 public:
  VolumeView(TensorView tensor, std::shared_ptr<const SafetensorsFile> keep);
  std::array<int64_t, 3> shape() const;  // D, H, W
  double value(int64_t d, int64_t h, int64_t w) const;
  /// Physical values of slices [first, first + count) into out, count * H * W.
  void read(int64_t first, int64_t count, std::span<float> out) const;
  std::vector<double> read_all() const;  // D * H * W, physical values

 private:
  TensorView tensor_;
  std::shared_ptr<const SafetensorsFile> keep_;
};

/// A shard that is not what the manifest says. No case can be worth more than the store it comes from, so
/// whoever turns errors into records of cases lets this one pass.
class DamagedShard : public Error {
 public:
  DamagedShard(std::string place, std::string problem);
};

/// A store on disk, opened for reading. Thread-safe.
class SliceStore {
 public:
  /// Reads and checks the manifest (schema, version, every field). A shard is opened when it is first used,
  /// and then read once as a whole: its SHA-256, the case it names, and its tensors must be those of the
  /// manifest, else DamagedShard from volume() and mask().
  explicit SliceStore(const std::filesystem::path& folder);
  const std::vector<StoredCase>& cases() const { return cases_; }  // in id order
  /// Error(kUsage) when missing. By its spelling: "synthrad2023/1BA001".
  const StoredCase& find(const CaseId& id) const { return find(id.text()); }
  const StoredCase& find(const std::string& id) const;
  /// Per dataset, the rules it was imported by: {"synthrad2023": {"resample": "refuse", "split": ...}}.
  const Json& imports() const { return imports_; }
  /// The data sets whose patients are simulated, with the name of their cohort ("": it has none).
  std::map<std::string, std::string> simulated() const;
  /// Cases of `task` (region matches, all its sources and its target present), in id order.
  std::vector<const StoredCase*> cases_for(const Task& task, std::optional<Split> split = {}) const;
  VolumeView volume(const StoredCase& stored_case, Modality modality) const;
  std::vector<uint8_t> mask(const StoredCase& stored_case) const;  // D * H * W, 0 or 1
  /// SHA-256 over the manifest: names the store in provenance (shard hashes are inside the manifest).
  const std::string& sha256() const { return sha256_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Re-hashes every shard and compares case and shapes, then what the manifest says with the voxels and with
  /// the importer's rules (store_check.h); problems as texts, empty when sound. So is one scan under two
  /// names, unless the import accepted it, and a file of no case. Error(kInterrupted) between two shards.
  std::vector<std::string> verify() const;

 private:
  struct Shards;
  std::filesystem::path folder_;
  std::vector<StoredCase> cases_;
  Json imports_;
  std::string sha256_;
  std::shared_ptr<Shards> shards_;
};

}  // namespace synerbench
