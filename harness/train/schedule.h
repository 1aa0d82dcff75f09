// How a learning rate moves over a training: one type for every method, part of its recipe. No LibTorch.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/schema.h"

namespace synerbench {

/// A pure function of the position, counted in units (updates, or epochs) from 0.
///
/// Note [Warm-up from zero]. Unit k of a warm-up runs at k / warmup of the rate, so the very first update
/// moves nothing. That is the official trainer of BAGEL, to the last digit.
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
  };
  Kind kind = Kind::kConstant;
  int64_t warmup = 0;                   // units, any kind
  int64_t constant = 100, decay = 100;  // units; linear
  int64_t length = 0;                   // units, warm-up included; cosine and polynomial
  double power = 1.0;                   // polynomial
  double least = 0;                     // learning rate, not a share of it; cosine and polynomial

  /// The learning rate of unit `k` for an optimizer whose full rate is `lr`.
  double rate(double lr, int64_t k) const;
  /// rate(1, k): what the log shows. Meaningful where `least` is 0, or a share.
  double factor(int64_t k) const { return rate(1.0, k); }
};

/// Fields: kind, warmup, constant, decay, length, power, least.
const Schema<Schedule>& schedule_schema();

/// The schedule for a training of `units` units: linear parts keep their proportions, cosine and polynomial
/// end with the training, and a warm-up takes a tenth of it at most.
Schedule fitted(const Schedule& own, int64_t units);

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
