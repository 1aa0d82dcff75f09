// The sets of loops that were compiled. See Note [Equal bytes on every processor].
#pragma once

#include "metrics/detail/kernels.h"

namespace synerbench::detail {

/// Null where the compiler was not asked for the instruction set: on other processors than x86-64.
const Kernels* portable_kernels();
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();

}  // namespace synerbench::detail
