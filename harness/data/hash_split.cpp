#include "harness/data/hash_split.h"

#include <cmath>
#include <cstdint>

#include "harness/core/file.h"

namespace synerbench {

double split_position(const std::string& salt, const std::string& dataset, const std::string& patient) {
  const std::string hex = sha256_hex("hash split v1\n" + salt + "\n" + dataset + "\n" + patient);
  // Sixteen hexadecimal digits are 8 bytes, big-endian; the 53 highest bits are what a double holds exactly.
  const uint64_t bits = std::stoull(hex.substr(0, 16), nullptr, 16);
  return std::ldexp(static_cast<double>(bits >> 11), -53);
}

Split split_at(double position, double train, double validation, double test) {
  if (position < train) return Split::kTrain;
  // With no share left for the test split, rounding of train + validation must not open one.
  return position < train + validation || test == 0 ? Split::kValidation : Split::kTest;
}

}  // namespace synerbench
