// Adam (Kingma, Ba 2015) with its moments in the open.
#pragma once

#include <string>
#include <vector>

#include "harness/nn/optimizer.h"
#include "harness/nn/tensors.h"

namespace synerbench::nn {

/// LibTorch's own Adam keeps its state in a map keyed by addresses, of another type in each major version.
/// This one has the same arithmetic, names every moment after its parameter, and so goes into a checkpoint
/// and back exactly.
///
///     m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///     w -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
class Adam final : public Optimizer {
 public:
  struct Settings {
    double lr = 1e-3;
    double beta1 = 0.9, beta2 = 0.999;
    double eps = 1e-8;
  };
  /// `parameters`: float32, each once (see parameters_of); a repeated tensor is a failed check.
  Adam(std::string name, std::vector<NamedTensor> parameters, const Settings& settings);

  const std::string& name() const override { return name_; }
  double base_lr() const override { return settings_.lr; }
  void set_base_lr(double lr) override { settings_.lr = lr_ = lr; }
  void restart() override;
  double lr() const override { return lr_; }
  void set_lr(double lr) override { lr_ = lr; }

  /// Forgets the gradients (undefined, not zero: a parameter without a gradient is not moved by step()).
  void zero_grad() override;
  void step();

  /// "<parameter>.exp_avg", "<parameter>.exp_avg_sq" and "steps" (int64, updates of each parameter so far).
  std::vector<NamedTensor> state() const override;

 private:
  std::string name_;
  std::vector<NamedTensor> parameters_;
  std::vector<at::Tensor> exp_avg_, exp_avg_sq_;
  at::Tensor steps_;
  Settings settings_;
  double lr_;
};

}  // namespace synerbench::nn
