// The update of a conditional generative adversarial network that sees pairs (Isola et al. 2017): a generator
// and a discriminator that judges the source and an image side by side.
#pragma once

#include <functional>

#include "harness/nn/adam.h"
#include "harness/nn/gan_loss.h"
#include "harness/nn/patchgan.h"

namespace synerbench::nn {

struct ConditionalGanWeights {
  GanObjective gan;
  double adversarial = 1, l1 = 100;
};

/// Scalars of one update. D = adversarial (D_fake + D_real) / 2; G = G_GAN + G_L1, which carry their weights.
struct ConditionalGanLosses {
  double D_fake = 0, D_real = 0, D = 0, G_GAN = 0, G_L1 = 0, G = 0;
};

struct ConditionalGan {
  PatchGan& discriminator;
  Adam &optimizer_G, &optimizer_D;
  ConditionalGanWeights weights;

  /// The published update: forward; a step of the discriminator on the detached pair; a step of the generator
  /// with the discriminator frozen. source [N, C, H, W], target [N, 1, H, W]; the discriminator takes C + 1
  /// channels. `generate` makes the image, with its graph. Gradients stay in place until the next call.
  /// `fake`: receives the image.
  ConditionalGanLosses step(const at::Tensor& source, const at::Tensor& target,
                            const std::function<at::Tensor()>& generate, at::Tensor* fake = nullptr);
};

}  // namespace synerbench::nn
