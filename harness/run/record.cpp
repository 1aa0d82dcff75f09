#include "harness/run/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {
namespace {

constexpr int64_t kVersion = 1;

Json to_json(const Measure& m) {
  Json json{{"protocol", m.protocol}, {"metric", m.metric}};
  SB_CHECK(m.value.has_value() == m.undefined.empty(),
           "a measure has a value or a reason: " + m.protocol + " " + m.metric);
  if (m.value) {
    json["value"] = *m.value;
  } else {
    json["undefined"] = m.undefined;
  }
  json["count"] = m.count;
  json["undefined_count"] = m.undefined_count;
  return json;
}

Measure measure_from_json(JsonObject json) {
  Measure m;
  m.protocol = json.text("protocol");
  m.metric = json.text("metric");
  if (json.has("value")) m.value = json.number("value");
  m.undefined = json.text_or("undefined", "");
  if (m.value.has_value() != m.undefined.empty()) {
    throw json.error("value", "exactly one of \"value\" and \"undefined\" is wanted");
  }
  m.count = json.integer("count", 0);
  m.undefined_count = json.integer("undefined_count", 0);
  json.done();
  return m;
}

constexpr const char* kOtherVersion =
    "the file was not written by this version of synerbench run, score or merge";

std::filesystem::path file_in(const std::filesystem::path& folder_or_file, const char* name) {
  return std::filesystem::is_directory(folder_or_file) ? folder_or_file / name : folder_or_file;
}

}  // namespace

Json to_json(const ModelInfo& info) {
  return Json{{"name", info.name},
              {"label", info.label},
              {"trivial", info.trivial},
              {"deterministic", info.deterministic},
              {"concurrent", info.concurrent},
              {"parameters", info.parameters},
              {"network_evaluations", info.network_evaluations},
              {"weights_sha256", info.weights_sha256},
              {"switches", info.switches}};
}

Json to_json(const CaseRecord& record) {
  Json json{{"task", record.task},    {"model", record.model},
            {"case", record.case_id}, {"patient", record.patient},
            {"group", record.group},  {"status", record.status == CaseStatus::kScored ? "scored" : "failed"}};
  if (record.status == CaseStatus::kFailed) json["reason"] = record.reason;
  json["slices"] = record.slices;
  json["slices_without_foreground"] = record.slices_without_foreground;
  json["panel_slice"] = record.panel_slice;
  json["measures"] = Json::array();
  for (const Measure& measure : record.measures) json["measures"].push_back(to_json(measure));
  return json;
}

TaskRecord task_record_from_json(JsonObject json) {
  TaskRecord task;
  task.id = json.text("id");
  task.region = json.text("region");
  task.source = json.text("source");
  task.target = json.text("target");
  task.group = json.text("group");
  task.target_unit = json.text("target_unit");
  task.target_low = json.number("target_low");
  task.target_high = json.number("target_high");
  task.cases = json.integer("cases", 0);
  json.done();
  return task;
}

CaseRecord case_record_from_json(JsonObject json) {
  CaseRecord record;
  record.task = json.text("task");
  record.model = json.text("model");
  record.case_id = json.text("case");
  record.patient = json.text("patient");
  record.group = json.text("group");
  record.status =
      json.choice("status", {"scored", "failed"}) == "scored" ? CaseStatus::kScored : CaseStatus::kFailed;
  if (record.status == CaseStatus::kFailed) record.reason = json.text("reason");
  record.slices = json.integer("slices", 0);
  record.slices_without_foreground = json.integer("slices_without_foreground", 0);
  record.panel_slice = json.integer("panel_slice", -1);
  for (JsonObject& measure : json.objects("measures")) record.measures.push_back(measure_from_json(measure));
  json.done();
  return record;
}

Json to_json(const Results& results) {
  Json json{{"schema", "synerbench/results"}, {"schema_version", kVersion}, {"identity", results.identity}};
  json["tasks"] = Json::array();
  for (const TaskRecord& t : results.tasks) {
    json["tasks"].push_back({{"id", t.id},
                             {"region", t.region},
                             {"source", t.source},
                             {"target", t.target},
                             {"group", t.group},
                             {"target_unit", t.target_unit},
                             {"target_low", t.target_low},
                             {"target_high", t.target_high},
                             {"cases", t.cases}});
  }
  json["models"] = Json::array();
  for (const ModelRecord& model : results.models)
    json["models"].push_back({{"key", model.key}, {"info", model.info}});
  json["cases"] = Json::array();
  for (const CaseRecord& record : results.cases) json["cases"].push_back(to_json(record));
  return json;
}

