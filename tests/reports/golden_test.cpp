// Every format of one small report, as golden text. The run holds a failed case, an undefined value, a tie, a
// single patient, a published figure and a hostile name.
#include <gtest/gtest.h>

#include "reports/formats/csv.h"
#include "reports/formats/html.h"
#include "reports/formats/json.h"
#include "reports/formats/latex.h"
#include "reports/formats/markdown.h"
#include "reports/words/document.h"
#include "tests/reports/demo_results.h"
#include "tests/reports/golden.h"

namespace synerbench {
namespace {

Published small_published() {
  return published_from_json(parse_json(R"({
    "schema": "published-results/1", "paper": "A paper & its <authors>",
    "units": {"ssim": "x100, higher is better"},
    "tables": [
      {"id": "synthesis", "metric": "ssim", "origin": "table 1", "models": ["pix2pix", "best"], "rows": {"brain-mr-to-ct": [74.33, 88.9]}},
      {"id": "average", "metric": "ssim", "origin": "table 2", "columns": ["brats"], "routes": {"brats": 12}, "rows": {"resvit": [84.92]}}
    ]})",
                                        "small.json"),
                             "small.json");
}

Leaderboard small_leaderboard() {
  LeaderboardOptions options;
  options.bootstrap.replicates = 2000;
  return make_leaderboard(join_runs({small_run()}), {small_published()}, options);
}

Document small_document() {
  return make_document(small_leaderboard(), "Small | report", "A note about <this> suite.", {},
                       {"No pictures: this is a test."});
}

TEST(Golden, Markdown) { expect_golden("leaderboard.md", to_markdown(small_document())); }
TEST(Golden, Latex) { expect_golden("leaderboard.tex", to_latex(small_document())); }
TEST(Golden, Csv) { expect_golden("leaderboard.csv", leaderboard_csv(small_leaderboard())); }
TEST(Golden, AveragesCsv) { expect_golden("averages.csv", averages_csv(small_leaderboard())); }
TEST(Golden, CasesCsv) { expect_golden("cases.csv", cases_csv(small_leaderboard())); }
TEST(Golden, Json) {
  expect_golden("leaderboard.json", to_text(to_json(small_leaderboard(), "Small | report")) + "\n");
}
TEST(Golden, Html) {
  std::string html = to_html(small_document(), ".");
  const size_t start = html.find("<style>"), end = html.find("</style>");
  html.replace(start, end - start, "<style>report.css");  // looks may change without changing what is said
  expect_golden("leaderboard.html", html);
}

TEST(GoldenText, NamesTheFirstLineAndCharacterThatDiffer) {
  EXPECT_EQ(first_text_difference("one\ntwo\nthree", "one\ntwX\nthree"),
            "line 2, character 3:\n  expected: two\n  seen:     twX\n              ^");
  EXPECT_EQ(first_text_difference("one\n", "one\nmore"),
            "line 2, character 1:\n  expected: \n  seen:     more\n            ^");
  EXPECT_EQ(first_text_difference("same", "same"), "");
}

}  // namespace
}  // namespace synerbench
