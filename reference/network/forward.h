// The training forward pass over one packed sequence, and its losses.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "reference/mot/packing.h"
#include "reference/network/network.h"

namespace synerbench::reference {

/// What a packed sequence is about: the images it speaks of.
struct PackedInputs {
  at::Tensor patches;  // [ViT tokens, 3*P*P], undefined when there are none
  at::Tensor latents;  // [VAE tokens, C] clean latent tokens (x0), undefined when there are none
  at::Tensor noise;    // like latents: flow noise, one row per VAE token, conditions included
};

struct ForwardSettings {
  DecoderSettings decoder;
  double timestep_shift = 1.0;  // s: t <- s*t / (1 + (s-1)*t)
};

struct ForwardResult {
  at::Tensor prediction;  // [target tokens, C] velocity; undefined without targets
  at::Tensor mse;         // [target tokens, C] squared error, float32
  at::Tensor logits;      // [label tokens, V]; undefined without labels
  at::Tensor ce;          // [label tokens] float32
};

/// `observe` sees "hidden_in", "hidden.<i>", "hidden_final" in sequence order.
ForwardResult training_forward(const PackedSequence& sequence, const PackedInputs& inputs,
                               const Network& network, const ForwardSettings& settings,
                               const Observer& observe = {});

/// sigmoid, then the shift; -inf gives exactly 0.
at::Tensor flow_times(const at::Tensor& normals, double shift);

/// Mean over the channels, summed over the target tokens, divided by their number.
at::Tensor mse_loss(const ForwardResult& result);
/// Sum over the label tokens divided by their number; or with the packer's weights, divided by their sum.
at::Tensor ce_loss(const ForwardResult& result);
at::Tensor ce_loss_reweighted(const ForwardResult& result, const std::vector<float>& weights);

/// Latent tokens of a batch of images that were zero-padded to one size (the official way), each cropped to
/// its own latent shape, in order: [sum of tokens, C].
at::Tensor tokens_of_padded(const at::Tensor& latents, const std::vector<std::array<int64_t, 2>>& shapes,
                            int64_t p);

}  // namespace synerbench::reference
