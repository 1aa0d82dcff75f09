// Training the reference model: a stage, or the autoencoder of a new model. No LibTorch header is needed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "reference/stages/curriculum.h"
#include "reference/stages/pack_stream.h"
#include "reference/stages/stage_recipe.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

struct StageOptions {
  std::filesystem::path from;  // checkpoint folder to start from
  std::filesystem::path
      to;  // folder to make: the official layout; while training it also holds training.safetensors and log.jsonl
  StageRecipe recipe;
  int64_t updates = 1000;
  uint64_t seed = 4396;
  std::string device = "cpu";
  bool resume = false;             // go on from `to`; from the beginning when there is nothing yet
  int64_t checkpoint_every = 500;  // updates; 0: only at the end
  int64_t log_every = 10;          // updates summarised in one line
  Json data = Json::object();      // where the pairs come from; recorded, part of the identity
};

struct StageReport {
  int64_t updates = 0, resumed_at = 0;
  double seconds = 0;                    // of this call
  int64_t tokens = 0;                    // of this call
  double first_loss = 0, last_loss = 0;  // means of the first and the last log line
  int64_t trained_parameters = 0;
  int64_t state_bytes = 0;  // moments and averages
};

/// One line of the log, also given to `watch`: losses are means over its updates.
struct StageLine {
  int64_t update = 0;  // updates done
  double ce = 0, mse = 0, grad_norm = 0, lr = 0;
  int64_t tokens = 0;
};

/// Trains and leaves a complete checkpoint folder: ema.safetensors (averaged weights; the weights themselves when ema_decay is 0),
/// model.safetensors (the weights), the autoencoder, configurations and tokenizer of `from`.
///
/// Sample, dropout, times and noise of every update follow from the seed and numbers, never from what ran before; training.safetensors
/// holds weights, moments, averages, counters and the numbers of the waiting samples, so a killed and resumed training gives the same
/// bytes as one that ran through, on the same number of threads.
///
/// Errors: `to` holds another training or a finished one: Error(kUsage). A loss that is not finite: Error(kSomeFailed). SIGINT or
/// SIGTERM: the update is finished, the state is written, Error(kInterrupted).
StageReport train_stage(const StageOptions& options, const std::vector<TaskPairs>& tasks,
                        const std::function<void(const StageLine&)>& watch = {});

/// The same loop over given samples instead of a mixture drawn from tasks: `source` must be a pure function of the draw number.
StageReport train_stage_on(const StageOptions& options, const SampleSource& source,
                           const std::function<void(const StageLine&)>& watch = {});

/// The stages of a curriculum one after the other, each from the averaged weights of the one before. `options.recipe` is not used;
/// `options.updates` are those of all stages together. The last stage is trained into `options.to`, an earlier one into a folder
/// "<number>-<stage>" in it, a complete checkpoint as well. With `resume` finished stages are passed over (after a check that they are the same
/// ones) and the one that was interrupted goes on, so a killed curriculum leaves the bytes of one that ran through.
/// A stage that was finished before is reported with `resumed_at` = `updates`. Errors as train_stage().
std::vector<StageReport> train_curriculum(
    const StageOptions& options, const Curriculum& curriculum, const std::vector<TaskPairs>& tasks,
    const std::function<void(size_t stage, const StageLine&)>& watch = {});
/// What train_curriculum() trains, stage by stage.
std::vector<StageOptions> stages_of(const StageOptions& options, const Curriculum& curriculum);

struct AutoencoderOptions {
  std::filesystem::path from, to;  // checkpoint folders; `to` gets the other weights unchanged
  int64_t updates = 2000;
  int64_t batch = 4;
  int64_t side = 64;       // pixels of the random square crops; a multiple of the downsampling
  int64_t slice_side = 0;  // slices are first resized to this many pixels a side; 0: as they are
  double lr = 1e-3;
  double kl_weight = 1e-6;
  uint64_t seed = 1;
  std::string device = "cpu";
  int64_t log_every = 50;
};
struct AutoencoderReport {
  double first_loss = 0, last_loss = 0, seconds = 0;
  double scale = 1, shift = 0;  // written to vae_config.json: latents get mean 0 and variance 1
};
/// Trains the autoencoder of a new model on the slices of the given tasks: mean absolute error, and a small pull of the latents
/// towards N(0, 1). Our own recipe: released models come with a trained one.
AutoencoderReport train_autoencoder(const AutoencoderOptions& options, const std::vector<TaskPairs>& tasks,
                                    const std::function<void(int64_t update, double loss)>& watch = {});

}  // namespace synerbench::reference
