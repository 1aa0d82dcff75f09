#include "tests/app/damage/edit.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace synerbench::damage {

std::string flipped(std::string bytes, size_t at, int bit) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
  return bytes;
}

std::string over(std::string bytes, size_t at, const std::string& piece) {
  for (size_t i = 0; i < piece.size() && at + i < bytes.size(); ++i) bytes[at + i] = piece[i];
  return bytes;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) return "";
  return text.replace(at, from.size(), to);
}

std::string every(const std::string& text, const std::string& from, const std::string& to) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text.compare(at, from.size(), from) == 0) {
      out += to, at += from.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

size_t header_length(const std::string& bytes, const Subject& subject) {
  if (subject.traits & kTensors) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    return 8 + length;
  }
  if (subject.traits & kMeta) return bytes.find("ElementDataFile");
  if (subject.traits & kGzip) return 10;
  if (subject.traits & kZip) return 30;  // of the first entry, without its name
  if (subject.traits & kDicom) return bytes.find(std::string("\xe0\x7f\x10\0OW", 6)) + 12;
  if (subject.traits & kNifti) return 348;
  return std::min<size_t>(bytes.size() / 2, 60);
}

}  // namespace synerbench::damage
