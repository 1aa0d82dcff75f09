// Samples that the tests of statistics share, and the generator that they are drawn with.
#pragma once

#include <cstdint>
#include <vector>

namespace synerbench::testing_support {

// Scores of two models on twelve patients.
inline const std::vector<double> kA{.871, .902, .845, .913, .888, .790, .934, .861, .877, .899, .842, .918};
inline const std::vector<double> kB{.862, .905, .831, .899, .871, .795, .920, .850, .870, .881, .845, .903};
// Differences.
inline const std::vector<double> kZeros{0, 0, 1, -2, 2, 3, 4, 5, -1, 6};
inline const std::vector<double> kTies{1, 1, 1, 1, -1, 2, 2, -3, 3, 4, 4, 4};
inline const std::vector<double> kEqual(8, 0.5);

/// The generator of Note [Bootstrap generator], written out once more from its description.
struct Described {
  uint64_t s[4];
  explicit Described(uint64_t seed) {
    for (uint64_t& word : s) {
      uint64_t z = (seed += 0x9e3779b97f4a7c15);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }
  uint64_t next() {
    const auto left = [](uint64_t x, int k) { return (x << k) | (x >> (64 - k)); };
    const uint64_t result = left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = left(s[3], 45);
    return result;
  }
};

}  // namespace synerbench::testing_support
