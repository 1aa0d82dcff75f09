#include "harness/nn/machine.h"

#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/matrix_rate.h"

namespace synerbench::nn {
namespace {

Finding check_gpu() {
  try {
    check_device("cuda", "doctor");
  } catch (const Error& error) {
    return {"gpu", Finding::Verdict::kNote, error.problem() + "; learned models run on the CPU"};
  }
  return {"gpu", Finding::Verdict::kOk, to_text(compute_provenance("cuda"), -1)};
}

}  // namespace

std::vector<Finding> check_libtorch(int threads) {
  set_compute_threads(threads);
  return {{"libtorch", Finding::Verdict::kOk, to_text(compute_provenance("cpu"), -1)},
          check_matrix_rate(matrix_rate_gflops(), kSlowMatrixRate, threads),
          check_gpu()};
}

}  // namespace synerbench::nn
