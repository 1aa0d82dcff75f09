// Draws everything a report shows in pictures, as far as there is something to draw and to draw it with.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/document.h"
#include "reports/leaderboard.h"
#include "reports/report.h"

namespace synerbench {

/// Draws into out/plots and out/panels and appends every file to `files` (relative to `out`). What is left out, and why, is
/// appended to `remarks`.
Pictures draw_pictures(const Leaderboard& board, const PictureOptions& options,
                       const std::filesystem::path& out, std::vector<std::filesystem::path>& files,
                       std::vector<std::string>& remarks);

}  // namespace synerbench
