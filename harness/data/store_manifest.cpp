#include "harness/data/store_manifest.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"
#include "harness/data/content.h"

namespace synerbench {
namespace {

constexpr const char* kDamaged = "the manifest is damaged or was edited; import the dataset again";
const std::vector<std::string> kPlanes{"axial", "coronal"};
const std::vector<std::string> kStoredTypes{"I16", "F32"};

template <class T, size_t N>
Json list(const std::array<T, N>& values) {
  Json json = Json::array();
  for (const auto& value : values) json.push_back(value);
  return json;
}

template <size_t N>
std::array<double, N> numbers(JsonObject& object, const std::string& key) {
  const Json& json = object.raw(key);
  std::array<double, N> values{};
  if (!json.is_array() || json.size() != N ||
      !std::all_of(json.begin(), json.end(), [](const Json& v) { return v.is_number(); })) {
    throw object.error(key, fmt::format("a list of {} numbers is wanted", N));
  }
  for (size_t i = 0; i < N; ++i) {
    values[i] = json[i].template get<double>();
    constexpr double kFar = 1e9;  // mm; a body is 1e3
    if (!(values[i] >= -kFar && values[i] <= kFar))
      throw object.error(key, fmt::format("{} is no length and no direction", values[i]));
  }
  return values;
}

std::array<int64_t, 3> sizes(JsonObject& object, const std::string& key) {
  const Json& json = object.raw(key);
  std::array<int64_t, 3> values{};
  if (!json.is_array() || json.size() != 3) {
    throw object.error(key, "a list of 3 whole numbers is wanted");
  }
  for (size_t i = 0; i < 3; ++i) {
    if (!json[i].is_number_integer() || json[i].get<int64_t>() <= 0 || json[i].get<int64_t>() > (1 << 20)) {
      throw object.error(key, "sides are whole numbers from 1 to 1048576");
    }
    values[i] = json[i].get<int64_t>();
  }
  return values;
}

// A name or a description: on one line, without what a terminal or a table would take for a command.
std::string one_line(JsonObject& object, const std::string& key) {
  const std::string text = object.text(key);
  if (!is_line(text))
    throw object.error(
        key, fmt::format("\"{}\" holds a line break or another control character", printable(text)));
  return text;
}

// A path of ours: below the store, whatever the manifest says.
std::string shard_path(JsonObject& object) {
  const std::string text = one_line(object, "shard");
  const std::filesystem::path path(text);
  const bool climbs = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (path.empty() || path.is_absolute() || climbs) {
    throw object.error("shard", fmt::format("\"{}\" leads out of the store", text));
  }
  return text;
}

std::string digest(JsonObject& object, const std::string& key) {
  const std::string text = object.text(key);
  if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw object.error(key, fmt::format("\"{}\" is not a SHA-256 of 64 hexadecimal digits", text));
  }
  return text;
}

constexpr size_t kWordDigits = 16;

std::string words_text(const std::vector<uint64_t>& words) {
  std::string text;
  for (const uint64_t word : words) text += fmt::format("{:016x}", word);
  return text;
}

std::vector<uint64_t> words_in(JsonObject& object, const std::string& key, const std::string& text) {
  if (text.size() % kWordDigits != 0 || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw object.error(key, "hexadecimal digits, 16 for each number, are wanted");
  std::vector<uint64_t> words;
  for (size_t at = 0; at < text.size(); at += kWordDigits)
    words.push_back(std::stoull(text.substr(at, kWordDigits), nullptr, 16));
  return words;
}

std::vector<uint64_t> sketch_in(JsonObject& object, const std::string& key) {
  std::vector<uint64_t> sketch = words_in(object, key, object.text(key));
  if (sketch.size() > kSketchSize)
    throw object.error(key, fmt::format("up to {} marks of 16 hexadecimal digits are wanted", kSketchSize));
  if (!std::is_sorted(sketch.begin(), sketch.end())) throw object.error(key, "marks are in rising order");
  return sketch;
}

std::vector<uint64_t> imprint_in(JsonObject& object, const std::string& key) {
  std::vector<uint64_t> imprint = words_in(object, key, object.text_or(key, ""));
  if (!imprint.empty() && imprint.size() != kImprintBits / 64)
    throw object.error(key, fmt::format("none or {} hexadecimal digits are wanted", kImprintBits / 4));
  return imprint;
}

Json volume_to_json(const StoredVolume& volume) {
  Json json;
  json["modality"] = name_of(volume.modality);
  json["tensor"] = volume.tensor;
  json["dtype"] = name_of(volume.dtype);
  json["intensity"] = to_json(volume.intensity);
  json["source"] = volume.source;
  json["values"] = to_json(volume.facts);
  json["remarks"] = volume.remarks;
  json["voxels_sha256"] = volume.voxels_sha256;
  if (!volume.slices_sha256.empty()) json["slices_sha256"] = volume.slices_sha256;
  json["sketch"] = words_text(volume.sketch);
  json["imprint"] = words_text(volume.imprint);
  return json;
}

StoredVolume volume_from_json(JsonObject object) {
  StoredVolume volume;
  volume.modality = object.parsed("modality", parse_modality);
  volume.tensor = one_line(object, "tensor");
  volume.dtype = object.choice("dtype", kStoredTypes) == "I16" ? DType::kI16 : DType::kF32;
  volume.intensity = intensity_map_from_json(object.object("intensity"));
  volume.source = object.raw("source");
  volume.facts = volume_facts_from_json(object.object("values"));
  volume.remarks = object.texts("remarks");
  volume.voxels_sha256 = digest(object, "voxels_sha256");
  if (object.has("slices_sha256")) volume.slices_sha256 = digest(object, "slices_sha256");
  volume.sketch = sketch_in(object, "sketch");
  volume.imprint = imprint_in(object, "imprint");
  object.done();
  return volume;
}

Json geometry_to_json(const Geometry& geometry) {
  Json json;
  json["size"] = list(geometry.size);
  json["spacing"] = list(geometry.spacing);
  json["origin"] = list(geometry.origin);
  json["direction"] = list(geometry.direction);
  return json;
}

Geometry geometry_from_json(JsonObject object) {
  Geometry geometry;
  geometry.size = sizes(object, "size");
  geometry.spacing = numbers<3>(object, "spacing");
  geometry.origin = numbers<3>(object, "origin");
  geometry.direction = numbers<9>(object, "direction");
  for (const double spacing : geometry.spacing) {
    if (!(spacing > 0)) throw object.error("spacing", "spacings are positive");
  }
  if (axes_of(geometry) != "LPS") {
    throw object.error("direction", fmt::format("axes are {}, a stored grid has LPS", axes_of(geometry)));
  }
  object.done();
  return geometry;
}

}  // namespace

std::string name_of(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
  }
  check_failed("known split", __FILE__, __LINE__, std::to_string(static_cast<int>(split)));
}

