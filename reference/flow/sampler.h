// From noise to latents: guided Euler steps along the learned velocity.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>

#include "reference/flow/schedule.h"
#include "reference/mot/context.h"
#include "reference/network/network.h"

namespace synerbench::reference {

/// What is read before an image is made. The branches are needed only when their scale is above 1.
struct GuidedContexts {
  Context main;
  Context text_free;   // what precedes the instruction: images only
  Context image_free;  // the instruction only
};

/// Size of the image to be made, in latent tokens, and the ids of the marks around it.
struct TargetShape {
  int64_t rows = 0, columns = 0;
  TokenId start_of_image = 0, end_of_image = 0;
};

/// Velocity at x_t [rows*columns, C] float32, time t, seen from each of `contexts` -> one [rows*columns, C]
/// float32 each. One pass for all.
std::vector<at::Tensor> velocities(const at::Tensor& x, float t, const TargetShape& shape,
                                   std::span<Context* const> contexts, const Network& network,
                                   const DecoderSettings& settings);

/// The guided velocity from the plain one and the branches that were evaluated (undefined otherwise).
at::Tensor guide(const at::Tensor& main, const at::Tensor& text_free, const at::Tensor& image_free,
                 const Guidance& guidance);

/// noise [rows*columns, C] float32 -> latent tokens, same shape, float32. `observe` sees x after every step.
/// The contexts' kept rows do not change.
at::Tensor sample_latents(const at::Tensor& noise, const TargetShape& shape, GuidedContexts& contexts,
                          const Network& network, const SamplerSettings& sampler,
                          const DecoderSettings& settings,
                          const std::function<void(const at::Tensor& x)>& observe = {});

}  // namespace synerbench::reference
