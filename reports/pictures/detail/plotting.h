// What the plots have in common. For reports/pictures only.
#pragma once

#include <string>

#include "reports/numbers/leaderboard.h"
#include "reports/pictures/plots.h"

namespace synerbench::detail {

/// A text of ours or of a stranger, quoted for a script: anywhere, and as a tic label.
std::string gp_text(const std::string& text);
std::string gp_tic(const std::string& text);
/// "CBCT → CT" below "brain", quoted as a tic label.
std::string gp_task_tic(const TaskRecord& task);

/// "SSIM ↑, synermed-2d@1"
std::string axis_title(const MetricBoard& metric);
/// `linecolor "..." pointtype n`
std::string look_text(const Look& look);
/// "0.65", "12": a tick without needless zeros.
std::string tick_text(double tick);

/// Border, tics and grid as all plots with axes have them.
inline constexpr const char* kAxes =
    "set border 3 linecolor \"#444444\"\nset tics nomirror out\nset grid ytics linetype 1 linecolor "
    "\"#e3e3e3\" linewidth 1\n";

/// Least and largest of what was added.
struct Span {
  double low = 0, high = 0;
  bool any = false;
  void add(double v);
  void add(const Summary& summary);  // its mean and its interval
};

/// What a plot draws of a method in a task or an average: the mean over its seeds. A single model has its
/// interval in `low` and `high`, several seeds their least and most.
struct MethodMark {
  SeedGroup method;
  std::optional<double> mean;  // nothing when one of its models has none
  double low = 0, high = 0;    // interval; the mean itself without one
  double least = 0, most = 0;  // of the seeds
  bool complete = false;
};
MethodMark mark_of(const SeedGroup& method, const TaskBoard& task);
MethodMark mark_of(const SeedGroup& method, const AverageBoard& average);
/// All methods that have a mean there: complete ones first, best first. The rest behind.
std::vector<MethodMark> method_marks(const Leaderboard& board, const MetricBoard& metric,
                                     const AverageBoard& average);

}  // namespace synerbench::detail
