// The printable characters that stand for bytes in vocabulary files.
#pragma once

#include <array>

namespace synerbench::reference {

/// Bytes that print (33-126, 161-172, 174-255) stand for themselves; the other 68, ascending, take U+0100 and
/// up.
std::array<char32_t, 256> byte_characters();

}  // namespace synerbench::reference
