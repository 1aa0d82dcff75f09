#include "reference/mot/ops.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "reference/mot/kernels.h"

namespace synerbench::reference {

at::Tensor Linear::operator()(const at::Tensor& x, at::ScalarType compute) const {
  if (!at::GradMode::is_enabled() && compute == at::kFloat && kernels::few_rows(x) && kernels::usable(weight))
    return kernels::few_rows_linear(x, weight, bias);
  return at::linear(x.to(compute), weight.to(compute), bias.defined() ? bias.to(compute) : bias);
}

at::Tensor plain::rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor normed = wide * at::rsqrt(wide.square().mean(-1, /*keepdim=*/true) + eps);
  return weight * normed.to(x.scalar_type());
}

at::Tensor plain::gated_silu(const at::Tensor& gate_and_up) {
  const int64_t width = gate_and_up.size(-1) / 2;
  return at::silu(gate_and_up.narrow(-1, 0, width)) * gate_and_up.narrow(-1, width, width);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return kernels::usable(x) && kernels::usable(weight) ? kernels::rms_norm(x, weight, eps)
                                                       : plain::rms_norm(x, weight, eps);
}

at::Tensor gated_silu(const at::Tensor& gate_and_up) {
  return kernels::usable(gate_and_up) ? kernels::gated_silu(gate_and_up) : plain::gated_silu(gate_and_up);
}

at::Tensor normed_rotated(const at::Tensor& x, const at::Tensor& weight, double eps,
                          const RotaryTable& table) {
  const bool rows_of_heads = x.stride(2) == 1 && x.stride(1) == x.size(2);
  if (kernels::usable(x) && kernels::usable(weight) && rows_of_heads)
    return kernels::normed_rotated(x, weight, eps, table);
  return rotate(rms_norm(x, weight, eps), table);
}

at::Tensor tanh_gelu(const at::Tensor& x) { return at::gelu(x, "tanh"); }

RotaryTable rotary_table(const at::Tensor& positions, const at::Tensor& frequencies) {
  const at::Tensor angles = (positions.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0)).unsqueeze(1);
  return {angles.cos(), angles.sin()};
}

at::Tensor rotate(const at::Tensor& x, const RotaryTable& table) {
  const int64_t half = x.size(-1) / 2;
  const at::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  const at::Tensor cos = table.cos.to(x.scalar_type()), sin = table.sin.to(x.scalar_type());
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
  return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
}

}  // namespace synerbench::reference
