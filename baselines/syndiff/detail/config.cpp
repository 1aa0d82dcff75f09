#include "baselines/syndiff/detail/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/json_fields.h"

namespace synerbench::syndiff {
namespace {

void check_generator(const Config& config, const JsonObject& object) {
  if (config.nf % 4 != 0) {
    throw usage_error(object.where("nf"), fmt::format("{} is no multiple of 4", config.nf),
                      "group norms have one group for every four channels");
  }
  if (config.mult.empty() || config.mult.size() > 10) {
    throw usage_error(object.where("mult"), fmt::format("{} levels", config.mult.size()),
                      "1 to 10 are possible");
  }
  if (config.image_size % config.synthesis_multiple() != 0) {
    throw usage_error(
        object.where("image_size"),
        fmt::format("{} cannot be halved {} times", config.image_size, config.mult.size() - 1),
        "every level but the last halves the image: choose another size, or fewer levels in \"mult\"");
  }
  if (config.time_D % 2 != 0)
    throw usage_error(object.where("time_D"), fmt::format("{} is odd", config.time_D));
}

}  // namespace

int64_t Config::training_multiple() const {
  return std::max<int64_t>({synthesis_multiple(), large_discriminator ? 64 : 8, 4});
}

Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config;
  config.preset = object.choice_or("preset", {"official", "tiny"}, "official");
  if (config.preset == "tiny") {
    config.image_size = 64;
    config.nf = 16;
    config.mult = {1, 2, 2, 4};
    config.nz = 16;
    config.z_embedding = 32;
    config.large_discriminator = false;
    config.ngf_D = 8;
    config.time_D = 32;
    config.cycle_ngf = config.cycle_ndf = 8;
    config.cycle_layers_D = 2;
  }
  config.pair = fields::modality_pair(object, "pair");
  config.image_size = object.integer_or("image_size", config.image_size, 8, 4096);
  config.nf = object.integer_or("nf", config.nf, 4, 1024);
  config.mult = fields::integers_or(object, "mult", config.mult, {.highest = 64, .most = 64});
  config.blocks = object.integer_or("blocks", config.blocks, 1, 16);
  config.attention =
      fields::integers_or(object, "attention", config.attention, {.highest = 4096, .most = 64});
  config.nz = object.integer_or("nz", config.nz, 1, 4096);
  config.z_embedding = object.integer_or("z_embedding", config.z_embedding, 1, 4096);
  config.z_layers = object.integer_or("z_layers", config.z_layers, 0, 16);
  config.large_discriminator = object.choice_or("discriminator", {"large", "small"},
                                                config.large_discriminator ? "large" : "small") == "large";
  config.ngf_D = object.integer_or("ngf_D", config.ngf_D, 1, 512);
  config.time_D = object.integer_or("time_D", config.time_D, 4, 4096);
  config.cycle_ngf = object.integer_or("cycle_ngf", config.cycle_ngf, 1, 512);
  config.cycle_blocks = object.integer_or("cycle_blocks", config.cycle_blocks, 1, 32);
  config.cycle_ndf = object.integer_or("cycle_ndf", config.cycle_ndf, 1, 512);
  config.cycle_layers_D = object.integer_or("cycle_layers_D", config.cycle_layers_D, 1, 6);
  config.steps = object.integer_or("steps", config.steps, 1, 1000);
  config.beta_min = fields::positive(object, "beta_min", config.beta_min);
  config.beta_max = fields::positive(object, "beta_max", config.beta_max);
  if (config.beta_max < config.beta_min) {
    throw usage_error(object.where("beta_max"),
                      fmt::format("{} is below beta_min, {}", config.beta_max, config.beta_min));
  }
  config.lr_G = fields::positive(object, "lr_G", config.lr_G);
  config.lr_D = fields::positive(object, "lr_D", config.lr_D);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  config.lambda_L1 = fields::not_negative(object, "lambda_L1", config.lambda_L1);
  config.r1_gamma = fields::not_negative(object, "r1_gamma", config.r1_gamma);
  config.r1_every = object.integer_or("r1_every", config.r1_every, 1);
  config.cosine = object.choice_or("lr_schedule", {"cosine", "recipe"}, "cosine") == "cosine";
  config.lr_min = fields::not_negative(object, "lr_min", config.lr_min);
  config.cosine_period = object.integer_or("cosine_period", config.cosine_period, 1);
  config.cosine_in_epochs = object.choice_or("cosine_unit", {"epochs", "updates"}, "epochs") == "epochs";
  object.done();
  check_generator(config, object);
  return config;
}

Json to_json(const Config& config) {
  Json json = {{"preset", config.preset}};
  if (config.pair) json["pair"] = {name_of((*config.pair)[0]), name_of((*config.pair)[1])};
  json.update({{"image_size", config.image_size},
               {"nf", config.nf},
               {"mult", config.mult},
               {"blocks", config.blocks},
               {"attention", config.attention},
               {"nz", config.nz},
               {"z_embedding", config.z_embedding},
               {"z_layers", config.z_layers},
               {"discriminator", config.large_discriminator ? "large" : "small"},
               {"ngf_D", config.ngf_D},
               {"time_D", config.time_D},
               {"cycle_ngf", config.cycle_ngf},
               {"cycle_blocks", config.cycle_blocks},
               {"cycle_ndf", config.cycle_ndf},
               {"cycle_layers_D", config.cycle_layers_D},
               {"steps", config.steps},
               {"beta_min", config.beta_min},
               {"beta_max", config.beta_max},
               {"lr_G", config.lr_G},
               {"lr_D", config.lr_D},
               {"beta1", config.beta1},
               {"beta2", config.beta2},
               {"lambda_L1", config.lambda_L1},
               {"r1_gamma", config.r1_gamma},
               {"r1_every", config.r1_every},
               {"lr_schedule", config.cosine ? "cosine" : "recipe"},
               {"lr_min", config.lr_min},
               {"cosine_period", config.cosine_period},
               {"cosine_unit", config.cosine_in_epochs ? "epochs" : "updates"}});
  return json;
}

}  // namespace synerbench::syndiff
