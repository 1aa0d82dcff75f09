// The updates of a training without validation and files: what the loop and the stopwatch of budgets share.
#pragma once

#include <memory>
#include <vector>

#include "harness/nn/ema.h"
#include "harness/train/batches.h"
#include "harness/train/trainable.h"

namespace synerbench {

/// Knows what every update of a training is: its phase, its learning rate, its randomness, its step of the
/// average. Borrows model and pairs.
class Updates {
 public:
  Updates(Trainable& model, const std::vector<TaskPairs>& pairs, const Recipe& recipe, uint64_t seed);

  int64_t total() const { return total_; }
  int64_t per_epoch() const { return batches_.per_epoch(); }
  /// Slices seen in the first `updates` updates; now, of a model that draws its own samples.
  int64_t slices_seen(int64_t updates);

  const std::vector<Phase>& phases() const { return phases_; }
  /// The phase that update number `update` belongs to; 0 in a training without phases.
  size_t phase_at(int64_t update) const;
  bool ends_phase(int64_t updates_done) const;

  /// Fresh weights.
  void initialize();
  /// Makes `phase` the present one, as a checkpoint says.
  void enter(size_t phase);
  /// One update, with the hooks behind it. Enters its phase when it is the first of it.
  Losses make(int64_t update);
  /// The present rate as a share of the full one.
  double factor() const { return factor_; }
  size_t phase() const { return phase_; }

  nn::Ema* average() { return ema_.get(); }
  /// Exchanges weights and average: once to look at the average, once more to go on.
  void swap_average();

 private:
  int64_t first_of(size_t phase) const { return phase == 0 ? 0 : ends_[phase - 1]; }
  /// Units of a schedule that began with update number `first`.
  int64_t units(const Schedule& schedule, int64_t update, int64_t first) const;
  void set_rates(int64_t update);

  Trainable& model_;
  std::vector<TaskPairs> pairs_;
  Recipe recipe_;
  uint64_t seed_;
  Batches batches_;
  Schedule schedule_, own_;  // see Note [Learning rates]
  int64_t total_ = 0;
  std::vector<Phase> phases_;
  std::vector<int64_t> ends_;  // updates done at the end of each phase
  size_t phase_ = 0;
  bool entered_ = false;
  double factor_ = 1;
  std::unique_ptr<nn::Ema> ema_;
};

}  // namespace synerbench
