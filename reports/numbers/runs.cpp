#include "reports/numbers/runs.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/run/identity.h"
#include "harness/run/run_folder.h"
#include "reports/numbers/check.h"
#include "reports/numbers/run_remarks.h"

namespace synerbench {
namespace {

/// What may differ between runs that are put side by side; the rest of an identity, known to us or not, must
/// agree. Tasks and case limits may differ as a whole, because every task that two runs share is held to the
/// same canvas and cases.
const std::vector<std::string>& free_keys() {
  static const std::vector<std::string> keys = {"kind", "tasks", "max_cases", "seed", "models", "builds"};
  return keys;
}

/// What an identity says about one task (its canvas); null when it does not list tasks, or was scored on the
/// grid of the references, which fits any canvas: see Note [No canvas] in score.h.
Json identity_of_task(const Json& identity, const std::string& task) {
  if (!identity.contains("tasks") || !identity["tasks"].is_array()) return {};
  for (const Json& entry : identity["tasks"]) {
    if (!entry.is_object() || entry.value("id", "") != task) continue;
    return entry.contains("canvas") && entry["canvas"].is_null() ? Json() : entry;
  }
  return {};
}

/// All models of all runs together may name no more cases of a task than were planned: else the runs have
/// different cases.
void check_same_cases(const JoinedRuns& joined) {
  std::map<std::string, std::set<std::string>> ids;
  for (const CaseRecord& record : joined.cases) ids[record.task].insert(record.scan.text());
  for (const TaskRecord& task : joined.tasks) {
    const auto seen = static_cast<int64_t>(ids[task.id].size());
    if (seen <= task.cases) continue;
    throw usage_error("task " + task.id,
                      std::to_string(seen) + " different cases are recorded, " + std::to_string(task.cases) +
                          " are planned",
                      "the runs were made on different cases and cannot be compared");
  }
}

/// The value that all trainings of a model have in common, else "several".
void hold(std::string& held, const Json& facts, const char* key) {
  const std::string here = facts.value(key, std::string());
  if (held.empty()) held = here;
  if (held != here) held = "several";
}

/// Adds what one folder of weights says about its training.
void read_training(const Json& facts, std::optional<ReportedTraining>& training) {
  const int64_t updates = facts.value("updates", int64_t{0}), slices = facts.value("slices", int64_t{0});
  const bool first = !training;
  if (first) {
    training.emplace();
    training->least_updates = updates;
    training->least_slices = slices;
  }
  hold(training->covers, facts, "covers");
  hold(training->pairing, facts, "pairing");
  hold(training->augmentation, facts, "augmentation");
  training->batch = std::max(training->batch, facts.value("batch", int64_t{0}));
  training->least_updates = std::min(training->least_updates, updates);
  training->most_updates = std::max(training->most_updates, updates);
  training->least_slices = std::min(training->least_slices, slices);
  training->most_slices = std::max(training->most_slices, slices);
  if (facts.contains("budget") && facts["budget"].is_object()) {
    hold(training->budget_kind, facts["budget"], "kind");
    training->budget_value = std::max(training->budget_value, facts["budget"].value("value", int64_t{0}));
  }
  const auto seed = facts.value("seed", uint64_t{0});
  std::vector<uint64_t>& seeds = training->seeds;
  const auto at = std::lower_bound(seeds.begin(), seeds.end(), seed);
  if (at == seeds.end() || *at != seed) seeds.insert(at, seed);
}

/// Erases what differs: a length that was fitted to each training's updates, say, is no setting of the model.
void keep_equal(Json& settings, const Json& others) {
  for (auto item = settings.begin(); item != settings.end();) {
    const bool equal = others.contains(item.key()) && others[item.key()] == item.value();
    item = equal ? std::next(item) : settings.erase(item);
  }
}

/// A model with weights per task says under "tasks" what differs there; the largest network is printed.
void read_info(const Json& info, ReportedModel& model) {
  if (!info.is_object()) return;
  model.name = info.value("name", model.name);
  model.label = info.value("label", model.label);
  model.trivial = info.value("trivial", model.trivial);
  model.deterministic = info.value("deterministic", model.deterministic);
  model.parameters = std::max(model.parameters, info.value("parameters", int64_t{0}));
  model.network_evaluations = std::max(model.network_evaluations, info.value("network_evaluations", 1));
  if (info.contains("switches") && info["switches"].is_object()) {
    Json switches = info["switches"];
    if (switches.contains("training") && switches["training"].is_object()) {
      read_training(switches["training"], model.training);
      // Models from outside may be labeled apart: this is the name that their seeds share.
      const Json& training = switches["training"];
      if (training.contains("method") && training["method"].is_string())
        model.method_label = training["method"].get<std::string>();
    }
    switches.erase("training");
    if (model.switches.is_null()) {
      model.switches = std::move(switches);
    } else {
      keep_equal(model.switches, switches);
    }
  }
  if (info.contains("transfer") && info["transfer"].is_string()) {
    const std::string route = info["transfer"];
    const auto at = std::lower_bound(model.transfers.begin(), model.transfers.end(), route);
    if (at == model.transfers.end() || *at != route) model.transfers.insert(at, route);
  }
  if (!info.contains("tasks") || !info["tasks"].is_object()) return;
  for (const auto& [task, part] : info["tasks"].items()) read_info(part, model);
}

std::vector<const CaseRecord*> records_of(const std::vector<CaseRecord>& cases, const std::string& model) {
  std::vector<const CaseRecord*> records;
  for (const CaseRecord& record : cases) {
    if (record.model == model) records.push_back(&record);
  }
  return records;
}

bool same_measure(const Measure& a, const Measure& b) {
  return a.protocol == b.protocol && a.metric == b.metric && a.value == b.value &&
         a.undefined == b.undefined && a.count == b.count && a.undefined_count == b.undefined_count;
}

bool same_records(const std::vector<const CaseRecord*>& a, const std::vector<const CaseRecord*>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const CaseRecord* x, const CaseRecord* y) {
    return x->task == y->task && x->scan == y->scan && x->scan.patient == y->scan.patient &&
           x->status == y->status && x->reason == y->reason && x->slices == y->slices &&
           std::equal(x->measures.begin(), x->measures.end(), y->measures.begin(), y->measures.end(),
                      same_measure);
  });
}

