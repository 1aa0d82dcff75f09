#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/progress.h"
#include "reports/numbers/summaries.h"

namespace synerbench {

namespace detail {

namespace {

/// Why a case has no value, or nothing when it has one.
std::optional<std::string> reason_without_value(const CaseRecord& record, const Measure* measure) {
  if (record.status == CaseStatus::kFailed)
    return record.reason.empty() ? std::string("failed") : record.reason;
  if (measure == nullptr) return "not measured";
  if (!measure->value)
    return "undefined: " + (measure->undefined.empty() ? std::string("no reason given") : measure->undefined);
  return std::nullopt;
}

/// Cases that every model of the task scored and for which none has a value: see Note [Ranking].
std::set<std::string> undefined_for_all(const TaskCases& cases, const std::string& protocol,
                                        const std::string& metric) {
  std::map<std::string, size_t> count;
  for (const auto& records : cases) {
    for (const CaseRecord* record : records) {
      const Measure* measure = find_measure(*record, protocol, metric);
      if (record->status == CaseStatus::kScored && measure != nullptr && !measure->value)
        ++count[record->scan.text()];
    }
  }
  std::set<std::string> all;
  for (const auto& [id, models] : count) {
    if (models == cases.size()) all.insert(id);
  }
  return all;
}

void add_values(Summary& summary, std::vector<std::pair<std::string, double>> values, Direction direction) {
  if (values.empty()) return;
  std::stable_sort(values.begin(), values.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < values.size();) {
    size_t end = i;
    double sum = 0;
    while (end < values.size() && values[end].first == values[i].first) sum += values[end++].second;
    summary.patients.push_back({values[i].first, sum / static_cast<double>(end - i)});
    i = end;
  }
  std::vector<double> numbers;
  for (const PatientValue& patient : summary.patients) numbers.push_back(patient.value);
  summary.mean = mean(numbers);
  summary.sd = standard_deviation(numbers, 1);
  summary.median = quantile(numbers, 0.5);
  summary.lower_quartile = quantile(numbers, 0.25);
  summary.upper_quartile = quantile(numbers, 0.75);
  const PatientValue* worst = &summary.patients.front();
  for (const PatientValue& patient : summary.patients) {
    if (is_better(worst->value, patient.value, direction)) worst = &patient;
  }
  summary.worst = worst->value;
  summary.worst_patient = worst->patient;
}

}  // namespace

std::vector<Summary> summarize(const TaskRecord& task, const TaskCases& cases, const std::string& protocol,
                               const MetricInfo& metric) {
  const std::set<std::string> excused = undefined_for_all(cases, protocol, metric.name);
  std::vector<Summary> summaries;
  for (const auto& records : cases) {
    Summary& summary = summaries.emplace_back();
    summary.planned = task.cases;
    summary.missing = task.cases - static_cast<int64_t>(records.size());
    std::vector<std::pair<std::string, double>> values;
    std::map<std::string, int64_t> reasons;
    int64_t held_against = summary.missing;
    for (const CaseRecord* record : records) {
      const Measure* measure = find_measure(*record, protocol, metric.name);
      const auto reason = reason_without_value(*record, measure);
      if (!reason) {
        ++summary.scored;
        summary.undefined_slices += measure->undefined_count;
        values.emplace_back(record->scan.patient, *measure->value);
        continue;
      }
      ++reasons[*reason];
      ++(record->status == CaseStatus::kFailed ? summary.failed : summary.undefined);
      if (!excused.contains(record->scan.text())) ++held_against;
    }
    if (summary.missing > 0) reasons["no record"] += summary.missing;
    summary.reasons.assign(reasons.begin(), reasons.end());
    std::stable_sort(summary.reasons.begin(), summary.reasons.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    summary.complete = held_against == 0 && summary.scored > 0;
    add_values(summary, std::move(values), metric.direction);
  }
  return summaries;
}

void add_interval(Summary& summary, const MetricInfo& metric, const BootstrapOptions& options) {
  throw_if_interrupted();  // it may take long
  summary.interval = within_bounds(interval_over_tasks({&summary.patients}, options), metric);
}

std::optional<Interval> within_bounds(std::optional<Interval> interval, const MetricInfo& metric) {
  if (!interval) return interval;
  return Interval{std::max(interval->low, metric.lower), std::min(interval->high, metric.upper)};
}

}  // namespace detail
}  // namespace synerbench
