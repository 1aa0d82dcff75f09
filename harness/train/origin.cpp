#include "harness/train/origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/train/weights.h"
#include "harness/train/weights_lineage.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

/// The weights folder that a training starts from, or that a file belongs to; nothing for files of another
/// kind.
std::optional<WeightsConfig> config_of(const fs::path& weights) {
  if (fs::is_directory(weights)) return find_weights_config(weights);
  std::optional<WeightsConfig> config = find_weights_config(weights.parent_path());
  const auto is_listed = [&](const NetworkFile& network) { return network.file == weights.filename(); };
  if (config && std::none_of(config->networks.begin(), config->networks.end(), is_listed)) return {};
  return config;
}

std::vector<TrainingOrigin> trainings_behind(const StartingWeights& weights) {
  const std::optional<WeightsConfig> config = config_of(weights.path);
  if (config && config->lineage) return config->lineage->trainings;
  if (!config && fs::is_directory(weights.path)) {
    const auto converted = find_lineage(weights.path, [&] { return weights.weights_sha256; });
    if (converted) return converted->trainings;
  }
  TrainingOrigin unknown;
  unknown.recorded = false;
  unknown.model = config ? config->method : weights.name;
  unknown.weights_sha256 = config ? config->sha256() : weights.weights_sha256;
  if (unknown.weights_sha256.empty() && file_exists(weights.path))
    unknown.weights_sha256 = sha256_file(weights.path);
  return {unknown};
}

/// The configuration with hashes where it names weights: a recipe is the same wherever its base lies.
Json without_paths(Json json, const std::vector<StartingWeights>& weights,
                   const std::vector<std::string>& hashes) {
  if (json.is_string()) {
    for (size_t i = 0; i < weights.size(); ++i) {
      if (json.get<std::string>() == weights[i].path.string()) return hashes[i];
    }
    return json;
  }
  if (json.is_structured()) {
    for (Json& value : json) value = without_paths(value, weights, hashes);
  }
  return json;
}

/// Adds the data sets and the patients of pairs.
void see(const PairSource& pairs, std::set<std::string>& data_sets, std::set<std::string>& patients) {
  for (int64_t i = 0; i < pairs.size(); ++i) {
    const CaseId scan = pairs.key(i).scan;
    data_sets.insert(scan.dataset);
    patients.insert(scan.dataset + "/" + scan.patient);
  }
}

std::vector<LearnedRoute> learned_routes(const std::vector<TaskPairs>& training,
                                         const std::vector<std::string>& chosen) {
  std::set<LearnedRoute> routes;
  for (const TaskPairs& entry : training) {
    const std::string& task = entry.task.id;
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), task) == chosen.end()) continue;
    for (int64_t i = 0; i < entry.pairs->size(); ++i) routes.insert({entry.pairs->key(i).scan.dataset, task});
  }
  return {routes.begin(), routes.end()};
}

ScanHashes scans_in(const Json& data) {
  if (!data.contains("content")) return nullptr;
  std::set<std::string> scans;
  for (const Json& hash : data.at("content")) scans.insert(hash.get<std::string>());
  return std::make_shared<const std::set<std::string>>(std::move(scans));
}

}  // namespace

Lineage training_lineage(const TrainOptions& options, const Trainable& model,
                         const std::vector<TaskPairs>& training, const std::vector<TaskPairs>& validation,
                         bool validates) {
  const LearnsFrom learns = model.learns_from();
  Lineage lineage;
  lineage.trainings.emplace_back();
  std::vector<std::string> hashes;
  for (const StartingWeights& weights : learns.weights) {
    std::vector<TrainingOrigin> behind = trainings_behind(weights);
    hashes.push_back(behind.front().weights_sha256);
    for (TrainingOrigin& one : behind) lineage.trainings.push_back(std::move(one));
  }
  TrainingOrigin& own = lineage.trainings.front();
  own.model = model.method();
  const Json recipe{{"method", model.method()},
                    {"config", without_paths(model.config(), learns.weights, hashes)},
                    {"recipe", to_json(options.recipe)}};
  own.recipe_sha256 = sha256_hex(to_text(recipe, -1));
  own.samples = learns.samples;
  if (own.learned(SampleKind::kSynthesis)) own.synthesis = learned_routes(training, learns.synthesis);

  const bool shown = std::any_of(own.samples.begin(), own.samples.end(),
                                 [](SampleKind kind) { return info_of(kind).shows_patients; });
  std::set<std::string> data_sets, patients;
  if (shown) {
    for (const TaskPairs& entry : training) see(*entry.pairs, data_sets, patients);
  }
  if (validates) {
    for (const TaskPairs& entry : validation) see(*entry.pairs, data_sets, patients);
  }
  if (data_sets.empty()) return lineage;
  own.data_sets.assign(data_sets.begin(), data_sets.end());
  own.patients_sha256 = sha256_of_set(patients);
  if (options.data.contains("store")) own.store_sha256 = options.data.at("store").get<std::string>();
  own.scans = scans_in(options.data);
  if (own.scans) own.scans_sha256 = sha256_of_set(*own.scans);
  return lineage;
}

void require_equal_lineage(const Json& seen, const Lineage& now, const fs::path& place) {
  if (seen.is_null() || seen == to_json(now)) return;
  throw usage_error(place.string(), "the training in this folder was begun from weights with another lineage",
                    "put the weights that it was begun from back, or choose another folder");
}

}  // namespace synerbench
