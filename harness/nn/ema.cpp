#include "harness/nn/ema.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "harness/core/error.h"

namespace synerbench::nn {

Ema::Ema(std::vector<NamedTensor> live, double decay) : live_(std::move(live)), decay_(decay) {
  SB_CHECK(decay > 0 && decay < 1, "decay lies between 0 and 1");
  for (const NamedTensor& named : live_) shadow_.push_back({named.name, named.tensor.detach().clone()});
}

void Ema::update() {
  c10::NoGradGuard no_grad;
  for (size_t i = 0; i < live_.size(); ++i) {
    const at::Tensor& live = live_[i].tensor;
    const at::Tensor& shadow = shadow_[i].tensor;
    if (live.requires_grad()) {
      shadow.mul_(decay_).add_(live, 1.0 - decay_);
    } else {
      shadow.copy_(live);
    }
  }
}

void Ema::copy_live() {
  c10::NoGradGuard no_grad;
  for (size_t i = 0; i < live_.size(); ++i) shadow_[i].tensor.copy_(live_[i].tensor);
}

void Ema::swap() {
  c10::NoGradGuard no_grad;
  for (size_t i = 0; i < live_.size(); ++i) {
    const at::Tensor kept = live_[i].tensor.detach().clone();
    live_[i].tensor.detach().copy_(shadow_[i].tensor);
    shadow_[i].tensor.copy_(kept);
  }
}

}  // namespace synerbench::nn
