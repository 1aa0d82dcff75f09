#include "baselines/flow_unet/detail/trainer.h"

#include <ATen/ATen.h>

#include "harness/nn/slices.h"
#include "harness/nn/state.h"
#include "harness/train/trainable_parts.h"

namespace synerbench::flow_unet {

constexpr double kTimeScale = 1000;  // the time embedding's frequencies are made for indices up to about this

nn::AdmUnet make_network(const Config& config, const std::string& device) {
  return nn::on_device(nn::AdmUnet(unet_options(config)), device);
}

at::Tensor velocity(const nn::AdmUnet& network, const Config& config, const at::Tensor& x_t,
                    const at::Tensor& source, const at::Tensor& t, int64_t route, bool clip) {
  at::Tensor labels;
  if (!config.routes.empty())
    labels = at::full({x_t.size(0)}, route, at::TensorOptions(at::kLong).device(x_t.device()));
  const at::Tensor output = network->forward(at::cat({x_t, source}, 1), t * kTimeScale, labels);
  if (!config.gives_target) return output;
  return velocity_toward(clip ? output.clamp(-1.0, 1.0) : output, x_t, t);
}

Trainer::Trainer(const Config& config, const std::string& device)
    : network(make_network(config, device)),
      optimizer("velocity", nn::parameters_of(*network, "velocity"),
                {.lr = config.lr, .beta1 = config.beta1, .beta2 = config.beta2, .eps = 1e-8}),
      config_(config) {}

at::Tensor Trainer::loss(const at::Tensor& source, const at::Tensor& target, const at::Tensor& t,
                         const at::Tensor& noise, int64_t route) const {
  const at::Tensor x_t = state_at(target, noise, t);
  at::Tensor error = velocity(network, config_, x_t, source, t, route, /*clip=*/false) -
                     (config_.gives_target ? velocity_toward(target, x_t, t) : velocity_of(target, noise));
  if (config_.loss_at_target) error = error * (1 - t).clamp_min(kLeastWay).reshape({-1, 1, 1, 1});
  return error.square().mean();
}

double Trainer::step(const at::Tensor& source, const at::Tensor& target, const at::Tensor& t,
                     const at::Tensor& noise, int64_t route) {
  optimizer.zero_grad();
  const at::Tensor value = loss(source, target, t, noise, route);
  value.backward();
  optimizer.step();
  return value.item<double>();
}

void FlowSynthesizer::synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                                 std::span<float> prediction) {
  nn::require_multiple_of(source, network_->side_multiple(), "flow_unet", "(levels of the U-Net)");
  const int64_t route = route_of(config_.routes, task.id, "flow_unet");
  nn::for_each_slice(source, seeds, prediction, device_, [&](const at::Tensor& slice, Random& random) {
    const auto one = [&] {
      const at::Tensor noise = nn::random_normal(slice.sizes(), 0.0, 1.0, random, slice.device());
      return integrate(config_.solver, config_.sample_steps, config_.gives_target, noise,
                       [&](const at::Tensor& x, double t) {
                         const at::Tensor time =
                             at::full({1}, t, at::TensorOptions(at::kFloat).device(x.device()));
                         return velocity(network_, config_, x, slice, time, route, /*clip=*/true);
                       })
          .clamp(-1.0, 1.0);
    };
    at::Tensor sum = one();
    for (int64_t i = 1; i < config_.samples; ++i) sum = sum + one();
    return sum / static_cast<double>(config_.samples);
  });
}

ModelInfo FlowSynthesizer::info() const {
  ModelInfo info;
  info.name = "flow_unet";
  info.label = "Flow U-Net";
  info.deterministic = false;
  info.parameters = nn::parameter_count(*network_.ptr());
  info.network_evaluations = static_cast<int>(
      evaluations(config_.solver, config_.sample_steps, config_.gives_target) * config_.samples);
  info.weights_sha256 = sha256_;
  info.switches = {{"preset", config_.preset},
                   {"routes", config_.routes.size()},
                   {"prediction", config_.gives_target ? "target" : "velocity"},
                   {"sampler", name_of(config_.solver)},
                   {"sample_steps", config_.sample_steps},
                   {"samples", config_.samples}};
  return info;
}

}  // namespace synerbench::flow_unet
