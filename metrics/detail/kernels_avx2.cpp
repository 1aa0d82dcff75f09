// The loops for AVX2 and FMA: four values at a time. Compiled with -mavx2 -mfma on x86-64.
#include "metrics/detail/kernel_sets.h"
#include "metrics/detail/kernels_body.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "metrics/detail/lanes_avx2.h"
#endif

namespace synerbench::detail {

#if defined(__AVX2__) && defined(__FMA__)
namespace {

struct Avx2 : FourLanes<4> {};

}  // namespace

const Kernels* avx2_kernels() {
  static constexpr Kernels set = Loops<Avx2>::table("avx2");
  return &set;
}
#else
const Kernels* avx2_kernels() { return nullptr; }
#endif

}  // namespace synerbench::detail
