// Reflection padding whose gradients repeat themselves on a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace synerbench::nn {

/// Reflection padding (left, right, top, bottom) of [N, C, H, W] from slices, flips and concatenation: the values of
/// at::reflection_pad2d. That one's backward pass adds with atomics on a GPU, in another order each time; this one's does not.
at::Tensor reflect_by_slices(const at::Tensor& input, const std::array<int64_t, 4>& padding);

}  // namespace synerbench::nn
