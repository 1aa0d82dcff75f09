// How a learning rate moves over a training: one type for every method, part of its recipe. No LibTorch.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/schema.h"

namespace synerbench {

/// What the length of a training, and positions in it, are counted in.
enum class BudgetUnit { kEpochs, kUpdates };
std::string name_of(BudgetUnit unit);  // "epochs" "updates"
/// The words of a Schema's choice.
const std::vector<std::pair<std::string, BudgetUnit>>& budget_units();

/// A pure function of the position, counted in units from 0. A plateau alone goes by losses: see Plateau.
///
/// Note [Two warm-ups]. Unit k of a warm-up runs at k / warmup of the rate, so the very first update moves
/// nothing, and the decay begins behind it. That is the official trainer of BAGEL, to the last digit. A rise
/// (HealthGPT's stages) lies over the decay, which begins with the first unit: unit k runs at
/// (k + 1) / (rise * length) of it. As a share it needs no fitting.
///
/// Note [Linear decay]. The published code of Pix2Pix, CycleGAN and ResViT runs unit u at 1 - max(0, u + 2 -
/// constant) / (decay + 1): the decay starts one unit early and the last unit runs at 0. decay = 0: constant
/// throughout (the formula would silently skip the last).
struct Schedule {
  enum class Kind {
    kConstant,
    kLinear,      // `constant` units at the full rate, then `decay` units of linear decay to zero
    kCosine,      // half a cosine from the end of the warm-up to `length`, ending at `least`
    kPolynomial,  // (1 - k / length) ^ power, ending at `least`
    kPlateau,     // times `drop` whenever the loss stops falling, never below `least`
  };
  Kind kind = Kind::kConstant;
  BudgetUnit unit = BudgetUnit::kUpdates;
  int64_t warmup = 0;                   // units, any kind
  double rise = 0;                      // share of `length`, any kind
  int64_t constant = 100, decay = 100;  // units; linear
  int64_t length = 0;                   // units, warm-up included; cosine and polynomial
  double power = 1.0;                   // polynomial
  double least = 0;                     // learning rate, not a share of it; cosine, polynomial and plateau
  // Plateau. More than `patience` losses in a row that are not better, which is below best * (1 - threshold),
  // multiply the rate by `drop`; the `cooldown` losses behind that count for nothing.
  double drop = 0.5, threshold = 1e-4;
  int64_t patience = 3000, cooldown = 3000;

  /// The learning rate of unit `k` for an optimizer whose full rate is `lr`. Plateau: before any loss was
  /// seen.
  double rate(double lr, int64_t k) const;
  /// rate(1, k): what the log shows. Meaningful where `least` is 0, or a share.
  double factor(int64_t k) const { return rate(1.0, k); }
};

/// The rule of Schedule::kPlateau at work: the usual "reduce on plateau".
class Plateau {
 public:
  /// All that a checkpoint has to hold.
  struct State {
    double lr = 0;
    double best = std::numeric_limits<double>::infinity();
    int64_t bad = 0, cooling = 0;
  };
  Plateau(const Schedule& schedule, double lr);
  void step(double loss);
  double lr() const { return state_.lr; }
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  Schedule schedule_;
  State state_;
};

/// Fields of a plateau: factor, patience, threshold, cooldown, min_lr.
const Schema<Schedule>& plateau_fields();

/// The schedule for a training, or a phase of one, of so many updates; its unit is the update. Linear parts
/// keep their proportions, cosine and polynomial end with it, and a warm-up takes a tenth of it at most. A
/// plateau stays as it is: patience and cooldown are measured against the noise of single losses, not against
/// the length of a training.
Schedule fitted(const Schedule& own, int64_t updates);

/// Decay of an average of weights that is moved every `every` updates: its own, or less, so that it looks
/// back over a tenth of `updates` at most. It looks back over 1 / (1 - decay) steps. 0 (no average) where a
/// step would be all of that.
double fitted_average(double decay, int64_t updates, int64_t every = 1);

/// A warm-up or an average that takes more than half of a training is not the recipe it was taken from: the
/// weights would hardly move, or the average would still hold much of where they began. Error(kUsage) at
/// `place` that says which, and what fits. `what` names the training: "the stage gau".
void require_fitting_warmup(int64_t warmup, int64_t updates, const std::string& what,
                            const std::string& place);
void require_fitting_average(double decay, int64_t every, int64_t updates, const std::string& what,
                             const std::string& place);

/// `part` of `whole`, of `units`, rounded to the nearest.
int64_t share_of(int64_t units, int64_t part, int64_t whole);

}  // namespace synerbench
