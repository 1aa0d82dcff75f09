// Training of the vector-quantized autoencoder (van den Oord et al. 2017): straight-through, with revival of
// dead codes.
#pragma once

#include "harness/nn/adam.h"
#include "harness/nn/vq_autoencoder.h"

namespace synerbench::nn {

struct VqTrainingOptions {
  double lr = 1e-4;          // Adam's
  double commitment = 0.25;  // weight of |latent - stopped code|^2
  double gradients = 0;      // weight of gradient_difference(), a stand-in for a perceptual loss
};

/// Means over the elements.
struct VqLosses {
  double reconstruction = 0;  // |decode(code) - image|
  double codebook = 0;        // |stopped latent - code|^2 + commitment |latent - stopped code|^2
  double gradients = 0;       // gradient_difference(decode(code), image)
};

/// Mean absolute difference of the images' finite differences along both axes, averaged over the full, the
/// halved and the quartered resolution (2x2 means). [N, C, H, W] with sides that are multiples of 4 and at
/// least 8.
at::Tensor gradient_difference(const at::Tensor& a, const at::Tensor& b);

class VqTrainer {
 public:
  VqTrainer(const VqTrainingOptions& options, VqAutoencoder autoencoder);
  /// One update on images [N, image_channels, H, W]. Every kReviveEvery updates codes that no latent chose
  /// since the last time move to random latents of the batch.
  VqLosses step(const at::Tensor& images, Random& random);
  static constexpr int64_t kReviveEvery = 50;

  Adam optimizer;  // "vqgan"
  // int64 [codes + 1]: how often each code was chosen; the last entry counts the updates. Belongs into
  // checkpoints.
  at::Tensor uses;

 private:
  void revive(const at::Tensor& latents, const at::Tensor& indices, Random& random);
  VqTrainingOptions options_;
  VqAutoencoder autoencoder_;
};

}  // namespace synerbench::nn
