// Draws everything a report shows in pictures, as far as there is something to draw and to draw it with.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/numbers/history.h"
#include "reports/numbers/leaderboard.h"
#include "reports/words/document.h"

namespace synerbench {

/// What a report shows in pictures.
struct PictureOptions {
  bool plots = true;  // bars, box plots, radar, score against time; needs gnuplot
  // Source, prediction, target and error of the best, the median and the worst case; needs gnuplot and
  // panels/.
  bool panels = true;
  std::string gnuplot = "gnuplot";  // the program
  std::string window = "auto";      // of CT in panels: see display_of()
};

/// Draws into out/plots and out/panels and appends every file to `files` (relative to `out`). What is left
/// out, and why, is appended to `remarks`.
Pictures draw_pictures(const Leaderboard& board, const PictureOptions& options,
                       const std::filesystem::path& out, std::vector<std::filesystem::path>& files,
                       std::vector<std::string>& remarks);

/// The plots of a history, into out/plots: of the average and of every task.
Pictures draw_history(const History& history, const std::string& gnuplot, const std::filesystem::path& out,
                      std::vector<std::filesystem::path>& files, std::vector<std::string>& remarks);

}  // namespace synerbench
