// Operations with a gradient of their own.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace synerbench::reference {

/// Gradient of every input from the gradient of the output; undefined where an input wants none.
using Backward = std::function<std::vector<at::Tensor>(const at::Tensor& gradient)>;

/// True when gradients are recorded and any of `inputs` wants one.
bool wants_gradient(const std::vector<at::Tensor>& inputs);

/// Makes `value`, computed without a graph, the result of an operation on `inputs` whose gradient is
/// `backward`. What `backward` captures is kept until it has run once, then released: capture detached
/// tensors only. Without need for a gradient `value` is returned as it is.
at::Tensor with_gradient(const at::Tensor& value, const std::vector<at::Tensor>& inputs, Backward backward);

/// run(x) without keeping what it computes in between: the backward pass runs it a second time. Gradients of
/// x and of every leaf that `run` uses are the same. (Gradient checkpointing, Chen et al. 2016.)
at::Tensor recomputed(const std::function<at::Tensor(const at::Tensor& x)>& run, const at::Tensor& x);

}  // namespace synerbench::reference
