// The data dictionary: every column that is written is described, and the page says what the program says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "harness/core/csv.h"
#include "harness/core/file.h"
#include "reports/formats/csv.h"
#include "reports/numbers/leaderboard.h"
#include "tests/reports/demo_results.h"
#include "tests/reports/golden.h"

namespace synerbench {
namespace {

TEST(CsvDictionary, DescribesEveryColumnOfEveryFile) {
  LeaderboardOptions options;
  options.all_pairs = true;
  options.bootstrap.replicates = 100;
  const Leaderboard board = make_leaderboard(join_runs({small_run()}), {}, options);
  std::vector<RunInput> runs{small_run(), small_run()};
  for (RunInput& run : runs) run.finished = "2026-11-29";
  HistoryOptions over_time;
  over_time.bootstrap.replicates = 100;
  const History history = make_history(std::move(runs), over_time);
  const std::map<std::string, std::string> written{{"leaderboard.csv", leaderboard_csv(board)},
                                                   {"averages.csv", averages_csv(board)},
                                                   {"pairs.csv", pairs_csv(board)},
                                                   {"training.csv", training_csv(board)},
                                                   {"seeds.csv", seeds_csv(board)},
                                                   {"cases.csv", cases_csv(board)},
                                                   {"history.csv", history_csv(history)},
                                                   {"steps.csv", steps_csv(history)}};
  std::set<std::string> described;
  for (const CsvFile& file : csv_dictionary()) {
    described.insert(file.name);
    ASSERT_TRUE(written.contains(file.name)) << file.name;
    CsvRow header;
    std::set<std::string> names;
    for (const CsvColumn& column : file.columns) {
      header.text(column.name);
      EXPECT_TRUE(names.insert(column.name).second)
          << file.name << ": " << column.name << " stands there twice";
      EXPECT_FALSE(column.meaning.empty()) << file.name << ": " << column.name;
      EXPECT_FALSE(column.unit.empty()) << file.name << ": " << column.name;
    }
    const std::string& text = written.at(file.name);
    EXPECT_EQ(text.substr(0, text.find('\n') + 1), header.take()) << file.name;
  }
  EXPECT_EQ(described.size(), written.size());
}

TEST(CsvDictionary, IsThePageOfTheDocumentation) {
  const std::filesystem::path path = std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "docs/csv.md";
  const std::string text = read_file(path), begin = "<!-- columns -->\n";
  const size_t from = text.find(begin);
  ASSERT_NE(from, std::string::npos) << path;
  const std::string head = text.substr(0, from + begin.size()), tables = "\n" + csv_dictionary_text();
  if (std::getenv("SYNERBENCH_UPDATE_GOLDEN")) return write_file(path, head + tables);
  EXPECT_EQ(first_text_difference(text.substr(head.size()), tables), "")
      << "run this test with SYNERBENCH_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace synerbench
