// The random numbers of the statistics; see Note [Bootstrap generator] in metrics/statistics.h.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace synerbench::detail {

/// Replicates between two calls of BootstrapOptions::meanwhile.
inline constexpr int kReplicatesBetween = 256;

class Generator {
 public:
  explicit Generator(uint64_t seed) {
    for (uint64_t& word : state_) {  // SplitMix64
      seed += 0x9e3779b97f4a7c15U;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31);
    }
  }

  uint64_t bits() {  // xoshiro256**
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

  /// Uniform on 0 .. n-1.
  uint64_t below(uint64_t n) {
    const uint64_t threshold = (0 - n) % n;  // 2^64 mod n
    for (;;) {
      __extension__ using Wide = unsigned __int128;
      const Wide product = static_cast<Wide>(bits()) * n;
      if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
    }
  }

 private:
  std::array<uint64_t, 4> state_{};
};

}  // namespace synerbench::detail
