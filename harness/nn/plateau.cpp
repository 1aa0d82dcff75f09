#include "harness/nn/plateau.h"

#include <algorithm>

namespace synerbench::nn {

void Plateau::step(double loss) {
  constexpr double kLeastChange = 1e-8;  // a rate that would change by less stays
  if (loss < state_.best * (1.0 - settings_.threshold)) {
    state_.best = loss;
    state_.bad = 0;
  } else {
    ++state_.bad;
  }
  if (state_.cooling > 0) {
    --state_.cooling;
    state_.bad = 0;
  }
  if (state_.bad <= settings_.patience) return;
  const double next = std::max(state_.lr * settings_.factor, settings_.lowest);
  if (state_.lr - next > kLeastChange) state_.lr = next;
  state_.cooling = settings_.cooldown;
  state_.bad = 0;
}

}  // namespace synerbench::nn
