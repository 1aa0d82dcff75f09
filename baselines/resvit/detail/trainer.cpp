#include "baselines/resvit/detail/trainer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"
#include "harness/nn/state.h"

namespace synerbench::resvit {
namespace {

nn::Adam::Settings adam_settings(const Config& config) {
  return {.lr = config.transformer ? config.lr : config.pretrain_lr,
          .beta1 = config.beta1,
          .beta2 = config.beta2,
          .eps = 1e-8};
}

}  // namespace

GeneratorOptions generator_options(const Config& config) {
  return {.input_channels = config.input_channels,
          .output_channels = 1,
          .ngf = config.ngf,
          .mid = config.mid,
          .grid = config.grid,
          .transformer = {.hidden = config.hidden,
                          .mlp = config.mlp,
                          .layers = config.layers,
                          .heads = config.heads,
                          .dropout = config.dropout},
          .has_transformer = config.transformer};
}

Trainer::Trainer(const Config& config, const std::string& device)
    : generator(nn::on_device(Generator(generator_options(config)), device)),
      discriminator(
          nn::on_device(nn::PatchGan(nn::PatchGanOptions{.input_channels = config.input_channels + 1,
                                                         .width = config.ndf,
                                                         .layers = config.n_layers_D,
                                                         .norm = nn::Norm::kBatch}),
                        device)),
      optimizer_G("G", nn::parameters_of(*generator, "G"), adam_settings(config)),
      optimizer_D("D", nn::parameters_of(*discriminator, "D"), adam_settings(config)),
      config_(config) {}

nn::ConditionalGanLosses Trainer::step(const at::Tensor& source, const at::Tensor& target,
                                       const std::function<at::Tensor(const at::Tensor&, double)>& dropout,
                                       bool use_transformers, at::Tensor* fake) {
  const nn::LayerContext generating{.norm = nn::NormMode::kTraining, .dropout = dropout, .observe = {}};
  nn::ConditionalGan gan{
      discriminator, optimizer_G, optimizer_D, {config_.gan, config_.lambda_adv, config_.lambda_L1}};
  return gan.step(
      source, target, [&] { return generator->forward(source, generating, use_transformers); }, fake);
}

void GeneratorSynthesizer::synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                                      std::span<float> prediction) {
  if (config_.input_channels != 1) {
    throw usage_error(
        "resvit", fmt::format("a network of {} source images", config_.input_channels),
        "the tasks here have one source each; a many-to-one network is used through its library");
  }
  if (!config_.transformer) {
    nn::require_multiple_of(source, 4, "resvit", "(two stride-2 layers)");
  } else if (source.height != config_.image_size || source.width != config_.image_size) {
    throw usage_error(
        "resvit", fmt::format("slices of {} x {}", source.height, source.width),
        fmt::format("the position table is for {0} x {0}: choose that canvas, or train with another "
                    "image_size and grid",
                    config_.image_size));
  }
  nn::for_each_slice(source, seeds, prediction, device_, [&](const at::Tensor& slice, Random& random) {
    return network_->forward(
        slice, nn::inference_context(config_.batch_stats, config_.dropout_at_inference, random));
  });
}

ModelInfo GeneratorSynthesizer::info() const {
  ModelInfo info;
  info.name = "resvit";
  info.label = config_.transformer ? "ResViT" : "ResViT (res_cnn)";
  info.deterministic = !config_.dropout_at_inference;
  info.parameters = nn::parameter_count(*network_);
  info.network_evaluations = 1;
  info.weights_sha256 = sha256_;
  info.switches = {
      {"preset", config_.preset},
      {"variant", config_.transformer ? "resvit" : "res_cnn"},
      {"image_size", config_.image_size},
      {"ngf", config_.ngf},
      {"hidden", config_.hidden},
      {"layers", config_.layers},
      {"stages",
       config_.pretrain_total() > 0 ? 2 : 1},  // their lengths are the training's, and a budget sets them
      {"vit", config_.vit_weights.empty() ? "random" : config_.vit_sha256},
      {"bn_inference", config_.batch_stats ? "batch_stats" : "running_stats"},
      {"dropout_inference", config_.dropout_at_inference ? "on" : "off"}};
  return info;
}

}  // namespace synerbench::resvit
