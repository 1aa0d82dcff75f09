// A packed sequence and its images from a training fixture.
#pragma once

#include "reference/network/forward.h"
#include "tests/reference/support/tensors.h"

namespace synerbench::reference::testing {

inline PackedSequence sequence_from(const Fixture& f) {
  const auto list = [&](const char* name) {
    const std::string key = std::string("in.") + name;
    return f.has(key) ? f.integers(key) : std::vector<int64_t>{};
  };
  const auto ids = [&](const char* name) {
    const auto wide = list(name);
    return std::vector<TokenId>(wide.begin(), wide.end());
  };
  PackedSequence s;
  s.text_ids = ids("text_ids");
  s.text_indexes = list("text_indexes");
  s.position_ids = list("position_ids");
  s.sample_lens = list("sample_lens");
  s.split_lens = list("split_lens");
  for (const int64_t code : list("attn_modes")) s.split_modes.push_back(static_cast<SplitMode>(code));
  s.label_ids = ids("label_ids");
  s.ce_loss_indexes = list("ce_loss_indexes");
  if (f.has("in.ce_loss_weights")) s.ce_loss_weights = f.floats("in.ce_loss_weights");
  s.vit_token_indexes = list("vit_token_indexes");
  s.vit_position_ids = list("vit_position_ids");
  s.vit_seqlens = list("vit_seqlens");
  s.vae_token_indexes = list("vae_token_indexes");
  s.latent_position_ids = list("latent_position_ids");
  const auto shapes = list("latent_shapes");
  for (size_t i = 0; i + 1 < shapes.size(); i += 2) s.latent_shapes.push_back({shapes[i], shapes[i + 1]});
  if (f.has("in.timesteps")) s.timesteps = f.floats("in.timesteps");
  s.mse_loss_indexes = list("mse_loss_indexes");
  return s;
}

inline PackedInputs inputs_from(const Fixture& f, const PackedSequence& s, const Network& n) {
  PackedInputs inputs;
  if (f.has("in.vit_tokens")) inputs.patches = tensor_of(f, "in.vit_tokens");
  if (f.has("in.noise") && !s.latent_shapes.empty()) {
    inputs.latents =
        tokens_of_padded(tensor_of(f, "out.padded_latent"), s.latent_shapes, n.sizes.latent_patch);
    inputs.noise = tensor_of(f, "in.noise");
  }
  return inputs;
}

}  // namespace synerbench::reference::testing
