// What every learned model promises, whatever its method (see harness/core/model.h and
// harness/train/train.h): a slice's result depends on nothing but the slice and its seed, and an interrupted
// training leaves the bytes of an uninterrupted one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "harness/train/train.h"

namespace synerbench::testing_support {

/// Three square slices together on one thread, each alone on two threads, and together again: always the same
/// bytes, all in [-1, 1]. Returns them. `pixels` holds different slices, whose seeds are 11, 12 and 13.
std::vector<float> expect_independent_of_batch_and_threads(Synthesizer& model, const Task& task,
                                                           const std::vector<float>& pixels);

/// A training that can be begun again from nothing, as by a new process.
struct Training {
  std::function<std::unique_ptr<Trainable>()> make;
  TrainOptions options;  // without the folder
  std::vector<TaskPairs> pairs, validation = {};
};
TrainReport run(const Training& training, const std::filesystem::path& folder);

/// Where a training is broken off: when update `before_update` (from 0) would begin.
struct Stop {
  int64_t before_update = 0;
  int64_t checkpoint_every = 1;  // updates
};

/// Runs the training below `folder` without interruption, and once for every stop: broken off, then taken up
/// by a new model from the last checkpoint. All leave the same files with the same bytes (weights of all
/// networks, config.json, log.jsonl).
void expect_resume_is_exact(const Training& training, const std::filesystem::path& folder,
                            const std::vector<Stop>& stops);

/// The same training twice leaves the same files.
void expect_repeats_itself(const Training& training, const std::filesystem::path& folder);

}  // namespace synerbench::testing_support
