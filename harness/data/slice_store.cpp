#include "harness/data/slice_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/data/content.h"
#include "harness/data/store_check.h"
#include "harness/data/store_manifest.h"

namespace synerbench {
namespace {

bool is_coronal(const std::string& plane) {
  SB_CHECK(plane == "axial" || plane == "coronal", "plane is " + plane);
  return plane == "coronal";
}

// Calls visit(position in [D, H, W], position in i-fastest order) for every voxel, slices in order.
template <class Visit>
void for_each_coronal(const Geometry& g, Visit&& visit) {
  size_t out = 0;
  for (int64_t j = 0; j < g.size[1]; ++j) {
    for (int64_t k = g.size[2] - 1; k >= 0; --k) {  // k points to Superior: the head goes to the top row
      const auto row = static_cast<size_t>((k * g.size[1] + j) * g.size[0]);
      for (int64_t i = 0; i < g.size[0]; ++i) visit(out++, row + static_cast<size_t>(i));
    }
  }
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t side : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(side);
  return text + "]";
}

// Empty when the shard holds exactly what the manifest promises.
std::vector<std::string> shard_problems(const SafetensorsFile& file, const StoredCase& stored) {
  std::vector<std::string> problems;
  const std::string seen = file.sha256();
  if (seen != stored.shard_sha256) {
    problems.push_back(fmt::format("SHA-256 is {}, manifest.json says {}", seen.substr(0, 12),
                                   stored.shard_sha256.substr(0, 12)));
    return problems;  // what else may be wrong with it says nothing more
  }
  const auto name = file.metadata().find("case");
  const std::string inside = name == file.metadata().end() ? "none" : "\"" + name->second + "\"";
  if (inside != "\"" + stored.id.text() + "\"") {
    problems.push_back(
        fmt::format("the case it names is {}, manifest.json says \"{}\"", inside, stored.id.text()));
  }
  const std::vector<int64_t> shape(stored.shape.begin(), stored.shape.end());
  const auto expect = [&](const std::string& tensor, DType dtype) {
    if (!file.contains(tensor)) {
      problems.push_back(fmt::format("tensor \"{}\", which manifest.json names, is missing", tensor));
      return;
    }
    const auto view = file.at(tensor);
    if (view.dtype != dtype || view.shape != shape) {
      problems.push_back(fmt::format("tensor \"{}\" is {} {}, manifest.json says {} {}", tensor,
                                     name_of(view.dtype), shape_text(view.shape), name_of(dtype),
                                     shape_text(shape)));
    }
  };
  for (const auto& volume : stored.volumes) expect(volume.tensor, volume.dtype);
  expect("mask", DType::kU8);
  if (problems.empty() && file.names().size() != stored.volumes.size() + 1) {
    problems.push_back(
        fmt::format("{} tensors, manifest.json lists {}", file.names().size(), stored.volumes.size() + 1));
  }
  return problems;
}

}  // namespace

std::array<int64_t, 3> plane_shape(const Geometry& canonical, const std::string& plane) {
  const auto& s = canonical.size;
  if (is_coronal(plane)) return {s[1], s[2], s[0]};
  return {s[2], s[1], s[0]};
}

std::array<double, 3> plane_spacing(const Geometry& canonical, const std::string& plane) {
  const auto& s = canonical.spacing;
  if (is_coronal(plane)) return {s[1], s[2], s[0]};
  return {s[2], s[1], s[0]};
}

template <class T>
std::vector<T> to_plane(std::span<const T> voxels, const Geometry& canonical, const std::string& plane) {
  SB_CHECK(static_cast<int64_t>(voxels.size()) == canonical.count(), "one value per voxel");
  if (!is_coronal(plane)) return {voxels.begin(), voxels.end()};
  std::vector<T> slices(voxels.size());
  for_each_coronal(canonical, [&](size_t slice, size_t voxel) { slices[slice] = voxels[voxel]; });
  return slices;
}

template <class T>
std::vector<T> from_plane(std::span<const T> slices, const Geometry& canonical, const std::string& plane) {
  SB_CHECK(static_cast<int64_t>(slices.size()) == canonical.count(), "one value per voxel");
  if (!is_coronal(plane)) return {slices.begin(), slices.end()};
  std::vector<T> voxels(slices.size());
  for_each_coronal(canonical, [&](size_t slice, size_t voxel) { voxels[voxel] = slices[slice]; });
  return voxels;
}

template std::vector<float> to_plane(std::span<const float>, const Geometry&, const std::string&);
template std::vector<double> to_plane(std::span<const double>, const Geometry&, const std::string&);
template std::vector<uint8_t> to_plane(std::span<const uint8_t>, const Geometry&, const std::string&);
template std::vector<float> from_plane(std::span<const float>, const Geometry&, const std::string&);
template std::vector<double> from_plane(std::span<const double>, const Geometry&, const std::string&);
template std::vector<uint8_t> from_plane(std::span<const uint8_t>, const Geometry&, const std::string&);

const StoredVolume* StoredCase::find(Modality modality) const {
  const auto found =
      std::find_if(volumes.begin(), volumes.end(), [&](const auto& v) { return v.modality == modality; });
  return found == volumes.end() ? nullptr : &*found;
}

VolumeView::VolumeView(TensorView tensor, std::shared_ptr<const SafetensorsFile> keep)
    : tensor_(std::move(tensor)), keep_(std::move(keep)) {
  SB_CHECK(tensor_.shape.size() == 3, "a volume has three axes");
  SB_CHECK(tensor_.dtype == DType::kI16 || tensor_.dtype == DType::kF32, "a volume is I16 or F32");
}

std::array<int64_t, 3> VolumeView::shape() const {
  return {tensor_.shape[0], tensor_.shape[1], tensor_.shape[2]};
}

double VolumeView::value(int64_t d, int64_t h, int64_t w) const {
  const auto [depth, height, width] = shape();
  SB_CHECK(d >= 0 && d < depth && h >= 0 && h < height && w >= 0 && w < width, "voxel outside the volume");
  const auto index = static_cast<size_t>((d * height + h) * width + w);
  if (tensor_.dtype == DType::kI16) return tensor_.as<int16_t>()[index];
  return tensor_.as<float>()[index];
}

void VolumeView::read(int64_t first, int64_t count, std::span<float> out) const {
  const auto [depth, height, width] = shape();
  SB_CHECK(first >= 0 && count >= 0 && first + count <= depth, "slices outside the volume");
  const auto begin = static_cast<size_t>(first * height * width),
             length = static_cast<size_t>(count * height * width);
  SB_CHECK(out.size() == length, "out has count * H * W values");
  if (tensor_.dtype == DType::kI16) {
    const auto values = tensor_.as<int16_t>().subspan(begin, length);
    std::copy(values.begin(), values.end(), out.begin());
  } else {
    const auto values = tensor_.as<float>().subspan(begin, length);
    std::copy(values.begin(), values.end(), out.begin());
  }
}

std::vector<double> VolumeView::read_all() const {
  if (tensor_.dtype == DType::kI16) {
    const auto values = tensor_.as<int16_t>();
    return {values.begin(), values.end()};
  }
  const auto values = tensor_.as<float>();
  return {values.begin(), values.end()};
}

DamagedShard::DamagedShard(std::string place, std::string problem)
    : Error(ExitCode::kBadInput, std::move(place), std::move(problem),
            "the store is damaged, or shard and manifest belong to different imports; see all with "
            "\"synerbench store "
            "verify\", then copy the store again or import the dataset again") {}

struct SliceStore::Shards {
  struct Slot {
    std::mutex mutex;  // one thread opens a shard, the others wait for it and not for those of other cases
    std::shared_ptr<const SafetensorsFile> file;
  };
  std::mutex mutex;
  std::map<std::string, Slot> slots;  // by case: two cases that name one shard are two questions about it

