#include "baselines/pix2pix/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/core/json_fields.h"

namespace synerbench::pix2pix {
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
  config.lambda_L1 = fields::not_negative(object, "lambda_L1", config.lambda_L1);
  config.lr = fields::positive(object, "lr", config.lr);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  config.init_std = fields::positive(object, "init_std", config.init_std);
  config.batch_stats =
      object.choice_or("bn_inference", {"batch_stats", "running_stats"}, "batch_stats") == "batch_stats";
  config.dropout_at_inference = fields::on_or(object, "dropout_inference", false);
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
