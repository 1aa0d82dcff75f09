#include "baselines/flow_unet/detail/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"
#include "harness/nn/network_fields.h"

namespace synerbench::flow_unet {
Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config;
  config.preset = object.choice_or("preset", {"official", "tiny"}, "official");
  if (config.preset == "tiny") {
    config.unet.width = config.unet.head_width = 32;
    config.unet.multipliers = {1, 2, 4};
    config.unet.blocks = 1;
    config.unet.attention_factors = {4};
    config.lr = 1e-3;
  } else {
    config.unet.multipliers = {1, 1, 2, 2, 4, 4};
    config.unet.attention_factors = {16, 32};
  }
  config.routes = object.texts_or("routes", {});
  const std::set<std::string> different(config.routes.begin(), config.routes.end());
  if (different.size() != config.routes.size())
    throw usage_error(object.where("routes"), "a task is named twice", "every task has one row");
  nn::read_fields(object, config.unet);
  config.gives_target = object.choice_or("prediction", {"target", "velocity"},
                                         config.gives_target ? "target" : "velocity") == "target";
  config.loss_at_target = object.choice_or("loss", {"target", "velocity"},
                                           config.loss_at_target ? "target" : "velocity") == "target";
  config.logit_normal =
      object.choice_or("time_sampling", {"uniform", "logit_normal"}, "uniform") == "logit_normal";
  config.solver = parse_solver(object.choice_or("sampler", {"euler", "heun"}, name_of(config.solver)));
  config.sample_steps = object.integer_or("sample_steps", config.sample_steps, 1, 10000);
  config.samples = object.integer_or("samples", config.samples, 1, 1000);
  config.lr = fields::positive(object, "lr", config.lr);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  object.done();
  return config;
}

Json to_json(const Config& config) {
  Json json = {{"preset", config.preset}, {"routes", config.routes}};
  json.update(nn::fields_of(config.unet));
  json.update(Json{{"prediction", config.gives_target ? "target" : "velocity"},
                   {"loss", config.loss_at_target ? "target" : "velocity"},
                   {"time_sampling", config.logit_normal ? "logit_normal" : "uniform"},
                   {"sampler", name_of(config.solver)},
                   {"sample_steps", config.sample_steps},
                   {"samples", config.samples},
                   {"lr", config.lr},
                   {"beta1", config.beta1},
                   {"beta2", config.beta2}});
  return json;
}

nn::AdmUnetOptions unet_options(const Config& config) {
  nn::AdmUnetOptions options = config.unet;
  options.input_channels = 2;  // the state and the source
  options.output_channels = 1;
  options.labels = static_cast<int64_t>(config.routes.size());
  return options;
}

int64_t route_of(const Config& config, const std::string& task) {
  if (config.routes.empty()) return 0;
  const auto found = std::find(config.routes.begin(), config.routes.end(), task);
  if (found == config.routes.end()) {
    throw usage_error("flow_unet", fmt::format("no route for task \"{}\"", task),
                      did_you_mean(task, config.routes) + "; \"routes\" names the tasks a model serves");
  }
  return found - config.routes.begin();
}

}  // namespace synerbench::flow_unet
