#include "baselines/resvit/detail/trainer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"

namespace synerbench::resvit {
namespace {

nn::Adam::Settings adam_settings(const Config& config) {
  return {.lr = config.transformer ? config.lr : config.pretrain_lr,
          .beta1 = config.beta1,
          .beta2 = config.beta2,
          .eps = 1e-8};
}

template <class Network>
Network on_device(Network network, const std::string& device) {
  network->to(at::Device(device));
  return network;
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
    : generator(on_device(Generator(generator_options(config)), device)),
      discriminator(on_device(nn::PatchGan(nn::PatchGanOptions{.input_channels = config.input_channels + 1,
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

void synthesize_slices(Generator& generator, const Config& config, const std::string& device,
                       const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction) {
  if (config.input_channels != 1) {
    throw usage_error(
        "resvit", fmt::format("a network of {} source images", config.input_channels),
        "the tasks here have one source each; a many-to-one network is used through its library");
  }
  if (!config.transformer) {
    nn::require_multiple_of(source, 4, "resvit", "(two stride-2 layers)");
  } else if (source.height != config.image_size || source.width != config.image_size) {
    throw usage_error(
        "resvit", fmt::format("slices of {} x {}", source.height, source.width),
        fmt::format("the position table is for {0} x {0}: choose that canvas, or train with another "
                    "image_size and grid",
                    config.image_size));
  }
  nn::for_each_slice(source, seeds, prediction, device, [&](const at::Tensor& slice, Random& random) {
    nn::LayerContext context;
    context.norm = config.batch_stats ? nn::NormMode::kBatchStats : nn::NormMode::kRunningStats;
    if (config.dropout_at_inference) context.dropout = nn::dropout_from(random);
    return generator->forward(slice, context);
  });
}

ModelInfo describe(Generator& generator, const Config& config, const std::string& weights_sha256) {
  ModelInfo info;
  info.name = "resvit";
  info.label = config.transformer ? "ResViT" : "ResViT (res_cnn)";
  info.deterministic = !config.dropout_at_inference;
  info.parameters = nn::parameter_count(*generator);
  info.network_evaluations = 1;
  info.weights_sha256 = weights_sha256;
  info.switches = {
      {"preset", config.preset},
      {"variant", config.transformer ? "resvit" : "res_cnn"},
      {"image_size", config.image_size},
      {"ngf", config.ngf},
      {"hidden", config.hidden},
      {"layers", config.layers},
      {"stages",
       config.pretrain_total() > 0 ? 2 : 1},  // their lengths are the training's, and a budget sets them
      {"vit", config.vit_weights.empty() ? "random" : config.vit_sha256},
      {"bn_inference", config.batch_stats ? "batch_stats" : "running_stats"},
      {"dropout_inference", config.dropout_at_inference ? "on" : "off"}};
  return info;
}

}  // namespace synerbench::resvit
