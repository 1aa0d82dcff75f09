// An endless stream of packs: samples drawn from a mixture until a token budget is full.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "harness/train/recipe.h"
#include "reference/mot/packing.h"
#include "reference/stages/stage_recipe.h"
#include "reference/understanding/instances.h"
#include "reference/understanding/prepared_sample.h"

namespace synerbench::reference {

struct Pack {
  PackedSequence sequence;
  std::vector<ImageTensor> images;  // what vit_images and vae_images of the sequence count
  std::vector<std::optional<ImageOrigin>> origins = {};  // of the images
  std::vector<InstanceKind> kinds;                       // per sample
};

/// Sample number `draw` of a stream: a pure function of the number, so that a stream is resumed from numbers
/// alone.
struct DrawnSample {
  InstanceKind kind;
  PreparedSample sample;
};
using SampleSource = std::function<DrawnSample(int64_t draw)>;

/// The official packing loop. A pack ends when it has `expected_tokens`; a sample that would pass
/// `max_tokens` waits in a buffer, which later packs empty first while they are below `prefer_buffer_before`;
/// samples above `max_sample_tokens` are left out. One difference: where the official loop loses the sample
/// that did not fit into a full buffer, here it opens the next pack.
class PackStream {
 public:
  /// Dropout draws and times of sample `draw` come from a Random made of `seed` and the number.
  PackStream(SampleSource source, const ModelSizes& sizes, const SpecialTokens& special,
             const StageRecipe& recipe, uint64_t seed);
  Pack next();

  /// Everything that next() depends on beside the arguments above.
  struct State {
    int64_t next_draw = 0;
    std::vector<int64_t> waiting;  // buffered draws, oldest first
  };
  State state() const { return {next_draw_, {waiting_.begin(), waiting_.end()}}; }
  void restore(const State& state);

 private:
  SampleSource source_;
  ModelSizes sizes_;
  SpecialTokens special_;
  StageRecipe recipe_;
  uint64_t seed_;
  int64_t next_draw_ = 0;
  std::deque<int64_t> waiting_;
};

/// Samples of `recipe.mixture` over the builder's tasks, prepared for the model. `recipe.images` must fit it.
/// All images of a sample are augmented alike, so that what is asked about their relation stays true. Borrows
/// builder and tokenizer.
SampleSource mixture_source(const InstanceBuilder& builder, const Tokenizer& tokenizer,
                            const StageRecipe& recipe, uint64_t seed,
                            Augmentation augmentation = Augmentation::kNone);

}  // namespace synerbench::reference
