// What a training will cost on this machine, measured before it begins.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/train/batches.h"
#include "harness/train/recipe.h"
#include "harness/train/trainable.h"

namespace synerbench {

/// Seconds of the clock.
struct TrainingRate {
  double update = 0;           // the mean over a training, every phase in its proportion
  double validated_slice = 0;  // synthesized and compared
};

/// How long a training is.
struct TrainingLength {
  int64_t updates = 0;
  int64_t validated_slices = 0;  // in all validations together
};
TrainingLength length_of(Trainable& model, const std::vector<TaskPairs>& training,
                         const std::vector<TaskPairs>& validation, const Recipe& recipe, uint64_t seed,
                         int64_t validation_slices);

double seconds_of(const TrainingLength& length, const TrainingRate& rate);

/// Begins a training of `scratch` in memory, makes the first updates of each of its phases and synthesizes
/// one validation slice. `scratch` is of no use afterwards; nothing else is touched: every random number of a
/// training comes from its seed. Takes about `patience` seconds, and one update of each phase in any case.
/// Where one update, cold as it is, already says that the training is short, no more are made. An evaluation
/// of the network is taken for a third of an update's time for a slice: a validation slice that would take
/// more than half a minute by that is not tried out. An interrupt is Error(kInterrupted).
TrainingRate measured_rate(Trainable& scratch, const std::vector<TaskPairs>& training,
                           const std::vector<TaskPairs>& validation, const Recipe& recipe, uint64_t seed,
                           int threads, double patience = 3);

}  // namespace synerbench
