#include "harness/core/random.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {
namespace {

uint64_t split_mix(uint64_t& x) {
  uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

uint64_t seed_from(std::string_view key) {
  const std::string hex = sha256_hex(key);
  uint64_t seed = 0;
  for (int byte = 7; byte >= 0; --byte) {
    seed = (seed << 8) | std::stoul(hex.substr(static_cast<size_t>(2 * byte), 2), nullptr, 16);
  }
  return seed;
}

uint64_t combine_seeds(uint64_t a, uint64_t b) {
  uint64_t x = a ^ std::rotl(b, 32);
  const uint64_t first = split_mix(x);
  x ^= b;
  return first ^ split_mix(x);
}

Random::Random(uint64_t seed) {
  for (auto& word : state_) word = split_mix(seed);
}

uint64_t Random::bits() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

uint64_t Random::below(uint64_t n) {
  SB_CHECK(n > 0);
  const uint64_t threshold = -n % n;  // 2^64 mod n: values below it would be drawn once too often
  while (true) {
    const uint64_t r = bits();
    if (r >= threshold) return r % n;
  }
}

double Random::normal() {
  const double u = 1.0 - uniform();  // (0, 1]: the logarithm is finite
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

}  // namespace synerbench
