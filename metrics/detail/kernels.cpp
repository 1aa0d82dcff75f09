#include "metrics/detail/kernels.h"

#include <array>
#include <atomic>

#include "metrics/detail/kernel_sets.h"

namespace synerbench::detail {
namespace {

/// The sets that this processor runs, in rising order, and a null pointer.
struct Available {
  std::array<const Kernels*, 4> sets{};
  size_t count = 0;
  Available() {
    sets[count++] = portable_kernels();
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && avx2_kernels() != nullptr) sets[count++] = avx2_kernels();
    if (avx2 && __builtin_cpu_supports("avx512f") && avx512_kernels() != nullptr) {
      sets[count++] = avx512_kernels();
    }
#endif
  }
};

const Available& available() {
  static const Available list;
  return list;
}

std::atomic<const Kernels*> forced{nullptr};

}  // namespace

const Kernels& kernels() {
  if (const Kernels* set = forced.load(std::memory_order_relaxed)) return *set;
  return *available().sets[available().count - 1];
}

const Kernels* const* all_kernels() { return available().sets.data(); }

void use_kernels(const Kernels* set) { forced.store(set, std::memory_order_relaxed); }

}  // namespace synerbench::detail
