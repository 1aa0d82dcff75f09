#include "harness/data/store_writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/content.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecords = ".partial";

bool fits_int16(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) {
    return v >= std::numeric_limits<int16_t>::min() && v <= std::numeric_limits<int16_t>::max() &&
           v == std::trunc(v);
  });
}

bool starts_with(const fs::path& file, const char* prefix) {
  return file.filename().string().rfind(prefix, 0) == 0;
}

// Removes the files of `folder` that `unwanted` picks; never descends.
template <class Unwanted>
void remove_files(const fs::path& folder, Unwanted&& unwanted) {
  std::error_code code;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (entry.is_regular_file(code) && unwanted(entry.path())) paths.push_back(entry.path());
  }
  for (const auto& path : paths) fs::remove(path, code);
}

void make_folder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    throw input_error(folder.string(), fmt::format("cannot make this folder ({})", code.message()),
                      "check permissions and free space");
  }
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

}  // namespace

bool is_store_name(const std::string& name) {
  return !name.empty() && name.size() <= 200 && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

std::string store_name_from(const std::string& text) {
  std::string name;
  for (const char c : text) {
    if (is_name_character(c) && !(name.empty() && (c == '.' || c == '-'))) {
      name += c;
    } else if (name.empty() || name.back() != '_') {
      name += '_';
    }
  }
  return name;
}

StoreWriter::StoreWriter(const fs::path& folder, std::string dataset, Json rules)
    : folder_(folder), dataset_(std::move(dataset)), rules_(std::move(rules)), lock_(folder_, "import") {
  SB_CHECK(is_store_name(dataset_), dataset_);
  read_earlier();
  make_folder(folder_ / kRecords / dataset_);
  make_folder(folder_ / "shards" / dataset_);
}

void StoreWriter::read_earlier() {
  const fs::path path = folder_ / "manifest.json";
  std::error_code code;
  if (path_exists(path)) {
    earlier_ = manifest_from_json(read_json(path), path.string());
  } else if (!fs::exists(folder_ / kRecords, code) && !fs::is_empty(folder_, code)) {
    throw usage_error(folder_.string(), "is neither empty nor a slice store",
                      "give another --out; importing never writes into a folder of something else");
  }
  if (earlier_.imports.contains(dataset_) && earlier_.imports[dataset_] != rules_) {
    throw usage_error(
        folder_.string(), fmt::format("holds \"{}\" imported by other rules", dataset_),
        fmt::format("its rules: {}\n  now wanted: {}\n  one store has one set of rules per dataset; use "
                    "the same options or give another --out",
                    to_text(earlier_.imports[dataset_], -1), to_text(rules_, -1)));
  }
}

fs::path StoreWriter::record_path(const std::string& name) const {
  return folder_ / kRecords / dataset_ / (name + ".json");
}

std::string StoreWriter::shard_path(const std::string& name) const {
  return "shards/" + dataset_ + "/" + name + ".safetensors";
}

bool StoreWriter::intact(const StoredCase& stored) const {
  std::error_code code;
  const auto path = folder_ / stored.shard;
  return fs::is_regular_file(path, code) && sha256_file(path) == stored.shard_sha256;
}

bool StoreWriter::recorded(const std::string& name) const {
  std::error_code code;
  const CaseId id{dataset_, name};
  return fs::exists(record_path(name), code) ||
         std::any_of(earlier_.cases.begin(), earlier_.cases.end(), [&](const auto& c) { return c.id == id; });
}

bool StoreWriter::finished(const std::string& name, const std::string& import_key) {
  const CaseId id{dataset_, name};
  const auto accept = [&](StoredCase stored) {
    if (stored.id != id || stored.import_key != import_key || !intact(stored)) return false;
    std::lock_guard lock(mutex_);
    done_[id] = std::move(stored);
    return true;
  };
  std::error_code code;
  const auto record = record_path(name);
  if (fs::exists(record, code)) {
    try {
      if (accept(stored_case_from_json(read_json(record), record.string(), ""))) return true;
    } catch (const Error&) {
      // A record nobody can read (another version's, or edited) is no proof: the case is done again.
    }
  }
  const auto found =
      std::find_if(earlier_.cases.begin(), earlier_.cases.end(), [&](const auto& c) { return c.id == id; });
  return found != earlier_.cases.end() && accept(*found);
}

void StoreWriter::add(const CaseToStore& to_store, const std::string& import_key) {
  SB_CHECK(is_store_name(to_store.name), to_store.name);
  SB_CHECK(!to_store.volumes.empty() && import_key.size() == 64, to_store.name);
  SB_CHECK(static_cast<int64_t>(to_store.mask.size()) == to_store.geometry.count(), to_store.name);
  StoredCase stored;
  stored.id = {dataset_, to_store.name, to_store.patient};
  stored.region = to_store.region;
  stored.group = to_store.group;
  stored.split = to_store.split;
  stored.plane = to_store.plane;
  stored.shape = plane_shape(to_store.geometry, to_store.plane);
  stored.spacing = plane_spacing(to_store.geometry, to_store.plane);
  stored.geometry = to_store.geometry;
  stored.mask_rule = to_store.mask_rule;
  stored.mask_source = to_store.mask_source;
  stored.remarks = to_store.remarks;
  stored.shard = shard_path(to_store.name);
  stored.import_key = import_key;

  const std::vector<int64_t> shape(stored.shape.begin(), stored.shape.end());
  std::vector<std::vector<float>> floats(to_store.volumes.size());
  std::vector<std::vector<int16_t>> shorts(to_store.volumes.size());
  std::vector<TensorToWrite> tensors;
  for (size_t v = 0; v < to_store.volumes.size(); ++v) {
    const auto& volume = to_store.volumes[v];
    SB_CHECK(
        std::all_of(volume.voxels.begin(), volume.voxels.end(), [](float x) { return std::isfinite(x); }),
        stored.id.text() + ": values that are not finite");
    StoredVolume entry;
    entry.modality = volume.modality;
    entry.tensor = name_of(volume.modality);
    entry.intensity = volume.intensity;
    entry.source = volume.source;
    entry.remarks = volume.remarks;
    entry.facts = volume.facts ? *volume.facts
                               : facts_of(volume.voxels, to_store.mask, to_store.geometry, volume.intensity);
    const auto axial = plane_shape(to_store.geometry, "axial");
    // Hashed as it is read back: whole numbers have no negative zero.
    const bool whole = fits_int16(volume.voxels);
    std::vector<float> voxels = volume.voxels;
    if (whole) std::transform(voxels.begin(), voxels.end(), voxels.begin(), [](float x) { return x + 0.0F; });
    entry.voxels_sha256 = voxels_sha256(voxels, axial);
    entry.sketch = sketch_of(voxels, axial);
    floats[v] = to_plane<float>(voxels, to_store.geometry, to_store.plane);
    if (stored.plane != "axial") entry.slices_sha256 = voxels_sha256(floats[v], stored.shape);
    entry.imprint = imprint_of(voxels, to_store.geometry);
    if (whole) {
      shorts[v].assign(floats[v].begin(), floats[v].end());
      floats[v] = {};
      entry.dtype = DType::kI16;
      tensors.push_back({entry.tensor, entry.dtype, shape, std::as_bytes(std::span(shorts[v]))});
    } else {
      entry.dtype = DType::kF32;
      tensors.push_back({entry.tensor, entry.dtype, shape, std::as_bytes(std::span(floats[v]))});
    }
    stored.volumes.push_back(std::move(entry));
  }
  auto mask = to_plane<uint8_t>(to_store.mask, to_store.geometry, to_store.plane);
  for (auto& value : mask) value = value != 0;
  tensors.push_back({"mask", DType::kU8, shape, std::as_bytes(std::span(mask))});

  write_safetensors(folder_ / stored.shard, tensors, {{"case", stored.id.text()}}, &stored.shard_sha256);
  // Only now: see Note [Resuming an import].
  write_json(record_path(to_store.name), to_json(stored));
  std::lock_guard lock(mutex_);
  SB_CHECK(done_.emplace(stored.id, stored).second, stored.id.text() + " written twice");
}

std::vector<std::string> StoreWriter::earlier_ids() const {
  std::vector<std::string> ids;
  for (const auto& stored : earlier_.cases) {
    if (stored.id.dataset == dataset_) ids.push_back(stored.id.text());
  }
  return ids;
}

Manifest StoreWriter::manifest() const {
  std::map<CaseId, const StoredCase*> cases;  // in id order; what this run has replaces what was there
  for (const auto& stored : earlier_.cases) cases[stored.id] = &stored;
  for (const auto& [id, stored] : done_) cases[id] = &stored;
  Manifest manifest;
  for (const auto& [id, stored] : cases) manifest.cases.push_back(*stored);
  std::map<std::string, Json> imports;  // in name order: the order of importing must not show in the bytes
  for (auto it = earlier_.imports.begin(); it != earlier_.imports.end(); ++it) imports[it.key()] = it.value();
  imports[dataset_] = rules_;
  for (const auto& [dataset, rules] : imports) manifest.imports[dataset] = rules;
  return manifest;
}

size_t StoreWriter::finish() {
  const Manifest manifest = this->manifest();
  // Read back what is about to be written: a patient in two splits, say, is found before the manifest exists.
  const Json json = to_json(manifest);
  manifest_from_json(json, (folder_ / "manifest.json").string());
  write_json(folder_ / "manifest.json", json);
  remove_strays(manifest);
  return manifest.cases.size();
}

void StoreWriter::remove_strays(const Manifest& manifest) const {
  std::set<fs::path> wanted;
  for (const auto& stored : manifest.cases) wanted.insert(folder_ / stored.shard);
  remove_files(folder_ / "shards" / dataset_, [&](const fs::path& path) {
    return starts_with(path, kTemporaryPrefix) ||
           (path.extension() == ".safetensors" && !wanted.contains(path));
  });
  remove_files(folder_, [&](const fs::path& path) { return starts_with(path, kTemporaryPrefix); });
  remove_files(folder_ / kRecords / dataset_, [&](const fs::path& path) {
    return starts_with(path, kTemporaryPrefix) || path.extension() == ".json";
  });
  std::error_code code;
  fs::remove(folder_ / kRecords / dataset_,
             code);  // folders only when empty: other datasets may have records
  fs::remove(folder_ / kRecords, code);
  fs::remove(folder_ / "shards" / dataset_, code);
}

}  // namespace synerbench
