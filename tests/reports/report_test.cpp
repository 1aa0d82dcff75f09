#include "reports/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "reports/formats/page_data.h"
#include "reports/numbers/compare.h"
#include "reports/pictures/gnuplot.h"
#include "tests/reports/demo_results.h"
#include "tests/support/interrupted.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

ReportOptions quick(const fs::path& out) {
  ReportOptions options;
  options.out = out;
  options.leaderboard.bootstrap.replicates = 500;
  options.pictures = {false, false, "gnuplot"};
  return options;
}

/// The first tag that is closed wrongly or not at all; empty when all are fine.
std::string first_unbalanced_tag(const std::string& html) {
  static const std::regex tag("<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>\"]|\"[^\"]*\")*)>");
  std::vector<std::string> open;
  for (std::sregex_iterator it(html.begin(), html.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2], rest = (*it)[3];
    if (name == "meta" || name == "img" || name == "br" || name == "wbr" || rest.ends_with("/")) continue;
    if ((*it)[1] == "") {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> at " + std::to_string(it->position()) +
             (open.empty() ? "" : ", open: " + open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

TEST(Report, StopsWhenItIsInterrupted) {
  TempFolder temp;
  testing_support::expect_interruptible([&] { make_report({small_run()}, quick(temp / "out")); });
  testing_support::expect_interruptible([&] { compare_runs(small_run(), small_run()); });
}

TEST(Report, RemovesWhatAKilledOneHasLeftAndRefusesToWriteBesideAnother) {
  TempFolder temp;
  write_file(temp / "out/plots/.tmp-drawing-abc/plot.svg", "half");
  write_file(temp / "out/panels/task/.tmp-drawing-def/plot.svg", "half");
  make_report({small_run()}, quick(temp / "out"));
  for (const auto& entry : fs::recursive_directory_iterator(temp / "out"))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".tmp-")) << entry.path();
  const FolderLock other(temp / "out", "report");
  EXPECT_THROW(make_report({small_run()}, quick(temp / "out")), Error);
}

TEST(Report, WritesTheFormatsThatAreAskedFor) {
  TempFolder temp;
  ReportOptions options = quick(temp / "out");
  const ReportFiles all = make_report({small_run()}, options);
  EXPECT_THAT(all.files,
              testing::ElementsAre("leaderboard.md", "leaderboard.csv", "averages.csv", "cases.csv",
                                   "leaderboard.tex", "tex/averages.tex", "tex/averages-column.tex",
                                   "tex/overview.tex", "tex/overview-column.tex", "leaderboard.json",
                                   "leaderboard.html"));
  for (const fs::path& file : all.files) EXPECT_TRUE(fs::exists(options.out / file)) << file;
  options.out = temp / "some";
  options.formats = {find_report_format("json")};
  EXPECT_THAT(make_report({small_run()}, options).files, testing::ElementsAre("leaderboard.json"));
  EXPECT_FALSE(fs::exists(options.out / "leaderboard.md"));
}

TEST(Report, GivesEqualBytesTwice) {
  TempFolder temp;
  const ReportFiles first = make_report({demo_run()}, quick(temp / "a"));
  make_report({demo_run()}, quick(temp / "b"));
  for (const fs::path& file : first.files)
    EXPECT_EQ(read_file(temp / "a" / file), read_file(temp / "b" / file)) << file;
}

TEST(Report, ThePageNeedsNothingElseAndRunsItsOwnScriptAlone) {
  TempFolder temp;
  make_report({small_run()}, quick(temp.path()));
  const std::string html = read_file(temp / "leaderboard.html");
  EXPECT_EQ(count(html, "<script"), 2u);  // what the script reads, and the script
  EXPECT_EQ(count(html, "</script"), 2u);
  const size_t start = html.find("<script>") + 8;
  EXPECT_EQ(count(html, "script-src 'sha256-"), 1u);
  EXPECT_GT(html.find("</script>", start) - start, 10000u);
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, Not(HasSubstr("<link")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_EQ(count(html, "src="), count(html, "src=\"data:"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("<i>")));  // from a reason
  EXPECT_EQ(first_unbalanced_tag(html), "");
}

TEST(Report, NothingInThePagesNumbersCanEndTheirElement) {
  RunInput run = small_run();
  run.results.tasks[0].region = "</script><script>alert(1)</script>\u2028&amp;";
  run.results.models[0].info["label"] = "<!--<script>";
  LeaderboardOptions options;
  options.bootstrap.replicates = 100;
  const std::string data = page_data(make_leaderboard(join_runs({run}), {}, options), {});
  EXPECT_EQ(data.find_first_of("<>&"), std::string::npos);
  const Json json = parse_json(data, "data");
  EXPECT_EQ(json["models"][0]["label"], "<!--<script>");
  EXPECT_EQ(json["tasks"][0]["region"], "</script><script>alert(1)</script>\uFFFD&amp;");
}

TEST(Report, ThePagesNumbersAreThoseOfTheBoard) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 100;
  const Leaderboard board = make_leaderboard(join_runs({small_run()}), {}, options);
  const Json json = parse_json(page_data(board, {}), "data");
  ASSERT_EQ(json["metrics"].size(), board.metrics.size());
  const Summary& summary = board.main().tasks[0].row_of(2).summary;
  const Json& row = json["metrics"][0]["tasks"][0]["rows"][2];
  EXPECT_NEAR(row[0].get<double>(), *summary.mean, 1e-6);
  EXPECT_NEAR(row[1].get<double>(), summary.interval->low, 1e-6);
  EXPECT_NEAR(row[2].get<double>(), summary.interval->high, 1e-6);
  EXPECT_EQ(row[3], 3);
  EXPECT_EQ(row[6], 2);
  EXPECT_EQ(row[9], Json::parse("[[1, \"set/p3\", 0.85], [2, \"set/p1\", 0.82], [3, \"set/p2\", 0.8]]"));
  EXPECT_EQ(json["worst"][0], Json::parse("[0, 2, \"set/p2\", 0.8]"));
  // The one that failed: no rank, and why.
  const Json& failed = json["metrics"][0]["tasks"][2]["rows"][3];
  EXPECT_TRUE(failed[6].is_null());
  EXPECT_THAT(failed[10].get<std::string>(), HasSubstr("out of memory"));
}

TEST(Report, EveryTableOfThePageHasACaptionAndScopes) {
  TempFolder temp;
  make_report({small_run()}, quick(temp.path()));
  const std::string html = read_file(temp / "leaderboard.html");
  EXPECT_GT(count(html, "<table>"), 5u);
  EXPECT_EQ(count(html, "<table>"), count(html, "<caption>"));
  EXPECT_EQ(count(html, "<th>"), 0u);
  EXPECT_EQ(count(html, "<th scope="), count(html, "</th>"));
}

TEST(Report, EveryLinkOfThePageHasATarget) {
  TempFolder temp;
  make_report({demo_run()}, quick(temp.path()));
  const std::string html = read_file(temp / "leaderboard.html");
  static const std::regex link("href=\"#([^\"]*)\"");
  size_t links = 0;
  for (std::sregex_iterator it(html.begin(), html.end(), link), end; it != end; ++it, ++links) {
    EXPECT_EQ(count(html, " id=\"" + (*it)[1].str() + "\""), 1u) << (*it)[1];
  }
  EXPECT_GT(links, 22u);
}

TEST(Report, MarkdownTablesHaveOneNumberOfColumns) {
  TempFolder temp;
  make_report({small_run()}, quick(temp.path()));
  const std::string text = read_file(temp / "leaderboard.md");
  size_t columns = 0, rows = 0, at = 0;
  while (at < text.size()) {
    const size_t end = text.find('\n', at);
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line[0] != '|') {
      columns = 0;
      continue;
    }
    line = std::regex_replace(line, std::regex(R"(\\.)"), "");  // an escaped bar is text
    const auto bars = static_cast<size_t>(std::count(line.begin(), line.end(), '|'));
    if (columns != 0) {
      EXPECT_EQ(bars, columns) << line;
    }
    columns = bars;
    ++rows;
  }
  EXPECT_GT(rows, 30u);
}

TEST(Report, CsvRowsHaveOneNumberOfFields) {
  TempFolder temp;
  make_report({small_run()}, quick(temp.path()));
  for (const char* name : {"leaderboard.csv", "averages.csv", "cases.csv"}) {
    const std::string text = read_file(temp / name);
    std::vector<size_t> fields;
    size_t n = 1;
    bool quoted = false;
    for (const char c : text) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++n;
      if (c == '\n') {
        EXPECT_FALSE(quoted) << name;
        fields.push_back(n);
        n = 1;
      }
    }
    for (const size_t f : fields) EXPECT_EQ(f, fields.front()) << name;
  }
}

