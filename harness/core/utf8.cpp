#include "harness/core/utf8.h"

#include <fmt/format.h>
#include <utf8.h>

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

}  // namespace synerbench
