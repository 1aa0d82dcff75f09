#include "harness/run/known_fields.h"

#include <fmt/format.h>

#include <limits>

#include "harness/core/error.h"

namespace synerbench {
namespace {

JsonObject damaged(const Json& json, const std::string& file, const std::string& pointer,
                   const char* remedy) {
  return {json, file, pointer, ExitCode::kBadInput, remedy};
}

void check_texts(JsonObject& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.text_or(key, "");
}

void check_booleans(JsonObject& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.boolean_or(key, false);
}

void check_counts(JsonObject& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.integer_or(key, 0, 0);
}

/// Seeds take all 64 bits.
void check_seed(JsonObject& json) {
  if (!json.has("seed")) return;
  const Json& seed = json.raw("seed");
  if (!seed.is_number_integer() || (!seed.is_number_unsigned() && seed.get<int64_t>() < 0))
    throw json.error("seed", "a whole number is wanted, not below 0");
}

void check_training(JsonObject json) {
  check_texts(json, {"covers", "pairing", "augmentation", "method"});
  check_counts(json, {"batch", "updates", "slices"});
  check_seed(json);
  if (!json.has("budget") || json.raw("budget").is_null()) return;
  JsonObject budget = json.object("budget");
  budget.text_or("kind", "");
  check_counts(budget, {"value"});
}

}  // namespace

void check_info_fields(const Json& info, const std::string& file, const std::string& pointer,
                       const char* remedy) {
  if (info.is_null()) return;
  JsonObject json = damaged(info, file, pointer, remedy);
  check_texts(json, {"name", "label", "weights_sha256", "fitted", "transfer", "device"});
  check_booleans(json, {"trivial", "deterministic", "concurrent"});
  check_counts(json, {"parameters"});
  json.integer_or("network_evaluations", 0, 0, std::numeric_limits<int>::max());
  if (json.has("switches") && !json.raw("switches").is_null()) {
    JsonObject switches = json.object("switches");
    if (switches.has("training") && switches.raw("training").is_object())
      check_training(switches.object("training"));
  }
  if (json.has("lineages") && !json.raw("lineages").is_array())
    throw json.error("lineages", "a list is wanted");
  if (!json.has("tasks")) return;
  json.object("tasks");
  for (const auto& [task, part] : json.raw("tasks").items())
    check_info_fields(part, file, pointer + "/tasks/" + task, remedy);
}

void check_identity_fields(const Json& identity, const std::string& file, const char* remedy) {
  if (identity.is_null()) return;
  JsonObject json = damaged(identity, file, "/identity", remedy);
  check_texts(json, {"kind", "split"});
  check_seed(json);
  check_counts(json, {"max_cases"});
  json.texts_or("protocols", {});
  if (json.has("suite")) {
    JsonObject suite = json.object("suite");
    check_texts(suite, {"name", "title", "note", "sha256", "lineage"});
  }
  if (json.has("store")) {
    JsonObject store = json.object("store");
    store.text_or("sha256", "");
    if (store.has("simulated")) {
      JsonObject simulated = store.object("simulated");
      for (const auto& [dataset, cohort] : store.raw("simulated").items()) simulated.text(dataset);
    }
  }
  if (json.has("tasks")) {
    for (JsonObject& task : json.objects("tasks")) task.text_or("id", "");
  }
  if (json.has("models")) {
    for (JsonObject& model : json.objects("models")) check_texts(model, {"key", "device"});
    const Json& models = json.raw("models");
    for (size_t i = 0; i < models.size(); ++i) {
      if (models[i].contains("info"))
        check_info_fields(models[i]["info"], file, fmt::format("/identity/models/{}/info", i), remedy);
    }
  }
  if (!json.has("builds")) return;
  for (JsonObject& build : json.objects("builds")) {
    check_texts(build, {"version", "commit"});
    check_booleans(build, {"dirty"});
  }
}

}  // namespace synerbench
