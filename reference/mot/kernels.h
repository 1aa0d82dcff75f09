// The elementwise steps of a layer in one pass over memory each, for float32 on the CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include "reference/mot/ops.h"

namespace synerbench::reference::kernels {

/// Whether the kernels below take these tensors; the plain forms in ops.cpp take everything and are their twins in the tests.
bool usable(const at::Tensor& x);

/// See rms_norm, gated_silu and rotate in ops.h. Differentiable.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor gated_silu(const at::Tensor& gate_and_up);

/// rotate(rms_norm(x)) for heads side by side: x [rows, heads, d], weight [d]; the last two dimensions contiguous.
at::Tensor normed_rotated(const at::Tensor& x, const at::Tensor& weight, double eps,
                          const RotaryTable& table);

}  // namespace synerbench::reference::kernels
