#include "baselines/resvit/detail/config.h"

#include <fmt/format.h>

namespace synerbench::resvit {
namespace {

constexpr int64_t kMany = int64_t{1} << 40;

Config large() {
  Config config;
  config.hidden = 1024;
  config.mlp = 4096;
  config.layers = 24;
  config.heads = 16;
  return config;
}

Config tiny() {
  Config config;
  config.image_size = 64;
  config.grid = 4;
  config.ngf = config.ndf = 8;
  config.n_layers_D = 2;
  config.mid = 128;
  config.hidden = 64;
  config.mlp = 256;
  config.layers = 2;
  config.heads = 4;
  return config;
}

void add_network(Schema<Config>& s) {
  s.choice("variant", &Config::transformer, {{"resvit", true}, {"res_cnn", false}},
           "with transformers, or the same network without them, in one stage");
  s.integer("input_channels", &Config::input_channels, 1, 16,
            "source images of a many-to-one network, packed as channels");
  s.integer("image_size", &Config::image_size, 16, 4096,
            "height and width of the slices; res_cnn takes all multiples of 4");
  s.integer("grid", &Config::grid, 1, 256, "patches along a side: image_size / 16 (Note [ResViT grid])");
  s.integer("ngf", &Config::ngf, 1, 512, "channels of the generator's first layer");
  s.integer("ndf", &Config::ndf, 1, 512, "channels of the discriminator's first layer");
  s.integer("n_layers_D", &Config::n_layers_D, 1, 6, "stride-2 layers of the discriminator");
  s.integer("mid", &Config::mid, 1, 8192, "channels before the patch embedding");
  s.integer("hidden", &Config::hidden, 1, 8192, "width of the transformer");
  s.integer("mlp", &Config::mlp, 1, 32768, "width of the transformer's inner layers");
  s.integer("layers", &Config::layers, 1, 128, "of the transformer");
  s.integer("heads", &Config::heads, 1, 128, "of the transformer's attention");
  s.number("dropout", &Config::dropout, kBelowOne, "rate inside the transformer while training");
}

void add_training(Schema<Config>& s) {
  s.choice("gan", &Config::gan, nn::gan_objectives(), "adversarial loss");
  s.number("lambda_adv", &Config::lambda_adv, kNotNegative, "weight of the adversarial loss");
  s.number("lambda_L1", &Config::lambda_L1, kNotNegative, "weight of the L1 loss");
  s.number("lr", &Config::lr, kPositive, "learning rate of Adam, both networks, in the second stage");
  s.number("pretrain_lr", &Config::pretrain_lr, kPositive, "the same in the first stage, and of res_cnn");
  s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
  s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
  s.number("init_std", &Config::init_std, kPositive,
           "standard deviation of fresh discriminator weights; the generator begins as LibTorch draws it");
  s.choice(
      "pretrain_unit", [](Config& c) -> BudgetUnit& { return c.pretrain.unit; }, budget_units(),
      "what the next two count");
  s.integer(
      "pretrain", [](Config& c) -> int64_t& { return c.pretrain.constant; }, 0, kMany,
      "first stage: units at pretrain_lr");
  s.integer(
      "pretrain_decay", [](Config& c) -> int64_t& { return c.pretrain.decay; }, 0, kMany,
      "then units of linear decay; both 0: no first stage");
  s.text("vit_weights", &Config::vit_weights,
         "safetensors file with an ImageNet ViT under its published names; empty: random weights");
  s.text("vit_sha256", &Config::vit_sha256, "of that file; filled in, and checked when given");
}

void check(const Config& config, const FieldPlace& at) {
  if (config.transformer && config.grid * 16 != config.image_size) {
    throw at.error(
        "grid", fmt::format("{} patches along a side of {} pixels", config.grid, config.image_size),
        fmt::format("the patch size must be 1: grid = image_size / 16, so a grid of {} needs image_size {}",
                    config.grid, config.grid * 16));
  }
  if (config.transformer && config.hidden % config.heads != 0) {
    throw at.error("heads", fmt::format("{} heads do not divide a width of {}", config.heads, config.hidden));
  }
  if (!config.vit_weights.empty() && !config.transformer)
    throw at.error("vit_weights", "res_cnn has no transformer to load it into");
  if (config.dropout_at_inference && (config.dropout == 0 || !config.transformer)) {
    throw at.error("dropout_inference", "\"on\" without dropout in the network",
                   "set \"dropout\" above 0, or dropout_inference to \"off\"");
  }
}

}  // namespace

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    Schema<Config> s;
    s.preset("preset", &Config::preset, {{"official", Config{}}, {"large", large()}, {"tiny", tiny()}},
             "ResViT-B at 256 x 256, ResViT-L, or 64 x 64 on a CPU; gives the other fields their defaults");
    add_network(s);
    add_training(s);
    s.choice(
         "bn_inference", &Config::batch_stats, {{"batch_stats", true}, {"running_stats", false}},
         "batch norm of a slice that is synthesized: its own statistics, as published, or those of training")
        .option();
    s.on_off("dropout_inference", &Config::dropout_at_inference,
             "dropout while synthesizing, as published: masks from the slice's seed")
        .option();
    s.check(check);
    return s;
  }();
  return table;
}

}  // namespace synerbench::resvit
