#include "harness/run/grand_challenge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/data/tree.h"
#include "harness/run/record.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
constexpr const char* kJobs = "predictions.json";

// Fields that are not asked for stay unread: the platform adds some from time to time.
const Json* field(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && found != json.end() && !found->is_null() ? &*found : nullptr;
}
std::string text_of(const Json* json) {
  return json != nullptr && json->is_string() ? json->get<std::string>() : "";
}

struct Value {
  std::string slug, relative_path, image;  // image: its name; empty: it holds none
  bool has_image = false;
};

std::vector<Value> values_of(const Json& job, const char* name, const std::string& where) {
  const Json* list = field(job, name);
  if (list == nullptr || !list->is_array())
    throw input_error(where, fmt::format("has no list \"{}\"", name), "a job of grand-challenge.org has one");
  std::vector<Value> values;
  for (const Json& one : *list) {
    const Json* kind = field(one, "interface");
    if (kind == nullptr) kind = field(one, "socket");
    const Json* image = field(one, "image");
    Value value;
    value.has_image = image != nullptr;
    if (kind != nullptr) {
      value.slug = text_of(field(*kind, "slug"));
      value.relative_path = text_of(field(*kind, "relative_path"));
    }
    if (image != nullptr) value.image = text_of(field(*image, "name"));
    values.push_back(std::move(value));
  }
  return values;
}

// A folder of ours: below the one given, whatever the file says. `one`: a single name.
void check_inside(const std::string& path, const std::string& where, bool one = false) {
  const fs::path parts(path);
  const bool climbs = std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part == ".."; });
  const bool several = one && path.find('/') != std::string::npos;
  if (path.empty() || parts.is_absolute() || climbs || several)
    throw input_error(where, fmt::format("\"{}\" is no path below the folder", printable(path)),
                      "copy the predictions again");
}

// What is not a success left an answer of an earlier try at best. A list without states is taken as it is.
bool has_failed(const std::string& status) { return !status.empty() && lower(status) != "succeeded"; }

void find_output(const fs::path& folder, const std::vector<Value>& outputs, const std::string& slug,
                 const std::string& where, GrandChallengeJob& job) {
  std::vector<const Value*> fitting;
  std::string slugs;
  for (const Value& value : outputs) {
    if (!value.has_image) continue;
    slugs += (slugs.empty() ? "" : ", ") + value.slug;
    if (slug.empty() || value.slug == slug) fitting.push_back(&value);
  }
  if (fitting.size() > 1) {
    throw usage_error(where, fmt::format("has several images as outputs: {}", slugs),
                      "say which one is the prediction: --output-slug SLUG");
  }
  if (fitting.empty()) {
    job.problem = slugs.empty() ? "the job has no image as output"
                                : fmt::format("the job has no output \"{}\"; it has {}", slug, slugs);
    return;
  }
  check_inside(fitting.front()->relative_path, where);
  const fs::path place = fs::path(job.pk) / "output" / fitting.front()->relative_path;
  std::error_code code;
  if (!fs::is_directory(folder / place, code)) {
    job.problem = fmt::format("no folder {}", place.generic_string());
    return;
  }
  std::vector<std::string> images;
  for (const auto& file : list_tree(folder / place, {".safetensors"})) {
    if (file.is_image() && file.problem.empty()) images.push_back(file.path);
  }
  if (images.size() == 1) {
    job.output = place / images.front();
  } else {
    job.problem = fmt::format("{} holds {} images, one is wanted", place.generic_string(), images.size());
  }
}

Json aggregate_of(const std::vector<double>& values, size_t failed) {
  Json json = Json::object();
  const double count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = values.empty() ? 0 : sum / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto put = [&](const char* name, bool known, double value) {
    json[name] = known ? Json(value) : Json();
  };
  const auto at = [&](double percent) {
    // Linear between order statistics, as the platform's own tools do it.
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const double position = percent / 100 * (count - 1), below = std::floor(position);
    const auto index = static_cast<size_t>(below);
    return index + 1 < sorted.size()
               ? sorted[index] + (sorted[index + 1] - sorted[index]) * (position - below)
               : sorted[index];
  };
  const bool some = !values.empty();
  put("mean", some, mean);
  put("std", values.size() > 1, values.size() > 1 ? std::sqrt(squares / (count - 1)) : 0);
  for (const auto& [name, percent] :
       {std::pair{"min", 0.0}, {"25%", 25.0}, {"50%", 50.0}, {"75%", 75.0}, {"max", 100.0}})
    put(name, some, some ? at(percent) : 0);
  json["count"] = values.size();
  json["failed"] = failed;
  return json;
}

}  // namespace

bool is_grand_challenge(const fs::path& folder) { return file_exists(folder / kJobs); }

