// The tables of a report, as data. How they are printed is in reports/formats.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"
#include "reports/words/table.h"

namespace synerbench {

/// Models x averages (groups of the suite and all tasks), with coverage, parameters, network evaluations and
/// time.
Table averages_table(const Leaderboard& board, const MetricBoard& metric);

/// Tasks x models: the means, the best trivial model, and what a paper says about its own model.
Table overview_table(const Leaderboard& board, const MetricBoard& metric);

/// One task in full: a row per model in the leaderboard's order.
Table task_table(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task);

/// The other metrics of one task: models x metrics, mean and SD.
Table other_metrics_table(const Leaderboard& board, size_t task);

/// Tasks and averages x models: improvement over the baseline on the patients that both have.
Table baseline_table(const Leaderboard& board, const MetricBoard& metric);

/// Learned models x averages: gain over the best trivial model, with interval and p. No rows without one.
Table average_gains_table(const Leaderboard& board, const MetricBoard& metric);

/// Other metrics x what changes in the order of the models when they rank instead of the main one. No rows
/// for fewer than two models or a single metric.
Table agreement_table(const Leaderboard& board);

/// Pairs of models x averages; no rows unless they were asked for.
Table pairs_table(const Leaderboard& board, const MetricBoard& metric);

/// Learned models: what one training covers, pairs, budget, updates, slices, seed. No rows when no model says
/// how it was trained.
Table training_table(const Leaderboard& board);

/// Methods that were trained from several seeds: mean and SD over them, by task. No rows when there are none.
Table seeds_table(const Leaderboard& board, const MetricBoard& metric);

/// The worst case of every task: see worst_cases(). No rows when nothing has a value.
Table worst_cases_table(const Leaderboard& board, const MetricBoard& metric);

/// What could not be scored, and why; no rows when everything was.
Table failures_table(const Leaderboard& board, const MetricBoard& metric);

/// By group of cases (center, scanner, ...) where a task has several: models x groups, means. No rows
/// otherwise.
Table strata_table(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task);

/// Figures of one table of a paper, as printed.
Table published_table(const Published& published, const PublishedTable& table);

/// "Mean image, Linear regression": the models that the best trivial ones are chosen from; "none" when there
/// is none.
std::string trivial_models(const Leaderboard& board);

/// "SSIM ↑", "MAE (HU) ↓".
std::string title_of(const MetricInfo& metric);

}  // namespace synerbench
