// Tables for a paper.
#include "reports/formats/latex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "harness/core/child_process.h"
#include "harness/core/file.h"
#include "reports/words/tables.h"
#include "tests/reports/demo_results.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::error_of;

const Leaderboard& demo_board() {
  static const Leaderboard board = [] {
    LeaderboardOptions options;
    options.bootstrap.replicates = 50;
    return make_leaderboard(join_runs({demo_run()}), {}, options);
  }();
  return board;
}

std::vector<std::string> parts_of(const std::string& text) {
  static const std::regex part(R"(\\begin\{tabular\}(?:.|\n)*?\\end\{tabular\})");
  std::vector<std::string> parts;
  for (std::sregex_iterator it(text.begin(), text.end(), part), end; it != end; ++it)
    parts.push_back(it->str());
  return parts;
}

TEST(Tabular, IsCutBetweenColumnsAndNeverShrunk) {
  const Table table = overview_table(demo_board(), demo_board().main());
  const std::string page = to_tabular(table, kPagePoints), column = to_tabular(table, kColumnPoints);
  for (const std::string* text : {&page, &column}) {
    EXPECT_THAT(*text, Not(HasSubstr("resizebox")));
    EXPECT_THAT(*text, HasSubstr("\\footnotesize"));
    EXPECT_THAT(*text, Not(HasSubstr("\\begin{table}")));
    for (const std::string& part : parts_of(*text)) {
      EXPECT_THAT(part, HasSubstr("brats-flair-to-t2"));  // every part names its rows
      static const std::regex line(R"(.*\\\\)");
      size_t cells = 0;
      for (std::sregex_iterator it(part.begin(), part.end(), line), end; it != end; ++it) {
        const std::string row = std::regex_replace(it->str(), std::regex(R"(\\&)"), "");
        const auto n = static_cast<size_t>(std::count(row.begin(), row.end(), '&'));
        if (cells != 0) {
          EXPECT_EQ(n, cells) << row;
        }
        cells = n;
      }
    }
  }
  EXPECT_GT(parts_of(column).size(), parts_of(page).size());
  // Nothing is lost by cutting: every model's column is in one of the parts.
  for (const ReportedModel& model : demo_board().models()) EXPECT_THAT(column, HasSubstr(model.label));
}

TEST(Tabular, SetsIntervalsBelowTheirValues) {
  const std::string text = to_tabular(averages_table(demo_board(), demo_board().main()), kPagePoints);
  EXPECT_THAT(text, HasSubstr("{\\scriptsize {[}0."));
  EXPECT_EQ(text.find("Times:"), text.find("% Times:") + 2) << "notes are comments, not prose";
}

TEST(Tabular, HasTheChosenRowsAndColumns) {
  const Table table = averages_table(demo_board(), demo_board().main());
  LatexChoice choice;
  choice.rows = {"Pix2Pix", "ResViT"};
  choice.columns = {"Rank"};
  const Table part = chosen_part(table, choice);
  ASSERT_EQ(part.rows.size(), 2u);
  ASSERT_EQ(part.columns.size(), 2u);  // the first one names the row
  EXPECT_EQ(part.columns[1].title, "Rank");
  choice.rows = {"Pix2Pxi"};
  EXPECT_THAT(error_of([&] { chosen_part(table, choice); }, ExitCode::kUsage), HasSubstr("Pix2Pix"));
}

TEST(Tabular, IsCompiledInOneAndTwoColumns) {
  TempFolder temp;
  if (run_program("pdflatex", {"--version"}, temp.path(), {temp / "version"}) != 0)
    GTEST_SKIP() << "pdflatex is not installed (Debian: texlive-latex-recommended)";
  const Table averages = averages_table(demo_board(), demo_board().main()),
              overview = overview_table(demo_board(), demo_board().main());
  for (const bool two : {false, true}) {
    const double points = two ? kColumnPoints : kPagePoints;
    std::string text = std::string("\\documentclass[10pt") + (two ? ",twocolumn" : "") +
                       "]{article}\n\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}\n"
                       "\\usepackage[margin=20mm]{geometry}\\usepackage{booktabs,xcolor,textcomp}\n"
                       "\\begin{document}\n";
    for (const Table* table : {&averages, &overview})
      text += "\\noindent\n" + to_tabular(*table, points) + "\\clearpage\n";
    write_file(temp / "paper.tex", text + "\\end{document}\n");
    ASSERT_EQ(run_program("pdflatex", {"-interaction=nonstopmode", "-halt-on-error", "paper.tex"},
                          temp.path(), {temp / "out"}),
              0)
        << read_file(temp / "out");
    EXPECT_THAT(read_file(temp / "paper.log"), Not(HasSubstr("Overfull \\hbox")));
  }
}

}  // namespace
}  // namespace synerbench
