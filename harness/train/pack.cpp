#include "harness/train/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/half.h"
#include "harness/core/json.h"
#include "harness/train/weights.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// What a training leaves that nobody needs who synthesizes.
constexpr const char* kLeftOut[] = {"log.jsonl", "checkpoint.safetensors"};

/// The values of a tensor in another type. `worst` grows to the largest rounding error.
std::vector<std::byte> converted(const TensorView& view, DType dtype, const std::string& place,
                                 double& worst) {
  const std::vector<float> before = to_floats(view);
  std::vector<std::byte> bytes = from_floats(before, dtype);
  TensorView written;
  written.dtype = dtype;
  written.shape = view.shape;
  written.bytes = bytes;
  const std::vector<float> after = to_floats(written);
  float largest = 0, error = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (std::isfinite(before[i]) && !std::isfinite(after[i])) {
      throw input_error(place, fmt::format("the value {:g} does not fit into {}", before[i], name_of(dtype)),
                        "choose --dtype bf16 or f32");
    }
    if (!std::isfinite(before[i])) continue;
    largest = std::max(largest, std::abs(before[i]));
    error = std::max(error, std::abs(before[i] - after[i]));
  }
  if (largest > 0) worst = std::max(worst, static_cast<double>(error) / largest);
  return bytes;
}

std::string pack_network(const fs::path& from, const fs::path& to, DType dtype, double& worst) {
  const SafetensorsFile file(from);
  std::vector<std::vector<std::byte>> values;
  std::vector<TensorToWrite> tensors;
  for (const std::string& name : file.names()) {
    const TensorView view = file.at(name);
    if (!is_floating(view.dtype) || view.dtype == dtype) {  // counters, masks, tables of bytes
      tensors.push_back({name, view.dtype, view.shape, view.bytes});
      continue;
    }
    values.push_back(converted(view, dtype, fmt::format("{}: {}", from.string(), name), worst));
    tensors.push_back({name, dtype, view.shape, {}});
    tensors.back().bytes = values.back();  // a vector's values stay where they are when it is moved
  }
  std::string sha256;
  write_safetensors(to, tensors, file.metadata(), &sha256);
  return sha256;
}

/// A configuration with the last part alone of every place that it names. Where the weights lay that a
/// training began from is the business of the machine that trained; what they are is said by their hashes,
/// beside the place and in the lineage. Loading reads none of them.
Json without_places(Json json) {
  if (json.is_string()) {
    const auto text = json.get<std::string>();
    if (text.find('/') == std::string::npos) return json;
    const fs::path place = fs::path(text).lexically_normal();
    return (place.has_filename() ? place : place.parent_path()).filename().string();
  }
  if (json.is_structured()) {
    for (Json& value : json) value = without_places(value);
  }
  return json;
}

PackedFolder pack_folder(const fs::path& from, const fs::path& to, const std::string& method,
                         const PackOptions& options) {
  Json config = read_json(from / "config.json");
  const WeightsConfig weights = read_weights_config(from, method);
  PackedFolder packed;
  std::set<std::string> networks;  // files
  std::vector<NetworkFile> kept;
  fs::create_directories(to);
  for (NetworkFile network : weights.networks) {
    networks.insert(network.file);
    if (!network.inference) {
      config["networks"].erase(network.name);
      continue;
    }
    network.sha256 =
        pack_network(weights.checked_file(network.name), to / network.file, options.dtype, packed.worst);
    config["networks"][network.name]["sha256"] = network.sha256;
    kept.push_back(network);
  }
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file()) continue;
    packed.bytes_before += static_cast<int64_t>(entry.file_size());
    const bool left_out = std::find(std::begin(kLeftOut), std::end(kLeftOut), name) != std::end(kLeftOut);
    if (left_out || networks.contains(name) || name == "config.json") continue;
    write_file(to / name, read_file(entry.path()));
  }
  packed.sha256 = combined_sha256(kept);
  // A lineage names the weights that it is of: these are the same ones in fewer bits.
  if (weights.lineage) config["lineage"]["trainings"][0]["weights_sha256"] = packed.sha256;
  config["config"] = without_places(config["config"]);
  config["packed"] = {{"dtype", name_of(options.dtype)}, {"sha256", weights.sha256()}};
  write_json(to / "config.json", config);
  for (const auto& entry : fs::directory_iterator(to))
    packed.bytes += static_cast<int64_t>(entry.file_size());
  return packed;
}

}  // namespace

std::vector<PackedFolder> pack_weights(const fs::path& from, const fs::path& to, const PackOptions& options) {
  SB_CHECK(is_floating(options.dtype), "weights are floating numbers");
  const std::vector<fs::path> folders = weights_folders(from);
  const std::string method = read_weights_tree(from).method;
  const auto require_free = [&] {
    if (path_exists(to) && !(folder_exists(to) && fs::is_empty(to)))
      throw usage_error(to.string(), "is there already", "choose another folder, or remove it first");
  };
  require_free();
  std::vector<PackedFolder> packed;
  // Made beside its place and renamed: a kill leaves either nothing there or all of it.
  const fs::path place = to.lexically_normal();
  const fs::path making = (place.has_filename() ? place : place.parent_path()).string() + ".packing";
  const FolderLock lock(making, "packing");
  try {
    require_free();  // another one may have been finished in between
    for (const auto& entry : fs::directory_iterator(making)) fs::remove_all(entry.path());
    for (const fs::path& folder : folders) {
      packed.push_back(pack_folder(from / folder, folder == "." ? making : making / folder, method, options));
      packed.back().folder = folder;
    }
    if (folder_exists(to)) fs::remove(to);
    fs::rename(making, place.has_filename() ? place : place.parent_path());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(making, ignored);
    throw;
  }
  return packed;
}

}  // namespace synerbench
