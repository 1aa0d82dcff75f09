// What stands in for device.cu where there is no CUDA compiler.
#include <stdexcept>

#include "metrics/cuda/detail/backend.h"

namespace synerbench::cuda::detail {

const DeviceState& device_state() {
  static const DeviceState state{
      false, false,
      "this program was not built with CUDA (CMake: SYNERBENCH_WITH_CUDA_METRICS, and a CUDA compiler)", ""};
  return state;
}

std::unique_ptr<Backend> device_backend(void*) { throw std::runtime_error(device_state().reason); }

}  // namespace synerbench::cuda::detail
