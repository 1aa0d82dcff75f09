// The contract between the training loop and a learned model. No LibTorch header is needed to hold one.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/lineage.h"
#include "harness/core/model.h"
#include "harness/core/random.h"
#include "harness/core/safetensors.h"
#include "harness/core/task_pairs.h"
#include "harness/train/recipe.h"

namespace torch::nn {
class Module;
}

namespace synerbench {

namespace nn {
class Optimizer;
struct NamedTensor;
}  // namespace nn

class Batches;

/// Pairs for one update: [n, 1, height, width] each, row-major, in [-1, 1]. Borrowed.
struct PairBatch {
  int64_t n = 0, height = 0, width = 0;
  std::span<const float> source, target;
};

/// Named values of one update, always the same names in the same order: {"G_L1", 12.5}.
using Losses = std::vector<std::pair<std::string, double>>;

/// A network by name. Its weights file is <name>.safetensors. Only inference networks are averaged (EMA);
/// training-only ones (discriminators) are saved as well, so training can be taken up from a weights folder.
struct NetworkHandle {
  std::string name;
  torch::nn::Module* network = nullptr;  // owned by the model
  bool inference = true;
};

/// What a training is about, told to the model before the first or the resumed update. Borrowed: it lives as
/// long as the training.
struct TrainingData {
  const std::vector<TaskPairs>& tasks;  // with pairs; updates learn from these
  const Recipe& recipe;
  uint64_t seed = 0;
  int64_t updates = 0;    // of the whole training
  int64_t per_epoch = 0;  // updates
};

/// A stretch of a training with rules of its own: a stage of a curriculum, an autoencoder that comes first.
///
/// Note [Which weights can be selected]. Validation asks for a synthesis. In a phase that does not learn one
/// (questions about slices, an autoencoder alone) the score is that of noise; the best of such scores would
/// be kept for good if what follows is never scored better on few validation slices. So the loop validates
/// only in phases that say they learn synthesis.
///
/// Note [Learning rates]. The loop sets them before every update, as the product of two rules: the recipe's,
/// which counts from the training's first unit, and the model's own, which is its phase's, counted from the
/// phase's first unit, or Trainable::schedule() in a training without phases. Only a plateau is moved by the
/// model, which knows the loss.
struct Phase {
  std::string name;  // in the log and the checkpoint
  int64_t updates = 0;
  Schedule schedule;         // of its learning rates: see Note [Learning rates]
  bool synthesizes = false;  // see Note [Which weights can be selected]
};

/// Weights that a training starts from.
struct StartingWeights {
  std::filesystem::path path;       // a weights folder, a checkpoint folder, or a file of either
  std::string name;                 // what to call them where their folder does not say
  std::string weights_sha256 = "";  // where it is known; else the folder or the file says it
};

/// What a training learns from: what the loop cannot see by itself of a lineage (harness/core/lineage.h).
struct LearnsFrom {
  std::vector<SampleKind> samples = {SampleKind::kSynthesis};
  std::vector<std::string> synthesis = {};  // ids of the tasks that synthesis is learned of; empty: all
  std::vector<StartingWeights> weights = {};
};

/// One update, as the loop asks for it.
struct Step {
  int64_t update = 0;    // of the whole training, from 0
  int64_t in_phase = 0;  // of the present phase, from 0
  Batches& batches;      // the loop's own order of pairs, for models that take it
  /// The only permitted source of randomness; derived from the seed and the update's number, so that nothing
  /// of it needs saving.
  Random& random;
};

/// A model that the loop in train.h can train. It owns networks and optimizers and knows one update; the loop
/// owns the rest: position, order, augmentation, learning rates, averaging, checkpoints, validation,
/// selection, log. Not thread-safe.
///
/// Calls, in this order: begin(); initialize(), or the state of a checkpoint; begin_phase() when a phase
/// starts; step() per update.
class Trainable {
 public:
  virtual ~Trainable() = default;

  virtual std::string method() const = 0;  // "pix2pix": the table of methods' name, recorded with the weights
  /// Complete effective configuration; the method's factory accepts it and builds an equal model.
  virtual Json config() const = 0;
  /// The method's own budget, batch and augmentation, as published.
  virtual Recipe recipe() const = 0;

  /// The training that follows. Error(kUsage) when it does not fit the model.
  virtual void begin(const TrainingData& data);
  /// Phases of a training of so many updates, whose updates sum to it; after begin(). Empty: one phase, under
  /// schedule().
  virtual std::vector<Phase> phases(int64_t updates) const;
  /// After begin(). By default synthesis of every task, from fresh weights.
  virtual LearnsFrom learns_from() const;
  /// The model's own rule in a training without phases: see Note [Learning rates]. Constant by default.
  virtual Schedule schedule() const;
  /// Before the first update of phase number `phase`: restart optimizers, freeze and thaw. On resume it is
  /// called once, for the phase of the checkpoint, before the state is read, so that networks() and
  /// optimizers() are those that were saved.
  virtual void begin_phase(size_t phase);

  /// Fresh weights. Called once before the first update of a training that is not resumed.
  virtual void initialize(Random& random) = 0;
  virtual std::vector<NetworkHandle> networks() = 0;
  /// Values of a network under the keys of its weights file: parameters and buffers of the module, unless the
  /// model overrides it. Handles.
  virtual std::vector<nn::NamedTensor> tensors_of(const NetworkHandle& network);
  virtual int64_t parameters_of(const NetworkHandle& network);
  /// The loop sets their learning rates before every update.
  virtual std::vector<nn::Optimizer*> optimizers() = 0;

  /// One complete update: all forward and backward passes and optimizer steps. By default train_step() on the
  /// loop's next batch.
  virtual Losses step(const Step& step);
  virtual Losses train_step(const Task& task, const PairBatch& batch, Random& random);
  /// After update number `update` (from 0), and after the last update of epoch number `epoch` (from 0).
  virtual void update_end(int64_t update, const Losses& losses);
  virtual void epoch_end(int64_t epoch);
  /// Slices that the updates so far have seen, of a model that draws its own samples; nothing: the loop's
  /// batches count.
  virtual std::optional<int64_t> slices_seen() const;
  /// How many slices the first `updates` updates of a training would see, of a model that draws its own
  /// samples. After begin().
  virtual std::optional<int64_t> slices_in(int64_t updates);

  /// A model whose optimizer moves the average of the weights in its own pass over memory says so; the loop
  /// then keeps none, and exchanges weights and average around validation and at the end. Its recipe's
  /// ema_decay is 0.
  virtual bool averages_itself() const;
  virtual void swap_average();

  /// What a checkpoint must hold beside networks and optimizers (image pools, plateau counters). Names are
  /// the model's own.
  virtual void save_extra(std::vector<nn::NamedTensor>& tensors) const;
  /// Called on resume; the tensors are stored under prefix + name.
  virtual void load_extra(const SafetensorsFile& file, const std::string& prefix);
  /// Files that belong beside the weights and their config.json (a tokenizer, official configurations).
  virtual void write_files(const std::filesystem::path& folder) const;

  /// The model as it would be scored with its present weights. Belongs to this object.
  virtual Synthesizer& synthesizer() = 0;
};

}  // namespace synerbench
