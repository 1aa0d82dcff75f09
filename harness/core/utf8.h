// UTF-8 in and out of code points.
#pragma once

#include <string>
#include <string_view>

namespace synerbench {

/// Appends the UTF-8 form of a code point; a surrogate or a value above U+10FFFF is a failed check.
void append_utf8(std::string& out, char32_t code_point);

/// One step through possibly damaged UTF-8. `length` bytes were used, at least 1. `valid` is false for a
/// maximal ill-formed part (Unicode 15, table 3-8), the unit that Python's errors="replace" turns into one
/// U+FFFD.
struct Utf8Step {
  char32_t code_point = 0;
  size_t length = 0;
  bool valid = false;
};
Utf8Step next_utf8(std::string_view bytes);  // bytes is not empty

/// Code points of valid UTF-8. Error(kBadInput) at `place` with the offset of the first bad byte otherwise.
std::u32string decode_utf8_strictly(std::string_view bytes, const std::string& place);

/// Text with every ill-formed part replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view bytes);

/// Columns that a terminal needs for a text: two for East Asian wide characters, none for combining marks.
size_t columns_of(std::string_view text);
/// The text, or as much of its beginning as leaves room for "..." in `columns`.
std::string fit_to_columns(std::string_view text, size_t columns);

}  // namespace synerbench
