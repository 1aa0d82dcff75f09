// The contract between the training loop and a learned model. No LibTorch header is needed to hold one.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/model.h"
#include "harness/core/random.h"
#include "harness/core/safetensors.h"
#include "harness/train/recipe.h"

namespace torch::nn {
class Module;
}

namespace synerbench {

namespace nn {
class Adam;
struct NamedTensor;
}  // namespace nn

/// Pairs for one update: [n, 1, height, width] each, row-major, in [-1, 1]. Borrowed.
struct PairBatch {
  int64_t n = 0, height = 0, width = 0;
  std::span<const float> source, target;
};

/// Named values of one update, always the same names in the same order: {"G_L1", 12.5}.
using Losses = std::vector<std::pair<std::string, double>>;

/// A network by name. Its weights file is <name>.safetensors. Only inference networks are averaged (EMA); training-only
/// ones (discriminators) are saved as well, so training can be taken up from a weights folder.
struct NetworkHandle {
  std::string name;
  torch::nn::Module* network = nullptr;  // owned by the model
  bool inference = true;
};

/// A model that the loop in train.h can train. It owns networks and optimisers and knows one update; the loop
/// owns the rest: order, augmentation, learning rates, averaging, checkpoints, selection. Not thread-safe.
class Trainable {
 public:
  virtual ~Trainable() = default;

  virtual std::string method() const = 0;  // "pix2pix": the model table's name, recorded with the weights
  /// Complete effective configuration; the method's factory accepts it and builds an equal model.
  virtual Json config() const = 0;
  /// The method's own budget, batch and augmentation, as published.
  virtual Recipe recipe() const = 0;

  /// Fresh weights. Called once before the first update of a training that is not resumed.
  virtual void initialize(Random& random) = 0;
  virtual std::vector<NetworkHandle> networks() = 0;
  /// The loop sets their learning rates to base_lr() times the schedule's factor before every update.
  virtual std::vector<nn::Adam*> optimizers() = 0;

  /// One complete update: all forward and backward passes and optimiser steps. `random` is the only permitted source of
  /// randomness; it is derived from the seed and the update's number, so that nothing of it needs saving.
  virtual Losses train_step(const Task& task, const PairBatch& batch, Random& random) = 0;
  /// After update number `update` (from 0), and after the last update of epoch number `epoch` (from 0).
  virtual void update_end(int64_t update, const Losses& losses);
  virtual void epoch_end(int64_t epoch);

  /// What a checkpoint must hold beside networks and optimisers (image pools, plateau counters). Names are the model's own.
  virtual void save_extra(std::vector<nn::NamedTensor>& tensors) const;
  /// Called on resume; the tensors are stored under prefix + name.
  virtual void load_extra(const SafetensorsFile& file, const std::string& prefix);

  /// The model as it would be scored with its present weights. Belongs to this object.
  virtual Synthesizer& synthesizer() = 0;
};

}  // namespace synerbench
