#include "harness/nn/adam.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <set>

#include "harness/core/error.h"

namespace synerbench::nn {

Adam::Adam(std::string name, std::vector<NamedTensor> parameters, const Settings& settings)
    : name_(std::move(name)), parameters_(std::move(parameters)), settings_(settings), lr_(settings.lr) {
  std::set<const void*> seen;
  for (const NamedTensor& named : parameters_) {
    SB_CHECK(seen.insert(named.tensor.unsafeGetTensorImpl()).second, named.name + " is listed twice");
    SB_CHECK(named.tensor.scalar_type() == at::kFloat, named.name + " is not float32");
    exp_avg_.push_back(at::zeros_like(named.tensor.detach()));
    exp_avg_sq_.push_back(at::zeros_like(named.tensor.detach()));
  }
  steps_ = at::zeros({static_cast<int64_t>(parameters_.size())}, at::kLong);
}

void Adam::zero_grad() {
  for (const NamedTensor& named : parameters_) named.tensor.mutable_grad() = at::Tensor();
}

void Adam::restart() {
  for (const at::Tensor& moment : exp_avg_) moment.zero_();
  for (const at::Tensor& moment : exp_avg_sq_) moment.zero_();
  steps_.zero_();
}

void Adam::step() {
  c10::NoGradGuard no_grad;
  int64_t* steps = steps_.data_ptr<int64_t>();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor parameter = parameters_[i].tensor;
    const at::Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const double t = static_cast<double>(++steps[i]);
    exp_avg_[i].mul_(settings_.beta1).add_(gradient, 1.0 - settings_.beta1);
    exp_avg_sq_[i].mul_(settings_.beta2).addcmul_(gradient, gradient, 1.0 - settings_.beta2);
    const double step_size = lr_ / (1.0 - std::pow(settings_.beta1, t));
    const double correction = std::sqrt(1.0 - std::pow(settings_.beta2, t));
    const at::Tensor denominator = exp_avg_sq_[i].sqrt().div_(correction).add_(settings_.eps);
    parameter.addcdiv_(exp_avg_[i], denominator, -step_size);
  }
}

std::vector<NamedTensor> Adam::state() const {
  std::vector<NamedTensor> state;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    state.push_back({parameters_[i].name + ".exp_avg", exp_avg_[i]});
    state.push_back({parameters_[i].name + ".exp_avg_sq", exp_avg_sq_[i]});
  }
  state.push_back({"steps", steps_});
  return state;
}

}  // namespace synerbench::nn
