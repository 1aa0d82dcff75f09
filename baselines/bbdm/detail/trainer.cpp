#include "baselines/bbdm/detail/trainer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"
#include "harness/nn/state.h"

namespace synerbench::bbdm {
namespace {

int64_t weight_count(const torch::nn::Module& network) {  // frozen ones too, buffers not
  int64_t count = 0;
  for (const at::Tensor& parameter : network.parameters()) count += parameter.numel();
  return count;
}

}  // namespace

nn::AdmUnet make_denoiser(const Config& config, const std::string& device) {
  return nn::on_device(nn::AdmUnet(unet_options(config)), device);
}

void initialize_denoiser(nn::AdmUnet& denoiser, double init_std, Random& random) {
  nn::reset_layers(*denoiser, random);
  nn::redraw_layers(*denoiser, init_std, random);
}

at::Tensor run_denoiser(const nn::AdmUnet& denoiser, const Config& config, const at::Tensor& x_t,
                        const at::Tensor& y, const at::Tensor& t, const nn::Observer& observe) {
  return denoiser->forward(config.concat ? at::cat({x_t, y}, 1) : x_t, t, {}, observe);
}

Trainer::Trainer(const Config& config, const std::string& device)
    : denoiser(make_denoiser(config, device)),
      optimizer("denoise_fn", nn::parameters_of(*denoiser, "denoise_fn"),
                {.lr = config.lr, .beta1 = config.beta1, .beta2 = config.beta2, .eps = 1e-8}),
      bridge(config.timesteps, config.schedule, config.max_var),
      plateau(config.plateau, config.lr),
      config_(config) {}

at::Tensor Trainer::loss(const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t,
                         const at::Tensor& noise, at::Tensor* estimate) const {
  const at::Tensor x_t = bridge.state(x0, y, t, noise);
  const at::Tensor output = run_denoiser(denoiser, config_, x_t, y, t);
  if (estimate) *estimate = bridge.x0_from(config_.objective, output.detach(), x_t, y, t);
  const at::Tensor target = bridge.target(config_.objective, x0, y, t, noise);
  return config_.l2 ? at::mse_loss(output, target) : at::l1_loss(output, target);
}

double Trainer::step(const at::Tensor& x0, const at::Tensor& y, const at::Tensor& t, const at::Tensor& noise,
                     double factor) {
  if (!gradients_pending()) optimizer.zero_grad();
  const at::Tensor value = loss(x0, y, t, noise);
  value.backward();
  ++calls_;
  const double number = value.item<double>();
  if (!gradients_pending()) {
    optimizer.set_lr(plateau.lr() * factor);
    optimizer.step();
    plateau.step(number);
  }
  return number;
}

void Trainer::save(std::vector<nn::NamedTensor>& tensors) const {
  const Plateau::State& s = plateau.state();
  const at::Tensor rates = at::empty({2}, at::TensorOptions(at::kDouble));
  const at::Tensor counts = at::empty({3}, at::TensorOptions(at::kLong));
  rates[0].fill_(s.lr);
  rates[1].fill_(s.best);
  counts[0].fill_(calls_);
  counts[1].fill_(s.bad);
  counts[2].fill_(s.cooling);
  tensors.push_back({"schedule.rates", rates});
  tensors.push_back({"schedule.counts", counts});
  if (!gradients_pending()) return;
  for (const nn::NamedTensor& named : nn::parameters_of(*denoiser.ptr()))
    tensors.push_back({"gradient." + named.name, named.tensor.grad()});
}

void Trainer::load(const SafetensorsFile& file, const std::string& prefix) {
  const at::Tensor rates = at::empty({2}, at::TensorOptions(at::kDouble));
  const at::Tensor counts = at::empty({3}, at::TensorOptions(at::kLong));
  nn::load_tensors({{"rates", rates}, {"counts", counts}}, file, prefix + "schedule.", "the schedule");
  calls_ = counts[0].item<int64_t>();
  plateau.set_state({.lr = rates[0].item<double>(),
                     .best = rates[1].item<double>(),
                     .bad = counts[1].item<int64_t>(),
                     .cooling = counts[2].item<int64_t>()});
  optimizer.zero_grad();
  if (!gradients_pending()) return;
  std::vector<nn::NamedTensor> gradients;
  for (const nn::NamedTensor& named : nn::parameters_of(*denoiser)) {
    named.tensor.mutable_grad() = at::zeros_like(named.tensor.detach());
    gradients.push_back({named.name, named.tensor.grad()});
  }
  nn::load_tensors(gradients, file, prefix + "gradient.", "the summed gradients");
}

void BridgeSynthesizer::synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                                   std::span<float> prediction) {
  nn::require_multiple_of(
      source, side_multiple(config_), "bbdm",
      config_.latent ? "(levels of denoiser and autoencoder)" : "(levels of the denoiser)");
  const std::vector<int64_t> list = step_list(config_.timesteps, config_.sample_steps);
  const SamplerSettings settings{config_.objective, config_.clip_x0, config_.eta};
  nn::for_each_slice(source, seeds, prediction, device_, [&](const at::Tensor& slice, Random& random) {
    const at::Tensor y = space_.encode(slice, Side::kSource);
    const auto network = [&](const at::Tensor& x_t, const at::Tensor& t) {
      return run_denoiser(network_, config_, x_t, y, t);
    };
    const auto noise = [&](int64_t) { return nn::random_normal(y.sizes(), 0.0, 1.0, random, y.device()); };
    at::Tensor sum = space_.decode(sample(bridge_, settings, list, y, network, noise));
    for (int64_t i = 1; i < config_.samples; ++i)
      sum = sum + space_.decode(sample(bridge_, settings, list, y, network, noise));
    return sum / static_cast<double>(config_.samples);
  });
}

ModelInfo BridgeSynthesizer::info() const {
  ModelInfo info;
  info.name = "bbdm";
  info.label = config_.latent ? "LBBDM" : "BBDM";
  // Without drawn noise the walk is a function of the source.
  info.deterministic = config_.eta == 0;
  info.parameters = weight_count(*network_);
  if (!space_.autoencoder.is_empty()) info.parameters += weight_count(*space_.autoencoder);
  info.network_evaluations = static_cast<int>(config_.sample_steps * config_.samples);
  info.weights_sha256 = sha256_;
  info.switches = {{"preset", config_.preset},
                   {"space", config_.latent ? "latent" : "pixel"},
                   {"condition", config_.concat ? "concat" : "nocond"},
                   {"objective", name_of(config_.objective)},
                   {"sample_steps", config_.sample_steps},
                   {"clip_x0", config_.clip_x0 ? "on" : "off"},
                   {"eta", config_.eta},
                   {"samples", config_.samples}};
  if (config_.latent) info.switches["normalize_latent"] = config_.normalize_latent;
  return info;
}

}  // namespace synerbench::bbdm
