// Source, prediction, target and error map of the best, the median and the worst case of a model in a task.
//
// Note [Panel scales] Prediction and target share one gray scale, in the target's unit: see Note [Windows].
// The error map is prediction - target in that unit, on a symmetric scale that all models of a task share, so
// that two figures of one task can be compared by eye. Its end is the 99.5th percentile of the absolute
// errors inside the masks of all cases shown, rounded up to a short number; larger errors saturate. Pixels
// keep the shape that their spacing gives them, in every row its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/numbers/case_values.h"
#include "reports/numbers/leaderboard.h"
#include "reports/pictures/plots.h"

namespace synerbench {

/// The panels of one task, one per model that has any, in the leaderboard's order. Their scripts read the
/// run's own panel files (no copies); `folder` is where the scripts will lie. `window`: see display_of().
/// Error(kBadInput) when a panel file is damaged.
struct TaskPanels {
  size_t task = 0;
  struct Entry {
    size_t model = 0;
    Plot plot;
  };
  std::vector<Entry> entries;
};
TaskPanels make_panels(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task,
                       const std::filesystem::path& folder, const std::string& window = "auto");

}  // namespace synerbench
