// One BBDM update, and sampling with a trained denoiser.
#pragma once

#include "baselines/bbdm/detail/config.h"
#include "baselines/bbdm/detail/space.h"
#include "harness/nn/adam.h"
#include "harness/nn/trained_model.h"
#include "harness/train/trainable.h"

namespace synerbench::bbdm {

/// A denoiser on `device` with unset weights.
nn::AdmUnet make_denoiser(const Config& config, const std::string& device);

/// Fresh weights in the published order: every layer as LibTorch draws it, the last convolution of each
/// residual block and the projections of attention 0; then one pass over the network gives every 2-D
/// convolution and every linear layer weights N(0, init_std) and leaves biases alone. So the zeros survive
/// only in the attention projections, which are 1-D.
void initialize_denoiser(nn::AdmUnet& denoiser, double init_std, Random& random);

/// The network's output for a state: with `concat` the source goes beside it.
at::Tensor run_denoiser(const nn::AdmUnet& denoiser, const Config& config, const at::Tensor& x_t,
                        const at::Tensor& y, const at::Tensor& t, const nn::Observer& observe = {});

/// Denoiser, optimizer and schedule of one training. Works on what Space::encode gives.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);

  /// Mean distance of the network's output to its target at times t under the given noise. `x0`: receives the
  /// estimate of x0.
  at::Tensor loss(const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t, const at::Tensor& noise,
                  at::Tensor* estimate = nullptr) const;
  /// Adds the loss's gradients to those of the calls before; after every `accumulate` calls (a sum, not a
  /// mean, as published) the optimizer steps at the plateau's rate times `factor`, then the plateau sees this
  /// call's loss. Gradients stay until the next call.
  double step(const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t, const at::Tensor& noise,
              double factor = 1);

  /// Calls so far, the plateau's state and the gradients of an unfinished sum.
  void save(std::vector<nn::NamedTensor>& tensors) const;
  void load(const SafetensorsFile& file, const std::string& prefix);

  nn::AdmUnet denoiser;
  nn::Adam optimizer;
  Bridge bridge;
  Plateau plateau;

 private:
  bool gradients_pending() const { return calls_ % config_.accumulate != 0; }
  Config config_;
  int64_t calls_ = 0;
};

/// The model that is scored: denoiser and space on `device`, in training or trained. Slices are synthesized
/// one at a time with noise from the slice's seed. Slices whose size does not fit: Error(kUsage).
class BridgeSynthesizer final : public nn::TrainedModel<Config, nn::AdmUnet> {
 public:
  BridgeSynthesizer(const Config& config, std::string device, nn::AdmUnet denoiser, Space space,
                    std::string weights_sha256 = "")
      : TrainedModel(config, std::move(device), std::move(denoiser), std::move(weights_sha256)),
        space_(std::move(space)),
        bridge_(config.timesteps, config.schedule, config.max_var) {}
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;

 private:
  Space space_;
  Bridge bridge_;
};

}  // namespace synerbench::bbdm
