#include "baselines/pix2pix/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::pix2pix {
namespace {

double positive(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value > 0)) throw usage_error(object.where(key), fmt::format("{} is not above 0", value));
  return value;
}

double below_one(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value >= 0 && value < 1))
    throw usage_error(object.where(key), fmt::format("{} is not in [0, 1)", value));
  return value;
}

}  // namespace

Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config;
  config.preset = object.choice_or("preset", {"official", "tiny"}, "official");
  if (config.preset == "tiny") {
    config.num_downs = 6;
    config.ngf = config.ndf = 8;
    config.n_layers_D = 2;
  }
  // Five levels hold the growing widths and the innermost block; ten would need slices of 1024.
  config.num_downs = object.integer_or("num_downs", config.num_downs, 5, 10);
  config.ngf = object.integer_or("ngf", config.ngf, 1, 512);
  config.ndf = object.integer_or("ndf", config.ndf, 1, 512);
  config.n_layers_D = object.integer_or("n_layers_D", config.n_layers_D, 1, 6);
  config.dropout = object.boolean_or("dropout", config.dropout);
  config.gan =
      nn::parse_gan_objective(object.choice_or("gan", nn::gan_objective_names(), nn::name_of(config.gan)));
  config.lambda_L1 = object.number_or("lambda_L1", config.lambda_L1);
  if (!(config.lambda_L1 >= 0)) {
    throw usage_error(object.where("lambda_L1"), fmt::format("{} is negative", config.lambda_L1));
  }
  config.lr = positive(object, "lr", config.lr);
  config.beta1 = below_one(object, "beta1", config.beta1);
  config.beta2 = below_one(object, "beta2", config.beta2);
  config.init_std = positive(object, "init_std", config.init_std);
  config.batch_stats =
      object.choice_or("bn_inference", {"batch_stats", "running_stats"}, "batch_stats") == "batch_stats";
  config.dropout_at_inference = object.choice_or("dropout_inference", {"off", "on"}, "off") == "on";
  object.done();
  if (config.dropout_at_inference && !config.dropout) {
    throw usage_error(object.where("dropout_inference"), "\"on\" without dropout in the network",
                      "set \"dropout\" to true, or dropout_inference to \"off\"");
  }
  return config;
}

Json to_json(const Config& config) {
  return {{"preset", config.preset},
          {"num_downs", config.num_downs},
          {"ngf", config.ngf},
          {"ndf", config.ndf},
          {"n_layers_D", config.n_layers_D},
          {"dropout", config.dropout},
          {"gan", nn::name_of(config.gan)},
          {"lambda_L1", config.lambda_L1},
          {"lr", config.lr},
          {"beta1", config.beta1},
          {"beta2", config.beta2},
          {"init_std", config.init_std},
          {"bn_inference", config.batch_stats ? "batch_stats" : "running_stats"},
          {"dropout_inference", config.dropout_at_inference ? "on" : "off"}};
}

}  // namespace synerbench::pix2pix
