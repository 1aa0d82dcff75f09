#include "harness/run/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/core/date.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/lineage.h"
#include "harness/run/known_fields.h"

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
  return folder_exists(folder_or_file) ? folder_or_file / name : folder_or_file;
}

}  // namespace

Json to_json(const ModelInfo& info) {
  Json json{{"name", info.name},
            {"label", info.label},
            {"trivial", info.trivial},
            {"deterministic", info.deterministic},
            {"concurrent", info.concurrent},
            {"parameters", info.parameters},
            {"network_evaluations", info.network_evaluations},
            {"weights_sha256", info.weights_sha256},
            {"switches", info.switches}};
  if (info.input.sources > 1 || info.input.neighbors != 0)
    json["input"] = {{"sources", info.input.sources}, {"neighbors", info.input.neighbors}};
  if (info.fits != FitsOn::kNothing) json["fitted"] = name_of(info.fits);
  if (!info.lineages.empty()) json["lineages"] = lineages_to_json(info);
  return json;
}

Json to_json(const CaseRecord& record) {
  Json json{
      {"task", record.task},        {"model", record.model},
      {"case", record.scan.text()}, {"patient", record.scan.patient},
      {"group", record.group},      {"status", record.status == CaseStatus::kScored ? "scored" : "failed"}};
  if (record.status == CaseStatus::kFailed) json["reason"] = record.reason;
  json["slices"] = record.slices;
  json["slices_without_foreground"] = record.slices_without_foreground;
  json["panel_slice"] = record.panel_slice;
  json["measures"] = Json::array();
  for (const Measure& measure : record.measures) json["measures"].push_back(to_json(measure));
  if (!record.remarks.empty()) json["remarks"] = record.remarks;
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
  record.scan = parse_case_id(json.text("case"), json.where("case"), json.kind());
  record.scan.patient = json.text("patient");
  record.group = json.text("group");
  record.status =
      json.choice("status", {"scored", "failed"}) == "scored" ? CaseStatus::kScored : CaseStatus::kFailed;
  if (record.status == CaseStatus::kFailed) record.reason = json.text("reason");
  record.slices = json.integer("slices", 0);
  record.slices_without_foreground = json.integer("slices_without_foreground", 0);
  record.panel_slice = json.integer("panel_slice", -1);
  for (JsonObject& measure : json.objects("measures")) record.measures.push_back(measure_from_json(measure));
  record.remarks = json.texts_or("remarks", {});
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
  check_identity_fields(results.identity, place, kOtherVersion);
  for (JsonObject& task : json.objects("tasks")) results.tasks.push_back(task_record_from_json(task));
  for (JsonObject& model : json.objects("models")) {
    results.models.push_back({model.text("key"), model.raw("info")});
    check_info_fields(results.models.back().info, place,
                      fmt::format("/models/{}/info", results.models.size() - 1), kOtherVersion);
    model.done();
  }
  for (JsonObject& record : json.objects("cases")) results.cases.push_back(case_record_from_json(record));
  json.done();
  return results;
}

Results read_results(const std::filesystem::path& run_folder_or_file) {
  const std::filesystem::path path = file_in(run_folder_or_file, "results.json");
  if (!path_exists(path)) {
    const bool begun = path_exists(path.parent_path() / "journal.jsonl");
    if (path_exists(path.parent_path() / kMergingFile)) {
      throw input_error(path.string(), "no such file",
                        "the merge into this folder was not finished: start it again with the same words");
    }
    throw input_error(path.string(), "no such file",
                      begun ? fmt::format("the run was not finished: synerbench run --resume {}",
                                          path.parent_path().string())
                            : "give a folder that synerbench run, score or merge has written");
  }
  return results_from_json(read_json(path), path.string());
}

std::string file_name_of(const std::string& key) {
  constexpr size_t kLongest = 160, kKept = 120, kDigits = 32;
  std::string name;
  char before = '.';
  for (const char c : key) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '+' || (c == '-' && !name.empty()) || (c == '.' && before != '.');
    name += word ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    before = c;
  }
  if (name.empty()) return "%";
  if (name.size() <= kLongest) return name;
  return name.substr(0, kKept) + "%~" + sha256_hex(key).substr(0, kDigits);
}

std::filesystem::path case_file(const CaseId& scan) {
  return std::filesystem::path(file_name_of(scan.dataset)) / (file_name_of(scan.name) + ".safetensors");
}

std::filesystem::path panel_path(const std::filesystem::path& run_folder, const ItemKey& item) {
  return run_folder / "panels" / file_name_of(item.task) / file_name_of(item.model) / case_file(item.scan);
}

std::filesystem::path predictions_of(const std::filesystem::path& run_folder, const std::string& model) {
  return run_folder / "predictions" / file_name_of(model);
}

std::filesystem::path prediction_path(const std::filesystem::path& run_folder, const ItemKey& item) {
  return predictions_of(run_folder, item.model) / file_name_of(item.task) / case_file(item.scan);
}

double seconds_of_timing(JsonObject& item) {
  constexpr double kMost = 1e9;  // 32 years
  const double seconds = item.number("seconds");
  if (!(seconds >= 0 && seconds <= kMost))
    throw item.error("seconds", fmt::format("{} is no time that an item can take", seconds));
  return seconds;
}

int64_t slices_of_timing(JsonObject& item) { return item.integer("slices", 0, int64_t{1} << 31); }

std::string finished_of_timing(JsonObject& json) {
  const std::string finished = json.text_or("finished", "");
  if (!finished.empty() && !is_date(finished))
    throw json.error("finished", fmt::format("\"{}\" is no date", printable(finished)),
                     "wanted is one like 2026-11-29T01:20:31Z");
  return finished;
}

std::vector<Timing> read_timing(const std::filesystem::path& run_folder) {
  const std::filesystem::path path = run_folder / "timing.json";
  if (!path_exists(path)) return {};
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
    timing.seconds += seconds_of_timing(item);
    timing.slices += slices_of_timing(item);
    timing.threads = static_cast<int>(item.integer("threads", 0, 1 << 20));
    timing.device = item.text("device");
    item.done();
  }
  finished_of_timing(json);
  json.done();
  return timings;
}

}  // namespace synerbench
