#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "harness/core/error.h"
#include "reference/tokenizer/unicode.h"

namespace synerbench::reference {
namespace {

CharClass look_up(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  const uint32_t category = U_GET_GC_MASK(point);
  if (category & U_GC_L_MASK) return CharClass::kLetter;
  if (category & U_GC_N_MASK) return CharClass::kNumber;
  if (u_isUWhiteSpace(point)) return CharClass::kSpace;
  return CharClass::kOther;
}

}  // namespace

CharClass class_of(char32_t c) {
  static const auto kAscii = [] {
    std::array<CharClass, 128> table{};
    for (char32_t i = 0; i < table.size(); ++i) table[i] = look_up(i);
    return table;
  }();
  return c < kAscii.size() ? kAscii[c] : look_up(c);
}

std::string to_nfc(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  std::string out;
  if (std::all_of(text.begin(), text.end(), is_ascii)) {
    out = text;
    return out;
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  SB_CHECK(U_SUCCESS(status), u_errorName(status));
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  SB_CHECK(text.size() < INT32_MAX, "text of 2 GiB or more");
  nfc->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr,
                     status);
  SB_CHECK(U_SUCCESS(status), u_errorName(status));
  return out;
}

std::string unicode_backend() { return "ICU " U_ICU_VERSION; }

}  // namespace synerbench::reference
