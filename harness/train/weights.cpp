#include "harness/train/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/train/weights_lineage.h"

namespace synerbench {
namespace {

constexpr int64_t kSchemaVersion = 1;

NetworkFile network_from(JsonObject object, const std::string& name) {
  NetworkFile network;
  network.name = name;
  network.file = object.text("file");
  network.sha256 = object.text_or("sha256", "");
  network.inference = object.boolean_or("inference", true);
  object.integer_or("parameters", 0);
  object.done();
  const std::filesystem::path file = network.file;
  if (file.empty() || file.is_absolute() || file.has_parent_path()) {
    throw input_error(object.where("file"), fmt::format("\"{}\" is not a file name", network.file),
                      "weights lie in the same folder as config.json");
  }
  return network;
}

constexpr const char* kSchema = "synerbench/weights";

bool is_weights_config(const Json& json) {
  return json.is_object() && json.contains("schema") && json.at("schema") == kSchema;
}

/// The voxel hashes of what a training saw, as training writes them; null where the folder does not say.
ScanHashes own_scans(const JsonObject& object, const Json& json) {
  if (!json.contains("data") || !json.at("data").is_object() || !json.at("data").contains("content"))
    return nullptr;
  std::set<std::string> scans;
  const Json& content = json.at("data").at("content");
  if (!content.is_array()) throw object.error("data", "/content is not what training writes");
  for (const Json& hash : content) {
    if (!hash.is_string()) throw object.error("data", "/content is not what training writes");
    scans.insert(hash.get<std::string>());
  }
  return std::make_shared<const std::set<std::string>>(std::move(scans));
}

bool hashes_are_recorded(const WeightsConfig& config) {
  return std::none_of(config.networks.begin(), config.networks.end(),
                      [](const NetworkFile& network) { return network.inference && network.sha256.empty(); });
}

WeightsConfig config_from(const Json& json, const std::filesystem::path& folder) {
  WeightsConfig config;
  config.folder = folder;
  JsonObject object(json, (folder / "config.json").string(), "", ExitCode::kBadInput, kDamagedWeights);
  object.choice("schema", {kSchema});
  object.integer("schema_version", kSchemaVersion, kSchemaVersion);
  config.method = object.text("method");
  if (object.has("task")) config.tasks.push_back(object.text("task"));
  if (object.has("tasks")) {
    for (const auto& id : object.texts("tasks")) config.tasks.push_back(id);
  }
  config.config = object.raw("config");
  JsonObject networks = object.object("networks");
  for (const auto& item : json.at("networks").items()) {
    config.networks.push_back(network_from(networks.object(item.key()), item.key()));
  }
  for (const char* key : {"training", "selection", "data", "provenance", "packed"}) {
    if (object.has(key)) object.raw(key);  // for people; nothing here is needed to load
  }
  config.scans = own_scans(object, json);
  if (object.has("lineage")) {
    Lineage lineage = lineage_from_json(object.object("lineage"), {config.scans});
    if (hashes_are_recorded(config) && lineage.trainings.front().weights_sha256 != config.sha256())
      throw object.error("lineage", "it is that of other weights");
    config.lineage = std::make_shared<const Lineage>(std::move(lineage));
  }
  object.done();
  return config;
}

}  // namespace

std::filesystem::path WeightsConfig::checked_file(const std::string& network) const {
  for (const NetworkFile& candidate : networks) {
    if (candidate.name != network) continue;
    const std::filesystem::path path = folder / candidate.file;
    if (!file_exists(path)) {
      throw input_error(path.string(), "there is no such file",
                        "config.json names it; copy the whole weights folder");
    }
    if (!candidate.sha256.empty()) {
      const std::string seen = sha256_file(path);
      if (seen != candidate.sha256) {
        throw input_error(path.string(),
                          fmt::format("SHA-256 {} found, {} recorded in config.json", seen, candidate.sha256),
                          "the file is damaged or was exchanged; copy the weights folder again");
      }
    }
    return path;
  }
  throw input_error((folder / "config.json").string() + ": /networks",
                    fmt::format("no network \"{}\"", network), fmt::format("method \"{}\" needs it", method));
}

std::string WeightsConfig::sha256() const {
  std::vector<NetworkFile> inference;
  for (NetworkFile network : networks) {
    if (!network.inference) continue;
    if (network.sha256.empty()) network.sha256 = sha256_file(folder / network.file);
    inference.push_back(network);
  }
  return combined_sha256(inference);
}

WeightsConfig read_weights_config(const std::filesystem::path& folder, const std::string& method) {
  const std::filesystem::path path = folder / "config.json";
  if (!file_exists(path)) {
    const bool unfinished = path_exists(folder / "checkpoint.safetensors");
    throw input_error(path.string(), "there is no such file",
                      unfinished
                          ? "the training in this folder is not finished: go on with train --resume"
                          : "a weights folder holds config.json and one .safetensors file per network");
  }
  WeightsConfig config = config_from(read_json(path), folder);
  if (config.method != method) {
    throw input_error(path.string() + ": /method",
                      fmt::format("weights of \"{}\", \"{}\" wanted", config.method, method),
                      fmt::format("load them as model \"{}\"", config.method));
  }
  return config;
}

std::vector<std::filesystem::path> weights_folders(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (!folder_exists(folder)) {
    throw input_error(folder.string(), "there is no such folder", "name what train made: its --out");
  }
  if (file_exists(folder / "config.json")) return {"."};
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && file_exists(entry.path() / "config.json"))
      folders.push_back(entry.path().filename());
  }
  if (folders.empty()) {
    throw input_error(folder.string(), "no config.json here or one folder below",
                      "name what train made: its --out, or one task's folder in it");
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

WeightsTree read_weights_tree(const std::filesystem::path& folder) {
  WeightsTree tree;
  for (const std::filesystem::path& name : weights_folders(folder)) {
    const std::filesystem::path file = folder / name / "config.json";
    const Json json = read_json(file);
    if (name == "." && json.is_object() && !json.contains("schema")) {
      tree.training.push_back({{"folder", name.string()}, {"tasks", Json::array()}});
      return tree;  // a checkpoint in another format: the model that reads it says what it is
    }
    const std::string method =
        JsonObject(json, file.string(), "", ExitCode::kBadInput, kDamagedWeights).text("method");
    const WeightsConfig config = read_weights_config(folder / name, method);
    if (tree.method.empty()) tree.method = method;
    if (tree.method != method) {
      throw input_error(file.string() + ": /method",
                        fmt::format("\"{}\", that of the folders before is \"{}\"", method, tree.method),
                        "keep the weights of one method in a folder of their own");
    }
    Json training{{"folder", name.string()}, {"tasks", config.tasks}};
    if (json.contains("training")) {
      JsonObject object(json.at("training"), file.string(), "/training", ExitCode::kBadInput,
                        kDamagedWeights);
      training["updates"] = object.integer("updates", 0);
      training["slices"] = object.integer("images_seen", 0);
      training["seed"] = object.raw("seed");
      if (object.has("budget")) training["budget"] = object.raw("budget");
    }
    tree.training.push_back(std::move(training));
  }
  return tree;
}

void require_sound_weights(const std::filesystem::path& folder) {
  for (const std::filesystem::path& name : weights_folders(folder)) {
    const std::optional<WeightsConfig> config = find_weights_config(folder / name);
    if (!config) continue;
    for (const NetworkFile& network : config->networks) config->checked_file(network.name);
  }
}

std::optional<WeightsConfig> find_weights_config(const std::filesystem::path& folder) {
  if (!file_exists(folder / "config.json")) return {};
  const Json json = read_json(folder / "config.json");
  if (!is_weights_config(json)) return {};
  return config_from(json, folder);
}

std::shared_ptr<const Lineage> find_lineage(const std::filesystem::path& folder,
                                            const std::function<std::string()>& weights_sha256) {
  const std::filesystem::path path = folder / "config.json";
  if (!file_exists(path)) return nullptr;
  const Json json = read_json(path);
  if (!json.is_object()) return nullptr;
  if (is_weights_config(json)) return config_from(json, folder).lineage;
  if (!json.contains("lineage")) return nullptr;
  JsonObject object(json, path.string(), "", ExitCode::kBadInput, kDamagedWeights);
  auto lineage = std::make_shared<const Lineage>(lineage_from_json(object.object("lineage")));
  if (weights_sha256 && lineage->trainings.front().weights_sha256 != weights_sha256())
    throw object.error("lineage", "it is that of other weights");
  return lineage;
}

std::filesystem::path network_file(const std::filesystem::path& from, const std::string& method,
                                   const std::string& network) {
  if (!std::filesystem::is_directory(from)) return from;
  return read_weights_config(from, method).checked_file(network);
}

std::string combined_sha256(const std::vector<NetworkFile>& networks) {
  std::string text;
  for (const NetworkFile& network : networks) text += network.name + " " + network.sha256 + "\n";
  return sha256_hex(text);
}

}  // namespace synerbench
