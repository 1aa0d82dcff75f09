#include "harness/train/expected_time.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/train/updates.h"
#include "harness/train/validate.h"

namespace synerbench {
namespace {

constexpr double kShort = 30;         // seconds: a training that one cold update says to be so short
constexpr int64_t kMostUpdates = 20;  // of a phase
// A slice that may take longer is not tried out. The guess is too high for models that evaluate less than the
// whole network each time (a cache of keys and values), so it is allowed more than the patience of the rest.
constexpr double kLongestGuess = 30;

template <class Work>
double seconds_for(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A stretch of updates that cost the same.
struct Stretch {
  int64_t first = 0, updates = 0;
};

std::vector<Stretch> stretches_of(const Updates& updates) {
  if (updates.phases().empty()) return {{0, updates.total()}};
  std::vector<Stretch> stretches;
  int64_t first = 0;
  for (const Phase& phase : updates.phases()) {
    if (phase.updates > 0) stretches.push_back({first, phase.updates});
    first += phase.updates;
  }
  return stretches;
}

double seconds_per_update(Updates& updates, const Stretch& stretch, double patience) {
  const auto one = [&](int64_t i) {
    throw_if_interrupted("nothing has been written");
    return seconds_for([&] { updates.make(stretch.first + i); });
  };
  const double cold = one(0);
  if (cold * static_cast<double>(updates.total()) < kShort) return cold;
  double taken = 0;
  int64_t made = 0;
  while (made < std::min(kMostUpdates, stretch.updates - 1) && cold + taken < patience) taken += one(++made);
  return made > 0 ? taken / static_cast<double>(made) : cold;
}

double seconds_per_validated_slice(Synthesizer& model, const std::vector<TaskPairs>& validation,
                                   double per_evaluation, double patience) {
  const auto entry = std::find_if(validation.begin(), validation.end(),
                                  [](const TaskPairs& task) { return task.pairs->size() > 0; });
  if (entry == validation.end()) return 0;
  const double guess = per_evaluation * model.info().network_evaluations;
  if (guess > kLongestGuess) return guess;
  const auto one = [&] {
    return seconds_for([&] { validate(model, entry->task, *entry->pairs, "synermed-2d@1", 1, 0); });
  };
  const double cold = one();
  return cold < patience / 2 ? std::min(cold, one()) : cold;
}

}  // namespace

TrainingLength length_of(Trainable& model, const std::vector<TaskPairs>& training,
                         const std::vector<TaskPairs>& validation, const Recipe& recipe, uint64_t seed,
                         int64_t validation_slices) {
  const Updates updates(model, training, recipe, seed);
  int64_t slices = 0, synthesizing = updates.phases().empty() ? updates.total() : 0;
  for (const TaskPairs& task : validation)
    slices += validation_slices > 0 ? std::min(validation_slices, task.pairs->size()) : task.pairs->size();
  for (const Phase& phase : updates.phases()) synthesizing += phase.synthesizes ? phase.updates : 0;
  // The end is validated, too.
  const double validations =
      std::ceil(static_cast<double>(recipe.units()) / static_cast<double>(recipe.validate_every));
  const double share =
      static_cast<double>(synthesizing) / static_cast<double>(std::max<int64_t>(1, updates.total()));
  return {updates.total(), slices * std::llround(validations * share)};
}

double seconds_of(const TrainingLength& length, const TrainingRate& rate) {
  return static_cast<double>(length.updates) * rate.update +
         static_cast<double>(length.validated_slices) * rate.validated_slice;
}

TrainingRate measured_rate(Trainable& scratch, const std::vector<TaskPairs>& training,
                           const std::vector<TaskPairs>& validation, const Recipe& recipe, uint64_t seed,
                           int threads, double patience) {
  nn::set_compute_threads(threads);
  nn::use_deterministic_kernels();
  Updates updates(scratch, training, recipe, seed);
  updates.initialize();
  const std::vector<Stretch> stretches = stretches_of(updates);
  TrainingRate rate;
  for (const Stretch& stretch : stretches) {
    rate.update += seconds_per_update(updates, stretch, patience / static_cast<double>(stretches.size())) *
                   static_cast<double>(stretch.updates) / static_cast<double>(updates.total());
  }
  const double evaluation = rate.update / 3 / static_cast<double>(std::max<int64_t>(1, recipe.batch));
  rate.validated_slice = seconds_per_validated_slice(scratch.synthesizer(), validation, evaluation, patience);
  return rate;
}

}  // namespace synerbench
