#include "harness/nn/compute.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "harness/core/error.h"
#include "harness/nn/matrix_buffers.h"

namespace synerbench::nn {

void check_device(const std::string& device, const std::string& place) {
  if (device == "cpu") return take_matrix_buffers(compute_threads(), place);
  const bool numbered = device.starts_with("cuda:") && device.size() > 5 && device.size() <= 8 &&
                        device.find_first_not_of("0123456789", 5) == std::string::npos;
  if (device != "cuda" && !numbered) {
    throw usage_error(place, fmt::format("unknown device \"{}\"", device), "known: cpu, cuda, cuda:<number>");
  }
  if (!torch::cuda::is_available()) {
    throw usage_error(
        place, fmt::format("device \"{}\" is not available", device),
        fmt::format("LibTorch {} sees no CUDA device: use --device cpu, or build against a CUDA LibTorch "
                    "on a machine with a GPU (docs/training.md)",
                    libtorch_version()));
  }
  const int index = numbered ? std::stoi(device.substr(5)) : 0;
  const int count = static_cast<int>(torch::cuda::device_count());
  if (index >= count) {
    throw usage_error(place, fmt::format("device \"{}\" does not exist", device),
                      fmt::format("this machine has {} CUDA devices, numbered from 0", count));
  }
}

void set_compute_threads(int threads) {
  SB_CHECK(threads >= 1, "threads must be positive");
  at::set_num_threads(threads);
}

int compute_threads() { return at::get_num_threads(); }

void use_deterministic_kernels() {
  at::Context& context = at::globalContext();
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
}

// TORCH_VERSION is that of the headers; a shared library of another version would not have loaded.
std::string libtorch_version() { return TORCH_VERSION; }

Json compute_provenance(const std::string& device) {
  return {{"libtorch", libtorch_version()}, {"device", device}, {"threads", compute_threads()}};
}

}  // namespace synerbench::nn