TEST(Report, PublishedFiguresAreNeverRanked) {
  TempFolder temp;
  make_report({small_run()}, quick(temp.path()));
  const Json json = parse_json(read_file(temp / "leaderboard.json"), "leaderboard.json");
  for (const Json& model : json["models"]) EXPECT_NE(model["key"], "synermedgen");
  const std::string text = read_file(temp / "leaderboard.md");
  EXPECT_THAT(text, HasSubstr("protocol and test split are unpublished"));
  EXPECT_THAT(text, HasSubstr("0.8887"));  // SynerMedGen's brain MR to CT, beside the measured values
}

TEST(Report, WithoutPublishedFiguresThereAreNone) {
  TempFolder temp;
  ReportOptions options = quick(temp.path());
  options.published_column = PublishedColumn::kNever;
  make_report({small_run()}, options);
  EXPECT_THAT(read_file(temp / "leaderboard.md"), Not(HasSubstr("Published")));
}

TEST(Report, OnSimulatedPatientsSaysSoFirstAndLeavesPublishedFiguresOut) {
  TempFolder temp;
  RunInput run = small_run();
  run.results.identity["store"]["simulated"] = {{"autopet", "bench@1"}};
  make_report({run}, quick(temp.path()));
  const std::string text = read_file(temp / "leaderboard.md"), page = read_file(temp / "leaderboard.html");
  EXPECT_THAT(text, Not(HasSubstr("Published")));
  EXPECT_THAT(text, HasSubstr("cohort bench@1"));
  EXPECT_LT(text.find("Simulated patients"), text.find("## "));
  EXPECT_LT(page.find("class=\"warning\""), page.find("<table"));

  ReportOptions options = quick(temp.path());
  options.published_column = PublishedColumn::kAlways;
  make_report({run}, options);
  EXPECT_THAT(read_file(temp / "leaderboard.md"), HasSubstr("protocol and test split are unpublished"));
}

