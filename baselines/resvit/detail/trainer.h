// One ResViT update, and the model around it.
#pragma once

#include <functional>

#include "baselines/resvit/detail/config.h"
#include "baselines/resvit/detail/network.h"
#include "harness/core/model.h"
#include "harness/nn/conditional_gan.h"

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
class GeneratorSynthesizer final : public Synthesizer {
 public:
  GeneratorSynthesizer(const Config& config, std::string device, Generator generator,
                       std::string weights_sha256 = "")
      : config_(config),
        device_(std::move(device)),
        generator_(std::move(generator)),
        sha256_(std::move(weights_sha256)) {}
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;

 private:
  Config config_;
  std::string device_;
  mutable Generator generator_;  // LibTorch's look-ups are not const
  std::string sha256_;
};

}  // namespace synerbench::resvit