Results results_from_json(const Json& value, const std::string& place) {
  JsonObject json(value, place, "", ExitCode::kBadInput, kOtherVersion);
  json.choice("schema", {"synerbench/results"});
  json.integer("schema_version", kVersion, kVersion);
  Results results;
  results.identity = json.raw("identity");
  for (JsonObject& task : json.objects("tasks")) results.tasks.push_back(task_record_from_json(task));
  for (JsonObject& model : json.objects("models")) {
    results.models.push_back({model.text("key"), model.raw("info")});
    model.done();
  }
  for (JsonObject& record : json.objects("cases")) results.cases.push_back(case_record_from_json(record));
  json.done();
  return results;
}

Results read_results(const std::filesystem::path& run_folder_or_file) {
  const std::filesystem::path path = file_in(run_folder_or_file, "results.json");
  if (!std::filesystem::exists(path)) {
    const bool begun = std::filesystem::exists(path.parent_path() / "journal.jsonl");
    throw input_error(path.string(), "no such file",
                      begun ? fmt::format("the run was not finished: synerbench run --resume {}",
                                          path.parent_path().string())
                            : "give a folder that synerbench run, score or merge has written");
  }
  return results_from_json(read_json(path), path.string());
}

std::string file_name_of(const std::string& key) {
  std::string name;
  for (char c : key) {
    const bool harmless = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '.' || c == '_' || c == '-';
    if (harmless) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  if (name == key && name[0] != '.' && name[0] != '-' && name.size() <= 64) return name;
  while (!name.empty() && (name[0] == '.' || name[0] == '-')) name.erase(0, 1);
  return name.substr(0, 48) + "-" + sha256_hex(key).substr(0, 8);
}

std::filesystem::path case_file(const std::string& case_id) {
  // Both halves are file names already (see is_store_name), or are made so.
  const size_t slash = case_id.find('/');
  std::filesystem::path path;
  if (slash != std::string::npos) path = file_name_of(case_id.substr(0, slash));
  return path /
         (file_name_of(slash == std::string::npos ? case_id : case_id.substr(slash + 1)) + ".safetensors");
}

std::filesystem::path panel_path(const std::filesystem::path& run_folder, const CaseRecord& record) {
  return run_folder / "panels" / file_name_of(record.task) / file_name_of(record.model) /
         case_file(record.case_id);
}

std::filesystem::path predictions_of(const std::filesystem::path& run_folder, const std::string& model) {
  return run_folder / "predictions" / file_name_of(model);
}

std::filesystem::path prediction_path(const std::filesystem::path& run_folder, const CaseRecord& record) {
  return predictions_of(run_folder, record.model) / file_name_of(record.task) / case_file(record.case_id);
}

std::vector<Timing> read_timing(const std::filesystem::path& run_folder) {
  const std::filesystem::path path = run_folder / "timing.json";
  if (!std::filesystem::exists(path)) return {};
  const Json value = read_json(path);
  JsonObject json(value, path.string(), "", ExitCode::kBadInput, kTimingsAreOptional);
  json.choice("schema", {"synerbench/timing"});
  json.integer("schema_version", kVersion, kVersion);
  std::vector<Timing> timings;
  std::map<std::pair<std::string, std::string>, size_t> place;
  for (JsonObject& item : json.objects("items")) {
    const std::string model = item.text("model"), task = item.text("task");
    const auto [at, fresh] = place.emplace(std::make_pair(model, task), timings.size());
    if (fresh) timings.push_back({model, task, "", 0, 0, 1});
    Timing& timing = timings[at->second];
    item.text("case");
    timing.seconds += item.number("seconds");
    timing.slices += item.integer("slices", 0);
    timing.threads = static_cast<int>(item.integer("threads", 1, 1 << 20));
    timing.device = item.text("device");
    item.done();
  }
  json.done();
  return timings;
}

}  // namespace synerbench
