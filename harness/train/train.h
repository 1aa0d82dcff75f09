// The training loop: from pairs to a weights folder.
#pragma once

#include <filesystem>
#include <optional>

#include "harness/core/model.h"
#include "harness/train/batches.h"
#include "harness/train/budget.h"
#include "harness/train/recipe.h"
#include "harness/train/trainable.h"

namespace synerbench {

struct TrainOptions {
  Task task;                     // of train() with one task; the other names its tasks itself
  std::filesystem::path folder;  // the weights folder to make (see weights.h); while training it also holds
                                 // checkpoint.safetensors and log.jsonl
  bool resume = false;           // go on from the checkpoint; from the beginning when there is none yet
  uint64_t seed = 1;
  Recipe recipe;
  std::optional<ResolvedBudget> budget;  // what the recipe's length came from; recorded, part of the identity
  std::string device = "cpu";            // where the Trainable was built; recorded
  int threads = 1;                       // inside one operation, see Note [Threads in training]
  int64_t checkpoint_every = 0;  // updates between checkpoints beside the one after every validation; 0: none
  int64_t log_every = 100;       // updates summarized in one line of the log
  std::string protocol = "synermed-2d@2";  // whose first metric on the validation pairs selects the weights
  int64_t validation_slices = 0;           // at most so many, evenly spread over the pairs; 0: all
  // share of mask pixels below which a validation slice is left out: the suite's
  double min_foreground = 0.01;
  Json data =
      Json::object();  // where the pairs come from (store hash, split); recorded, part of the identity
};

struct TrainReport {
  int64_t updates = 0;  // of the whole training, resumed parts included
  int64_t epochs = 0;   // started
  int64_t images_seen = 0;
  int64_t resumed_at = 0;       // update this call started from
  double seconds = 0;           // of this call
  Losses losses;                // means over the last line of the log
  int64_t selected_update = 0;  // whose weights are in the folder
  // their mean validation SSIM, over several tasks the mean of the tasks'; none without validation pairs
  std::optional<double> selected_score;
  std::string weights_sha256;
};

/// Trains and leaves a complete weights folder with the networks of the best validation (of the end, when
/// there are no validation pairs).
///
/// Note [Exact resume]. The order of the pairs, their augmentation and the randomness of an update are
/// derived from (seed, epoch or update number), never from what ran before; a checkpoint holds every tensor
/// that an update reads, the averaging shadow, the best weights so far, the loss sums of the unfinished log
/// line and the log's length. So k updates, a kill at any moment, and a resume give the same bytes (weights,
/// config.json, log.jsonl) as one uninterrupted training.
///
/// Note [Threads in training]. Results of synthesis are the same bytes for any number of threads. Training is
/// not: LibTorch splits the sums of a weight's gradient by thread, so two threads round differently from one,
/// from the first update on. The number of threads is therefore part of a training's identity, and 1 by
/// default, which is the same everywhere. To use more cores, train several tasks side by side
/// (harness/core/parallel.h): train() may run in several threads at a time, for different models and folders
/// and with equal `threads` and `device`; each training's bytes are as if it ran alone.
///
/// One model may learn several tasks: every update is of one of them (see batches.h). `validation` may name
/// tasks that are not in `training` (the way back of a model that learns both directions from one); the
/// weights are selected by the mean over its tasks.
///
/// The folder is locked for as long as the training writes it.
///
/// Errors: a folder that another process is training into, a folder that holds another training, a finished
/// one without `resume`, or a checkpoint whose identity (method, configuration, recipe, seed, pairs, device,
/// threads, LibTorch version) differs: Error(kUsage) that names the first difference. A loss that is not
/// finite: Error(kSomeFailed). SIGINT or SIGTERM (see install_interrupt_handler): the update is finished, a
/// checkpoint is written, Error(kInterrupted) is thrown.
TrainReport train(const TrainOptions& options, Trainable& model, const std::vector<TaskPairs>& training,
                  const std::vector<TaskPairs>& validation);
/// The same for options.task alone.
TrainReport train(const TrainOptions& options, Trainable& model, const PairSource& training,
                  const PairSource& validation);

}  // namespace synerbench
