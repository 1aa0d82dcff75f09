#include "harness/run/identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/provenance.h"
#include "harness/run/known_fields.h"

namespace synerbench {
namespace {

std::string shortened(const Json& json) {
  std::string text = json.dump();
  return text.size() > 100 ? text.substr(0, 97) + "..." : text;
}

Json without_builds(Json identity) {
  identity.erase("builds");
  return identity;
}

}  // namespace

Json make_identity(const std::string& kind, const Suite& suite, const std::vector<SuiteTask>& tasks,
                   const SliceStore& store, uint64_t seed, int64_t max_cases,
                   const std::vector<ModelIdentity>& models) {
  Json identity{
      {"kind", kind},
      {"suite",
       {{"name", suite.name}, {"title", suite.title}, {"note", suite.note}, {"sha256", suite.sha256}}}};
  if (suite.lineage != LineageRule::kAny) identity["suite"]["lineage"] = info_of(suite.lineage).name;
  identity["tasks"] = Json::array();
  for (const SuiteTask& task : tasks)
    identity["tasks"].push_back({{"id", task.task.id}, {"canvas", to_json(task.canvas)}});
  identity["split"] = name_of(suite.split);
  identity["min_foreground"] = suite.min_foreground;
  identity["protocols"] = suite.protocols;
  identity["store"] = {{"sha256", store.sha256()}};
  for (const auto& [dataset, cohort] : store.simulated()) identity["store"]["simulated"][dataset] = cohort;
  identity["seed"] = seed;
  identity["max_cases"] = max_cases;
  identity["models"] = Json::array();
  for (const ModelIdentity& model : models)
    identity["models"].push_back({{"key", model.key}, {"device", model.device}, {"info", model.info}});
  identity["builds"] = Json::array({build_provenance()});
  return identity;
}

std::string identity_sha256(const Json& identity) {
  return sha256_hex(to_text(without_builds(identity), -1));
}

std::string first_difference(const Json& a, const std::string& name_a, const Json& b,
                             const std::string& name_b) {
  if (a == b) return "";
  if (a.is_object() && b.is_object()) {
    for (const auto& [key, value] : a.items()) {
      if (!b.contains(key))
        return fmt::format("/{}: {} in {}, missing in {}", key, shortened(value), name_a, name_b);
      const std::string inner = first_difference(value, name_a, b[key], name_b);
      if (!inner.empty()) return "/" + key + inner;
    }
    for (const auto& [key, value] : b.items()) {
      if (!a.contains(key))
        return fmt::format("/{}: missing in {}, {} in {}", key, name_a, shortened(value), name_b);
    }
    return ": the order of keys differs";
  }
  if (a.is_array() && b.is_array()) {
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      const std::string inner = first_difference(a[i], name_a, b[i], name_b);
      if (!inner.empty()) return fmt::format("/{}{}", i, inner);
    }
    return fmt::format(": {} entries in {}, {} in {}", a.size(), name_a, b.size(), name_b);
  }
  return fmt::format(": {} in {}, {} in {}", shortened(a), name_a, shortened(b), name_b);
}

Json join_identities(const Json& a, const std::string& name_a, const Json& b, const std::string& name_b,
                     bool accept_other_build, const std::string& place) {
  const std::string difference = first_difference(without_builds(a), name_a, without_builds(b), name_b);
  if (!difference.empty()) {
    throw usage_error(place, "these are different runs: " + difference,
                      "only runs of the same suite, store, models, protocols and seed can be put together; "
                      "report compares different ones");
  }
  Json joined = a;
  for (const Json& build : b["builds"]) {
    if (std::find(joined["builds"].begin(), joined["builds"].end(), build) == joined["builds"].end())
      joined["builds"].push_back(build);
  }
  if (joined["builds"].size() == a["builds"].size() && a["builds"].size() == b["builds"].size()) return a;
  if (!accept_other_build) {
    throw usage_error(
        place, "made by different builds: " + first_difference(a["builds"], name_a, b["builds"], name_b),
        "make both with one build; or accept it with --accept-other-build, then both are listed in the "
        "results");
  }
  // Sorted, so that merging gives the same bytes in any order.
  std::vector<Json> builds(joined["builds"].begin(), joined["builds"].end());
  std::sort(builds.begin(), builds.end(), [](const Json& x, const Json& y) { return x.dump() < y.dump(); });
  joined["builds"] = builds;
  return joined;
}

TaskRecord make_task_record(const SuiteTask& task, int64_t cases) {
  TaskRecord record;
  record.id = task.task.id;
  record.region = task.task.region;
  record.source = task.task.sources_text();
  record.target = name_of(task.task.target);
  record.group = task.group;
  record.target_unit = unit_of(task.task.target);
  if (has_physical_unit(task.task.target)) {
    const IntensityMap map = default_intensity_map(task.task.target, {}, {}, task.task.id);
    record.target_low = map.low;
    record.target_high = map.high;
  }
  record.cases = cases;
  return record;
}

namespace {

/// Of all that the header says. Most of it is text and counts that are plausible when they are wrong.
std::string header_sha256(const Json& json) {
  return sha256_hex(to_text(Json{{"identity", json.at("identity")}, {"tasks", json.at("tasks")}}, -1));
}

}  // namespace

void write_run_header(const std::filesystem::path& folder, const RunHeader& header) {
  Results frame;
  frame.tasks = header.tasks;
  Json json{{"schema", "synerbench/run"}, {"schema_version", 2}, {"identity", header.identity}};
  json["tasks"] = to_json(frame)["tasks"];
  json["sha256"] = header_sha256(json);
  write_json(folder / "run.json", json);
}

RunHeader read_run_header(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "run.json";
  if (!path_exists(path)) {
    throw input_error(folder.string(), "no run.json, so this is not the folder of a run",
                      "give the folder that synerbench run --out made");
  }
  const Json value = read_json(path);
  constexpr const char* kRemedy =
      "the file is damaged or of another version; start the run again in a new folder";
  JsonObject json(value, path.string(), "", ExitCode::kBadInput, kRemedy);
  json.choice("schema", {"synerbench/run"});
  const int64_t version = json.integer("schema_version", 1, 2);
  RunHeader header;
  header.identity = json.raw("identity");
  json.raw("tasks");
  // Version 1, of runs of before, had no hash.
  if (version > 1 && json.text("sha256") != header_sha256(value))
    throw json.error("sha256", "is not that of the file's content");
  JsonObject identity = json.object("identity");
  for (const char* key : {"tasks", "models", "builds", "protocols"}) {
    if (!identity.raw(key).is_array()) throw identity.error(key, "a list is wanted");
  }
  identity.texts("protocols");
  check_identity_fields(header.identity, path.string(), kRemedy);
  for (JsonObject& task : identity.objects("tasks")) task.text("id");
  for (JsonObject& model : identity.objects("models")) {
    for (const char* key : {"key", "device"}) model.text(key);
    model.object("info");
  }
  for (JsonObject& task : json.objects("tasks")) header.tasks.push_back(task_record_from_json(task));
  json.done();
  return header;
}

}  // namespace synerbench
