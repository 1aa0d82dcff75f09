// AdamW with its average of weights, gradient clipping and the learning-rate schedules of the official trainer.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "harness/nn/tensors.h"
#include "reference/mot/parameters.h"

namespace synerbench::reference {

enum class Schedule { kConstant, kCosine };

struct OptimizerSettings {
  double lr = 1e-4;
  Schedule schedule = Schedule::kConstant;
  int64_t warmup = 2000;   // updates
  double min_lr = 1e-7;    // cosine only
  int64_t total = 500000;  // updates; cosine only
  double beta1 = 0.9, beta2 = 0.95;
  double eps = 1e-15;
  double weight_decay = 0.0;
  double clip = 1.0;          // global L2 norm of the gradients; 0: no clipping
  double ema_decay = 0.9999;  // 0: no average
};

/// Learning rate of update `k` (from 0): k / warmup of it while warming up, so the very first update moves nothing.
double learning_rate(const OptimizerSettings& settings, int64_t k);

/// Works on the leaves of a Parameters that require gradients when it is made; their values, gradients and moments are float32.
///
/// Note [One pass per update]. Clipping, moments, weights and average are updated in a single pass over memory on the CPU: done
/// as separate tensor operations they read and write every weight a dozen times, a tenth of a training step. The arithmetic is that of
/// AdamW in float32, element by element, so it does not depend on the number of threads.
class AdamW {
 public:
  AdamW(Parameters& parameters, const OptimizerSettings& settings);

  /// L2 norm over all gradients, summed in double; a leaf without a gradient counts as zero.
  double gradient_norm() const;
  /// Clips by `norm` (norm + 1e-6, as the official trainer), moves the weights and the average, forgets the gradients. A leaf without
  /// a gradient keeps its weights and moments, but its average goes on. Returns the learning rate used.
  double step(double norm);
  void zero_grad();

  int64_t updates() const { return updates_; }
  /// Average of a leaf's weights; the weights themselves when there is no average or the leaf does not train.
  const at::Tensor& average(size_t leaf) const;
  size_t bytes() const;  // of moments and averages

  /// Handles to everything that must be saved: "<leaf>.exp_avg", "<leaf>.exp_avg_sq", "<leaf>.ema" and "updates". Copying into them restores it.
  std::vector<nn::NamedTensor> state() const;
  /// Call after the values of state() were overwritten.
  void restored();

 private:
  struct Slot {
    size_t leaf = 0;
    at::Tensor exp_avg, exp_avg_sq, ema;
    int64_t moved = 0;  // updates with a gradient: the bias correction counts these
  };
  Parameters* parameters_;
  OptimizerSettings settings_;
  std::vector<Slot> slots_;
  std::vector<int64_t> slot_of_leaf_;  // -1: does not train
  int64_t updates_ = 0;
  at::Tensor counts_;  // int64 [1 + slots]: updates, then moved per slot
};

}  // namespace synerbench::reference
