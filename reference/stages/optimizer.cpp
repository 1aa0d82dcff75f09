#include "reference/stages/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

constexpr int64_t kGrain = 1 << 15;  // elements per parallel chunk

/// The numbers of one update, already rounded to float32 where LibTorch's own AdamW rounds.
struct Step {
  float clip, decay, beta1, one_minus_beta1, beta2, one_minus_beta2, root_correction, eps, rate, ema,
      one_minus_ema;
  bool average;
};

void update_on_cpu(const at::Tensor& value, const at::Tensor& gradient, const at::Tensor& exp_avg,
                   const at::Tensor& exp_avg_sq, const at::Tensor& ema, const Step& s) {
  float* w = value.data_ptr<float>();
  const float* g = gradient.data_ptr<float>();
  float* m = exp_avg.data_ptr<float>();
  float* v = exp_avg_sq.data_ptr<float>();
  float* e = s.average ? ema.data_ptr<float>() : nullptr;
  at::parallel_for(0, value.numel(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float gradient_i = g[i] * s.clip;
      const float m_i = m[i] * s.beta1 + s.one_minus_beta1 * gradient_i;
      const float v_i = v[i] * s.beta2 + s.one_minus_beta2 * gradient_i * gradient_i;
      m[i] = m_i;
      v[i] = v_i;
      const float w_i = w[i] * s.decay - s.rate * (m_i / (std::sqrt(v_i) / s.root_correction + s.eps));
      w[i] = w_i;
      if (e) e[i] = e[i] * s.ema + s.one_minus_ema * w_i;
    }
  });
}

void update_on_device(at::Tensor value, const at::Tensor& gradient, at::Tensor exp_avg, at::Tensor exp_avg_sq,
                      at::Tensor ema, const Step& s) {
  const at::Tensor g = gradient * s.clip;
  exp_avg.mul_(s.beta1).add_(g, s.one_minus_beta1);
  exp_avg_sq.mul_(s.beta2).addcmul_(g, g, s.one_minus_beta2);
  value.mul_(s.decay).addcdiv_(exp_avg, (exp_avg_sq.sqrt() / s.root_correction).add_(s.eps), -s.rate);
  if (s.average) ema.mul_(s.ema).add_(value, s.one_minus_ema);
}

}  // namespace

AdamW::AdamW(std::string name, Parameters& parameters, const OptimizerSettings& settings)
    : name_(std::move(name)), parameters_(&parameters), settings_(settings), lr_(settings.lr) {
  for (size_t i = 0; i < parameters.leaves().size(); ++i) {
    const at::Tensor& value = parameters.leaves()[i].value;
    slot_of_leaf_.push_back(value.requires_grad() ? static_cast<int64_t>(slots_.size()) : -1);
    if (!value.requires_grad()) continue;
    SB_CHECK(value.scalar_type() == at::kFloat && value.is_contiguous(), "weights that train are float32");
    Slot slot{i, at::zeros_like(value.detach()), at::zeros_like(value.detach()), {}};
    if (settings.ema_decay > 0) slot.ema = value.detach().clone();
    slots_.push_back(std::move(slot));
  }
  counts_ = at::zeros({static_cast<int64_t>(slots_.size()) + 1}, at::TensorOptions(at::kLong));
}

double AdamW::gradient_norm() const {
  const at::NoGradGuard no_grad;
  double sum = 0;
  for (const Slot& slot : slots_) {
    const at::Tensor& gradient = parameters_->leaves()[slot.leaf].value.grad();
    if (!gradient.defined()) continue;
    const double norm = gradient.norm().item<double>();
    sum += norm * norm;
  }
  return std::sqrt(sum);
}

void AdamW::restart() {
  for (Slot& slot : slots_) {
    slot.exp_avg.zero_();
    slot.exp_avg_sq.zero_();
    slot.moved = 0;
  }
  updates_ = 0;
}

void AdamW::step(double norm) {
  const at::NoGradGuard no_grad;
  const double lr = lr_;
  ++updates_;
  const double clip = settings_.clip > 0 ? std::min(1.0, settings_.clip / (norm + 1e-6)) : 1.0;
  for (Slot& slot : slots_) {
    at::Tensor value = parameters_->leaves()[slot.leaf].value;
    const at::Tensor gradient = value.grad();
    if (!gradient.defined()) {
      if (slot.ema.defined()) slot.ema.mul_(settings_.ema_decay).add_(value, 1.0 - settings_.ema_decay);
      continue;
    }
    ++slot.moved;
    const double t = static_cast<double>(slot.moved);
    const auto f = [](double x) { return static_cast<float>(x); };
    const Step step{f(clip),
                    f(1.0 - lr * settings_.weight_decay),
                    f(settings_.beta1),
                    f(1.0 - settings_.beta1),
                    f(settings_.beta2),
                    f(1.0 - settings_.beta2),
                    f(std::sqrt(1.0 - std::pow(settings_.beta2, t))),
                    f(settings_.eps),
                    f(lr / (1.0 - std::pow(settings_.beta1, t))),
                    f(settings_.ema_decay),
                    f(1.0 - settings_.ema_decay),
                    slot.ema.defined()};
    if (value.device().is_cpu()) {
      update_on_cpu(value, gradient.contiguous(), slot.exp_avg, slot.exp_avg_sq, slot.ema, step);
    } else {
      update_on_device(value.detach(), gradient, slot.exp_avg, slot.exp_avg_sq, slot.ema, step);
    }
  }
  zero_grad();
}

void AdamW::swap_average() {
  const at::NoGradGuard no_grad;
  for (Slot& slot : slots_) {
    if (!slot.ema.defined()) continue;
    const at::Tensor weights = parameters_->leaves()[slot.leaf].value.detach();
    const at::Tensor kept = weights.clone();
    weights.copy_(slot.ema);
    slot.ema.copy_(kept);
  }
}

void AdamW::zero_grad() {
  for (auto& leaf : parameters_->leaves()) leaf.value.mutable_grad().reset();
}

const at::Tensor& AdamW::average(size_t leaf) const {
  const int64_t slot = slot_of_leaf_[leaf];
  if (slot < 0 || !slots_[static_cast<size_t>(slot)].ema.defined()) return parameters_->leaves()[leaf].value;
  return slots_[static_cast<size_t>(slot)].ema;
}

size_t AdamW::bytes() const {
  size_t bytes = 0;
  for (const Slot& slot : slots_) {
    for (const at::Tensor& tensor : {slot.exp_avg, slot.exp_avg_sq, slot.ema}) {
      if (tensor.defined()) bytes += static_cast<size_t>(tensor.nbytes());
    }
  }
  return bytes;
}

std::vector<nn::NamedTensor> AdamW::state() const {
  int64_t* counts = counts_.data_ptr<int64_t>();
  counts[0] = updates_;
  for (size_t i = 0; i < slots_.size(); ++i) counts[i + 1] = slots_[i].moved;
  std::vector<nn::NamedTensor> state = {{"updates", counts_}};
  for (const Slot& slot : slots_) {
    const std::string& name = parameters_->leaves()[slot.leaf].name;
    state.push_back({name + ".exp_avg", slot.exp_avg});
    state.push_back({name + ".exp_avg_sq", slot.exp_avg_sq});
    if (slot.ema.defined()) state.push_back({name + ".ema", slot.ema});
  }
  return state;
}

void AdamW::restored() {
  const int64_t* counts = counts_.data_ptr<int64_t>();
  updates_ = counts[0];
  for (size_t i = 0; i < slots_.size(); ++i) slots_[i].moved = counts[i + 1];
}

}  // namespace synerbench::reference
