// The stages of a training, as shares of its updates. Plain C++, no tensors.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace synerbench::healthgpt {

/// Note [HealthGPT stages]. The published description has three: alignment, plug-in adaptation, visual
/// instruction tuning. It starts from a pre-trained language model, vision tower and picture tokenizer, none
/// of which exists at small sizes or for these data, so two stages come before, and the vision tower learns
/// with the alignment.
///
///   tokenizer    VQ autoencoder on slices of both sides: L1, codebook, commitment; frozen afterwards
///   language     language model with words and output head on the templates' texts alone; the model is
///                frozen afterwards
///   alignment    vision tower, projectors, plug-ins, picture tokens; understanding learns captions,
///                generation the picture's own codes
///   fusion       words, picture tokens and output head only ("heterogeneous plug-in adaptation"), captions,
///                questions and own codes 1:1
///   instruction  plug-ins and projectors; understanding learns to recognize, generation to convert between
///                modalities
enum class Stage { kTokenizer, kLanguage, kAlignment, kFusion, kInstruction };
constexpr int kStages = 5;
std::string name_of(Stage stage);

using Shares = std::array<double, kStages>;

class Stages {
 public:
  /// `updates` of the whole training; `shares` are not negative and add up to 1.
  Stages(int64_t updates, const Shares& shares);
  int64_t first(Stage stage) const { return first_[static_cast<size_t>(stage)]; }
  int64_t length(Stage stage) const;

 private:
  std::array<int64_t, kStages + 1> first_{};
};

}  // namespace synerbench::healthgpt