std::vector<GrandChallengeJob> read_grand_challenge(const fs::path& folder, const std::string& slug) {
  const std::string place = (folder / kJobs).string();
  const Json json = read_json(folder / kJobs);
  if (!json.is_array())
    throw input_error(place, "a list of jobs is wanted",
                      "this is the predictions.json of grand-challenge.org");
  std::vector<GrandChallengeJob> jobs;
  std::set<std::string> seen, slugs;
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string where = fmt::format("{}: /{}", place, i);
    GrandChallengeJob job;
    job.pk = text_of(field(json[i], "pk"));
    check_inside(job.pk, where + "/pk", true);
    if (!seen.insert(job.pk).second)
      throw input_error(where, fmt::format("job {} stands in it twice", job.pk),
                        "copy the predictions again");
    for (const Value& value : values_of(json[i], "inputs", where)) {
      if (!value.has_image) continue;
      const std::string ending = image_ending(value.image);
      job.inputs.push_back(value.image.substr(0, value.image.size() - ending.size()));
    }
    const auto outputs = values_of(json[i], "outputs", where);
    for (const Value& value : outputs) slugs.insert(value.slug);
    if (const std::string status = text_of(field(json[i], "status")); has_failed(status)) {
      job.problem = fmt::format("status {}", printable(status, 40));
    } else {
      find_output(folder, outputs, slug, where, job);
    }
    jobs.push_back(std::move(job));
  }
  if (!slug.empty() && !slugs.contains(slug))
    throw usage_error("--output-slug", fmt::format("no job has an output \"{}\"", slug),
                      did_you_mean(slug, {slugs.begin(), slugs.end()}));
  return jobs;
}

/// What a case of the task would have been measured by, without values.
static std::vector<Measure> measures_of(const Results& results, const TaskRecord& task,
                                        const ProtocolTable& protocols) {
  std::vector<Measure> measures;
  if (!results.identity.is_object() || !results.identity.contains("protocols")) return measures;
  for (const Json& id : results.identity["protocols"]) {
    const Protocol* protocol = protocols.find(id.get<std::string>());
    if (protocol == nullptr || !protocol->info.values.fit(task.target_unit)) continue;
    for (const MetricInfo& metric : protocol->info.metrics) {
      measures.emplace_back();
      measures.back().protocol = protocol->info.id;
      measures.back().metric = metric.name;
    }
  }
  return measures;
}

Json grand_challenge_metrics(const fs::path& run_folder, const ProtocolTable& protocols) {
  const Results results = read_results(run_folder);
  const std::string model = results.models.front().key;
  struct Column {
    Json cases = Json::object();
    std::vector<double> values;
    size_t failed = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Column> columns;
  std::string protocol;  // the leaderboard's: the first
  const auto column_of = [&](const CaseRecord& record, const Measure& measure) -> Column& {
    std::string key = measure.protocol == protocol ? measure.metric : measure.protocol + ":" + measure.metric;
    if (results.tasks.size() > 1) key = record.task + ":" + key;
    if (!columns.contains(key)) order.push_back(key);
    return columns[key];
  };
  // First what is measured at all, then who has it: a failed case has no measures of its own.
  std::map<std::string, std::vector<Measure>> measured;  // by task
  for (const CaseRecord& record : results.cases) {
    if (record.model == model && measured[record.task].empty()) measured[record.task] = record.measures;
  }
  for (const TaskRecord& task : results.tasks) {
    if (measured[task.id].empty()) measured[task.id] = measures_of(results, task, protocols);
    if (protocol.empty() && !measured[task.id].empty()) protocol = measured[task.id].front().protocol;
  }
  Json failures = Json::object();
  for (const CaseRecord& record : results.cases) {
    if (record.model != model) continue;
    if (record.status == CaseStatus::kFailed)
      failures[(results.tasks.size() > 1 ? record.task + ":" : "") + record.scan.text()] = record.reason;
    for (const Measure& wanted : measured[record.task]) {
      Column& column = column_of(record, wanted);
      const auto found = std::find_if(
          record.measures.begin(), record.measures.end(),
          [&](const Measure& own) { return own.protocol == wanted.protocol && own.metric == wanted.metric; });
      const bool known = found != record.measures.end() && found->value.has_value();
      column.cases[record.scan.text()] = known ? Json(*found->value) : Json();
      if (known) {
        column.values.push_back(*found->value);
      } else {
        ++column.failed;
      }
    }
  }
  Json json;
  json["case"] = Json::object();
  json["aggregates"] = Json::object();
  for (const auto& key : order) {
    json["case"][key] = columns[key].cases;
    json["aggregates"][key] = aggregate_of(columns[key].values, columns[key].failed);
  }
  if (!failures.empty()) json["failures"] = failures;
  return json;
}

}  // namespace synerbench
