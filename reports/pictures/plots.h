// The plots of a report, as drawings for gnuplot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/numbers/history.h"
#include "reports/numbers/leaderboard.h"
#include "reports/pictures/gnuplot.h"

namespace synerbench {

struct Plot {
  Drawing drawing;
  std::string alt, caption;
};

/// How a model looks in every plot: the seeds of a method alike. Up to 20 learned methods have a color of
/// their own each, the first seven in colors that people with any color vision can tell apart (Okabe and Ito
/// 2008), and a shape; trivial ones are gray.
struct Look {
  std::string color;  // "#0072B2"
  int point = 7;      // gnuplot's point type, filled
};
std::vector<Look> looks_of(const std::vector<ReportedModel>& models);

/// Means with intervals, a block of bars per task, a row per group of the suite. Bars start at zero. Nothing
/// when no task has a value.
std::optional<Plot> bars_plot(const Leaderboard& board, const MetricBoard& metric);

/// Averages over the groups of tasks and all tasks: a row per method with interval, or with the spread of its
/// seeds. Nothing when none has a value.
std::optional<Plot> dots_plot(const Leaderboard& board, const MetricBoard& metric);

/// Methods x tasks: ranks, as a heat map. Nothing for a single method.
std::optional<Plot> ranks_plot(const Leaderboard& board, const MetricBoard& metric);

/// The critical-difference diagram of Demšar 2006: see Note [Ranks over tasks]. Nothing for fewer than three
/// complete methods or five tasks.
std::optional<Plot> difference_plot(const Leaderboard& board, const MetricBoard& metric);

/// SSIM against MAE of the main protocol, a point per task and method. Nothing where it has not both.
std::optional<Plot> calibration_plot(const Leaderboard& board);

/// Bars and radar are for as many methods as a reader can tell apart side by side.
inline constexpr size_t kMostMethodsInBars = 8;

/// One axis per task, better is further out. Tasks without a value leave a gap in a model's line. Trivial
/// models appear as one line, the best of each task. Nothing for fewer than three tasks or without a value.
std::optional<Plot> radar_plot(const Leaderboard& board, const MetricBoard& metric);

/// Average over all tasks against seconds per slice, logarithmic. Nothing when no model has a time.
std::optional<Plot> time_plot(const Leaderboard& board, const MetricBoard& metric);

/// Patients of one task, a box per model in the leaderboard's order. Nothing when no model has a value.
std::optional<Plot> box_plot(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task);

/// The values of a task (or of "all", the average) over the runs of a history, a line per model. Nothing
/// without a value.
std::optional<Plot> history_plot(const History& history, const std::string& task);

/// Ticks at 1, 2 or 5 times a power of ten that cover [low, high]; the first is <= low, the last >= high.
/// About `count`.
std::vector<double> nice_ticks(double low, double high, int count);

}  // namespace synerbench
