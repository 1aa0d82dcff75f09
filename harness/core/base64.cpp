#include "harness/core/base64.h"

#include <openssl/evp.h>

namespace synerbench {

std::string base64(std::string_view bytes) {
  // EVP_EncodeBlock counts in int, so a large file goes in pieces; only the last may need padding.
  constexpr size_t kPiece = size_t{3} << 20;
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4 + 1);
  for (size_t at = 0; at < bytes.size(); at += kPiece) {
    const std::string_view piece = bytes.substr(at, kPiece);
    const size_t before = out.size();
    out.resize(before + (piece.size() + 2) / 3 * 4 + 1);  // EVP_EncodeBlock writes a zero at the end
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + before),
                        reinterpret_cast<const unsigned char*>(piece.data()), static_cast<int>(piece.size()));
    out.resize(before + static_cast<size_t>(length));
  }
  return out;
}

}  // namespace synerbench
