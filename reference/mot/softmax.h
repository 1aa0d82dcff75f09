// The softmax of the explicit attention, in place and in one visit to each row. Float32 on the CPU.
#pragma once

#include <ATen/core/Tensor.h>

namespace synerbench::reference::kernels {

/// scores <- softmax(scale * scores) over the last dimension; contiguous. A score of -inf gives weight 0; a
/// row needs a finite one.
void softmax_(const at::Tensor& scores, double scale);

/// scores <- exp(scale * (scores - the row's largest)); returns the sums of the rows [rows]. What softmax_ is
/// before its division, which takes less time on what the weights are multiplied into.
at::Tensor exponentials_(const at::Tensor& scores, double scale);

/// The gradient of the scores before `scale`, in place of `gradient` (that of the weights): scale * weights *
/// (gradient - dot) with dot = sum over a row of gradient * weights, which is given: [rows], in the order of
/// the rows. All contiguous, equal shapes.
void softmax_backward_(const at::Tensor& gradient, const at::Tensor& weights, const at::Tensor& dot,
                       double scale);

}  // namespace synerbench::reference::kernels
