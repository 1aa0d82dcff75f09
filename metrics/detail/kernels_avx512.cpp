// The loops for AVX-512: eight values at a time. Compiled with -mavx512f (which brings AVX2 and FMA) on
// x86-64.
#include "metrics/detail/kernel_sets.h"
#include "metrics/detail/kernels_body.h"

#if defined(__AVX512F__)
#include "metrics/detail/lanes_avx2.h"
#endif

namespace synerbench::detail {

#if defined(__AVX512F__)
namespace {

struct Avx512 {
  using V = __m512d;
  static constexpr int kCount = 8;
  static constexpr int kSkew = 0;
  static SYNERBENCH_INLINE V load(const double* p) { return _mm512_loadu_pd(p); }
  static SYNERBENCH_INLINE void store(double* p, V v) { _mm512_storeu_pd(p, v); }
  static SYNERBENCH_INLINE V all(double v) { return _mm512_set1_pd(v); }
  static SYNERBENCH_INLINE void pin(V& v) { __asm__("" : "+v"(v)); }
  static SYNERBENCH_INLINE V add(V a, V b) { return _mm512_add_pd(a, b); }
  static SYNERBENCH_INLINE V sub(V a, V b) { return _mm512_sub_pd(a, b); }
  static SYNERBENCH_INLINE V mul(V a, V b) { return _mm512_mul_pd(a, b); }
  static SYNERBENCH_INLINE V div(V a, V b) { return _mm512_div_pd(a, b); }
  static SYNERBENCH_INLINE V fma(V a, V b, V c) { return _mm512_fmadd_pd(a, b, c); }
  static SYNERBENCH_INLINE V fms(V a, V b, V c) { return _mm512_fmsub_pd(a, b, c); }
  // With a mask of all lanes: g++ 12 warns of its own header's plain forms (GCC PR 105593).
  static SYNERBENCH_INLINE V max(V a, V b) { return _mm512_maskz_max_pd(0xff, a, b); }
  static SYNERBENCH_INLINE V min(V a, V b) { return _mm512_maskz_min_pd(0xff, a, b); }
  static SYNERBENCH_INLINE V root(V a) { return _mm512_maskz_sqrt_pd(0xff, a); }
  static SYNERBENCH_INLINE V keep(V v, const uint64_t* bits) {
    const __m512i mask = _mm512_loadu_si512(bits);
    return _mm512_maskz_mov_pd(_mm512_test_epi64_mask(mask, mask), v);
  }
  static SYNERBENCH_INLINE V keep(V v, const uint8_t* inside) {
    long long eight;
    __builtin_memcpy(&eight, inside, sizeof eight);
    const __m512i wide = _mm512_maskz_cvtepu8_epi64(0xff, _mm_cvtsi64_si128(eight));
    return _mm512_maskz_mov_pd(_mm512_test_epi64_mask(wide, wide), v);
  }
  static SYNERBENCH_INLINE V keep_between(V v, V key, V low, V high) {
    const __mmask8 above = _mm512_cmp_pd_mask(key, low, _CMP_GE_OQ);
    return _mm512_maskz_mov_pd(_mm512_mask_cmp_pd_mask(above, key, high, _CMP_LE_OQ), v);
  }
  static SYNERBENCH_INLINE void transpose_4x4(const double* in, int64_t stride, double* out) {
    FourLanes<0>::transpose_4x4(in, stride, out);
  }
};

}  // namespace

const Kernels* avx512_kernels() {
  static constexpr Kernels set = Loops<Avx512>::table("avx512");
  return &set;
}
#else
const Kernels* avx512_kernels() { return nullptr; }
#endif

}  // namespace synerbench::detail
