#include "baselines/flow_unet/detail/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"

namespace synerbench::flow_unet {
namespace {

double below_one(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value >= 0 && value < 1))
    throw usage_error(object.where(key), fmt::format("{} is not in [0, 1)", value));
  return value;
}

std::vector<int64_t> integers_or(JsonObject& object, const std::string& key,
                                 const std::vector<int64_t>& fallback, size_t fewest) {
  if (!object.has(key)) return fallback;
  const Json& json = object.raw(key);
  std::vector<int64_t> values;
  bool good = json.is_array() && json.size() >= fewest && json.size() <= 8;
  for (const Json& item : json) {
    good = good && item.is_number_integer() && item.get<int64_t>() >= 1 && item.get<int64_t>() <= 1024;
    if (good) values.push_back(item.get<int64_t>());
  }
  if (good) return values;
  throw usage_error(object.where(key),
                    fmt::format("{} is no list of whole numbers from 1 to 1024", to_text(json, -1)),
                    "for example [1, 2, 4]; at most 8");
}

}  // namespace

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
  config.unet.width = object.integer_or("width", config.unet.width, 2, 1024);
  config.unet.multipliers = integers_or(object, "multipliers", config.unet.multipliers, 1);
  config.unet.blocks = object.integer_or("blocks", config.unet.blocks, 1, 8);
  config.unet.attention_factors = integers_or(object, "attention_factors", config.unet.attention_factors, 0);
  config.unet.head_width = object.integer_or("head_width", config.unet.head_width, 1, 1024);
  config.unet.groups = object.integer_or("gn_groups", config.unet.groups, 1, 1024);
  const std::string trouble = nn::trouble_with(config.unet);
  if (!trouble.empty())
    throw usage_error(object.where("width"), trouble, "width, head_width and gn_groups must fit each other");
  config.gives_target = object.choice_or("prediction", {"target", "velocity"},
                                         config.gives_target ? "target" : "velocity") == "target";
  config.loss_at_target = object.choice_or("loss", {"target", "velocity"},
                                           config.loss_at_target ? "target" : "velocity") == "target";
  config.logit_normal =
      object.choice_or("time_sampling", {"uniform", "logit_normal"}, "uniform") == "logit_normal";
  config.solver = parse_solver(object.choice_or("sampler", {"euler", "heun"}, name_of(config.solver)));
  config.sample_steps = object.integer_or("sample_steps", config.sample_steps, 1, 10000);
  config.samples = object.integer_or("samples", config.samples, 1, 1000);
  config.lr = object.number_or("lr", config.lr);
  if (!(config.lr > 0)) throw usage_error(object.where("lr"), fmt::format("{} is not above 0", config.lr));
  config.beta1 = below_one(object, "beta1", config.beta1);
  config.beta2 = below_one(object, "beta2", config.beta2);
  object.done();
  return config;
}

Json to_json(const Config& config) {
  return {{"preset", config.preset},
          {"routes", config.routes},
          {"width", config.unet.width},
          {"multipliers", config.unet.multipliers},
          {"blocks", config.unet.blocks},
          {"attention_factors", config.unet.attention_factors},
          {"head_width", config.unet.head_width},
          {"gn_groups", config.unet.groups},
          {"prediction", config.gives_target ? "target" : "velocity"},
          {"loss", config.loss_at_target ? "target" : "velocity"},
          {"time_sampling", config.logit_normal ? "logit_normal" : "uniform"},
          {"sampler", name_of(config.solver)},
          {"sample_steps", config.sample_steps},
          {"samples", config.samples},
          {"lr", config.lr},
          {"beta1", config.beta1},
          {"beta2", config.beta2}};
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
