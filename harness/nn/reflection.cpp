#include "harness/nn/reflection.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

class ReflectionPad : public torch::autograd::Function<ReflectionPad> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            std::vector<int64_t> padding) {
    context->saved_data["sizes"] = input.sizes().vec();
    context->saved_data["padding"] = padding;
    return at::reflection_pad2d(input, padding);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    // Stands for the input, of which only the size is read.
    const at::Tensor size_only =
        at::empty({1}, gradients[0].options()).expand(context->saved_data["sizes"].toIntVector());
    return {
        at::reflection_pad2d_backward(gradients[0], size_only, context->saved_data["padding"].toIntVector()),
        at::Tensor()};
  }
};

}  // namespace

at::Tensor reflect(const at::Tensor& input, const std::array<int64_t, 4>& padding) {
  if (input.is_cuda()) return reflect_by_slices(input, padding);
  return ReflectionPad::apply(input, std::vector<int64_t>(padding.begin(), padding.end()));
}

at::Tensor reflect_by_slices(const at::Tensor& input, const std::array<int64_t, 4>& padding) {
  at::Tensor x = input;
  for (const int64_t axis : {3, 2}) {
    const auto [before, after] =
        axis == 3 ? std::pair(padding[0], padding[1]) : std::pair(padding[2], padding[3]);
    const int64_t size = x.size(axis);
    SB_CHECK(before < size && after < size, "reflection stays inside the image");
    x = at::cat(
        {x.slice(axis, 1, 1 + before).flip(axis), x, x.slice(axis, size - 1 - after, size - 1).flip(axis)},
        axis);
  }
  return x;
}

}  // namespace synerbench::nn
