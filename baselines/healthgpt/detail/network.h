// The networks together, and the sequences they read.
//
//     <user>  picture of the source, projected (P positions)  words  <assistant>  answer words  <eos>
//     <user>  picture of the source, projected (P positions)  words  <assistant>
//             <start_index>  codes, row by row  <end_index>
//
// Understanding reads the abstract tap through its own plug-in set, generation the concrete tap through the
// other: the task decides, nothing is mixed.
#pragma once

#include <span>

#include "baselines/healthgpt/detail/decoder.h"
#include "baselines/healthgpt/detail/vision.h"
#include "baselines/healthgpt/detail/vocabulary.h"
#include "harness/train/trainable.h"

namespace synerbench::healthgpt {

enum class Family { kUnderstanding, kGeneration };

struct Networks {
  Networks(const Config& config, const std::string& device);  // unset weights
  void initialize(Random& random);
  /// vqgan, vision_tower, language_model, fusion_layer_weights (words), com_hlora_weights, gen_hlora_weights:
  /// the last three named as the published files.
  std::vector<NetworkHandle> handles() const;
  int64_t parameters() const;  // of all of them, frozen ones too

  const PlugIn& plug_in(Family family) const {
    return family == Family::kUnderstanding ? understanding : generation;
  }

  /// Slices [N, 1, H, W] -> codes, int64 [N, tokens], row by row. No gradient.
  at::Tensor codes_of(const at::Tensor& slices) const;
  /// The inverse, [N, 1, H, W] in [-1, 1]. No gradient.
  at::Tensor picture_of(const at::Tensor& codes) const;

  /// Inputs of the language model up to and with <assistant>, for generation with <start_index>: [N, T,
  /// width].
  at::Tensor prompt(Family family, const at::Tensor& slices, const Ids& words) const;
  /// Mean cross entropy over all tokens of `answers` and <eos>; answers[i] belongs to slice i, all of one
  /// length.
  at::Tensor answer_loss(const at::Tensor& slices, const Ids& words, const std::vector<Ids>& answers) const;
  /// Mean cross entropy over `codes` [N, tokens] and <end_index>.
  at::Tensor picture_loss(const at::Tensor& slices, const Ids& words, const at::Tensor& codes) const;
  /// Mean cross entropy of every next word of texts of one length, by the bare language model. int64 [N, T].
  at::Tensor text_loss(const at::Tensor& texts) const;

  nn::VqAutoencoder tokenizer;
  VisionTower vision;
  Decoder language;
  Words words;
  PlugIn understanding, generation;

 private:
  at::Tensor loss_behind(Family family, const at::Tensor& prompt, const at::Tensor& tokens) const;
  at::Device device_;
  int64_t channels_, grid_;
  PictureTokens pictures_;
};

/// Ids on `device`, int64 [count].
at::Tensor ids_tensor(const Ids& ids, const at::Device& device);

}  // namespace synerbench::healthgpt
