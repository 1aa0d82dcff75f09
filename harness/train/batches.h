// Which pairs an update sees, in which order and form: a pure function of seed and position.
#pragma once

#include <vector>

#include "harness/core/model.h"
#include "harness/core/task_pairs.h"
#include "harness/train/trainable.h"

namespace synerbench {

/// The pairs of one update: all of one task.
struct TaskBatch {
  const Task* task = nullptr;
  PairBatch pairs;
};

/// Reads the batches of a training. Every epoch visits every pair of every task once, in a new order; the
/// batches of several tasks are shuffled among each other.
class Batches {
 public:
  /// Error(kBadInput) when the recipe wants other patients and a task has only one.
  Batches(const std::vector<TaskPairs>& tasks, uint64_t seed, const Recipe& recipe);
  int64_t per_epoch() const { return per_epoch_; }  // updates per epoch; a task's last one may be smaller
  /// The pairs of update number `update` (from 0) of the whole training, augmented. Valid until the next
  /// call.
  TaskBatch at(int64_t update);
  /// Pairs seen in updates 0 .. updates - 1.
  int64_t images_before(int64_t updates);

 private:
  struct Chunk {
    size_t task;
    int64_t first, count;  // positions in the task's order
  };
  void shuffle_for(int64_t epoch);
  int64_t partner_of(size_t task, int64_t index, Random& random) const;

  std::vector<TaskPairs> tasks_;
  uint64_t seed_;
  int64_t batch_, per_epoch_ = 0, pairs_ = 0;  // pairs_: of all tasks together
  Augmentation augmentation_;
  Pairing pairing_;
  int64_t epoch_ = -1;
  std::vector<std::vector<int64_t>> orders_;  // per task
  std::vector<Chunk> chunks_;                 // of the epoch, in their order
  // per task and pair; filled when other patients are wanted
  std::vector<std::vector<std::string>> patients_;
  std::vector<float> source_, target_, unused_;
};

}  // namespace synerbench
