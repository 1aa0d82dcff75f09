#include "reports/words/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/core/csv.h"
#include "harness/core/utf8.h"

namespace synerbench {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Reads one code point at `at` and moves behind it; a byte that starts no valid sequence is one replacement
/// character.
char32_t next_code_point(std::string_view text, size_t& at) {
  const Utf8Step step = next_utf8(text.substr(at));
  at += step.valid ? step.length : 1;
  return step.valid ? step.code_point : kReplacement;
}

bool is_space_like(char32_t point) { return point == '\n' || point == '\r' || point == '\t'; }

bool is_forbidden(char32_t point) {
  const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  const bool reorders = point == 0x061C || point == 0x200E || point == 0x200F ||
                        (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  const bool breaks_line = point == 0x2028 || point == 0x2029;
  return control || reorders || breaks_line;
}

/// Calls `emit(code point)` for every code point of the cleaned text.
template <class Emit>
void for_each_clean(std::string_view text, Emit emit) {
  for (size_t at = 0; at < text.size();) {
    char32_t point = next_code_point(text, at);
    if (is_space_like(point)) {
      point = ' ';
    } else if (is_forbidden(point)) {
      point = kReplacement;
    }
    emit(point);
  }
}

/// What is written instead of a character.
struct Escape {
  char32_t point;
  const char* text;
};

/// The cleaned text; characters of the table are written as it says, others by `otherwise(out, code point)`.
template <class Otherwise>
std::string escaped(std::string_view text, std::span<const Escape> table, Otherwise otherwise) {
  std::string out;
  for_each_clean(text, [&](char32_t point) {
    const auto row = std::ranges::find(table, point, &Escape::point);
    if (row == table.end()) {
      otherwise(out, point);
    } else {
      out += row->text;
    }
  });
  return out;
}

constexpr Escape kHtml[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

// Entities work inside and outside of cells, backslashes do not for these three.
constexpr Escape kMarkdown[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\\', "\\\\"}, {'`', "\\`"},
                                {'*', "\\*"},   {'_', "\\_"},  {'[', "\\["},  {']', "\\]"},   {'|', "\\|"},
                                {'~', "\\~"},   {'#', "\\#"},  {'!', "\\!"},  {'$', "\\$"}};

constexpr Escape kGnuplot[] = {{'\\', "\\\\"}, {'"', "\\\""}, {'`', "'"}};

constexpr Escape kLatex[] = {{'\\', "\\textbackslash{}"},
                             {'{', "\\{"},
                             {'}', "\\}"},
                             {'$', "\\$"},
                             {'&', "\\&"},
                             {'#', "\\#"},
                             {'%', "\\%"},
                             {'_', "\\_"},
                             {'~', "\\textasciitilde{}"},
                             {'^', "\\textasciicircum{}"},
                             {'<', "\\textless{}"},
                             {'>', "\\textgreater{}"},
                             {'|', "\\textbar{}"},
                             {'"', "\\textquotedbl{}"},
                             {0x00B1, "$\\pm$"},
                             {0x00D7, "$\\times$"},
                             {0x00B5, "$\\mu$"},
                             {0x2013, "--"},
                             {0x2014, "---"},
                             {0x2018, "`"},
                             {0x2019, "'"},
                             {0x2026, "\\dots{}"},
                             {0x2020, "\\textdagger{}"},
                             {0x2191, "$\\uparrow$"},
                             {0x2193, "$\\downarrow$"},
                             {0x2192, "$\\to$"},
                             {0x2212, "$-$"},
                             {0x2264, "$\\le$"},
                             {0x2265, "$\\ge$"},
                             {0x221E, "$\\infty$"},
                             {0x00A0, "~"},
                             {kReplacement, "[?]"}};

}  // namespace

std::string clean_text(std::string_view text) { return escaped(text, {}, append_utf8); }

std::string escape_html(std::string_view text) { return escaped(text, kHtml, append_utf8); }

std::string escape_markdown(std::string_view text) { return escaped(text, kMarkdown, append_utf8); }

std::string escape_latex(std::string_view text) {
  return escaped(text, kLatex, [](std::string& out, char32_t point) {
    // T1 fonts have ASCII and the Latin letters of Western and Central Europe.
    if (point < 0x80 || (point >= 0x00C0 && point < 0x0180)) {
      append_utf8(out, point);
    } else {
      out += fmt::format("[U+{:04X}]", static_cast<uint32_t>(point));
    }
  });
}

std::string escape_gnuplot(std::string_view text) { return escaped(text, kGnuplot, append_utf8); }

std::string escape_gnuplot_tic(std::string_view text) {
  std::string out;
  for (const char c : escape_gnuplot(text)) {
    if (c == '%') out += '%';
    out += c;
  }
  return out;
}

std::string format_fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string format_signed(double value, int decimals) {
  const std::string text = format_fixed(value, decimals);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return text.front() == '-' || zero ? text : "+" + text;
}

std::string format_exact(double value) { return csv_number(value); }

std::string format_p(double p) { return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p); }

std::string format_count(int64_t count) {
  const auto value = static_cast<double>(count);
  if (count < 1000) return fmt::format("{}", count);
  if (value < 999.5e3) return fmt::format("{:.{}f} k", value / 1e3, value < 99.95e3 ? 1 : 0);
  if (value < 999.5e6) return fmt::format("{:.{}f} M", value / 1e6, value < 99.95e6 ? 1 : 0);
  return fmt::format("{:.2f} G", value / 1e9);
}

std::string format_seconds(double seconds) {
  const auto three_digits = [](double v) {
    return fmt::format("{:.{}f}", v, v < 9.995 ? 2 : v < 99.95 ? 1 : 0);
  };
  if (seconds < 0.9995e-3) return three_digits(seconds * 1e6) + " µs";
  if (seconds < 0.9995) return three_digits(seconds * 1e3) + " ms";
  return three_digits(seconds) + " s";
}

std::string direction_text(Direction direction) {
  return direction == Direction::kHigherIsBetter ? "higher is better" : "lower is better";
}

std::string arrow_of(Direction direction) { return direction == Direction::kHigherIsBetter ? "↑" : "↓"; }

}  // namespace synerbench
