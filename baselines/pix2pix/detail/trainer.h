// One Pix2Pix update, and the model around it.
#pragma once

#include "baselines/pix2pix/detail/config.h"
#include "baselines/pix2pix/detail/network.h"
#include "harness/nn/conditional_gan.h"
#include "harness/nn/trained_model.h"
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

UnetOptions unet_options(const Config& config);

/// The model that is scored: a generator on `device`, in training or trained.
class UnetSynthesizer final : public nn::TrainedModel<Config, Unet> {
 public:
  using TrainedModel::TrainedModel;
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;
};

}  // namespace synerbench::pix2pix
