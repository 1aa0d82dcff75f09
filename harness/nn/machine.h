// What this LibTorch can do, as findings of `synerbench doctor`.
#pragma once

#include <vector>

#include "harness/core/machine.h"

namespace synerbench::nn {

/// Its version, the rate of its matrix product with so many threads, and whether it sees a GPU. Without one
/// is a note. Sets the threads of the process.
std::vector<Finding> check_libtorch(int threads);

}  // namespace synerbench::nn
