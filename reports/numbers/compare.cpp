#include "reports/numbers/compare.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "metrics/questions.h"
#include "reports/numbers/check.h"
#include "reports/numbers/run_remarks.h"

namespace synerbench {

namespace {

const MetricInfo* find_metric(const ProtocolTable& protocols, const std::string& protocol,
                              const std::string& metric) {
  const Protocol* known = protocols.find(protocol);
  if (known == nullptr) return nullptr;
  for (const MetricInfo& info : known->info.metrics) {
    if (info.name == metric) return &info;
  }
  return nullptr;
}

/// (model, task) -> records.
using Index = std::map<std::pair<std::string, std::string>, std::vector<const CaseRecord*>>;

Index index_of(const Results& results) {
  Index index;
  for (const CaseRecord& record : results.cases) index[{record.model, record.task}].push_back(&record);
  return index;
}

const std::vector<const CaseRecord*>& records_in(const Index& index, const std::string& model,
                                                 const std::string& task) {
  static const std::vector<const CaseRecord*> none;
  const auto at = index.find({model, task});
  return at == index.end() ? none : at->second;
}

using ModelKeys = std::pair<std::string, std::string>;  // keys in baseline and candidate

bool has_model(const RunInput& run, const std::string& key) {
  return std::any_of(run.results.models.begin(), run.results.models.end(),
                     [&](const ModelRecord& m) { return m.key == key; });
}

void require_model(const RunInput& run, const std::string& key) {
  if (has_model(run, key)) return;
  std::vector<std::string> keys;
  for (const ModelRecord& model : run.results.models) keys.push_back(model.key);
  throw usage_error(run.name, "the run has no model \"" + key + "\"", did_you_mean(key, keys));
}

std::vector<ModelKeys> model_pairs(const RunInput& baseline, const RunInput& candidate,
                                   const CompareOptions& options) {
  if (options.baseline_model.empty() != options.candidate_model.empty()) {
    throw usage_error("compare", "one model is named", "name the baseline's and the candidate's, or neither");
  }
  if (!options.baseline_model.empty()) {
    require_model(baseline, options.baseline_model);
    require_model(candidate, options.candidate_model);
    return {{options.baseline_model, options.candidate_model}};
  }
  std::vector<ModelKeys> pairs;
  if (options.all_pairs) {
    std::set<ModelKeys> seen;
    for (const ModelRecord& old_model : baseline.results.models) {
      for (const ModelRecord& new_model : candidate.results.models) {
        // In the same run twice, A with B is B with A.
        const bool mirrored = has_model(baseline, new_model.key) && has_model(candidate, old_model.key) &&
                              seen.contains({new_model.key, old_model.key});
        if (old_model.key == new_model.key || mirrored) continue;
        seen.insert({old_model.key, new_model.key});
        pairs.emplace_back(old_model.key, new_model.key);
      }
    }
    if (pairs.empty()) throw usage_error("compare", "--all-pairs needs two different models");
    return pairs;
  }
  bool any_common = false;
  for (const ModelRecord& model : baseline.results.models) {
    pairs.emplace_back(model.key, model.key);
    any_common = any_common || has_model(candidate, model.key);
  }
  if (!any_common) {
    throw usage_error(
        "compare",
        "the runs \"" + baseline.name + "\" and \"" + candidate.name + "\" have no model in common",
        "name the two models to compare");
  }
  return pairs;
}

struct MetricKey {
  std::string protocol, metric;
  bool operator<(const MetricKey& other) const {
    return std::tie(protocol, metric) < std::tie(other.protocol, other.metric);
  }
};

std::vector<MetricKey> metrics_of(const Results& results) {
  std::vector<MetricKey> keys;
  std::set<MetricKey> seen;
  for (const CaseRecord& record : results.cases) {
    for (const Measure& m : record.measures) {
      if (seen.insert({m.protocol, m.metric}).second) keys.push_back({m.protocol, m.metric});
    }
  }
  return keys;
}

bool measures(const std::vector<const CaseRecord*>& records, const MetricKey& key) {
  return std::any_of(records.begin(), records.end(), [&](const CaseRecord* r) {
    return find_measure(*r, key.protocol, key.metric) != nullptr;
  });
}

/// A failed case has no measures: what is missing there is coverage, not the metric.
bool all_failed(const std::vector<const CaseRecord*>& records) {
  return !records.empty() && std::all_of(records.begin(), records.end(), [](const CaseRecord* r) {
    return r->status == CaseStatus::kFailed;
  });
}

/// What a metric says about a case.
struct CaseValue {
  const Measure* measure = nullptr;  // null: not measured, or failed
  bool valued() const { return measure != nullptr && measure->value.has_value(); }
  bool perfect() const {
    return measure != nullptr && !measure->value &&
           measure->undefined == name_of(Undefined::kIdenticalImages);
  }
  bool scored() const { return valued() || perfect(); }
};

std::map<std::string, CaseValue> values_by_case(const std::vector<const CaseRecord*>& records,
                                                const MetricKey& key) {
  std::map<std::string, CaseValue> values;
  for (const CaseRecord* record : records) {
    values[record->scan.text()].measure =
        record->status == CaseStatus::kScored ? find_measure(*record, key.protocol, key.metric) : nullptr;
  }
  return values;
}

/// Equal images have no value: see Note [Equal images].
bool is_unbounded_above(const MetricInfo& metric) {
  return metric.direction == Direction::kHigherIsBetter && std::isinf(metric.upper);
}

/// Sorts the cases into the lists of the pair; returns those whose values are compared. Fewer slices,
/// questions or voxels than before are a loss. Only of `slices` may some be without a value because they are
/// equal.
std::set<std::string> sort_cases(RunPair& pair, const std::map<std::string, CaseValue>& baseline,
                                 const std::map<std::string, CaseValue>& candidate, bool slices) {
  std::set<std::string> both;
  std::set<std::string> ids;
  for (const auto& [id, value] : baseline) ids.insert(id);
  for (const auto& [id, value] : candidate) ids.insert(id);
  const auto at = [](const std::map<std::string, CaseValue>& values, const std::string& id) {
    const auto found = values.find(id);
    return found == values.end() ? CaseValue{} : found->second;
  };
  for (const std::string& id : ids) {
    const CaseValue before = at(baseline, id), after = at(candidate, id);
    pair.baseline_scored += before.scored() ? 1 : 0;
    pair.candidate_scored += after.scored() ? 1 : 0;
    if (!before.scored() && !after.scored()) pair.unscored.push_back(id);
    if (before.scored() && !after.scored()) pair.lost.push_back(id);
    if (before.valued() && after.perfect()) pair.became_perfect.push_back(id);
    if (before.perfect() && after.valued()) pair.lost_perfect.push_back(id);
    if (!before.valued() || !after.valued()) continue;
    const int64_t fewer = before.measure->count - after.measure->count;
    if (slices && fewer != 0 && is_unbounded_above(pair.metric)) {
      (fewer > 0 ? pair.more_perfect : pair.fewer_perfect).push_back(id);
      if (fewer > 0) continue;
    } else if (fewer > 0) {
      pair.fewer_slices.push_back(id);
    }
    both.insert(id);
  }
  return both;
}

/// Means over the patients' cases that are in `ids`.
std::vector<PatientValue> patients_of(const std::vector<const CaseRecord*>& records, const MetricKey& key,
                                      const std::set<std::string>& ids) {
  std::map<std::string, std::vector<double>> values;
  for (const CaseRecord* record : records) {
    if (ids.contains(record->scan.text()))
      values[record->scan.patient].push_back(*find_measure(*record, key.protocol, key.metric)->value);
  }
  std::vector<PatientValue> patients;
  for (const auto& [patient, list] : values) patients.push_back({patient, mean(list)});
  return patients;
}

double mean_of(const std::vector<PatientValue>& patients) {
  std::vector<double> values;
  for (const PatientValue& patient : patients) values.push_back(patient.value);
  return mean(values);
}

/// The values of one pair, kept for the average over tasks.
struct PairPatients {
  std::vector<PatientValue> baseline, candidate;
};

using Family = std::tuple<std::string, std::string, std::string, std::string>;

Family family_of(const RunPair& pair) {
  return {pair.protocol, pair.metric.name, pair.baseline_model, pair.candidate_model};
}

void correct_over_tasks(std::vector<RunPair>& pairs) {
  std::map<Family, std::vector<Improvement*>> families;
  for (RunPair& pair : pairs) {
    if (pair.change) families[family_of(pair)].push_back(&*pair.change);
  }
  for (auto& [key, family] : families) correct_family(family);
}

/// In the order of the first pair of each family.
std::vector<RunAverage> averages_of(const std::vector<RunPair>& pairs,
                                    const std::vector<PairPatients>& patients,
                                    const BootstrapOptions& bootstrap) {
  std::map<Family, std::vector<size_t>> members;
  std::vector<Family> order;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].change) continue;
    std::vector<size_t>& family = members[family_of(pairs[i])];
    if (family.empty()) order.push_back(family_of(pairs[i]));
    family.push_back(i);
  }
  std::vector<RunAverage> averages;
  for (const Family& key : order) {
    const std::vector<size_t>& family = members[key];
    if (family.size() < 2) continue;
    const RunPair& first = pairs[family.front()];
    RunAverage& average = averages.emplace_back();
    average.baseline_model = first.baseline_model;
    average.candidate_model = first.candidate_model;
    average.protocol = first.protocol;
    average.metric = first.metric;
    std::vector<PairedValues> tasks;
    for (const size_t i : family) {
      tasks.push_back({&patients[i].candidate, &patients[i].baseline});
      average.baseline_mean += *pairs[i].baseline_mean / static_cast<double>(family.size());
      average.candidate_mean += *pairs[i].candidate_mean / static_cast<double>(family.size());
    }
    average.change = *compare_over_tasks(tasks, first.metric.direction, bootstrap);
    correct_family({&average.change});
  }
  return averages;
}

