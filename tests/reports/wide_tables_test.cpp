// Tables of many models: 22 tasks x 20 models in every format of text.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "reports/formats/html.h"
#include "reports/formats/latex.h"
#include "reports/formats/markdown.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing::Not;

Table table_of(size_t models, size_t tasks = 22) {
  Table table;
  table.id = "overview";
  table.caption = "Means by task";
  table.columns = {{"Task", false}};
  for (size_t m = 0; m < models; ++m) table.columns.push_back({fmt::format("Model number {}", m)});
  for (size_t t = 0; t < tasks; ++t) {
    TableRow row{{{fmt::format("brats-flair-to-t{}", t)}}};
    for (size_t m = 0; m < models; ++m) row.cells.push_back({fmt::format("0.{:02}{:02}", t, m)});
    table.rows.push_back(row);
  }
  table.notes = {"A note."};
  return table;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

size_t widest_line(const std::string& text) {
  size_t widest = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    widest = std::max(widest, end - at);
    at = end + 1;
  }
  return widest;
}

TEST(WideTable, IsCutBetweenColumnsAndLosesNothing) {
  const Table table = table_of(20);
  const auto parts = parts_of(table, std::vector<double>(21, 10.0), 100);
  ASSERT_EQ(parts.size(), 3U);
  std::vector<size_t> seen;
  for (const TablePart& part : parts) {
    EXPECT_EQ(part.front(), 0U) << "the first column names the rows of every part";
    EXPECT_LE(part.size(), 10U);
    seen.insert(seen.end(), part.begin() + 1, part.end());
  }
  ASSERT_EQ(seen.size(), 20U);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
  EXPECT_EQ(parts_of(table_of(5), std::vector<double>(6, 1000.0), 100).size(), 1U)
      << "a table that is not one of many models stays whole";
  EXPECT_EQ(parts_of(table, std::vector<double>(21, 1000.0), 100).size(), 20U)
      << "a column that is wider than the page stands alone";
}

TEST(WideTable, FitsAPageOfMarkdown) {
  const std::string text = to_markdown(table_of(20));
  EXPECT_LE(widest_line(text), 200U);
  EXPECT_EQ(count(text, "| Task "), 3U);
  EXPECT_EQ(count(text, "**Means by task**"), 1U);
  EXPECT_EQ(count(text, "- A note."), 1U);
  for (size_t t = 0; t < 22; ++t) {
    for (size_t m = 0; m < 20; ++m) EXPECT_EQ(count(text, fmt::format(" 0.{:02}{:02} ", t, m)), 1U);
  }
}

TEST(WideTable, IsCutInLatexInsteadOfShrunk) {
  const std::string text = to_latex(table_of(20));
  EXPECT_EQ(count(text, "\\begin{tabular}"), 5U);
  EXPECT_EQ(count(text, "\\end{tabular}}"), 5U);
  EXPECT_EQ(count(text, "\\begin{table}"), 1U);
  EXPECT_EQ(count(text, "\\caption"), 1U);
  EXPECT_EQ(count(to_latex(table_of(4)), "\\begin{tabular}"), 1U);
}

TEST(WideTable, HasUprightNamesInThePage) {
  const std::string wide = to_html(table_of(20)), narrow = to_html(table_of(5));
  EXPECT_THAT(wide, HasSubstr("<table class=\"many\" style=\"--columns: 21\">"));
  EXPECT_THAT(wide, HasSubstr("<th scope=\"col\" class=\"num\"><span>Model number 3</span></th>"));
  EXPECT_THAT(wide, HasSubstr("<th scope=\"col\">Task</th>"));
  EXPECT_THAT(narrow, Not(HasSubstr("many")));
}

}  // namespace
}  // namespace synerbench
