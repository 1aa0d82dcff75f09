#include "reference/tokenizer/split.h"

#include "reference/tokenizer/unicode.h"

namespace synerbench::reference {
namespace {

bool is_line_end(char32_t c) { return c == '\r' || c == '\n'; }

char32_t to_lower_ascii(char32_t c) {
  if (c == 0x17F) return 's';
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/// Length of the contraction at the front, 0 if there is none.
size_t contraction_length(std::u32string_view text) {
  if (text.size() < 2 || text[0] != '\'') return 0;
  const char32_t a = to_lower_ascii(text[1]);
  const char32_t b = text.size() > 2 ? to_lower_ascii(text[2]) : 0;
  if (a == 's' || a == 't') return 2;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e')) return 3;
  if (a == 'm') return 2;
  if (a == 'l' && b == 'l') return 3;
  return a == 'd' ? 2 : 0;
}

size_t run_length(std::u32string_view text, size_t from, CharClass wanted) {
  size_t end = from;
  while (end < text.size() && class_of(text[end]) == wanted) ++end;
  return end - from;
}

/// Length of a whitespace piece; text[0] is whitespace.
size_t space_length(std::u32string_view text) {
  const size_t run = run_length(text, 0, CharClass::kSpace);
  for (size_t i = run; i > 0; --i) {
    if (is_line_end(text[i - 1])) return i;  // \s*[\r\n]+ : up to the last line end of the run
  }
  if (run == text.size()) return run;  // nothing follows
  return run > 1 ? run - 1 : 1;
}

size_t piece_length(std::u32string_view text) {
  if (const size_t length = contraction_length(text)) return length;
  const CharClass first = class_of(text[0]);
  if (first == CharClass::kLetter) return run_length(text, 0, CharClass::kLetter);
  if (first == CharClass::kNumber) return 1;
  if (!is_line_end(text[0])) {
    if (const size_t letters = run_length(text, 1, CharClass::kLetter)) return 1 + letters;
  }
  const size_t lead = text[0] == ' ' ? 1 : 0;
  if (const size_t others = run_length(text, lead, CharClass::kOther)) {
    size_t end = lead + others;
    while (end < text.size() && is_line_end(text[end])) ++end;
    return end;
  }
  return space_length(text);
}

}  // namespace

std::vector<std::u32string_view> split_pieces(std::u32string_view text) {
  std::vector<std::u32string_view> pieces;
  while (!text.empty()) {
    const size_t length = piece_length(text);
    pieces.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return pieces;
}

}  // namespace synerbench::reference