/// Tasks of the baseline that are asked for.
std::vector<const TaskRecord*> selected_tasks(const RunInput& baseline,
                                              const std::vector<std::string>& patterns) {
  std::vector<const TaskRecord*> tasks;
  std::vector<std::string> known;
  const auto matches = [](const std::string& pattern, const TaskRecord& task) {
    return fnmatch(pattern.c_str(), task.id.c_str(), 0) == 0;
  };
  for (const TaskRecord& task : baseline.results.tasks) {
    known.push_back(task.id);
    if (patterns.empty() ||
        std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return matches(p, task); }))
      tasks.push_back(&task);
  }
  for (const std::string& pattern : patterns) {
    if (std::none_of(tasks.begin(), tasks.end(), [&](const TaskRecord* t) { return matches(pattern, *t); }))
      throw usage_error(baseline.name, "the run has no task \"" + pattern + "\"",
                        did_you_mean(pattern, known));
  }
  return tasks;
}

bool asks_for(const std::string& text, const MetricKey& key) {
  return text == key.metric || text == key.protocol + "/" + key.metric;
}

std::vector<MetricKey> selected_metrics(const RunInput& baseline, const std::vector<std::string>& texts) {
  const std::vector<MetricKey> all = metrics_of(baseline.results);
  if (texts.empty()) return all;
  std::vector<MetricKey> chosen;
  for (const MetricKey& key : all) {
    if (std::any_of(texts.begin(), texts.end(), [&](const std::string& t) { return asks_for(t, key); }))
      chosen.push_back(key);
  }
  for (const std::string& text : texts) {
    if (std::any_of(all.begin(), all.end(), [&](const MetricKey& key) { return asks_for(text, key); }))
      continue;
    std::vector<std::string> known;
    for (const MetricKey& key : all) {
      for (const std::string& name : {key.metric, key.protocol + "/" + key.metric}) {
        if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
      }
    }
    throw usage_error(baseline.name, "the run measured no \"" + text + "\"", did_you_mean(text, known));
  }
  return chosen;
}

