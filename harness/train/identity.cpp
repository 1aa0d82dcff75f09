#include "harness/train/identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/provenance.h"
#include "harness/nn/compute.h"
#include "harness/train/weights.h"

namespace synerbench {
namespace {

Json describe(const PairSource& pairs) {
  Sha256 keys;
  for (int64_t i = 0; i < pairs.size(); ++i) keys.update(pairs.key(i).text() + "\n");
  return {{"count", pairs.size()},
          {"height", pairs.height()},
          {"width", pairs.width()},
          {"keys_sha256", keys.hex()}};
}

/// Place and values of the first difference, depth first: "/recipe/batch: 1, now 4".
std::string first_difference(const Json& seen, const Json& wanted, const std::string& pointer) {
  if (seen.is_object() && wanted.is_object()) {
    for (const auto& item : wanted.items()) {
      const std::string place = pointer + "/" + item.key();
      if (!seen.contains(item.key()))
        return fmt::format("{}: not there, now {}", place, to_text(item.value(), -1));
      const std::string inner = first_difference(seen[item.key()], item.value(), place);
      if (!inner.empty()) return inner;
    }
    for (const auto& item : seen.items()) {
      if (!wanted.contains(item.key())) {
        return fmt::format("{}/{}: {}, now not there", pointer, item.key(), to_text(item.value(), -1));
      }
    }
    return "";
  }
  return seen == wanted ? "" : fmt::format("{}: {}, now {}", pointer, to_text(seen, -1), to_text(wanted, -1));
}

constexpr const char* kTrainingFields[] = {"recipe",   "seed",  "device",    "threads",
                                           "libtorch", "pairs", "validation"};

}  // namespace

std::vector<std::string> covered_tasks(const std::vector<TaskPairs>& training,
                                       const std::vector<TaskPairs>& validation) {
  std::vector<std::string> tasks;
  for (const auto* list : {&training, &validation}) {
    for (const TaskPairs& entry : *list) {
      if (std::find(tasks.begin(), tasks.end(), entry.task.id) == tasks.end()) tasks.push_back(entry.task.id);
    }
  }
  return tasks;
}

Json training_identity(const TrainOptions& options, const Trainable& model,
                       const std::vector<TaskPairs>& training, const std::vector<TaskPairs>& validation) {
  Json identity{{"method", model.method()},           {"config", model.config()},
                {"recipe", to_json(options.recipe)},  {"seed", options.seed},
                {"device", options.device},           {"threads", options.threads},
                {"libtorch", nn::libtorch_version()}, {"data", options.data}};
  if (options.budget) identity["budget"] = to_json(*options.budget);
  const std::vector<std::string> tasks = covered_tasks(training, validation);
  if (tasks.size() == 1) {
    identity["task"] = tasks.front();
    identity["pairs"] = describe(*training.front().pairs);
    identity["validation"] = validation.empty() ? Json::object() : describe(*validation.front().pairs);
  } else {
    identity["tasks"] = tasks;
    for (const TaskPairs& entry : training) identity["pairs"][entry.task.id] = describe(*entry.pairs);
    identity["validation"] = Json::object();
    for (const TaskPairs& entry : validation) identity["validation"][entry.task.id] = describe(*entry.pairs);
  }
  identity["validation"]["protocol"] = options.protocol;
  identity["validation"]["limit"] = options.validation_slices;
  return identity;
}

void require_equal_identity(const Json& seen, const Json& wanted, const std::filesystem::path& place) {
  const std::string difference = first_difference(seen, wanted, "");
  if (difference.empty()) return;
  throw usage_error(place.string(), fmt::format("the training in this folder is another one: {}", difference),
                    "go on with the settings it was begun with, or choose another folder");
}

Json weights_config(const Json& identity, const Lineage& lineage, const Json& networks,
                    const TrainReport& report) {
  Json training = Json::object();
  for (const char* field : kTrainingFields) training[field] = identity.at(field);
  if (identity.contains("budget")) training["budget"] = identity.at("budget");
  training["updates"] = report.updates;
  training["epochs"] = report.epochs;
  training["images_seen"] = report.images_seen;
  Json losses = Json::object();
  for (const auto& [name, value] : report.losses) losses[name] = value;
  training["last_losses"] = losses;
  const char* tasks = identity.contains("task") ? "task" : "tasks";
  return {{"schema", "synerbench/weights"},
          {"schema_version", 1},
          {"method", identity.at("method")},
          {tasks, identity.at(tasks)},
          {"config", identity.at("config")},
          {"networks", networks},
          {"training", training},
          {"selection",
           {{"rule", report.selected_score ? "best mean on the validation pairs" : "last update"},
            {"update", report.selected_update},
            {"score", report.selected_score ? Json(*report.selected_score) : Json(nullptr)}}},
          {"data", identity.at("data")},
          // the hashes of its own scans stand in "data" already
          {"lineage", to_json_with_scans(lineage, lineage.trainings.front().scans_sha256)},
          {"provenance", build_provenance()}};
}

Json identity_of(const Json& config, const std::filesystem::path& place) {
  Json identity = Json::object();
  try {
    const char* tasks = config.contains("task") ? "task" : "tasks";
    for (const char* field : {"method", "config", tasks}) identity[field] = config.at(field);
    for (const char* field : kTrainingFields) identity[field] = config.at("training").at(field);
    if (config.at("training").contains("budget")) identity["budget"] = config.at("training").at("budget");
    identity["data"] = config.at("data");
  } catch (const Json::exception&) {
    throw usage_error(place.string(), "these weights were not trained here", "choose another folder");
  }
  return identity;
}

TrainReport report_of(const Json& config, const std::filesystem::path& folder) {
  TrainReport report;
  JsonObject object(config, (folder / "config.json").string(), "", ExitCode::kBadInput, kDamagedWeights);
  JsonObject training = object.object("training"), selection = object.object("selection");
  report.updates = training.integer("updates");
  report.epochs = training.integer("epochs");
  report.images_seen = training.integer("images_seen");
  report.resumed_at = report.updates;
  JsonObject losses = training.object("last_losses");
  for (const auto& item : training.raw("last_losses").items()) {
    report.losses.emplace_back(item.key(), losses.number(item.key()));
  }
  report.selected_update = selection.integer("update");
  if (!selection.raw("score").is_null()) report.selected_score = selection.number("score");
  report.weights_sha256 = read_weights_config(folder, object.text("method")).sha256();
  return report;
}

}  // namespace synerbench
