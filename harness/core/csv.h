// Lines of comma-separated files, written in one way: RFC 4180 with "\n" at the end of a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace synerbench {

/// One line, field after field. Numbers are written as they are, texts are quoted and disarmed:
///   - in quotes where a reader would otherwise see something else: commas, quotes and line breaks, spaces of
///     any width at either end, and a leading '#', which list readers take for a comment;
///   - a text that a spreadsheet would run as a formula (it starts with = + - @, a tab or a carriage return)
///     gets an apostrophe in front, because names and reasons come from outside.
class CsvRow {
 public:
  CsvRow& text(std::string_view value);
  CsvRow& quoted(std::string_view value);              // the same, in quotes also where none are needed
  CsvRow& number(double value);                        // see csv_number()
  CsvRow& number(const std::optional<double>& value);  // none: an empty field
  CsvRow& count(int64_t value);
  CsvRow& yes(bool value);                 // 1 or 0
  CsvRow& none();                          // an empty field
  CsvRow& ready(std::string_view number);  // a number that the caller has written
  /// The line so far, with its end; the row is empty afterwards.
  std::string take();

 private:
  CsvRow& field(std::string_view text);
  std::string line_;
  bool first_ = true;
};

/// `cell` without what readers of tables leave out at its ends: spaces of any width, tabs, line breaks, byte
/// order marks.
std::string_view trimmed_cell(std::string_view cell);

/// Shortest text that reads back as the same double: "0.1", "85", and "0" for -0.
std::string csv_number(double value);

}  // namespace synerbench
