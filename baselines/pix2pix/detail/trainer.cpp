#include "baselines/pix2pix/detail/trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"
#include "harness/nn/state.h"

namespace synerbench::pix2pix {
namespace {

nn::Adam::Settings adam_settings(const Config& config) {
  return {.lr = config.lr, .beta1 = config.beta1, .beta2 = config.beta2, .eps = 1e-8};
}

template <class Network>
Network on_device(Network network, const std::string& device) {
  network->to(at::Device(device));
  return network;
}

}  // namespace

UnetOptions unet_options(const Config& config) {
  return {.input_channels = 1,
          .output_channels = 1,
          .num_downs = config.num_downs,
          .ngf = config.ngf,
          .dropout = config.dropout};
}

Trainer::Trainer(const Config& config, const std::string& device)
    : generator(on_device(Unet(unet_options(config)), device)),
      discriminator(on_device(nn::PatchGan(nn::PatchGanOptions{.input_channels = 2,
                                                               .width = config.ndf,
                                                               .layers = config.n_layers_D,
                                                               .norm = nn::Norm::kBatch}),
                              device)),
      optimizer_G("G", nn::parameters_of(*generator, "G"), adam_settings(config)),
      optimizer_D("D", nn::parameters_of(*discriminator, "D"), adam_settings(config)),
      config_(config) {}

StepLosses Trainer::step(const at::Tensor& source, const at::Tensor& target,
                         const std::function<at::Tensor(const at::Tensor&, double)>& dropout,
                         at::Tensor* fake_out) {
  const nn::LayerContext plain{.norm = nn::NormMode::kTraining, .dropout = {}, .observe = {}};
  const nn::LayerContext generating{.norm = nn::NormMode::kTraining, .dropout = dropout, .observe = {}};
  const at::Tensor fake = generator->forward(source, generating);
  if (fake_out) *fake_out = fake.detach();

  optimizer_D.zero_grad();
  const at::Tensor D_fake =
      nn::gan_loss(config_.gan, discriminator->forward(at::cat({source, fake.detach()}, 1), plain), false);
  const at::Tensor D_real =
      nn::gan_loss(config_.gan, discriminator->forward(at::cat({source, target}, 1), plain), true);
  const at::Tensor D = (D_fake + D_real) * 0.5;
  D.backward();
  optimizer_D.step();

  nn::set_requires_grad(*discriminator, false);
  optimizer_G.zero_grad();
  const at::Tensor G_GAN =
      nn::gan_loss(config_.gan, discriminator->forward(at::cat({source, fake}, 1), plain), true);
  const at::Tensor G_L1 = at::l1_loss(fake, target) * config_.lambda_L1;
  const at::Tensor G = G_GAN + G_L1;
  G.backward();
  optimizer_G.step();
  nn::set_requires_grad(*discriminator, true);

  // One transfer from the device for all six.
  const at::Tensor values = at::stack({D_fake, D_real, D, G_GAN, G_L1, G}).detach().to(at::kCPU, at::kDouble);
  const double* v = values.data_ptr<double>();
  return {v[0], v[1], v[2], v[3], v[4], v[5]};
}

void synthesize_slices(Unet& generator, const Config& config, const std::string& device,
                       const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction) {
  nn::require_multiple_of(source, int64_t{1} << config.num_downs, "pix2pix",
                          fmt::format("(num_downs {})", config.num_downs));
  nn::for_each_slice(source, seeds, prediction, device, [&](const at::Tensor& slice, Random& random) {
    nn::LayerContext context;
    context.norm = config.batch_stats ? nn::NormMode::kBatchStats : nn::NormMode::kRunningStats;
    if (config.dropout_at_inference) context.dropout = nn::dropout_from(random);
    return generator->forward(slice, context);
  });
}

ModelInfo describe(Unet& generator, const Config& config, const std::string& weights_sha256) {
  ModelInfo info;
  info.name = "pix2pix";
  info.label = "Pix2Pix";
  info.deterministic = !config.dropout_at_inference;
  info.parameters = nn::parameter_count(*generator);
  info.network_evaluations = 1;
  info.weights_sha256 = weights_sha256;
  info.switches = {{"preset", config.preset},
                   {"num_downs", config.num_downs},
                   {"ngf", config.ngf},
                   {"bn_inference", config.batch_stats ? "batch_stats" : "running_stats"},
                   {"dropout_inference", config.dropout_at_inference ? "on" : "off"}};
  return info;
}

}  // namespace synerbench::pix2pix
