#include "baselines/pix2pix/detail/trainer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/nn/slices.h"
#include "harness/nn/state.h"

namespace synerbench::pix2pix {
namespace {

nn::Adam::Settings adam_settings(const Config& config) {
  return {.lr = config.lr, .beta1 = config.beta1, .beta2 = config.beta2, .eps = 1e-8};
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
    : generator(nn::on_device(Unet(unet_options(config)), device)),
      discriminator(nn::on_device(nn::PatchGan(nn::PatchGanOptions{.input_channels = 2,
                                                                   .width = config.ndf,
                                                                   .layers = config.n_layers_D,
                                                                   .norm = nn::Norm::kBatch}),
                                  device)),
      optimizer_G("G", nn::parameters_of(*generator, "G"), adam_settings(config)),
      optimizer_D("D", nn::parameters_of(*discriminator, "D"), adam_settings(config)),
      config_(config) {}

nn::ConditionalGanLosses Trainer::step(const at::Tensor& source, const at::Tensor& target,
                                       const std::function<at::Tensor(const at::Tensor&, double)>& dropout,
                                       at::Tensor* fake) {
  const nn::LayerContext generating{.norm = nn::NormMode::kTraining, .dropout = dropout, .observe = {}};
  nn::ConditionalGan gan{discriminator, optimizer_G, optimizer_D, {config_.gan, 1, config_.lambda_L1}};
  return gan.step(
      source, target, [&] { return generator->forward(source, generating); }, fake);
}

void UnetSynthesizer::synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                                 std::span<float> prediction) {
  nn::require_multiple_of(source, int64_t{1} << config_.num_downs, "pix2pix",
                          fmt::format("(num_downs {})", config_.num_downs));
  nn::for_each_slice(source, seeds, prediction, device_, [&](const at::Tensor& slice, Random& random) {
    return network_->forward(
        slice, nn::inference_context(config_.batch_stats, config_.dropout_at_inference, random));
  });
}

ModelInfo UnetSynthesizer::info() const {
  ModelInfo info;
  info.name = "pix2pix";
  info.label = "Pix2Pix";
  info.deterministic = !config_.dropout_at_inference;
  info.parameters = nn::parameter_count(*network_);
  info.network_evaluations = 1;
  info.weights_sha256 = sha256_;
  info.switches = {{"preset", config_.preset},
                   {"num_downs", config_.num_downs},
                   {"ngf", config_.ngf},
                   {"bn_inference", config_.batch_stats ? "batch_stats" : "running_stats"},
                   {"dropout_inference", config_.dropout_at_inference ? "on" : "off"}};
  return info;
}

}  // namespace synerbench::pix2pix
