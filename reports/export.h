// The numbers of a report for other programs: nothing rounded, one row or object per figure.
#pragma once

#include <string>

#include "harness/core/json.h"
#include "reports/leaderboard.h"

namespace synerbench {

/// SHA-256 over task, case and patient of everything planned, in order: two reports with one hash are about the same cases.
std::string case_list_hash(const Leaderboard& board);

/// leaderboard.csv: a row per protocol, metric, task and model. Empty field: no such value.
std::string leaderboard_csv(const Leaderboard& board);
/// averages.csv: a row per protocol, metric, group of tasks and model.
std::string averages_csv(const Leaderboard& board);
/// training.csv: a row per model that says how it was trained.
std::string training_csv(const Leaderboard& board);
/// seeds.csv: a row per protocol, metric, task (or "all") and method that was trained from several seeds.
std::string seeds_csv(const Leaderboard& board);
/// cases.csv: a row per case and measure, so that anyone can redo the statistics.
std::string cases_csv(const Leaderboard& board);

Json to_json(const Improvement& improvement);

/// Schema synerbench/leaderboard: everything above but the single cases, with metric descriptions, identity and sources.
Json to_json(const Leaderboard& board, const std::string& title);

}  // namespace synerbench
