#include "reference/mot/gradient.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <type_traits>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

using torch::autograd::variable_list;

class LambdaNode final : public torch::autograd::Node {
 public:
  explicit LambdaNode(Backward backward) : backward_(std::move(backward)) {}
  variable_list apply(variable_list&& gradients) override {
    SB_CHECK(backward_, "a graph is walked backward once");
    if (!gradients[0].defined()) return variable_list(num_outputs());
    return backward_(gradients[0]);
  }
  void release_variables() override { backward_ = nullptr; }

 private:
  Backward backward_;
};

/// Nodes of a graph are counted in themselves in late LibTorch 2.x, by std::shared_ptr before.
template <class Node>
auto make_node(Backward backward) {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, Node>) {
    return c10::make_intrusive<Node>(std::move(backward));
  } else {
    return std::shared_ptr<Node>(new Node(std::move(backward)), [](Node* node) { deleteNode(node); });
  }
}

at::Tensor attach(const at::Tensor& value, const torch::autograd::edge_list& edges, Backward backward) {
  const auto node = make_node<LambdaNode>(std::move(backward));
  node->set_next_edges(torch::autograd::edge_list(edges));
  at::Tensor out = value;
  torch::autograd::set_history(out, node);
  return out;
}

}  // namespace

bool wants_gradient(const std::vector<at::Tensor>& inputs) {
  if (!at::GradMode::is_enabled()) return false;
  for (const at::Tensor& input : inputs) {
    if (input.defined() && input.requires_grad()) return true;
  }
  return false;
}

at::Tensor with_gradient(const at::Tensor& value, const std::vector<at::Tensor>& inputs, Backward backward) {
  if (!wants_gradient(inputs)) return value;
  return attach(value, torch::autograd::collect_next_edges(inputs), std::move(backward));
}

at::Tensor recomputed(const std::function<at::Tensor(const at::Tensor& x)>& run, const at::Tensor& x) {
  if (!at::GradMode::is_enabled()) return run(x);
  at::Tensor y;
  {
    const at::NoGradGuard no_grad;
    y = run(x.detach());
  }
  // The node is attached even when x wants no gradient: the leaves inside `run` may.
  return attach(y, torch::autograd::collect_next_edges(x),
                [run, saved = x.detach(), wanted = x.requires_grad()](const at::Tensor& gradient) {
                  const at::AutoGradMode record(true);
                  at::Tensor again = saved.detach();
                  again.set_requires_grad(wanted);
                  const at::Tensor out = run(again);
                  if (out.requires_grad()) torch::autograd::backward({out}, {gradient});
                  return std::vector<at::Tensor>{wanted ? again.grad() : at::Tensor()};
                });
}

}  // namespace synerbench::reference
