// What the training loop knows of an optimizer.
#pragma once

#include <string>
#include <vector>

#include "harness/nn/tensors.h"

namespace synerbench::nn {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  virtual const std::string& name() const = 0;  // unique in a model; part of a checkpoint's tensor names
  virtual double base_lr() const = 0;           // the full rate, before any schedule
  /// Another base learning rate from now on; lr() becomes it too.
  virtual void set_base_lr(double lr) = 0;
  /// The learning rate of the next steps; base_lr() until set.
  virtual double lr() const = 0;
  virtual void set_lr(double lr) = 0;

  /// Forgets moments and step counts: a new optimizer in the place of the old one (the next stage of a
  /// training).
  virtual void restart() = 0;
  /// Forgets the gradients.
  virtual void zero_grad() = 0;

  /// All that a checkpoint must hold. Handles: copying into them restores the optimizer, with restored()
  /// called afterwards.
  virtual std::vector<NamedTensor> state() const = 0;
  virtual void restored() {}
};

}  // namespace synerbench::nn
