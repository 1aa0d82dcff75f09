// Sums that come out the same for any number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace synerbench::detail {

// Note [Order of summation]
// Floating-point sums depend on their order, and OpenMP's reductions on the number of threads. So work is cut
// into pieces whose borders depend on the image's size only, each piece is summed by one thread, and the
// pieces are added one after the other. Within a piece, term i goes to lane i mod 8 and the lanes are added
// pairwise at the end: a fixed order that the compiler can still turn into vector instructions.

inline constexpr int kLanes = 8;
inline constexpr int64_t kBlock = 4096;

inline double add_lanes(const std::array<double, kLanes>& lane) {
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/// Sum of term(i) for i in [begin, end).
template <class Term>
inline double lane_sum(int64_t begin, int64_t end, Term&& term) {
  std::array<double, kLanes> lane{};
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) {
    for (int l = 0; l < kLanes; ++l) lane[l] += term(i + l);
  }
  for (int l = 0; i < end; ++i, ++l) lane[l] += term(i);
  return add_lanes(lane);
}

/// The same over [0, count), in blocks, on all threads. `term` must be safe to call from several threads.
template <class Term>
double block_sum(int64_t count, Term&& term) {
  const int64_t blocks = (count + kBlock - 1) / kBlock;
  std::vector<double> sums(static_cast<size_t>(blocks));
#pragma omp parallel for schedule(static) if (blocks > 16)
  for (int64_t b = 0; b < blocks; ++b) {
    sums[static_cast<size_t>(b)] = lane_sum(b * kBlock, std::min(count, (b + 1) * kBlock), term);
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace synerbench::detail
