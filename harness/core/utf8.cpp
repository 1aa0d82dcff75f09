#include "harness/core/utf8.h"

#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>
#include <iterator>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr size_t kLongest = 4;                             // bytes of a code point

bool is_valid(const std::string& bytes) { return utf8::is_valid(bytes.begin(), bytes.end()); }

/// Length of the longest part that some continuation would have made a code point, at least 1. Where a
/// sequence may go on at all, a byte 0x80 goes on: only the second byte has a narrower range, and it is there
/// already. utfcpp's own replace_invalid takes a whole run of trail bytes for one part, which Python does
/// not.
size_t ill_formed_length(std::string_view bytes) {
  size_t length = 1;
  while (length + 1 < kLongest && length < bytes.size()) {
    const std::string longer(bytes.substr(0, length + 1));
    if (!is_valid(longer + '\x80') && !is_valid(longer + "\x80\x80")) break;
    ++length;
  }
  return length;
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
  SB_CHECK(c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF), fmt::format("U+{:04X}", static_cast<uint32_t>(c)));
  utf8::unchecked::append(static_cast<uint32_t>(c), std::back_inserter(out));
}

Utf8Step next_utf8(std::string_view bytes) {
  const std::string_view window = bytes.substr(0, kLongest);
  if (utf8::find_invalid(window.begin(), window.end()) == window.begin())
    return {0, ill_formed_length(bytes), false};
  auto at = window.begin();
  const auto code_point = static_cast<char32_t>(utf8::unchecked::next(at));
  return {code_point, static_cast<size_t>(at - window.begin()), true};
}

std::u32string decode_utf8_strictly(std::string_view bytes, const std::string& place) {
  const auto bad = utf8::find_invalid(bytes.begin(), bytes.end());
  if (bad != bytes.end()) {
    throw input_error(place,
                      fmt::format("byte {} (0x{:02X}) is not valid UTF-8", bad - bytes.begin(),
                                  static_cast<unsigned char>(*bad)),
                      "save the text as UTF-8");
  }
  std::u32string out;
  out.reserve(bytes.size());
  utf8::unchecked::utf8to32(bytes.begin(), bytes.end(), std::back_inserter(out));
  return out;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto bad = utf8::find_invalid(bytes.begin(), bytes.end());
    const auto sound = static_cast<size_t>(bad - bytes.begin());
    out.append(bytes.substr(0, sound));
    bytes.remove_prefix(sound);
    if (bytes.empty()) break;
    out.append(kReplacement);
    bytes.remove_prefix(ill_formed_length(bytes));
  }
  return out;
}

namespace {

struct CodePoints {
  char32_t first, last;
};
// Unicode's East Asian width W and F, and what stands on the character before, by blocks: enough for laying
// out a line, not for typography.
constexpr CodePoints kWide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                                {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                                {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr CodePoints kNoWidth[] = {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x200B, 0x200F},
                                   {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

size_t columns_of(char32_t c) {
  const auto holds = [c](const CodePoints& range) { return c >= range.first && c <= range.last; };
  if (std::any_of(std::begin(kNoWidth), std::end(kNoWidth), holds)) return 0;
  return std::any_of(std::begin(kWide), std::end(kWide), holds) ? 2 : 1;
}

}  // namespace

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    columns += step.valid ? columns_of(step.code_point) : 1;
    text.remove_prefix(step.length);
  }
  return columns;
}

std::string fit_to_columns(std::string_view text, size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  constexpr std::string_view kMore = "...";
  if (columns <= kMore.size()) return std::string(kMore.substr(0, columns));
  size_t room = columns - kMore.size(), length = 0;
  while (length < text.size()) {
    const Utf8Step step = next_utf8(text.substr(length));
    const size_t wide = step.valid ? columns_of(step.code_point) : 1;
    if (wide > room) break;
    room -= wide;
    length += step.length;
  }
  return std::string(text.substr(0, length)) + std::string(kMore);
}

}  // namespace synerbench
