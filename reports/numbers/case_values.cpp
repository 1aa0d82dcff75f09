#include "reports/numbers/case_values.h"

#include <algorithm>

#include "harness/run/journal.h"
#include "reports/numbers/summaries.h"

namespace synerbench {
namespace {

size_t model_of(const Leaderboard& board, const std::string& key) {
  const auto& models = board.models();
  const auto at = std::find_if(models.begin(), models.end(),
                               [&](const ReportedModel& model) { return model.key == key; });
  return static_cast<size_t>(at - models.begin());
}

}  // namespace

CaseIndex::CaseIndex(const Leaderboard& board) {
  std::map<std::string, size_t> tasks, models;
  for (size_t t = 0; t < board.tasks().size(); ++t) tasks[board.tasks()[t].id] = t;
  for (size_t m = 0; m < board.models().size(); ++m) models[board.models()[m].key] = m;
  records_.assign(tasks.size(), std::vector<std::vector<const CaseRecord*>>(models.size()));
  for (const CaseRecord& record : board.runs.cases) {
    const auto task = tasks.find(record.task);
    const auto model = models.find(record.model);
    if (task != tasks.end() && model != models.end())
      records_[task->second][model->second].push_back(&record);
  }
}

std::vector<CaseValue> CaseIndex::best_first(size_t task, size_t model, const MetricBoard& metric) const {
  std::vector<CaseValue> values;
  for (const CaseRecord* record : records_.at(task).at(model)) {
    const Measure* measure = find_measure(*record, metric.protocol.id, metric.metric.name);
    if (measure != nullptr && measure->value) values.push_back({record, *measure->value});
  }
  std::stable_sort(values.begin(), values.end(), [&](const CaseValue& a, const CaseValue& b) {
    return is_better(a.value, b.value, metric.metric.direction);
  });
  return values;
}

std::vector<std::pair<size_t, std::string>> shown_cases(size_t n) {
  if (n == 0) return {};
  if (n == 1) return {{0, "only case"}};
  if (n == 2) return {{0, "best"}, {1, "worst"}};
  return {{0, "best"}, {(n - 1) / 2, "median"}, {n - 1, "worst"}};
}

ItemKey key_in_run(const Leaderboard& board, const CaseRecord& record) {
  ItemKey key = record;
  const size_t model = model_of(board, record.model);
  if (model < board.models().size()) key.model = board.models()[model].run_key;
  return key;
}

std::optional<double> kept_slice_value(const Leaderboard& board, const CaseRecord& record,
                                       const MetricBoard& metric) {
  return slice_value(board, record, metric, record.panel_slice);
}

std::optional<double> slice_value(const Leaderboard& board, const CaseRecord& record,
                                  const MetricBoard& metric, int64_t wanted) {
  const size_t model = model_of(board, record.model);
  if (model == board.models().size() || wanted < 0) return {};
  const RunInput& run = board.runs.runs[board.models()[model].run];
  const ItemKey key = key_in_run(board, record);
  if (!run.journal || run.journal->state(key) != Journal::State::kScored) return {};
  for (const SliceScore& slice : run.journal->read(key).slices) {
    if (slice.slice != wanted) continue;
    for (const Measure& measure : slice.measures) {
      if (measure.protocol == metric.protocol.id && measure.metric == metric.metric.name)
        return measure.value;
    }
  }
  return {};
}

std::vector<WorstCase> worst_cases(const Leaderboard& board, const MetricBoard& metric,
                                   const CaseIndex& index) {
  const bool any_learned = std::any_of(board.models().begin(), board.models().end(),
                                       [](const ReportedModel& model) { return !model.trivial; });
  std::vector<WorstCase> worst;
  for (const TaskBoard& task : metric.tasks) {
    std::optional<WorstCase> found;
    for (size_t model = 0; model < board.models().size(); ++model) {
      if (any_learned && board.models()[model].trivial) continue;
      const auto values = index.best_first(task.task, model, metric);
      if (values.empty()) continue;
      if (!found || is_better(found->value.value, values.back().value, metric.metric.direction))
        found = WorstCase{task.task, model, values.back()};
    }
    if (found) worst.push_back(*found);
  }
  return worst;
}

}  // namespace synerbench