  std::shared_ptr<const SafetensorsFile> get(const std::filesystem::path& folder, const StoredCase& stored) {
    Slot* slot = nullptr;
    {
      const std::lock_guard lock(mutex);
      slot = &slots[stored.id.text()];
    }
    const std::lock_guard lock(slot->mutex);
    if (!slot->file) slot->file = open(folder / stored.shard, stored);
    return slot->file;
  }

 private:
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path,
                                                     const StoredCase& stored) {
    std::vector<std::string> problems;
    try {
      auto fresh = std::make_shared<const SafetensorsFile>(path);
      problems = shard_problems(*fresh, stored);
      if (problems.empty()) return fresh;
    } catch (const Error& error) {
      throw DamagedShard(path.string(), error.problem());
    }
    throw DamagedShard(path.string(), problems.front());
  }
};

SliceStore::SliceStore(const std::filesystem::path& folder)
    : folder_(folder), shards_(std::make_shared<Shards>()) {
  const auto path = folder / "manifest.json";
  if (!path_exists(path)) {
    throw input_error(folder.string(), "no manifest.json, so this is not a finished slice store",
                      "make one with \"synerbench import\"; a killed import is finished by running it again");
  }
  const std::string bytes = read_file(path);
  auto manifest = manifest_from_json(parse_json(bytes, path.string()), path.string());
  cases_ = std::move(manifest.cases);
  imports_ = std::move(manifest.imports);
  sha256_ = sha256_hex(bytes);
}

