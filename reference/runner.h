// A network, its tokenizer and the settings it runs with: what synthesis, questions and validation in
// training share.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "reference/network/inference.h"
#include "reference/network/network.h"
#include "reference/presets.h"
#include "reference/tokenizer/tokenizer.h"
#include "reference/understanding/instances.h"
#include "reference/understanding/prepared_sample.h"

namespace synerbench::reference {

/// Borrows network and tokenizer. Not thread-safe.
class Runner {
 public:
  /// Limits of image sizes are lowered to what the network's position tables hold.
  Runner(const Network& network, const Tokenizer& tokenizer, Preset preset);

  const Network& network() const { return network_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  const Preset& preset() const { return preset_; }

  /// A slice of the task's target from one of its source; same size, values in [-1, 1].
  std::vector<float> synthesize(const SliceImage& slice, const Task& task, uint64_t seed) const;
  /// A slice through the autoencoder (its mean) and back.
  std::vector<float> through_autoencoder(const SliceImage& slice) const;
  /// Passes of the decoder over one query split, over all steps and branches of a synthesis.
  int evaluations() const;

  // Parts of a question.
  Context empty_context() const { return Context(network_.decoder, settings_.compute); }
  void read_text(Context& context, const std::string& text) const;
  void read_vit(Context& context, const SliceImage& slice) const;
  /// Text that follows a context, without its marks.
  std::string read_on(const Context& context, uint64_t seed) const;

 private:
  const SpecialTokens& special() const { return tokenizer_.special(); }
  ImageTensor vit_image(const SliceImage& slice) const;
  ImageTensor vae_image(const SliceImage& slice) const;
  std::vector<float> slice_of(const at::Tensor& decoded, int64_t height, int64_t width) const;

  const Network& network_;
  const Tokenizer& tokenizer_;
  Preset preset_;
  DecoderSettings settings_{at::kFloat};
};

/// A batch of slices, one after the other, so that a result depends neither on the batch nor on its
/// neighbors.
void synthesize_slices(const Runner& runner, const Task& task, const SliceBatch& source,
                       std::span<const uint64_t> seeds, std::span<float> prediction);

/// "f32" or "bf16".
at::ScalarType type_named(const std::string& name);

}  // namespace synerbench::reference
