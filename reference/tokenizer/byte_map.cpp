#include "reference/tokenizer/byte_map.h"

namespace synerbench::reference {

std::array<char32_t, 256> byte_characters() {
  std::array<char32_t, 256> map{};
  char32_t free = 256;
  for (unsigned b = 0; b < 256; ++b) {
    const bool prints = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    map[b] = prints ? b : free++;
  }
  return map;
}

}  // namespace synerbench::reference