void check_comparable(const RunInput& baseline, const RunInput& candidate) {
  Json first = comparable_identity(baseline.results.identity),
       second = comparable_identity(candidate.results.identity);
  first.erase("protocols");
  second.erase("protocols");
  require_same_identity(first, baseline.name, second, candidate.name);
  require_same_tasks(baseline, candidate);
}

/// Of the models and tasks that are compared.
std::vector<WithoutValue> compared_without_value(const Results& baseline,
                                                 const std::vector<ModelKeys>& models,
                                                 const std::vector<const TaskRecord*>& tasks) {
  std::vector<WithoutValue> found = without_value(baseline);
  std::erase_if(found, [&](const WithoutValue& without) {
    const bool model = std::any_of(models.begin(), models.end(),
                                   [&](const ModelKeys& keys) { return keys.first == without.model; });
    const bool task = std::any_of(tasks.begin(), tasks.end(),
                                  [&](const TaskRecord* record) { return record->id == without.task; });
    return !model || !task;
  });
  return found;
}

/// What a report says of the two runs, about the models and tasks that are compared.
std::vector<std::string> remarks_of(const RunInput& baseline, const RunInput& candidate,
                                    const std::vector<ModelKeys>& models,
                                    const std::vector<const TaskRecord*>& tasks) {
  CasesOfRun before{&baseline, {}, {}}, after{&candidate, {}, {}};
  for (const auto& [old_model, new_model] : models) {
    before.models.push_back(old_model);
    after.models.push_back(new_model);
  }
  for (const TaskRecord* task : tasks) {
    before.tasks.push_back(task->id);
    after.tasks.push_back(task->id);
  }
  std::vector<std::string> remarks = remarks_on_builds({&baseline, &candidate});
  for (std::string& remark : remarks_on_cases({before, after})) remarks.push_back(std::move(remark));
  return remarks;
}

}  // namespace

