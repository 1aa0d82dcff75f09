// The small pieces every block is made of.
#pragma once

#include <ATen/core/Tensor.h>

namespace synerbench::reference {

/// A linear layer: weight [out, in], bias [out] or undefined.
struct Linear {
  at::Tensor weight, bias;
  /// Computes in `compute` (inputs and weights are cast when they are of another type); the result is of that
  /// type.
  at::Tensor operator()(const at::Tensor& x, at::ScalarType compute) const;
};

/// w * cast(x32 / sqrt(mean(x32^2) + eps)): the mean in float32, cast back to x's type before the
/// multiplication.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// silu(a) * b for [a, b] = halves of the last dimension.
at::Tensor gated_silu(const at::Tensor& gate_and_up);

/// 0.5x(1 + tanh(sqrt(2/pi)(x + 0.044715x^3))).
at::Tensor tanh_gelu(const at::Tensor& x);

/// Cosine and sine of position * frequency: [rows, 1, head size / 2] each, float32.
struct RotaryTable {
  at::Tensor cos, sin;
};
/// `positions` [rows] int64, `frequencies` [head size / 2] float32.
RotaryTable rotary_table(const at::Tensor& positions, const at::Tensor& frequencies);
/// Turns the halves of every head against each other: [x1, x2] -> [x1 cos - x2 sin, x2 cos + x1 sin]. x:
/// [rows, heads, head size]. The table is cast to x's type first.
at::Tensor rotate(const at::Tensor& x, const RotaryTable& table);

/// rotate(rms_norm(x)): what q and k go through. x [rows, heads, d].
at::Tensor normed_rotated(const at::Tensor& x, const at::Tensor& weight, double eps,
                          const RotaryTable& table);

/// The same as plain tensor operations on any device and type; the functions above use faster kernels where
/// they can.
namespace plain {
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor gated_silu(const at::Tensor& gate_and_up);
}  // namespace plain

/// LibTorch's own, for layers of the ViT: statistics in float32.
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps);

}  // namespace synerbench::reference
