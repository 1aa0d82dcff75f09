#include "harness/train/updates.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/nn/optimizer.h"
#include "harness/train/checkpoint.h"

namespace synerbench {
namespace {

/// What LibTorch says about a network that the slices do not fit, in our words. Too little memory is another
/// matter.
[[noreturn]] void explain_first_update(const c10::Error& error, const std::string& method,
                                       const PairSource& pairs) {
  const std::string what = error.what_without_backtrace();
  if (what.find("allocate memory") != std::string::npos || what.find("out of memory") != std::string::npos)
    throw error;
  throw usage_error(fmt::format("training {}", method),
                    fmt::format("the first update with slices of {} x {} failed: {}", pairs.height(),
                                pairs.width(), what.substr(0, what.find('\n'))),
                    "the network may be too deep for slices so small: choose another --canvas, or a "
                    "smaller preset in --config");
}

}  // namespace

Updates::Updates(Trainable& model, const std::vector<TaskPairs>& pairs, const Recipe& recipe, uint64_t seed)
    : model_(model),
      pairs_(pairs),
      recipe_(recipe),
      seed_(seed),
      batches_(pairs_, seed, recipe_),
      schedule_(recipe_.schedule()) {
  total_ = recipe_.unit == BudgetUnit::kEpochs ? recipe_.units() * batches_.per_epoch() : recipe_.units();
  model_.begin({pairs_, recipe_, seed_, total_, batches_.per_epoch()});
  phases_ = model_.phases(total_);
  own_ = model_.schedule();
  int64_t end = 0;
  for (const Phase& phase : phases_) ends_.push_back(end += phase.updates);
  SB_CHECK(phases_.empty() || end == total_, "phases fill the training");
  SB_CHECK(!(model_.averages_itself() && recipe_.ema_decay > 0), "one average");
  if (recipe_.ema_decay > 0) ema_ = std::make_unique<nn::Ema>(averaged_tensors(model_), recipe_.ema_decay);
}

int64_t Updates::slices_seen(int64_t updates) {
  const std::optional<int64_t> own = model_.slices_seen();
  return own ? *own : batches_.images_before(updates);
}

size_t Updates::phase_at(int64_t update) const {
  if (ends_.empty()) return 0;
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), update);
  return std::min(static_cast<size_t>(end - ends_.begin()), ends_.size() - 1);
}

bool Updates::ends_phase(int64_t updates_done) const {
  return std::binary_search(ends_.begin(), ends_.end(), updates_done);
}

void Updates::initialize() {
  Random random(combine_seeds(seed_, seed_from("initialise")));
  model_.initialize(random);
  enter(phase_at(0));
  if (ema_) ema_->copy_live();
}

void Updates::enter(size_t phase) {
  phase_ = phase;
  entered_ = true;
  if (!phases_.empty()) model_.begin_phase(phase);
}

int64_t Updates::units(const Schedule& schedule, int64_t update, int64_t first) const {
  if (schedule.unit == BudgetUnit::kUpdates) return update - first;
  return update / batches_.per_epoch() - first / batches_.per_epoch();
}

void Updates::set_rates(int64_t update) {
  const Schedule& own = phases_.empty() ? own_ : phases_[phase_].schedule;
  const int64_t at = units(own, update, first_of(phase_));
  const std::vector<nn::Optimizer*> optimizers = model_.optimizers();
  factor_ = schedule_.factor(units(schedule_, update, 0));
  for (nn::Optimizer* optimizer : optimizers) optimizer->set_lr(factor_ * own.rate(optimizer->base_lr(), at));
  if (optimizers.empty()) return;
  const double full = optimizers.front()->base_lr();
  factor_ *= own.rate(full, at) / full;
}

Losses Updates::make(int64_t update) {
  const size_t phase = phase_at(update);
  if (!entered_ || phase != phase_) enter(phase);
  set_rates(update);
  Random random(combine_seeds(combine_seeds(seed_, seed_from("update")), static_cast<uint64_t>(update)));
  const int64_t in_phase = phases_.empty() ? update : update - first_of(phase_);
  const Losses losses = [&] {
    try {
      return model_.step({update, in_phase, batches_, random});
    } catch (const c10::Error& error) {
      if (in_phase > 0) throw;
      explain_first_update(error, model_.method(), *pairs_.front().pairs);
    }
  }();
  if (ema_ && (update + 1) % recipe_.ema_every == 0) {
    if (update + 1 <= recipe_.ema_start) {
      ema_->copy_live();
    } else {
      ema_->update();
    }
  }
  model_.update_end(update, losses);
  if ((update + 1) % batches_.per_epoch() == 0) model_.epoch_end(update / batches_.per_epoch());
  return losses;
}

void Updates::swap_average() {
  if (model_.averages_itself()) {
    model_.swap_average();
  } else if (ema_) {
    ema_->swap();
  }
}

}  // namespace synerbench