std::string describe(const std::vector<WithoutValue>& without) {
  SB_CHECK(!without.empty(), "there is something to describe");
  constexpr size_t kNamed = 4;
  const WithoutValue& first = without.front();
  std::string text =
      fmt::format("model {}, task {}: 0 of {} case{} of the baseline {} a value", first.model, first.task,
                  first.cases, first.cases == 1 ? "" : "s", first.cases == 1 ? "has" : "have");
  for (size_t i = 1; i < std::min(without.size(), kNamed); ++i)
    text += fmt::format("{}{} on {}", i == 1 ? "; the same of " : ", ", without[i].model, without[i].task);
  return without.size() <= kNamed ? text : text + fmt::format(" and {} more", without.size() - kNamed);
}

std::vector<WithoutValue> without_value(const Results& results) {
  const Index index = index_of(results);
  std::vector<WithoutValue> found;
  for (const TaskRecord& task : results.tasks) {
    for (const ModelRecord& model : results.models) {
      const auto& records = records_in(index, model.key, task.id);
      bool has_value = false, could_have_one = false;
      for (const CaseRecord* record : records) {
        const bool failed = record->status == CaseStatus::kFailed;
        could_have_one = could_have_one || failed || !record->measures.empty();
        has_value =
            has_value || (!failed && std::any_of(record->measures.begin(), record->measures.end(),
                                                 [](const Measure& m) { return CaseValue{&m}.scored(); }));
      }
      if (could_have_one && !has_value)
        found.push_back({task.id, model.key, static_cast<int64_t>(records.size())});
    }
  }
  return found;
}

