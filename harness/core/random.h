// Random numbers that are the same on every machine, thread count and standard library.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace synerbench {

/// 64-bit hash of a text (first 8 bytes of its SHA-256, little-endian): seeds are derived from keys, never
/// from order.
uint64_t seed_from(std::string_view key);
/// Mixes a second value into a seed (SplitMix64 finalizer).
uint64_t combine_seeds(uint64_t a, uint64_t b);

/// xoshiro256** (Blackman, Vigna 2018), seeded by SplitMix64. std:: distributions differ between
/// libraries, so the few that are needed are here.
class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t bits();
  double uniform();                         // [0, 1), 53 bits
  double uniform(double low, double high);  // [low, high)
  uint64_t below(uint64_t n);               // 0 .. n-1, unbiased; n > 0
  double normal();                          // N(0, 1): Box-Muller, no state kept between calls
  std::array<uint64_t, 4> state() const { return state_; }
  void set_state(const std::array<uint64_t, 4>& state) { state_ = state; }

  /// Fisher-Yates over a random-access range.
  template <class Range>
  void shuffle(Range& range) {
    for (uint64_t i = range.size(); i > 1; --i) std::swap(range[i - 1], range[below(i)]);
  }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace synerbench