Split parse_split(const std::string& name, const std::string& place) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    if (name == name_of(split)) return split;
  }
  throw usage_error(place, fmt::format("unknown split \"{}\"", name),
                    did_you_mean(name, {"train", "validation", "test"}));
}

Json to_json(const StoredCase& stored_case) {
  Json json;
  json["id"] = stored_case.id.text();
  json["patient"] = stored_case.id.patient;
  json["dataset"] = stored_case.id.dataset;
  json["region"] = stored_case.region;
  json["group"] = stored_case.group;
  json["split"] = name_of(stored_case.split);
  json["plane"] = stored_case.plane;
  json["shape"] = list(stored_case.shape);
  json["spacing"] = list(stored_case.spacing);
  json["geometry"] = geometry_to_json(stored_case.geometry);
  json["mask_rule"] = stored_case.mask_rule;
  json["mask_source"] = stored_case.mask_source;
  json["remarks"] = stored_case.remarks;
  json["shard"] = stored_case.shard;
  json["shard_sha256"] = stored_case.shard_sha256;
  json["import_key"] = stored_case.import_key;
  json["volumes"] = Json::array();
  for (const auto& volume : stored_case.volumes) json["volumes"].push_back(volume_to_json(volume));
  return json;
}

StoredCase stored_case_from_json(const Json& json, const std::string& file, const std::string& pointer) {
  JsonObject object(json, file, pointer, ExitCode::kBadInput, kDamaged);
  StoredCase stored;
  stored.id = parse_case_id(one_line(object, "id"), object.where("id"), ExitCode::kBadInput);
  stored.id.patient = one_line(object, "patient");
  const std::string dataset = object.text("dataset");
  stored.region = object.choice("region", known_regions());
  stored.group = one_line(object, "group");
  stored.split = object.parsed("split", parse_split);
  stored.plane = object.choice("plane", kPlanes);
  stored.shape = sizes(object, "shape");
  stored.spacing = numbers<3>(object, "spacing");
  stored.geometry = geometry_from_json(object.object("geometry"));
  stored.mask_rule = one_line(object, "mask_rule");
  stored.mask_source = object.raw("mask_source");
  stored.remarks = object.texts("remarks");
  stored.shard = shard_path(object);
  stored.shard_sha256 = digest(object, "shard_sha256");
  stored.import_key = digest(object, "import_key");
  for (auto& volume : object.objects("volumes")) stored.volumes.push_back(volume_from_json(volume));
  object.done();

  if (stored.id.dataset != dataset) {
    throw object.error(
        "id", fmt::format("\"{}\" does not start with its dataset \"{}/\"", stored.id.text(), dataset));
  }
  if (stored.id.patient.empty()) throw object.error("patient", "is empty");
  if (stored.shape != plane_shape(stored.geometry, stored.plane) ||
      stored.spacing != plane_spacing(stored.geometry, stored.plane)) {
    throw object.error("shape", "shape or spacing does not follow from geometry and plane");
  }
  if (stored.volumes.empty()) throw object.error("volumes", "a case without volumes");
  std::set<Modality> modalities;
  std::set<std::string> tensors{"mask"};
  for (const auto& volume : stored.volumes) {
    if (!modalities.insert(volume.modality).second || !tensors.insert(volume.tensor).second) {
      throw object.error("volumes", fmt::format("{} or its tensor \"{}\" appears twice",
                                                name_of(volume.modality), volume.tensor));
    }
  }
  return stored;
}

