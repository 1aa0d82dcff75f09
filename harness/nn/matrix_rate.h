// How fast this LibTorch multiplies matrices: the quickest way to see a missing BLAS.
#pragma once

namespace synerbench::nn {

/// GFLOP/s of a 512 x 512 float32 matrix product with the current number of threads, best of a few. Below
/// about 10 on a CPU of this decade the reference BLAS is in use (Debian: install libopenblas0-openmp).
double matrix_rate_gflops();
inline constexpr double kSlowMatrixRate = 10;  // GFLOP/s

}  // namespace synerbench::nn
