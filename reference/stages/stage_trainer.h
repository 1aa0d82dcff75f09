// One stage in training: packs in, updates of the network out.
#pragma once

#include <memory>
#include <optional>

#include "harness/train/trainable.h"
#include "reference/network/forward.h"
#include "reference/network/network.h"
#include "reference/stages/batch.h"
#include "reference/stages/optimizer.h"
#include "reference/stages/pack_stream.h"
#include "reference/stages/stage_recipe.h"

namespace synerbench::reference {

/// Borrows the network, whose weights are float32. Which of them train is set here, by the recipe.
class StageTrainer {
 public:
  /// `recipe.images` must fit the model. Dropout draws and times come from `seed` and sample numbers.
  StageTrainer(Network& network, const SpecialTokens& special, const StageRecipe& recipe, SampleSource source,
               uint64_t seed);

  AdamW& optimizer() { return optimizer_; }
  /// One update at the optimizer's present rate: {"ce", "mse", "grad_norm", "tokens"}; a loss that no pack
  /// had is 0. Not finite: so is the value, and the weights do not move.
  Losses step(Random& random);
  /// Samples about slices in the updates so far; restored with the position.
  int64_t samples() const { return samples_; }

  /// Numbers that the next update depends on, beside weights and optimizer.
  std::vector<int64_t> position() const;
  void restore(const std::vector<int64_t>& position);

 private:
  Network& network_;
  StageRecipe recipe_;
  PackStream stream_;
  AdamW optimizer_;
  std::optional<LatentCache> latents_;
  ForwardSettings forward_;
  int64_t samples_ = 0;
};

/// Samples about slices (not of words alone) in a pack.
int64_t samples_in(const Pack& pack);

}  // namespace synerbench::reference