void add_model(JoinedRuns& joined, const RunInput& run, size_t index, const ModelRecord& record) {
  ReportedModel model;
  model.key = model.name = model.label = model.run_key = record.key;
  model.run = index;
  read_info(record.info, model);
  model.standing = standing_of(record.info, run.name + ": model " + record.key);
  if (record.info.is_object() && record.info.contains("lineages")) model.lineages = record.info["lineages"];
  if (model.method_label.empty()) model.method_label = model.label;
  if (!model.transfers.empty()) model.label += ", transferred";
  const auto records = records_of(run.results.cases, record.key);
  const auto is_taken = [&](const std::string& key) {
    return std::any_of(joined.models.begin(), joined.models.end(),
                       [&](const ReportedModel& m) { return m.key == key; });
  };
  if (is_taken(model.key)) {
    // The same trivial model in every run.
    if (same_records(records_of(joined.cases, model.key), records)) return;
    model.key += " @" + run.name;
    for (int n = 2; is_taken(model.key); ++n)
      model.key = record.key + " @" + run.name + " " + std::to_string(n);
  }
  for (const CaseRecord* source : records) {
    joined.cases.push_back(*source);
    joined.cases.back().model = model.key;
  }
  for (Timing timing : run.timing) {
    if (timing.model != record.key) continue;
    timing.model = model.key;
    joined.timing.push_back(timing);
  }
  joined.models.push_back(std::move(model));
}

/// Labels are what a reader sees: two models with one label get their keys behind it.
void make_labels_unique(std::vector<ReportedModel>& models) {
  std::map<std::string, int> count;
  for (const ReportedModel& model : models) ++count[model.label];
  for (ReportedModel& model : models) {
    if (count[model.label] > 1) model.label += " (" + model.key + ")";
  }
}

/// What was seen in predictions and weights while they were scored: a reader must not miss it.
void add_case_remarks(JoinedRuns& joined) {
  for (const ReportedModel& model : joined.models) {
    size_t cases = 0;
    const CaseRecord* first = nullptr;
    for (const CaseRecord& record : joined.cases) {
      if (record.model != model.key || record.remarks.empty()) continue;
      if (!first) first = &record;
      ++cases;
    }
    if (!first) continue;
    joined.remarks.push_back(model.label + ": " + std::to_string(cases) +
                             (cases == 1 ? " case has" : " cases have") +
                             " remarks, all in results.json; the first, " + first->task + " " +
                             first->scan.text() + ": " + first->remarks.front() + ".");
  }
}

}  // namespace

std::map<std::string, std::string> simulated_data(const JoinedRuns& runs) {
  std::map<std::string, std::string> data;
  const Json& identity = runs.shared_identity;
  if (!identity.is_object() || !identity.contains("store")) return data;
  const Json& store = identity.at("store");
  if (!store.is_object() || !store.contains("simulated") || !store.at("simulated").is_object()) return data;
  for (const auto& [dataset, cohort] : store.at("simulated").items())
    data[dataset] = cohort.is_string() ? cohort.get<std::string>() : "";
  return data;
}

