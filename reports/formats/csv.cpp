#include "reports/formats/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/formats/detail/csv_table.h"
#include "reports/formats/format.h"

namespace synerbench {

std::vector<CsvFile> csv_dictionary() {
  std::vector<CsvFile> files;
  for (auto part : {csv::task_tables(), csv::model_tables(), csv::history_tables()})
    files.insert(files.end(), part.begin(), part.end());
  return files;
}

std::string csv_dictionary_text() {
  std::string text;
  for (const CsvFile& file : csv_dictionary()) {
    text += fmt::format("## {}\n\nA row per {}.\n\n| column | unit | meaning |\n| --- | --- | --- |\n",
                        file.name, file.rows);
    for (const CsvColumn& column : file.columns)
      text += fmt::format("| `{}` | {} | {} |\n", column.name, column.unit, column.meaning);
    text += "\n";
  }
  return text;
}

ReportFormat csv_format() {
  return {
      "csv", "the numbers for spreadsheets and statistics, down to every case",
      [](const ReportContent& content) {
        const Leaderboard& board = content.board;
        std::vector<ReportFile> files{{"leaderboard.csv", leaderboard_csv(board)},
                                      {"averages.csv", averages_csv(board)},
                                      {"cases.csv", cases_csv(board)}};
        if (!board.main().pairs.empty()) files.push_back({"pairs.csv", pairs_csv(board)});
        const auto& models = board.models();
        if (std::any_of(models.begin(), models.end(), [](const auto& m) { return m.training.has_value(); })) {
          files.push_back({"training.csv", training_csv(board)});
          files.push_back({"seeds.csv", seeds_csv(board)});
        }
        return files;
      },
      [](const HistoryContent& content) -> std::vector<ReportFile> {
        return {{"history.csv", history_csv(content.history)}, {"steps.csv", steps_csv(content.history)}};
      }};
}

}  // namespace synerbench
