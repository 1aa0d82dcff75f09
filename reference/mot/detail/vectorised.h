// What the kernels' loops share.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

// Compiled twice, the better one is chosen at start. Without fused multiply-add, so that all machines round alike.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define SB_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define SB_VECTORISED
#endif

namespace synerbench::reference::kernels {

/// e^x within 2 units in the last place (Cephes' expf), in a form that compilers vectorise; inlined into the loops below.
inline __attribute__((always_inline)) float fast_exp(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float scaled = x * 1.44269504088896341f;
  const auto n = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5f : 0.5f));
  const auto whole = static_cast<float>(n);
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * r * r + r + 1.0f) * std::bit_cast<float>((n + 127) << 23);
}

}  // namespace synerbench::reference::kernels