Json to_json(const Manifest& manifest) {
  Json json;
  json["schema"] = kStoreSchema;
  json["schema_version"] = kStoreSchemaVersion;
  json["imports"] = manifest.imports;
  json["cases"] = Json::array();
  for (const auto& stored_case : manifest.cases) json["cases"].push_back(to_json(stored_case));
  return json;
}

Manifest manifest_from_json(const Json& json, const std::string& file) {
  JsonObject object(json, file, "", ExitCode::kBadInput, kDamaged);
  const std::string schema = object.text("schema");
  if (schema != kStoreSchema) {
    throw input_error(object.where("schema"),
                      fmt::format("\"{}\" found, \"{}\" wanted", schema, kStoreSchema),
                      "this is not the manifest of a slice store");
  }
  const int64_t version = object.integer("schema_version");
  if (version != kStoreSchemaVersion) {
    throw input_error(object.where("schema_version"),
                      fmt::format("version {} found, this program reads {}", version, kStoreSchemaVersion),
                      "import the dataset again with this program");
  }
  Manifest manifest;
  manifest.imports = object.raw("imports");
  if (!manifest.imports.is_object()) throw object.error("imports", "an object is wanted");
  for (const auto& [dataset, rules] : manifest.imports.items()) {
    const std::string pointer = fmt::format("/imports/{}/vocabulary", dataset);
    if (!rules.is_object() || !rules.contains("vocabulary")) continue;
    declare(
        vocabulary_from_json(JsonObject(rules["vocabulary"], file, pointer, ExitCode::kBadInput, kDamaged)),
        file + ": " + pointer);
  }
  const Json& cases = object.raw("cases");
  if (!cases.is_array()) throw object.error("cases", "a list is wanted");
  object.done();

  std::map<std::pair<std::string, std::string>, Split> split_of;
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string pointer = fmt::format("/cases/{}", i);
    auto stored = stored_case_from_json(cases[i], file, pointer);
    if (!manifest.cases.empty() && manifest.cases.back().id >= stored.id) {
      throw input_error(file + ": " + pointer + "/id",
                        fmt::format("\"{}\" after \"{}\"; ids are unique and in order", stored.id.text(),
                                    manifest.cases.back().id.text()),
                        kDamaged);
    }
    if (!manifest.imports.contains(stored.id.dataset)) {
      throw input_error(file + ": " + pointer + "/dataset",
                        fmt::format("/imports says nothing about \"{}\"", stored.id.dataset), kDamaged);
    }
    const auto [known, fresh] =
        split_of.emplace(std::pair(stored.id.dataset, stored.id.patient), stored.split);
    if (!fresh && known->second != stored.split) {
      throw input_error(file + ": " + pointer + "/split",
                        fmt::format("patient \"{}\" is in {} and in {}", stored.id.patient,
                                    name_of(known->second), name_of(stored.split)),
                        "a patient belongs to one split; import the dataset again");
    }
    manifest.cases.push_back(std::move(stored));
  }
  return manifest;
}

}  // namespace synerbench
