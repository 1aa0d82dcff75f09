#include "baselines/cyclegan/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/core/json_fields.h"

namespace synerbench::cyclegan {
Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config;
  config.preset = object.choice_or("preset", {"official", "tiny"}, "official");
  if (config.preset == "tiny") {
    config.n_blocks = 6;
    config.ngf = config.ndf = 8;
    config.n_layers_D = 2;
  }
  config.pair = fields::modality_pair(object, "pair");
  config.n_blocks = object.integer_or("n_blocks", config.n_blocks, 1, 64);
  config.ngf = object.integer_or("ngf", config.ngf, 1, 512);
  config.ndf = object.integer_or("ndf", config.ndf, 1, 512);
  config.n_layers_D = object.integer_or("n_layers_D", config.n_layers_D, 1, 6);
  config.gan =
      nn::parse_gan_objective(object.choice_or("gan", nn::gan_objective_names(), nn::name_of(config.gan)));
  config.lambda_A = fields::not_negative(object, "lambda_A", config.lambda_A);
  config.lambda_B = fields::not_negative(object, "lambda_B", config.lambda_B);
  config.lambda_identity = fields::not_negative(object, "lambda_identity", config.lambda_identity);
  config.pool_size = object.integer_or("pool_size", config.pool_size, 0, 100'000);
  config.lr = fields::positive(object, "lr", config.lr);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  config.init_std = fields::positive(object, "init_std", config.init_std);
  const std::string direction = object.choice_or("direction", {"task", "A_to_B", "B_to_A"}, "task");
  config.direction = direction == "task"     ? Direction::kByTask
                     : direction == "A_to_B" ? Direction::kAToB
                                             : Direction::kBToA;
  object.done();
  return config;
}

std::string name_of(Direction direction) {
  return direction == Direction::kByTask ? "task" : direction == Direction::kAToB ? "A_to_B" : "B_to_A";
}

Json to_json(const Config& config) {
  Json pair = Json::array();
  if (config.pair) pair = {name_of((*config.pair)[0]), name_of((*config.pair)[1])};
  return {{"preset", config.preset},
          {"pair", pair},
          {"n_blocks", config.n_blocks},
          {"ngf", config.ngf},
          {"ndf", config.ndf},
          {"n_layers_D", config.n_layers_D},
          {"gan", nn::name_of(config.gan)},
          {"lambda_A", config.lambda_A},
          {"lambda_B", config.lambda_B},
          {"lambda_identity", config.lambda_identity},
          {"pool_size", config.pool_size},
          {"lr", config.lr},
          {"beta1", config.beta1},
          {"beta2", config.beta2},
          {"init_std", config.init_std},
          {"direction", name_of(config.direction)}};
}

bool goes_forward(const Config& config, const Task& task) {
  if (config.direction != Direction::kByTask) return config.direction == Direction::kAToB;
  if (!config.pair) {
    throw usage_error(
        "cyclegan", fmt::format("the configuration has no \"pair\" to find the direction of {}", task.id),
        "add \"pair\": [A, B] to the config of config.json, or give direction=A_to_B or B_to_A");
  }
  const auto& [a, b] = *config.pair;
  if (task.source == a && task.target == b) return true;
  if (task.source == b && task.target == a) return false;
  throw usage_error("cyclegan",
                    fmt::format("{} is asked of weights for {} and {}", task.id, name_of(a), name_of(b)),
                    "use the weights that were trained for this pair of modalities");
}

}  // namespace synerbench::cyclegan
