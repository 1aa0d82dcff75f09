#include "harness/nn/matrix_rate.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <chrono>

namespace synerbench::nn {

double matrix_rate_gflops() {
  constexpr int kSide = 512, kRepeats = 5;
  const at::Tensor a = at::full({kSide, kSide}, 0.5f), b = at::full({kSide, kSide}, 0.25f);
  at::mm(a, b);  // the first call starts threads and picks kernels
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const at::Tensor c = at::mm(a, b);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * kSide * kSide * kSide / seconds / 1e9);
  }
  return best;
}

}  // namespace synerbench::nn