Json comparable_identity(const Json& identity) {
  Json kept = Json::object();
  for (const auto& [key, value] : identity.items()) {
    if (std::find(free_keys().begin(), free_keys().end(), key) == free_keys().end()) kept[key] = value;
  }
  return kept;
}

void require_same_identity(const Json& a, const std::string& name_a, const Json& b,
                           const std::string& name_b) {
  const std::string difference = first_difference(a, name_a, b, name_b);
  if (difference.empty()) return;
  throw usage_error(
      name_b, "the runs \"" + name_a + "\" and \"" + name_b + "\" cannot be compared: " + difference,
      "numbers are comparable only for one suite, one store and the same protocols; report them separately");
}

void require_same_tasks(const RunInput& a, const RunInput& b) {
  const auto refuse = [&](const std::string& task, const std::string& difference) {
    throw usage_error(b.name + ": task " + task,
                      "planned differently than in the run \"" + a.name + "\": " + difference,
                      "runs are comparable only over the same cases on the same canvas");
  };
  for (const TaskRecord& task : b.results.tasks) {
    for (const TaskRecord& known : a.results.tasks) {
      if (known.id != task.id) continue;
      if (known.cases != task.cases)
        refuse(task.id, std::to_string(known.cases) + " and " + std::to_string(task.cases) + " cases");
      if (known.group != task.group) refuse(task.id, "groups " + known.group + " and " + task.group);
      if (known.target_unit != task.target_unit)
        refuse(task.id, "units " + known.target_unit + " and " + task.target_unit);
    }
    const Json theirs = identity_of_task(a.results.identity, task.id),
               ours = identity_of_task(b.results.identity, task.id);
    if (!theirs.is_null() && !ours.is_null() && ours != theirs)
      refuse(task.id, first_difference(theirs, a.name, ours, b.name));
  }
}

JoinedRuns join_runs(std::vector<RunInput> runs, const ProtocolTable& protocols) {
  if (runs.empty()) throw usage_error("report", "no run was given");
  JoinedRuns joined;
  joined.runs = std::move(runs);
  joined.shared_identity = comparable_identity(joined.runs.front().results.identity);
  for (size_t i = 0; i < joined.runs.size(); ++i) {
    const RunInput& run = joined.runs[i];
    const RunInput& first = joined.runs.front();
    require_same_identity(joined.shared_identity, first.name, comparable_identity(run.results.identity),
                          run.name);
    for (size_t j = 0; j < i; ++j) require_same_tasks(joined.runs[j], run);
    check_results(run, protocols);
    for (const TaskRecord& task : run.results.tasks) {
      if (std::none_of(joined.tasks.begin(), joined.tasks.end(),
                       [&](const TaskRecord& t) { return t.id == task.id; })) {
        joined.tasks.push_back(task);
      }
    }
    for (const ModelRecord& model : run.results.models) add_model(joined, run, i, model);
  }
  check_same_cases(joined);
  make_labels_unique(joined.models);
  std::vector<const RunInput*> side_by_side;
  for (const RunInput& run : joined.runs) side_by_side.push_back(&run);
  joined.remarks = remarks_on_builds(side_by_side);
  add_case_remarks(joined);
  for (RunInput& run : joined.runs) run.results.cases.clear();
  return joined;
}

std::string JoinedRuns::lineage_rule() const {
  const Json::json_pointer place("/suite/lineage");
  return shared_identity.contains(place) ? shared_identity.at(place).get<std::string>() : "";
}

RunInput read_run(const std::filesystem::path& folder) {
  RunInput run;
  const std::filesystem::path clean = folder.lexically_normal();
  run.name = clean.filename().empty() ? clean.parent_path().filename().string() : clean.filename().string();
  if (folder_exists(folder)) {
    run.folder = folder;
    run.timing = read_timing(folder);
    run.finished = read_finished(folder);
  }
  run.results = read_results(folder);
  if (!run.folder.empty()) {
    run.journal = check_against_journal(folder, run.results);
  } else if (clean.filename() == "results.json" && file_exists(clean.parent_path() / "journal.jsonl")) {
    check_against_journal(clean.parent_path(), run.results);
  }
  return run;
}

std::string case_list_hash(const JoinedRuns& runs) {
  std::set<std::string> lines;
  for (const CaseRecord& record : runs.cases) {
    lines.insert(Json::array({record.task, record.scan.text(), record.scan.patient}).dump() + "\n");
  }
  Sha256 hash;
  for (const std::string& line : lines) hash.update(line);
  return hash.hex();
}

const Measure* find_measure(const CaseRecord& record, const std::string& protocol,
                            const std::string& metric) {
  for (const Measure& measure : record.measures) {
    if (measure.protocol == protocol && measure.metric == metric) return &measure;
  }
  return nullptr;
}

}  // namespace synerbench