TEST(Report, SaysSoWhenThereIsNoGnuplot) {
  TempFolder temp;
  ReportOptions options = quick(temp.path());
  options.pictures = {true, true, "no-such-gnuplot"};
  const ReportFiles report = make_report({small_run()}, options);
  EXPECT_THAT(report.remarks, testing::ElementsAre(HasSubstr("no-such-gnuplot")));
  EXPECT_THAT(read_file(temp / "leaderboard.html"), HasSubstr("No pictures"));
}

TEST(Report, ATaskWithoutCasesIsNamedNotHidden) {
  RunInput run = small_run();
  run.results.tasks.push_back(
      {"pelvis-mr-to-ct", "pelvis", "MRI", "CT", "synthrad2023+autopet", "HU", -1000, 2000, 0});
  TempFolder temp;
  make_report({run}, quick(temp.path()));
  const std::string text = read_file(temp / "leaderboard.md");
  EXPECT_THAT(text, HasSubstr("no cases"));
  EXPECT_THAT(text, HasSubstr("3 of 4 tasks"));
}

TEST(Report, TextsFromOutsideAreCleanInTheCsvFilesAndNoFormulas) {
  RunInput run = small_run();
  for (CaseRecord& record : run.results.cases) {
    if (record.status == CaseStatus::kFailed) record.reason = "=cmd()\nsecond\x01 line";
  }
  TempFolder temp;
  make_report({run}, quick(temp.path()));
  EXPECT_THAT(read_file(temp / "cases.csv"), HasSubstr(",failed,'=cmd() second\xEF\xBF\xBD line,"));
}

TEST(Report, ARunWithoutAnyValueIsAnErrorWithANextStep) {
  RunInput run = small_run();
  for (CaseRecord& record : run.results.cases) record.measures.clear();
  TempFolder temp;
  try {
    make_report({run}, quick(temp.path()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("failures.csv"));
  }
}

TEST(ReportFormats, AreFoundByTheirNames) {
  std::vector<std::string> names;
  for (const ReportFormat& format : report_formats()) {
    names.push_back(format.name);
    EXPECT_EQ(find_report_format(format.name).name, format.name);
    EXPECT_FALSE(format.summary.empty()) << format.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("md", "csv", "tex", "json", "html"));
  try {
    find_report_format("cvs");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"csv\"?"));
  }
}

TEST(ReportFormats, TakeARowFromAnywhere) {
  TempFolder temp;
  ReportOptions options = quick(temp.path());
  options.formats = {
      {"count", "how many models there are", [](const ReportContent& content) -> std::vector<ReportFile> {
         return {{"models.txt", std::to_string(content.board.models().size()) + "\n"}};
       }}};
  EXPECT_THAT(make_report({small_run()}, options).files, testing::ElementsAre("models.txt"));
  EXPECT_EQ(read_file(temp / "models.txt"), "4\n");
}

}  // namespace
}  // namespace synerbench
