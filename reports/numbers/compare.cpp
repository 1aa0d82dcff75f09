#include "reports/numbers/compare.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/error.h"

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

using ModelPair = std::pair<std::string, std::string>;  // keys in baseline and candidate

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

std::vector<ModelPair> model_pairs(const RunInput& baseline, const RunInput& candidate,
                                   const CompareOptions& options) {
  if (options.baseline_model.empty() != options.candidate_model.empty()) {
    throw usage_error("compare", "one model is named", "name the baseline's and the candidate's, or neither");
  }
  if (!options.baseline_model.empty()) {
    require_model(baseline, options.baseline_model);
    require_model(candidate, options.candidate_model);
    return {{options.baseline_model, options.candidate_model}};
  }
  std::vector<ModelPair> pairs;
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

std::set<std::string> cases_with_value(const std::vector<const CaseRecord*>& records, const MetricKey& key) {
  std::set<std::string> ids;
  for (const CaseRecord* record : records) {
    const Measure* measure = find_measure(*record, key.protocol, key.metric);
    if (record->status == CaseStatus::kScored && measure != nullptr && measure->value)
      ids.insert(record->scan.text());
  }
  return ids;
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

void correct_over_tasks(std::vector<RunPair>& pairs) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::vector<Improvement*>>
      families;
  for (RunPair& pair : pairs) {
    if (!pair.change || !pair.change->p) continue;
    families[{pair.protocol, pair.metric.name, pair.baseline_model, pair.candidate_model}].push_back(
        &*pair.change);
  }
  for (auto& [key, family] : families) {
    std::vector<double> p;
    for (const Improvement* change : family) p.push_back(*change->p);
    const std::vector<double> corrected = holm(p);
    for (size_t i = 0; i < family.size(); ++i) family[i]->p_holm = corrected[i];
  }
}

void check_comparable(const RunInput& baseline, const RunInput& candidate) {
  Json first = comparable_identity(baseline.results.identity),
       second = comparable_identity(candidate.results.identity);
  first.erase("protocols");
  second.erase("protocols");
  require_same_identity(first, baseline.name, second, candidate.name);
  require_same_tasks(baseline, candidate);
}

}  // namespace

RunComparison compare_runs(const RunInput& baseline, const RunInput& candidate,
                           const CompareOptions& options) {
  check_comparable(baseline, candidate);
  const std::vector<ModelPair> models = model_pairs(baseline, candidate, options);
  const Index old_index = index_of(baseline.results), new_index = index_of(candidate.results);
  RunComparison comparison{baseline.name, candidate.name, {}, {}};
  std::set<MetricKey> known;
  for (const MetricKey& key : metrics_of(baseline.results)) {
    known.insert(key);
    const MetricInfo* info = find_metric(options.protocols, key.protocol, key.metric);
    if (info == nullptr) {
      throw usage_error(baseline.name,
                        "this program does not know the metric " + key.metric + " under " + key.protocol,
                        "compare with the version of the program that made the runs");
    }
    for (const auto& [old_model, new_model] : models) {
      for (const TaskRecord& task : baseline.results.tasks) {
        const auto& old_records = records_in(old_index, old_model, task.id);
        if (!measures(old_records, key)) continue;
        const auto& new_records = records_in(new_index, new_model, task.id);
        RunPair pair;
        pair.task = task.id;
        pair.baseline_model = old_model;
        pair.candidate_model = new_model;
        pair.protocol = key.protocol;
        pair.metric = *info;
        pair.measured = measures(new_records, key) || all_failed(new_records);
        const std::set<std::string> old_ids = cases_with_value(old_records, key),
                                    new_ids = cases_with_value(new_records, key);
        pair.baseline_scored = static_cast<int64_t>(old_ids.size());
        pair.candidate_scored = static_cast<int64_t>(new_ids.size());
        std::set<std::string> both;
        std::set_difference(old_ids.begin(), old_ids.end(), new_ids.begin(), new_ids.end(),
                            std::back_inserter(pair.lost));
        std::set_intersection(old_ids.begin(), old_ids.end(), new_ids.begin(), new_ids.end(),
                              std::inserter(both, both.end()));
        if (!both.empty()) {
          const auto old_patients = patients_of(old_records, key, both),
                     new_patients = patients_of(new_records, key, both);
          pair.baseline_mean = mean_of(old_patients);
          pair.candidate_mean = mean_of(new_patients);
          pair.change = compare_patients(new_patients, old_patients, info->direction, options.bootstrap);
        }
        comparison.pairs.push_back(std::move(pair));
      }
    }
  }
  correct_over_tasks(comparison.pairs);
  for (const MetricKey& key : metrics_of(candidate.results)) {
    if (!known.contains(key)) comparison.new_measures.push_back(key.protocol + " " + key.metric);
  }
  return comparison;
}

}  // namespace synerbench
