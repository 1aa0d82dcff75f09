// Synthesis with a trained diffusive generator.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "baselines/syndiff/detail/config.h"
#include "baselines/syndiff/detail/diffusion.h"
#include "baselines/syndiff/detail/generator.h"
#include "harness/nn/trained_model.h"

namespace synerbench::syndiff {

/// Everything random in the synthesis of a batch. Entry i belongs to call i, which goes from x_{K-i} to
/// x_{K-i-1}.
struct SampleDraws {
  at::Tensor start;               // x_K, [N, 1, H, W]
  std::vector<at::Tensor> z;      // K of [N, nz]
  std::vector<at::Tensor> noise;  // K of [N, 1, H, W]; the last one has no effect and may be undefined
};
SampleDraws draw_sample(const Config& config, at::IntArrayRef shape, Random& random,
                        const at::Device& device);

/// Sees call number, predicted clean image and the state after the call.
using SampleObserver = std::function<void(int64_t call, const at::Tensor& x0, const at::Tensor& x)>;

/// K calls of the generator guided by the real source [N, 1, H, W]; returns the last state, in (-1, 1).
/// Without gradients.
at::Tensor sample(Generator& generator, const Diffusion& diffusion, const at::Tensor& source,
                  const SampleDraws& draws, const SampleObserver& observe = {});

/// Which generator makes task.target: 0 for modality 1, 1 for modality 2. Error(kUsage) when the task is not
/// between the pair.
size_t generator_for(const Config& config, const Task& task);

/// The model that is scored: both generators on `device`, in training or trained.
class DiffusionSynthesizer final : public nn::TrainedModel<Config, std::array<Generator, 2>> {
 public:
  DiffusionSynthesizer(const Config& config, std::string device, std::array<Generator, 2> generators,
                       std::string weights_sha256 = "")
      : TrainedModel(config, std::move(device), std::move(generators), std::move(weights_sha256)),
        diffusion_(config.steps, config.beta_min, config.beta_max) {}
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;

 private:
  Diffusion diffusion_;
};

}  // namespace synerbench::syndiff
