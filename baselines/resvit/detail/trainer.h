// One ResViT update, and the model around it.
#pragma once

#include <functional>

#include "baselines/resvit/detail/config.h"
#include "baselines/resvit/detail/network.h"
#include "harness/nn/conditional_gan.h"
#include "harness/nn/trained_model.h"

namespace synerbench::resvit {

/// Networks and optimizers of one training.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);

  /// See nn::ConditionalGan. source [N, input_channels, H, W], target [N, 1, H, W]. `dropout` empty: off.
  /// `use_transformers` false: the generator runs as res_cnn, and its transformers get no gradient and do not
  /// move. `fake`: receives the generator's output.
  nn::ConditionalGanLosses step(const at::Tensor& source, const at::Tensor& target,
                                const std::function<at::Tensor(const at::Tensor&, double)>& dropout,
                                bool use_transformers = true, at::Tensor* fake = nullptr);

  Generator generator;
  nn::PatchGan discriminator;
  nn::Adam optimizer_G, optimizer_D;

 private:
  Config config_;
};

GeneratorOptions generator_options(const Config& config);

/// The model that is scored: a generator on `device`, in training or trained. Refuses what its network is not
/// made for.
class GeneratorSynthesizer final : public nn::TrainedModel<Config, Generator> {
 public:
  using TrainedModel::TrainedModel;
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;
};

}  // namespace synerbench::resvit
