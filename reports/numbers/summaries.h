// The steps of make_leaderboard(). For reports/numbers only.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"

namespace synerbench::detail {

/// The records of one task, by model: records[model] in the order of cases.
using TaskCases = std::vector<std::vector<const CaseRecord*>>;

/// Summaries of all models in one task under one metric, without intervals.
std::vector<Summary> summarize(const TaskRecord& task, const TaskCases& cases, const std::string& protocol,
                               const MetricInfo& metric);

/// Fills in `interval` where there are two patients or more.
void add_interval(Summary& summary, const MetricInfo& metric, const BootstrapOptions& options);

/// A mean of values lies within the metric's bounds; so does its interval.
std::optional<Interval> within_bounds(std::optional<Interval> interval, const MetricInfo& metric);

/// Sorts by Note [Ranking] and sets the ranks. Row needs `model`, `rank`; `mean_of(row)` is an
/// optional<double>, `complete(row)` a bool.
template <class Row, class MeanOf, class Complete>
void rank_rows(std::vector<Row>& rows, Direction direction, MeanOf mean_of, Complete complete) {
  const auto tier = [&](const Row& row) { return !mean_of(row).has_value() ? 2 : complete(row) ? 0 : 1; };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (tier(a) != tier(b)) return tier(a) < tier(b);
    if (tier(a) == 2) return false;
    return is_better(*mean_of(a), *mean_of(b), direction);
  });
  for (size_t i = 0; i < rows.size(); ++i) {
    if (tier(rows[i]) != 0) break;
    const bool tied = i > 0 && *mean_of(rows[i]) == *mean_of(rows[i - 1]);
    rows[i].rank = tied ? rows[i - 1].rank : std::optional<int>(static_cast<int>(i) + 1);
  }
}

/// The averages of one metric over the given tasks, for all models; see Note [Patients over tasks].
AverageBoard average_over(const Leaderboard& board, const MetricBoard& metric, const std::string& group,
                          const std::vector<size_t>& tasks);

/// A model against another over those of the metric's tasks that are in `tasks`.
std::optional<Improvement> compare_models(const Leaderboard& board, const MetricBoard& metric,
                                          const std::vector<size_t>& tasks, size_t model, size_t other);

}  // namespace synerbench::detail
