// One ResViT update, and the model around it.
#pragma once

#include <functional>

#include "baselines/resvit/detail/config.h"
#include "baselines/resvit/detail/network.h"
#include "harness/core/model.h"
#include "harness/nn/adam.h"
#include "harness/nn/patchgan.h"

namespace synerbench::resvit {

/// Scalars of one update. D = lambda_adv (D_fake + D_real) / 2; G = G_GAN + G_L1, which carry their weights.
struct StepLosses {
  double D_fake = 0, D_real = 0, D = 0, G_GAN = 0, G_L1 = 0, G = 0;
};

/// Networks and optimisers of one training.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);

  /// The published update: forward; discriminator step on the detached pair; generator step with the discriminator frozen.
  /// source [N, input_channels, H, W], target [N, 1, H, W]. Gradients stay in place until the next call. `dropout` empty: off.
  /// `use_transformers` false: the generator runs as res_cnn, and its transformers get no gradient and do not move.
  /// `fake`: receives the generator's output.
  StepLosses step(const at::Tensor& source, const at::Tensor& target,
                  const std::function<at::Tensor(const at::Tensor&, double)>& dropout,
                  bool use_transformers = true, at::Tensor* fake = nullptr);

  Generator generator;
  nn::PatchGan discriminator;
  nn::Adam optimizer_G, optimizer_D;

 private:
  Config config_;
};

GeneratorOptions generator_options(const Config& config);
/// Writes a synthesised batch; one slice at a time (see resvit.h).
void synthesize_slices(Generator& generator, const Config& config, const std::string& device,
                       const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction);
ModelInfo describe(Generator& generator, const Config& config, const std::string& weights_sha256);

}  // namespace synerbench::resvit
