// Does the order of the models depend on the metric? Each metric against the leaderboard's own, on the same
// tasks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "reports/numbers/leaderboard.h"

namespace synerbench {

/// One metric against the main one, over the tasks that both have and the models that are complete in all of
/// them under both.
struct MetricAgreement {
  size_t metric = 0;  // index into Leaderboard::metrics
  int64_t tasks = 0;
  // Kendall's tau-b of the models' mean values over these tasks, each in its better direction: 1 is the same
  // order, -1 the reverse. Nothing for fewer than two models, or when all are equal under one of the metrics.
  std::optional<double> tau;
  std::vector<size_t> best, best_by_main;  // model indices; several: equal means
  int64_t other_winners = 0;               // tasks whose best models are not the same
  // The model whose rank moves most, and its ranks; the first of equals in the order of the models. Nothing
  // when no rank moves.
  struct Move {
    size_t model = 0;
    int rank_by_main = 0, rank = 0;
  };
  std::optional<Move> largest_move;
};

/// One entry per metric but the main one that shares a task with it and has two models to order.
std::vector<MetricAgreement> metric_agreements(const Leaderboard& board);

/// Kendall's tau-b of two lists of equal length. Nothing for fewer than two values, or when a list is
/// constant. std::invalid_argument: lengths that differ.
std::optional<double> kendall_tau(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace synerbench
