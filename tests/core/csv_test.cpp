#include "harness/core/csv.h"

#include <gtest/gtest.h>

#include <cmath>

namespace synerbench {
namespace {

std::string cell(std::string_view text) {
  std::string line = CsvRow().text(text).take();
  line.pop_back();
  return line;
}

TEST(Csv, TextsAreQuotedOnlyWhereTheyHaveToBe) {
  EXPECT_EQ(cell("plain text"), "plain text");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(cell(" edge"), "\" edge\"");
  EXPECT_EQ(cell("edge "), "\"edge \"");
  EXPECT_EQ(cell("#1"), "\"#1\"");
  EXPECT_EQ(cell("no #1"), "no #1");
  EXPECT_EQ(cell("narrow\xE2\x80\xAF"), "\"narrow\xE2\x80\xAF\"");
  EXPECT_EQ(cell("\xC2\xA0wide"), "\"\xC2\xA0wide\"");
}

TEST(Csv, TextsThatASpreadsheetWouldRunAreDisarmed) {
  EXPECT_EQ(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
  EXPECT_EQ(cell("+1"), "'+1");
  EXPECT_EQ(cell("-1"), "'-1");
  EXPECT_EQ(cell("@cmd"), "'@cmd");
  EXPECT_EQ(cell("\t=1"), "'\t=1");
  EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(cell("a=b"), "a=b");
  EXPECT_EQ(CsvRow().quoted("=1").quoted("x").take(), "\"'=1\",\"x\"\n");
}

TEST(Csv, NumbersStayNumbers) {
  EXPECT_EQ(CsvRow().number(-0.5).number(85.0).number(-0.0).number(std::optional<double>()).take(),
            "-0.5,85,0,\n");
  EXPECT_EQ(CsvRow().count(-3).yes(true).yes(false).none().ready("-1.0").take(), "-3,1,0,,-1.0\n");
  for (const double value : {0.1, 1.0 / 3, 6.02214076e23, -1e-300, std::nextafter(1.0, 2.0)})
    EXPECT_EQ(std::stod(csv_number(value)), value);
}

TEST(Csv, ARowStartsAgainAfterItsLineIsTaken) {
  CsvRow row;
  EXPECT_EQ(row.text("a").text("b").take(), "a,b\n");
  EXPECT_EQ(row.none().text("c").take(), ",c\n");
}

}  // namespace
}  // namespace synerbench
