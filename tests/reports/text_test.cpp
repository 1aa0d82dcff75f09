#include "reports/words/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace synerbench {
namespace {

const std::string kHostile = "a<b>&\"'|`$x_1^2%#~\\{}[c](d)*e*!\n\t\x01\xff\xe2\x80\xae";

TEST(Text, CleanTextKeepsUtf8AndRemovesWhatCannotBePrinted) {
  EXPECT_EQ(clean_text("Größe → 3 µm"), "Größe → 3 µm");
  EXPECT_EQ(clean_text("two\nlines\tand\rmore"), "two lines and more");
  EXPECT_EQ(clean_text(std::string("\x01\x7f", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(clean_text("\xff\xfe"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // no UTF-8
  EXPECT_EQ(clean_text("\xc0\xaf"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // an overlong slash
  EXPECT_EQ(clean_text("\xed\xa0\x80").substr(0, 3), "\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(clean_text("\xe2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // cut off
  EXPECT_EQ(clean_text("abc\xE2\x80\xAEgpj"), "abc\xEF\xBF\xBDgpj");   // right-to-left override
}

TEST(Text, HtmlLeavesNothingThatOpensATagOrEndsAnAttribute) {
  const std::string text = escape_html(kHostile);
  EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos) << text;
  EXPECT_EQ(escape_html("<script>alert(\"1\")</script>"),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
  EXPECT_EQ(escape_html("&lt;"), "&amp;lt;");
}

TEST(Text, MarkdownLeavesNoCellEndLinkCodeOrTag) {
  EXPECT_EQ(escape_markdown("a|b"), "a\\|b");
  EXPECT_EQ(escape_markdown("[x](javascript:1)"), "\\[x\\](javascript:1)");
  EXPECT_EQ(escape_markdown("`rm`"), "\\`rm\\`");
  EXPECT_EQ(escape_markdown("<img src=x>"), "&lt;img src=x&gt;");
  EXPECT_EQ(escape_markdown("a_b*c"), "a\\_b\\*c");
  EXPECT_EQ(escape_markdown("a\\|b"), "a\\\\\\|b");  // the backslash cannot undo the one that is added
}

TEST(Text, LatexCommandsAndCommentsBecomeText) {
  EXPECT_EQ(escape_latex("\\input{x}%"), "\\textbackslash{}input\\{x\\}\\%");
  EXPECT_EQ(escape_latex("a_1^2 & 3 # $4 ~"), "a\\_1\\textasciicircum{}2 \\& 3 \\# \\$4 \\textasciitilde{}");
  EXPECT_EQ(escape_latex("0.5 ± 0.1 → ↑"), "0.5 $\\pm$ 0.1 $\\to$ $\\uparrow$");
  EXPECT_EQ(escape_latex("é 中"), "é [U+4E2D]");
}

TEST(Text, GnuplotTextsCannotEndRunCommandsOrBeAFormat) {
  EXPECT_EQ(escape_gnuplot("`id` \"x\" \\"), "'id' \\\"x\\\" \\\\");
  EXPECT_EQ(escape_gnuplot("50 %"), "50 %");
  EXPECT_EQ(escape_gnuplot_tic("50 %d"), "50 %%d");
}

TEST(Text, NumbersHaveNoNegativeZero) {
  EXPECT_EQ(format_fixed(-0.00001, 3), "0.000");
  EXPECT_EQ(format_fixed(-0.0006, 3), "-0.001");
  EXPECT_EQ(format_signed(0.0, 2), "0.00");
  EXPECT_EQ(format_signed(-0.001, 2), "0.00");
  EXPECT_EQ(format_signed(0.0123, 4), "+0.0123");
  EXPECT_EQ(format_signed(-0.5, 1), "-0.5");
  EXPECT_EQ(format_exact(-0.0), "0");
}

TEST(Text, ExactNumbersReadBackAsTheSameDouble) {
  for (const double value : {0.1, 1.0 / 3, 6.02214076e23, -1e-300, 85.0})
    EXPECT_EQ(std::stod(format_exact(value)), value);
}

TEST(Text, SmallPIsNeverPrintedAsZero) {
  EXPECT_EQ(format_p(0.0001), "< 0.001");
  EXPECT_EQ(format_p(0.0123), "0.012");
  EXPECT_EQ(format_p(1), "1.000");
}

TEST(Text, CountsAndTimesChangeUnitBeforeTheyRoundUp) {
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(54409603), "54.4 M");
  EXPECT_EQ(format_count(999949), "1.0 M");
  EXPECT_EQ(format_count(7000000000), "7.00 G");
  EXPECT_EQ(format_seconds(0.000085), "85.0 µs");
  EXPECT_EQ(format_seconds(0.0141), "14.1 ms");
  EXPECT_EQ(format_seconds(0.9999), "1.00 s");
  EXPECT_EQ(format_seconds(75.3), "75.3 s");
}

}  // namespace
}  // namespace synerbench
