// Four values of AVX2 and FMA, with the members of OneLane (kernels_body.h).
#pragma once

#include <immintrin.h>

#include "metrics/detail/kernels_body.h"

namespace synerbench::detail {
namespace {  // each file its own copy: see kernels_body.h

template <int kSkewOfRows>
struct FourLanes {
  using V = __m256d;
  static constexpr int kCount = 4;
  static constexpr int kSkew = kSkewOfRows;
  static SYNERBENCH_INLINE V load(const double* p) { return _mm256_loadu_pd(p); }
  static SYNERBENCH_INLINE void store(double* p, V v) { _mm256_storeu_pd(p, v); }
  static SYNERBENCH_INLINE V all(double v) { return _mm256_set1_pd(v); }
  static SYNERBENCH_INLINE void pin(V& v) { __asm__("" : "+x"(v)); }
  static SYNERBENCH_INLINE V add(V a, V b) { return _mm256_add_pd(a, b); }
  static SYNERBENCH_INLINE V sub(V a, V b) { return _mm256_sub_pd(a, b); }
  static SYNERBENCH_INLINE V mul(V a, V b) { return _mm256_mul_pd(a, b); }
  static SYNERBENCH_INLINE V div(V a, V b) { return _mm256_div_pd(a, b); }
  static SYNERBENCH_INLINE V fma(V a, V b, V c) { return _mm256_fmadd_pd(a, b, c); }
  static SYNERBENCH_INLINE V fms(V a, V b, V c) { return _mm256_fmsub_pd(a, b, c); }
  static SYNERBENCH_INLINE V max(V a, V b) {
    return _mm256_max_pd(a, b);
  }  // b if either is NaN, as a > b ? a : b
  static SYNERBENCH_INLINE V min(V a, V b) { return _mm256_min_pd(a, b); }
  static SYNERBENCH_INLINE V root(V a) { return _mm256_sqrt_pd(a); }
  static SYNERBENCH_INLINE V keep(V v, const uint64_t* bits) {
    return _mm256_and_pd(v, _mm256_loadu_pd(reinterpret_cast<const double*>(bits)));
  }
  static SYNERBENCH_INLINE V keep(V v, const uint8_t* inside) {
    int four;
    __builtin_memcpy(&four, inside, sizeof four);
    const __m256i wide = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(four));
    const __m256i outside = _mm256_cmpeq_epi64(wide, _mm256_setzero_si256());
    return _mm256_andnot_pd(_mm256_castsi256_pd(outside), v);
  }
  static SYNERBENCH_INLINE V keep_between(V v, V key, V low, V high) {
    return _mm256_and_pd(
        v, _mm256_and_pd(_mm256_cmp_pd(key, low, _CMP_GE_OQ), _mm256_cmp_pd(key, high, _CMP_LE_OQ)));
  }
  static SYNERBENCH_INLINE void transpose_4x4(const double* in, int64_t stride, double* out) {
    const V a = load(in), b = load(in + stride), c = load(in + 2 * stride), d = load(in + 3 * stride);
    const V ab_even = _mm256_unpacklo_pd(a, b), ab_odd = _mm256_unpackhi_pd(a, b);
    const V cd_even = _mm256_unpacklo_pd(c, d), cd_odd = _mm256_unpackhi_pd(c, d);
    constexpr int kStride = kBlockRows + kSkew;
    store(out, _mm256_permute2f128_pd(ab_even, cd_even, 0x20));
    store(out + kStride, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x20));
    store(out + 2 * kStride, _mm256_permute2f128_pd(ab_even, cd_even, 0x31));
    store(out + 3 * kStride, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x31));
  }
};

}  // namespace
}  // namespace synerbench::detail
