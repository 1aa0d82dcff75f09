// Adam (Kingma, Ba 2015) with its moments in the open.
#pragma once

#include <string>
#include <vector>

#include "harness/nn/tensors.h"

namespace synerbench::nn {

/// LibTorch's own Adam keeps its state in a map keyed by addresses, of another type in each major version. This one has
/// the same arithmetic, names every moment after its parameter, and so goes into a checkpoint and back exactly.
///
///     m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///     w -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
class Adam {
 public:
  struct Settings {
    double lr = 1e-3;
    double beta1 = 0.9, beta2 = 0.999;
    double eps = 1e-8;
  };
  /// `parameters`: float32, each once (see parameters_of); a repeated tensor is a failed check.
  Adam(std::string name, std::vector<NamedTensor> parameters, const Settings& settings);

  const std::string& name() const { return name_; }
  double base_lr() const { return settings_.lr; }
  /// Another base learning rate from now on; lr() becomes it too.
  void set_base_lr(double lr) { settings_.lr = lr_ = lr; }
  /// Forgets moments and step counts: a new optimizer in the place of the old one (the next stage of a training).
  void restart();
  /// The learning rate of the next steps; base_lr() until set.
  double lr() const { return lr_; }
  void set_lr(double lr) { lr_ = lr; }

  /// Forgets the gradients (undefined, not zero: a parameter without a gradient is not moved by step()).
  void zero_grad();
  void step();

  /// "<parameter>.exp_avg", "<parameter>.exp_avg_sq" and "steps" (int64, updates of each parameter so far). Handles:
  /// copying into them restores the optimizer.
  std::vector<NamedTensor> state() const;

 private:
  std::string name_;
  std::vector<NamedTensor> parameters_;
  std::vector<at::Tensor> exp_avg_, exp_avg_sq_;
  at::Tensor steps_;
  Settings settings_;
  double lr_;
};

}  // namespace synerbench::nn
