// For builds without ICU: plain ASCII is exact, everything else is refused rather than guessed.
#include "harness/core/error.h"
#include "reference/tokenizer/unicode.h"

namespace synerbench::reference {

CharClass class_of(char32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharClass::kLetter;
  if (c >= '0' && c <= '9') return CharClass::kNumber;
  if (c == ' ' || (c >= 0x09 && c <= 0x0D)) return CharClass::kSpace;
  return CharClass::kOther;
}

std::string to_nfc(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) continue;
    throw usage_error("tokenizer", "text with characters outside ASCII needs ICU, which this build lacks",
                      "install libicu-dev and build again, or use plain ASCII text");
  }
  return std::string(text);
}

std::string unicode_backend() { return "ASCII only"; }

}  // namespace synerbench::reference
