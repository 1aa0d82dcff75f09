// The numbers of a report as CSV: nothing rounded, one row per figure.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/history.h"
#include "reports/numbers/leaderboard.h"

namespace synerbench {

/// What a column holds.
struct CsvColumn {
  std::string name, unit, meaning;
};
struct CsvFile {
  std::string name;  // "cases.csv"
  std::string rows;  // what there is a row of
  std::vector<CsvColumn> columns;
};
/// Every file and column that is written: the data dictionary.
std::vector<CsvFile> csv_dictionary();
/// The same in Markdown, as docs/csv.md holds it.
std::string csv_dictionary_text();

/// leaderboard.csv: a row per protocol, metric, task and model. Empty field: no such value.
std::string leaderboard_csv(const Leaderboard& board);
/// averages.csv: a row per protocol, metric, group of tasks and model.
std::string averages_csv(const Leaderboard& board);
/// pairs.csv: a row per pair of models and task or average, where all pairs were asked for.
std::string pairs_csv(const Leaderboard& board);
/// training.csv: a row per model that says how it was trained.
std::string training_csv(const Leaderboard& board);
/// seeds.csv: a row per protocol, metric, task (or "all") and method that was trained from several seeds.
std::string seeds_csv(const Leaderboard& board);
/// cases.csv: a row per case and measure, so that anyone can redo the statistics.
std::string cases_csv(const Leaderboard& board);
/// history.csv: a row per model, task (or "all") and run.
std::string history_csv(const History& history);
/// steps.csv: a row per model, task (or "all") and pair of runs that was looked at, whatever the verdict.
std::string steps_csv(const History& history);

}  // namespace synerbench
