// The functions of measure.h on a backend that is given: a device, or the emulation on the CPU in the tests.
// The images are in the backend's memory.
#pragma once

#include <string_view>
#include <vector>

#include "metrics/cuda/detail/backend.h"
#include "metrics/cuda/measure.h"

namespace synerbench::cuda::detail {

std::vector<Measures> measure_there(Backend& backend, const Pairs& there, const Request& request);
std::vector<std::vector<Errors>> errors_there(Backend& backend, const Pairs& there,
                                              const ErrorRequest& request);
std::vector<Measured> ms_ssim_there(Backend& backend, const Pairs& there, const MsSsimConvention& convention,
                                    Precision precision);
std::vector<std::vector<Measured>> compare_there(Backend& backend, std::string_view protocol,
                                                 const Pairs& there, Precision precision);

/// Copies of a host's images in the backend's memory. std::invalid_argument for shapes and null images.
class Uploaded {
 public:
  Uploaded(Backend& backend, const Pairs& on_host);
  const Pairs& there() const { return there_; }

 private:
  Buffer<float> prediction_, target_;
  Buffer<uint8_t> mask_;
  Pairs there_;
};

}  // namespace synerbench::cuda::detail