RunComparison compare_runs(const RunInput& baseline, const RunInput& candidate,
                           const CompareOptions& options) {
  check_results(baseline, options.protocols);
  check_results(candidate, options.protocols);
  check_comparable(baseline, candidate);
  check_same_cases(baseline, candidate);
  const std::vector<ModelKeys> models = model_pairs(baseline, candidate, options);
  const std::vector<const TaskRecord*> tasks = selected_tasks(baseline, options.tasks);
  const std::vector<MetricKey> keys = selected_metrics(baseline, options.metrics);
  std::vector<MeasuredMetric> measured;
  for (const MetricKey& key : keys) measured.push_back({key.protocol, key.metric});
  require_known(options.margins, measured, "margin");
  const Index old_index = index_of(baseline.results), new_index = index_of(candidate.results);
  RunComparison comparison{baseline.name, candidate.name, {}, {}, options.bootstrap, {}, {}, {}};
  comparison.without_value = compared_without_value(baseline.results, models, tasks);
  comparison.remarks = remarks_of(baseline, candidate, models, tasks);
  std::vector<PairPatients> patients;
  for (const MetricKey& key : keys) {
    const Protocol* protocol = options.protocols.find(key.protocol);
    const MetricInfo* info = find_metric(options.protocols, key.protocol, key.metric);
    if (info == nullptr) {
      throw usage_error(baseline.name,
                        "this program does not know the metric " + key.metric + " under " + key.protocol,
                        "compare with the version of the program that made the runs");
    }
    for (const auto& [old_model, new_model] : models) {
      for (const TaskRecord* task : tasks) {
        const auto& old_records = records_in(old_index, old_model, task->id);
        if (!measures(old_records, key)) continue;
        const auto& new_records = records_in(new_index, new_model, task->id);
        RunPair pair;
        pair.task = task->id;
        pair.baseline_model = old_model;
        pair.candidate_model = new_model;
        pair.protocol = key.protocol;
        pair.metric = *info;
        pair.planned = task->cases;
        pair.counted = protocol->info.dimensions == 3 ? "voxel" : counted_in(protocol->info);
        pair.measured = measures(new_records, key) || all_failed(new_records);
        const std::set<std::string> both =
            sort_cases(pair, values_by_case(old_records, key), values_by_case(new_records, key),
                       protocol->info.dimensions == 2);
        PairPatients& values = patients.emplace_back();
        if (!both.empty()) {
          values.baseline = patients_of(old_records, key, both);
          values.candidate = patients_of(new_records, key, both);
          pair.baseline_mean = mean_of(values.baseline);
          pair.candidate_mean = mean_of(values.candidate);
          pair.change =
              compare_patients(values.candidate, values.baseline, info->direction, options.bootstrap);
        }
        comparison.pairs.push_back(std::move(pair));
      }
    }
  }
  correct_over_tasks(comparison.pairs);
  comparison.averages = averages_of(comparison.pairs, patients, options.bootstrap);
  for (RunPair& pair : comparison.pairs) {
    const auto margin = find_tolerance(options.margins, pair.protocol, pair.metric.name);
    if (margin && pair.change) add_equivalence(*pair.change, *margin);
  }
  for (RunAverage& average : comparison.averages) {
    if (const auto margin = find_tolerance(options.margins, average.protocol, average.metric.name))
      add_equivalence(average.change, *margin);
  }
  const std::vector<MetricKey> all = metrics_of(baseline.results);
  for (const MetricKey& key : metrics_of(candidate.results)) {
    const auto is_key = [&](const MetricKey& k) {
      return k.protocol == key.protocol && k.metric == key.metric;
    };
    if (std::none_of(all.begin(), all.end(), is_key))
      comparison.new_measures.push_back(key.protocol + " " + key.metric);
  }
  return comparison;
}

}  // namespace synerbench
