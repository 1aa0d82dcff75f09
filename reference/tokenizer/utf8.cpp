#include "reference/tokenizer/utf8.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::reference {

void append_utf8(std::string& out, char32_t c) {
  SB_CHECK(c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF), fmt::format("U+{:04X}", static_cast<uint32_t>(c)));
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

Utf8Step next_utf8(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = at(0);
  if (lead < 0x80) return {lead, 1, true};
  // The second byte has a narrower range after E0, ED, F0 and F4: no overlong forms, no surrogates, no value above
  // U+10FFFF.
  size_t count = 0;
  unsigned low = 0x80, high = 0xBF;
  char32_t value = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    count = 1;
    value = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    count = 2;
    value = lead & 0x0F;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    count = 3;
    value = lead & 0x07;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {0, 1, false};
  }
  for (size_t i = 1; i <= count; ++i) {
    if (i >= bytes.size() || at(i) < low || at(i) > high) return {0, i, false};
    value = value << 6 | (at(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {value, count + 1, true};
}

std::u32string decode_utf8_strictly(std::string_view bytes, const std::string& place) {
  std::u32string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size();) {
    const Utf8Step step = next_utf8(bytes.substr(i));
    if (!step.valid) {
      throw input_error(
          place,
          fmt::format("byte {} (0x{:02X}) is not valid UTF-8", i, static_cast<unsigned char>(bytes[i])),
          "save the text as UTF-8");
    }
    out.push_back(step.code_point);
    i += step.length;
  }
  return out;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size();) {
    const Utf8Step step = next_utf8(bytes.substr(i));
    if (step.valid) {
      out.append(bytes.substr(i, step.length));
    } else {
      out += "\xEF\xBF\xBD";
    }
    i += step.length;
  }
  return out;
}

}  // namespace synerbench::reference
