#include "baselines/rcd/detail/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/json_fields.h"

namespace synerbench::rcd {
namespace {

Config preset(const std::string& name) {
  Config config;
  config.preset = name;
  if (name == "tiny") {
    config.ngf = config.ndf = 8;
    config.halvings = 2;
  }
  if (name == "released") {
    config.core = Core::kUnet;
    config.dimensions = 3;
  }
  return config;
}

}  // namespace

std::string name_of(Core core) { return core == Core::kUnet ? "unet" : "acds"; }

int64_t Config::multiple() const {
  // The registration network halves `halvings` times, ACDS twice; and the velocity needs one even size.
  return int64_t{1} << std::max<int64_t>(halvings, core == Core::kAcds ? 2 : 1);
}

Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config = preset(object.choice_or("preset", {"official", "tiny", "released"}, "official"));
  config.core =
      object.choice_or("core", {"unet", "acds"}, name_of(config.core)) == "unet" ? Core::kUnet : Core::kAcds;
  config.dimensions = static_cast<int>(object.integer_or("dimensions", config.dimensions, 2, 3));
  config.ngf = object.integer_or("ngf", config.ngf, 1, 512);
  config.halvings = object.integer_or("halvings", config.halvings, 1, 6);
  config.ndf = object.integer_or("ndf", config.ndf, 1, 512);
  config.n_layers_D = object.integer_or("n_layers_D", config.n_layers_D, 1, 6);
  config.integration_steps = object.integer_or("integration_steps", config.integration_steps, 1, 20);
  config.acds_blocks = object.integer_or("acds_blocks", config.acds_blocks, 1, 32);
  config.style_width = object.integer_or("style_width", config.style_width, 1, 4096);
  config.style = object.integer_or("style", config.style, 1, 4096);
  config.domain_codes = object.integer_or("domain_codes", config.domain_codes, 2, 4096);
  config.gan =
      nn::parse_gan_objective(object.choice_or("gan", nn::gan_objective_names(), nn::name_of(config.gan)));
  config.lambda_align = fields::not_negative(object, "lambda_align", config.lambda_align);
  config.lambda_smooth = fields::not_negative(object, "lambda_smooth", config.lambda_smooth);
  config.lambda_gan = fields::not_negative(object, "lambda_gan", config.lambda_gan);
  config.lambda_self = fields::not_negative(object, "lambda_self", config.lambda_self);
  config.lambda_cycle = fields::not_negative(object, "lambda_cycle", config.lambda_cycle);
  config.lambda_anatomy = fields::not_negative(object, "lambda_anatomy", config.lambda_anatomy);
  config.lr = fields::positive(object, "lr", config.lr);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  config.init_std = fields::positive(object, "init_std", config.init_std);
  config.flow_std = fields::positive(object, "flow_std", config.flow_std);
  config.polynomial = object.choice_or("lr_schedule", {"polynomial", "recipe"}, "polynomial") == "polynomial";
  config.poly_power = fields::positive(object, "poly_power", config.poly_power);
  config.poly_period = object.integer_or("poly_period", config.poly_period, 1);
  config.poly_in_epochs = object.choice_or("poly_unit", {"epochs", "updates"}, "epochs") == "epochs";
  object.done();
  return config;
}

Json to_json(const Config& config) {
  return {{"preset", config.preset},
          {"core", name_of(config.core)},
          {"dimensions", config.dimensions},
          {"ngf", config.ngf},
          {"halvings", config.halvings},
          {"ndf", config.ndf},
          {"n_layers_D", config.n_layers_D},
          {"integration_steps", config.integration_steps},
          {"acds_blocks", config.acds_blocks},
          {"style_width", config.style_width},
          {"style", config.style},
          {"domain_codes", config.domain_codes},
          {"gan", nn::name_of(config.gan)},
          {"lambda_align", config.lambda_align},
          {"lambda_smooth", config.lambda_smooth},
          {"lambda_gan", config.lambda_gan},
          {"lambda_self", config.lambda_self},
          {"lambda_cycle", config.lambda_cycle},
          {"lambda_anatomy", config.lambda_anatomy},
          {"lr", config.lr},
          {"beta1", config.beta1},
          {"beta2", config.beta2},
          {"init_std", config.init_std},
          {"flow_std", config.flow_std},
          {"lr_schedule", config.polynomial ? "polynomial" : "recipe"},
          {"poly_power", config.poly_power},
          {"poly_period", config.poly_period},
          {"poly_unit", config.poly_in_epochs ? "epochs" : "updates"}};
}

}  // namespace synerbench::rcd
