// Which pairs an update sees, in which order and form: a pure function of seed and position.
#pragma once

#include <vector>

#include "harness/core/model.h"
#include "harness/train/trainable.h"

namespace synerbench {

/// Reads the batches of a training. Every epoch visits every pair once, in a new order.
class Batches {
 public:
  Batches(const PairSource& pairs, uint64_t seed, int64_t batch, Augmentation augmentation);
  int64_t per_epoch() const { return per_epoch_; }  // updates per epoch, the last one may be smaller
  /// The pairs of update number `update` (from 0) of the whole training, augmented. Valid until the next call.
  PairBatch at(int64_t update);
  /// Pairs seen in updates 0 .. updates - 1.
  int64_t images_before(int64_t updates) const;

 private:
  void shuffle_for(int64_t epoch);
  const PairSource& pairs_;
  uint64_t seed_;
  int64_t batch_, per_epoch_;
  Augmentation augmentation_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;
  std::vector<float> source_, target_;
};

}  // namespace synerbench
