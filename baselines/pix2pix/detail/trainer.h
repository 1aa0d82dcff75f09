// One Pix2Pix update, and the model around it.
#pragma once

#include "baselines/pix2pix/detail/config.h"
#include "baselines/pix2pix/detail/network.h"
#include "harness/nn/conditional_gan.h"
#include "harness/train/trainable.h"

namespace synerbench::pix2pix {

/// Networks and optimizers of one training.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);

  /// See nn::ConditionalGan. `dropout` empty: off. `fake`: receives the generator's output.
  nn::ConditionalGanLosses step(const at::Tensor& source, const at::Tensor& target,
                                const std::function<at::Tensor(const at::Tensor&, double)>& dropout,
                                at::Tensor* fake = nullptr);

  Unet generator;
  nn::PatchGan discriminator;
  nn::Adam optimizer_G, optimizer_D;

 private:
  Config config_;
};

/// Writes a synthesized batch; one slice at a time (see pix2pix.h).
void synthesize_slices(Unet& generator, const Config& config, const std::string& device,
                       const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction);
ModelInfo describe(Unet& generator, const Config& config, const std::string& weights_sha256);
UnetOptions unet_options(const Config& config);

}  // namespace synerbench::pix2pix
