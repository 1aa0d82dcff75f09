// The kernels on the CPU: the code of block.h, one thread after the other, phase by phase. It finds what a
// device would get wrong silently: an index outside an array or an image is an exception (and outside an
// allocation, a finding of the address sanitizer); shared memory and registers hold NaNs before they are
// written, and between blocks; a phase that reads what another thread writes in the same phase gives other
// results when threads run backward.
#pragma once

#include <cstddef>
#include <memory>

#include "metrics/cuda/detail/backend.h"

namespace synerbench::cuda::detail {

enum class ThreadOrder { kForward, kBackward, kEvenFirst };

std::unique_ptr<Backend> emulator(ThreadOrder order = ThreadOrder::kForward);

}  // namespace synerbench::cuda::detail
