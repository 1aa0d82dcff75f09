// The loops for any processor.
#include "metrics/detail/kernel_sets.h"
#include "metrics/detail/kernels_body.h"

namespace synerbench::detail {
namespace {

struct Portable;

}  // namespace

const Kernels* portable_kernels() {
  static constexpr Kernels set = Loops<OneLane<Portable>>::table("portable");
  return &set;
}

}  // namespace synerbench::detail
