// Reflection padding that keeps nothing for its backward pass, and whose gradients repeat themselves on a
// GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace synerbench::nn {

/// Reflection padding (left, right, top, bottom) of [N, C, H, W]: the values and gradients of
/// at::reflection_pad2d. That one keeps its input until the backward pass, which needs only its size: in a
/// residual block, whose convolution keeps the padded image anyway, about a sixth of the memory. On a GPU:
/// reflect_by_slices.
at::Tensor reflect(const at::Tensor& input, const std::array<int64_t, 4>& padding);

/// The same from slices, flips and concatenation: the values of at::reflection_pad2d. That one's backward
/// pass adds with atomics on a GPU, in another order each time; this one's does not.
at::Tensor reflect_by_slices(const at::Tensor& input, const std::array<int64_t, 4>& padding);

}  // namespace synerbench::nn
