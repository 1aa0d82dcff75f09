// Cutting text into the pieces that byte-pair merges never cross.
#pragma once

#include <string_view>
#include <vector>

namespace synerbench::reference {

/// Pieces of `text`, in order and without gaps, by the rule of the Qwen2 tokenizer; the first alternative
/// that matches at a place wins:
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)     the s also as U+017F
///     [^\r\n\p{L}\p{N}]?\p{L}+
///     \p{N}
///     ' '?[^\s\p{L}\p{N}]+[\r\n]*
///     \s*[\r\n]+
///     \s+(?!\S)                        a run before a non-space gives up its last character
///     \s+
///
/// Written out by hand because no regular expression engine in the tool chain has Unicode classes and
/// look-ahead.
std::vector<std::u32string_view> split_pieces(std::u32string_view text);

}  // namespace synerbench::reference
