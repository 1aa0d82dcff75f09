#include "harness/core/csv.h"

#include <array>
#include <charconv>
#include <utility>

namespace synerbench {
namespace {

bool runs_as_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

bool needs_quotes(std::string_view text) {
  if (text.find_first_of(",\"\r\n") != std::string_view::npos) return true;
  return !text.empty() && (trimmed_cell(text).size() != text.size() || text.front() == '#');
}

std::string disarmed(std::string_view text) {
  std::string safe(text);
  if (runs_as_formula(text)) safe.insert(safe.begin(), '\'');
  return safe;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string_view trimmed_cell(std::string_view cell) {
  constexpr std::array<std::string_view, 9> kBlanks{
      " ", "\t", "\n", "\r", "\xC2\xA0", "\xE2\x80\x8B", "\xE2\x80\xAF", "\xE3\x80\x80", "\xEF\xBB\xBF"};
  for (bool again = true; again;) {
    again = false;
    for (const auto blank : kBlanks) {
      if (cell.starts_with(blank)) cell.remove_prefix(blank.size()), again = true;
      if (cell.ends_with(blank)) cell.remove_suffix(blank.size()), again = true;
    }
  }
  return cell;
}

CsvRow& CsvRow::text(std::string_view value) {
  const std::string safe = disarmed(value);
  return field(needs_quotes(safe) ? in_quotes(safe) : safe);
}

CsvRow& CsvRow::quoted(std::string_view value) { return field(in_quotes(disarmed(value))); }

CsvRow& CsvRow::number(double value) { return field(csv_number(value)); }

CsvRow& CsvRow::number(const std::optional<double>& value) { return value ? number(*value) : none(); }

CsvRow& CsvRow::count(int64_t value) { return field(std::to_string(value)); }

CsvRow& CsvRow::yes(bool value) { return field(value ? "1" : "0"); }

CsvRow& CsvRow::none() { return field(""); }

CsvRow& CsvRow::ready(std::string_view number) { return field(number); }

CsvRow& CsvRow::field(std::string_view text) {
  if (!first_) line_ += ',';
  line_ += text;
  first_ = false;
  return *this;
}

std::string CsvRow::take() {
  first_ = true;
  return std::exchange(line_, "") + "\n";
}

std::string csv_number(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value == 0 ? 0.0 : value);
  return {buffer.data(), end.ptr};
}

}  // namespace synerbench
