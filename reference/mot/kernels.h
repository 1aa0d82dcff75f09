// The elementwise steps of a layer in one pass over memory each, for float32 on the CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include "reference/mot/ops.h"

namespace synerbench::reference::kernels {

/// Whether the kernels below take these tensors; the plain forms in ops.cpp take everything and are
/// their reference implementations in the tests.
bool usable(const at::Tensor& x);

/// See rms_norm, gated_silu and rotate in ops.h. Differentiable.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor gated_silu(const at::Tensor& gate_and_up);

/// rotate(rms_norm(x)) for heads side by side: x [rows, heads, d], weight [d]; the last two dimensions
/// contiguous.
at::Tensor normed_rotated(const at::Tensor& x, const at::Tensor& weight, double eps,
                          const RotaryTable& table);

/// x [rows, in] with few enough rows for few_rows_linear.
bool few_rows(const at::Tensor& x);

/// x weight^T + bias for few rows (the marks around an image, one token of text), weight [out, in], bias
/// [out] or undefined. A product made for many rows first copies the whole weight into another order; here
/// each weight is read once. Without gradient.
at::Tensor few_rows_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace synerbench::reference::kernels
