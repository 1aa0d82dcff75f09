// AdamW with its average of weights and gradient clipping, as the official trainer has them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "harness/nn/optimizer.h"
#include "reference/mot/parameters.h"

namespace synerbench::reference {

struct OptimizerSettings {
  double lr = 1e-4;
  double beta1 = 0.9, beta2 = 0.95;
  double eps = 1e-15;
  double weight_decay = 0.0;
  double clip = 1.0;          // global L2 norm of the gradients; 0: no clipping
  double ema_decay = 0.9999;  // 0: no average
};

/// Works on the leaves of a Parameters that require gradients when it is made; their values, gradients and
/// moments are float32.
///
/// Note [One pass per update]. Clipping, moments, weights and average are updated in a single pass over
/// memory on the CPU: done as separate tensor operations they read and write every weight a dozen times, a
/// tenth of a training step. The arithmetic is that of AdamW in float32, element by element, so it does not
/// depend on the number of threads. nn::Adam keeps its separate operations: the networks of the baselines are
/// small, its bytes are those of published results, and it has neither average nor clipping.
class AdamW final : public nn::Optimizer {
 public:
  AdamW(std::string name, Parameters& parameters, const OptimizerSettings& settings);

  const std::string& name() const override { return name_; }
  double base_lr() const override { return settings_.lr; }
  void set_base_lr(double lr) override { settings_.lr = lr_ = lr; }
  double lr() const override { return lr_; }
  void set_lr(double lr) override { lr_ = lr; }
  void restart() override;

  /// L2 norm over all gradients, summed in double; a leaf without a gradient counts as zero.
  double gradient_norm() const;
  /// Clips by `norm` (norm + 1e-6, as the official trainer), moves the weights and the average, forgets the
  /// gradients. A leaf without a gradient keeps its weights and moments, but its average goes on.
  void step(double norm);
  void zero_grad() override;

  int64_t updates() const { return updates_; }
  /// Average of a leaf's weights; the weights themselves when there is no average or the leaf does not train.
  const at::Tensor& average(size_t leaf) const;
  size_t bytes() const;  // of moments and averages
  /// Exchanges weights and their average; nothing where there is no average.
  void swap_average();

  /// "<leaf>.exp_avg", "<leaf>.exp_avg_sq", "<leaf>.ema" and "updates".
  std::vector<nn::NamedTensor> state() const override;
  void restored() override;

 private:
  struct Slot {
    size_t leaf = 0;
    at::Tensor exp_avg, exp_avg_sq, ema;
    int64_t moved = 0;  // updates with a gradient: the bias correction counts these
  };
  std::string name_;
  Parameters* parameters_;
  OptimizerSettings settings_;
  double lr_;
  std::vector<Slot> slots_;
  std::vector<int64_t> slot_of_leaf_;  // -1: does not train
  int64_t updates_ = 0;
  at::Tensor counts_;  // int64 [1 + slots]: updates, then moved per slot
};

}  // namespace synerbench::reference
