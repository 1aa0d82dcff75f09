#include "baselines/resvit/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/core/json_fields.h"

namespace synerbench::resvit {
namespace {

constexpr int64_t kMany = int64_t{1} << 40;

void apply_preset(Config& config) {
  if (config.preset == "large") {
    config.hidden = 1024;
    config.mlp = 4096;
    config.layers = 24;
    config.heads = 16;
  }
  if (config.preset == "tiny") {
    config.image_size = 64;
    config.grid = 4;
    config.ngf = config.ndf = 8;
    config.n_layers_D = 2;
    config.mid = 128;
    config.hidden = 64;
    config.mlp = 256;
    config.layers = 2;
    config.heads = 4;
  }
}

void read_network(JsonObject& object, Config& config) {
  config.transformer = object.choice_or("variant", {"resvit", "res_cnn"}, "resvit") == "resvit";
  config.input_channels = object.integer_or("input_channels", config.input_channels, 1, 16);
  config.image_size = object.integer_or("image_size", config.image_size, 16, 4096);
  config.grid = object.integer_or("grid", config.grid, 1, 256);
  config.ngf = object.integer_or("ngf", config.ngf, 1, 512);
  config.ndf = object.integer_or("ndf", config.ndf, 1, 512);
  config.n_layers_D = object.integer_or("n_layers_D", config.n_layers_D, 1, 6);
  config.mid = object.integer_or("mid", config.mid, 1, 8192);
  config.hidden = object.integer_or("hidden", config.hidden, 1, 8192);
  config.mlp = object.integer_or("mlp", config.mlp, 1, 32768);
  config.layers = object.integer_or("layers", config.layers, 1, 128);
  config.heads = object.integer_or("heads", config.heads, 1, 128);
  config.dropout = fields::below_one(object, "dropout", config.dropout);
  if (!config.transformer) return;
  if (config.grid * 16 != config.image_size) {
    throw usage_error(
        object.where("grid"),
        fmt::format("{} patches along a side of {} pixels", config.grid, config.image_size),
        fmt::format("the patch size must be 1: grid = image_size / 16, so a grid of {} needs image_size {}",
                    config.grid, config.grid * 16));
  }
  if (config.hidden % config.heads != 0) {
    throw usage_error(object.where("heads"),
                      fmt::format("{} heads do not divide a width of {}", config.heads, config.hidden));
  }
}

}  // namespace

Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config;
  config.preset = object.choice_or("preset", {"official", "large", "tiny"}, "official");
  apply_preset(config);
  read_network(object, config);
  config.gan =
      nn::parse_gan_objective(object.choice_or("gan", nn::gan_objective_names(), nn::name_of(config.gan)));
  config.lambda_adv = fields::not_negative(object, "lambda_adv", config.lambda_adv);
  config.lambda_L1 = fields::not_negative(object, "lambda_L1", config.lambda_L1);
  config.lr = fields::positive(object, "lr", config.lr);
  config.pretrain_lr = fields::positive(object, "pretrain_lr", config.pretrain_lr);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  config.init_std = fields::positive(object, "init_std", config.init_std);
  config.pretrain_unit = object.choice_or("pretrain_unit", {"epochs", "updates"}, "epochs") == "epochs"
                             ? BudgetUnit::kEpochs
                             : BudgetUnit::kUpdates;
  config.pretrain = object.integer_or("pretrain", config.pretrain, 0, kMany);
  config.pretrain_decay = object.integer_or("pretrain_decay", config.pretrain_decay, 0, kMany);
  config.vit_weights = object.text_or("vit_weights", "");
  config.vit_sha256 = object.text_or("vit_sha256", "");
  config.batch_stats =
      object.choice_or("bn_inference", {"batch_stats", "running_stats"}, "batch_stats") == "batch_stats";
  config.dropout_at_inference = fields::on_or(object, "dropout_inference", false);
  object.done();
  if (!config.vit_weights.empty() && !config.transformer) {
    throw usage_error(object.where("vit_weights"), "res_cnn has no transformer to load it into");
  }
  if (config.dropout_at_inference && (config.dropout == 0 || !config.transformer)) {
    throw usage_error(object.where("dropout_inference"), "\"on\" without dropout in the network",
                      "set \"dropout\" above 0, or dropout_inference to \"off\"");
  }
  return config;
}

Json to_json(const Config& config) {
  return {{"preset", config.preset},
          {"variant", config.transformer ? "resvit" : "res_cnn"},
          {"input_channels", config.input_channels},
          {"image_size", config.image_size},
          {"grid", config.grid},
          {"ngf", config.ngf},
          {"ndf", config.ndf},
          {"n_layers_D", config.n_layers_D},
          {"mid", config.mid},
          {"hidden", config.hidden},
          {"mlp", config.mlp},
          {"layers", config.layers},
          {"heads", config.heads},
          {"dropout", config.dropout},
          {"gan", nn::name_of(config.gan)},
          {"lambda_adv", config.lambda_adv},
          {"lambda_L1", config.lambda_L1},
          {"lr", config.lr},
          {"pretrain_lr", config.pretrain_lr},
          {"beta1", config.beta1},
          {"beta2", config.beta2},
          {"init_std", config.init_std},
          {"pretrain_unit", name_of(config.pretrain_unit)},
          {"pretrain", config.pretrain},
          {"pretrain_decay", config.pretrain_decay},
          {"vit_weights", config.vit_weights},
          {"vit_sha256", config.vit_sha256},
          {"bn_inference", config.batch_stats ? "batch_stats" : "running_stats"},
          {"dropout_inference", config.dropout_at_inference ? "on" : "off"}};
}

}  // namespace synerbench::resvit