std::map<std::string, std::string> SliceStore::simulated() const {
  std::map<std::string, std::string> simulated;
  for (const auto& [dataset, rules] : imports_.items()) {
    if (!rules.is_object() || !rules.contains("simulated")) continue;
    const Json& told = rules.at("simulated");
    const bool named = told.is_object() && told.contains("cohort") && told.at("cohort").is_string();
    simulated[dataset] = named ? told.at("cohort").get<std::string>() : "";
  }
  return simulated;
}

const StoredCase& SliceStore::find(const std::string& id) const {
  const auto found = std::lower_bound(cases_.begin(), cases_.end(), id,
                                      [](const auto& c, const auto& wanted) { return c.id.text() < wanted; });
  if (found != cases_.end() && found->id.text() == id) return *found;
  std::vector<std::string> known;
  for (const auto& stored : cases_) known.push_back(stored.id.text());
  // A store may hold thousands of cases; the nearest name is the useful part of the hint.
  const std::string hint =
      known.size() <= 12 ? did_you_mean(id, known) : "list them with \"synerbench store ls\"";
  throw usage_error(folder_.string(), fmt::format("no case \"{}\" in this store", id), hint);
}

std::vector<const StoredCase*> SliceStore::cases_for(const Task& task, std::optional<Split> split) const {
  std::vector<const StoredCase*> found;
  const std::vector<Modality> sources = task.sources();
  for (const auto& stored : cases_) {
    const bool has_sources =
        std::ranges::all_of(sources, [&](Modality source) { return stored.find(source) != nullptr; });
    if (stored.region == task.region && has_sources && stored.find(task.target) &&
        (!split || stored.split == *split)) {
      found.push_back(&stored);
    }
  }
  return found;
}

VolumeView SliceStore::volume(const StoredCase& stored_case, Modality modality) const {
  const auto* volume = stored_case.find(modality);
  if (!volume) {
    throw usage_error(folder_.string(),
                      fmt::format("case \"{}\" has no {}", stored_case.id.text(), name_of(modality)),
                      "see what it has with \"synerbench store ls\"");
  }
  auto file = shards_->get(folder_, stored_case);
  auto tensor = file->at(volume->tensor);
  return VolumeView(std::move(tensor), std::move(file));
}

std::vector<uint8_t> SliceStore::mask(const StoredCase& stored_case) const {
  const auto file = shards_->get(folder_, stored_case);
  const auto tensor = file->at("mask");
  const auto values = tensor.as<uint8_t>();
  return {values.begin(), values.end()};
}

std::vector<std::string> SliceStore::verify() const {
  std::vector<std::string> problems;
  std::vector<StoredCase> seen = cases_;  // with the hashes of the voxels that are there
  for (size_t c = 0; c < cases_.size(); ++c) {
    throw_if_interrupted();
    const StoredCase& stored = cases_[c];
    const Json& rules = imports_.at(stored.id.dataset);
    const auto of_case = [&](const std::string& problem) {
      problems.push_back(fmt::format("manifest.json: {}: {}", stored.id.text(), problem));
    };
    for (const std::string& problem : rule_problems(stored, rules)) of_case(problem);
    try {
      const SafetensorsFile file(folder_ / stored.shard);
      const auto found = shard_problems(file, stored);
      for (const auto& problem : found) problems.push_back(stored.shard + ": " + problem);
      if (!found.empty()) continue;
      const auto mask_view = file.at("mask");
      const auto values = mask_view.as<uint8_t>();
      if (std::any_of(values.begin(), values.end(), [](uint8_t v) { return v > 1; })) {
        problems.push_back(stored.shard + ": the mask has values other than 0 and 1");
      }
      for (size_t v = 0; v < stored.volumes.size(); ++v) {
        std::vector<float> slices(values.size());
        VolumeView(file.at(stored.volumes[v].tensor), nullptr).read(0, stored.shape[0], slices);
        for (const std::string& problem :
             volume_problems(stored, stored.volumes[v], slices, values, rules, &seen[c].volumes[v]))
          of_case(problem);
      }
    } catch (const Error& error) {
      problems.push_back(fmt::format("{}: {}", stored.shard, error.problem()));
    }
  }
  for (const std::string& stray : stray_files(folder_, cases_)) {
    problems.push_back(
        stray +
        ": no case of manifest.json has this file; an import of its data set clears up, or remove it");
  }
  for (const Copy& copy : copies_in(seen)) {
    const auto accepted = [&](const StoredCase& stored) {
      const Json& rules = imports_.at(stored.id.dataset);
      return rules.is_object() && rules.contains("accept_duplicates");
    };
    if (copy.exact && !copy.allowed() && !accepted(*copy.first) && !accepted(*copy.second))
      problems.push_back(copy.text());
  }
  return problems;
}

}  // namespace synerbench
