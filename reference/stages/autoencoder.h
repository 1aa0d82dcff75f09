// The autoencoder of a new model in training. Our own recipe: released models come with a trained one.
#pragma once

#include <vector>

#include "harness/core/task_pairs.h"
#include "harness/train/trainable.h"
#include "reference/network/network.h"
#include "reference/stages/autoencoder_settings.h"
#include "reference/stages/optimizer.h"

namespace synerbench::reference {

/// Mean absolute error, and a small pull of the latents toward N(0, 1), on crops of sources and targets
/// alike. Borrows network and pairs; only the autoencoder trains.
class AutoencoderTrainer {
 public:
  /// Error(kUsage) when crops do not fit the slices or the network.
  AutoencoderTrainer(Network& network, const AutoencoderSettings& settings,
                     const std::vector<TaskPairs>& tasks);

  AdamW& optimizer() { return optimizer_; }
  /// One update at the optimizer's present rate: {"l1", "kl"}.
  Losses step(Random& random);
  /// Puts scale and shift into the network, so that its latents get mean 0 and variance 1 over 64 crops.
  /// Until then it sees them as they are.
  void measure(Random& random);

  /// Of its learning rate: half a cosine to a hundredth.
  static Schedule schedule(const AutoencoderSettings& settings, int64_t updates);

 private:
  at::Tensor crops(int64_t count, Random& random) const;  // [count, 3, side, side], three equal channels
  void crop(float* out, Random& random) const;

  Network& network_;
  AutoencoderSettings settings_;
  std::vector<TaskPairs> tasks_;
  int64_t total_ = 0;  // pairs
  AdamW optimizer_;
};

/// Gives the network another scale and shift of its latents.
void set_latent_scale(Network& network, double scale, double shift);

}  // namespace synerbench::reference
