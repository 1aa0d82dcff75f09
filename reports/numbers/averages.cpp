// See Note [Patients over tasks] in improvement.h.
#include <algorithm>

#include "harness/core/error.h"
#include "reports/numbers/summaries.h"

namespace synerbench {

const TaskRow& TaskBoard::row_of(size_t model) const {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const TaskRow& r) { return r.model == model; });
  SB_CHECK(row != rows.end(), "every model has a row in every task");
  return *row;
}

const AverageRow& AverageBoard::row_of(size_t model) const {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const AverageRow& r) { return r.model == model; });
  SB_CHECK(row != rows.end(), "every model has a row in every average");
  return *row;
}

namespace detail {
namespace {

std::vector<const TaskBoard*> members_of(const MetricBoard& metric, const std::vector<size_t>& tasks) {
  std::vector<const TaskBoard*> members;
  for (const TaskBoard& board : metric.tasks) {
    if (std::find(tasks.begin(), tasks.end(), board.task) != tasks.end()) members.push_back(&board);
  }
  return members;
}

AverageRow average_of(size_t model, const std::vector<const TaskBoard*>& members, size_t tasks,
                      const MetricInfo& metric, const BootstrapOptions& options) {
  AverageRow row;
  row.model = model;
  row.complete = members.size() == tasks;
  double sum = 0;
  std::vector<const std::vector<PatientValue>*> patients;
  for (const TaskBoard* board : members) {
    const Summary& summary = board->row_of(model).summary;
    row.planned += summary.planned;
    row.scored += summary.scored;
    row.complete = row.complete && summary.complete;
    if (!summary.mean) continue;
    ++row.tasks;
    sum += *summary.mean;
    patients.push_back(&summary.patients);
  }
  if (row.tasks == 0) return row;
  row.mean = sum / static_cast<double>(row.tasks);
  row.interval = within_bounds(interval_over_tasks(patients, options), metric);
  return row;
}

}  // namespace

std::optional<Improvement> compare_models(const Leaderboard& board, const MetricBoard& metric,
                                          const std::vector<size_t>& tasks, size_t model, size_t other) {
  std::vector<PairedValues> pairs;
  for (const TaskBoard* task : members_of(metric, tasks))
    pairs.push_back({&task->row_of(model).summary.patients, &task->row_of(other).summary.patients});
  return compare_over_tasks(pairs, metric.metric.direction, board.bootstrap);
}

AverageBoard average_over(const Leaderboard& board, const MetricBoard& metric, const std::string& group,
                          const std::vector<size_t>& tasks) {
  const std::vector<const TaskBoard*> members = members_of(metric, tasks);
  AverageBoard average{group, tasks, {}, std::nullopt};
  for (size_t model = 0; model < board.models().size(); ++model)
    average.rows.push_back(average_of(model, members, tasks.size(), metric.metric, board.bootstrap));
  rank_rows(
      average.rows, metric.metric.direction, [](const AverageRow& r) { return r.mean; },
      [](const AverageRow& r) { return r.complete; });
  for (const AverageRow& row : average.rows) {
    if (!board.models()[row.model].trivial || !row.mean) continue;
    average.best_trivial = row.model;
    break;
  }
  for (AverageRow& row : average.rows) {
    if (average.best_trivial && !board.models()[row.model].trivial)
      row.over_best_trivial = compare_models(board, metric, tasks, row.model, *average.best_trivial);
    if (board.baseline && row.model != *board.baseline)
      row.over_baseline = compare_models(board, metric, tasks, row.model, *board.baseline);
  }
  return average;
}

}  // namespace detail
}  // namespace synerbench
