// The three things the tokenizer must know about Unicode. Backed by ICU, or by a plain ASCII version when the
// build has no ICU (unicode_icu.cpp, unicode_ascii.cpp).
#pragma once

#include <string>
#include <string_view>

namespace synerbench::reference {

/// The classes that the split rule of the Qwen2 tokenizer distinguishes.
enum class CharClass { kLetter, kNumber, kSpace, kOther };

/// General categories L* and N*, the property White_Space (which does not hold U+001C..U+001F), and the rest.
CharClass class_of(char32_t code_point);

/// Normalization form C of valid UTF-8. Without ICU, text that is not plain ASCII is refused: Error(kUsage).
std::string to_nfc(std::string_view text);

/// "ICU 72.1" or "ASCII only".
std::string unicode_backend();

}  // namespace synerbench::reference
