// What the kernels' loops share.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

// Compiled for three generations of processors, the best is chosen at start. Without fused multiply-add
// (reference/CMakeLists.txt), which only some of them have.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define SB_VECTORIZED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SB_VECTORIZED
#endif

namespace synerbench::reference::kernels {

/// e^x within 2 units in the last place (Cephes' expf) for x in [-87, 88], in a form that compilers
/// vectorize; inlined into the loops. Callers take care of other x after it or clamp to where their result is
/// not tiny: compilers work out both sides of a clamp, and where one is a denormal number a loop takes
/// several times as long.
inline __attribute__((always_inline)) float fast_exp(float x) {
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits.
  constexpr float kRounder = 12582912.0f;
  const float rounded = x * 1.44269504088896341f + kRounder, whole = rounded - kRounder;
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * r * r + r + 1.0f) * std::bit_cast<float>((std::bit_cast<uint32_t>(rounded) + 127u) << 23);
}

}  // namespace synerbench::reference::kernels
