// One update of the flow U-Net, and synthesis with its network.
#pragma once

#include "baselines/flow_unet/detail/config.h"
#include "harness/nn/adam.h"
#include "harness/nn/trained_model.h"
#include "harness/train/trainable.h"

namespace synerbench::flow_unet {

/// A velocity network on `device` with unset weights.
nn::AdmUnet make_network(const Config& config, const std::string& device);

/// v(x_t, source, t, route), whatever the network gives; x_t and source [N, 1, H, W], t [N] in [0, 1], one
/// route for all. `clip`: an estimate of the target is clamped to [-1, 1] before the velocity is derived from
/// it.
at::Tensor velocity(const nn::AdmUnet& network, const Config& config, const at::Tensor& x_t,
                    const at::Tensor& source, const at::Tensor& t, int64_t route, bool clip);

class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);
  /// Mean squared error of the velocity, or of the target that the velocity points to; times and noise given.
  at::Tensor loss(const at::Tensor& source, const at::Tensor& target, const at::Tensor& t,
                  const at::Tensor& noise, int64_t route) const;
  /// One optimizer step. Gradients stay until the next call.
  double step(const at::Tensor& source, const at::Tensor& target, const at::Tensor& t,
              const at::Tensor& noise, int64_t route);

  nn::AdmUnet network;
  nn::Adam optimizer;

 private:
  Config config_;
};

/// The model that is scored: a network on `device`, in training or trained. A task that is not among
/// non-empty routes, and slices whose size does not fit: Error(kUsage) from synthesize().
class FlowSynthesizer final : public nn::TrainedModel<Config, nn::AdmUnet> {
 public:
  using TrainedModel::TrainedModel;
  ModelInfo info() const override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;
};

}  // namespace synerbench::flow_unet
