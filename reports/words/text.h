// Text for tables: what each format needs escaped, and how numbers are written.
//
// Every name that reaches a report (models, tasks, patients, reasons) came from outside: a command line, a
// file name, an exception's message. So every renderer escapes every text, always, and only here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/protocol.h"

namespace synerbench {

/// Valid UTF-8 without control characters and without characters that reorder text (bidirectional overrides):
/// each of them, and each byte that is not UTF-8, becomes U+FFFD; line breaks and tabs become a space. All
/// escapes below start with it.
std::string clean_text(std::string_view text);

std::string escape_html(std::string_view text);      // for element content and double-quoted attributes
std::string escape_markdown(std::string_view text);  // for a cell or a paragraph of GitHub's Markdown
/// For pdfLaTeX with UTF-8 input. The signs that reports use (± × – ≥ ...) become commands; a letter that the
/// common fonts lack becomes [U+4E2D].
std::string escape_latex(std::string_view text);
/// Inside double quotes of a gnuplot script in `noenhanced` mode. Backslashes, quotes and backticks are made
/// harmless (gnuplot runs what stands between backticks as a command, even in a quoted text).
std::string escape_gnuplot(std::string_view text);
/// The same for a tic label, which gnuplot reads as a number format.
std::string escape_gnuplot_tic(std::string_view text);

/// Fixed decimals; "-0.00" is written "0.00".
std::string format_fixed(double value, int decimals);
/// With its sign: "+0.0123", "-0.0040", and "0.0000" without one.
std::string format_signed(double value, int decimals);
/// Shortest text that reads back as the same double: what CSV and JSON hold.
std::string format_exact(double value);
/// "0.012", "< 0.001", "1.000".
std::string format_p(double p);
/// "57 123 456" with narrow spaces would not copy well: "57.1 M", "3.2 k", "7", "0".
std::string format_count(int64_t count);
/// Seconds in a unit that suits: "4.1 ms", "312 ms", "2.35 s", "85 µs".
std::string format_seconds(double seconds);

/// "higher is better" / "lower is better".
std::string direction_text(Direction direction);
/// "↑" / "↓".
std::string arrow_of(Direction direction);

}  // namespace synerbench
