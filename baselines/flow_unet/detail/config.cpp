#include "baselines/flow_unet/detail/config.h"

#include "harness/nn/network_fields.h"
#include "harness/train/trainable_parts.h"

namespace synerbench::flow_unet {
namespace {

Config official() {
  Config config;
  config.unet.multipliers = {1, 1, 2, 2, 4, 4};
  config.unet.attention_factors = {16, 32};
  return config;
}

Config tiny() {
  Config config;
  config.unet.width = config.unet.head_width = 32;
  config.unet.multipliers = {1, 2, 4};
  config.unet.blocks = 1;
  config.unet.attention_factors = {4};
  config.lr = 1e-3;
  return config;
}

}  // namespace

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    Schema<Config> s;
    s.preset("preset", &Config::preset, {{"official", official()}, {"tiny", tiny()}},
             "256 x 256, or 64 x 64 on a CPU; gives the other fields their defaults");
    s.texts(
        "routes", &Config::routes,
        "ids of the tasks the model serves, in the order of their rows; []: any one task, without a table of "
        "routes. train fills in the suite's tasks");
    s.part(&Config::unet, nn::adm_unet_fields());
    s.choice("prediction", &Config::gives_target, {{"target", true}, {"velocity", false}},
             "what the network gives; of a target, clamped to [-1, 1] while sampling, the velocity follows");
    s.choice("loss", &Config::loss_at_target, {{"target", true}, {"velocity", false}},
             "where the squared error is taken; target: (1 - t)^2 times that of the velocity");
    s.choice("time_sampling", &Config::logit_normal, {{"uniform", false}, {"logit_normal", true}},
             "times in training; logit_normal: more of the middle of the way");
    s.choice("sampler", &Config::solver,
             {{name_of(Solver::kEuler), Solver::kEuler}, {name_of(Solver::kHeun), Solver::kHeun}},
             "heun: two evaluations per step")
        .option();
    s.integer("sample_steps", &Config::sample_steps, 1, 10000, "steps of equal length from noise to image")
        .option();
    s.integer("samples", &Config::samples, 1, 1000, "samples per slice, of which the mean is taken").option();
    s.number("lr", &Config::lr, kPositive, "learning rate of Adam");
    s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
    s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
    s.check([](Config& config, const FieldPlace& at) {
      if (named_twice(config.routes))
        throw at.error("routes", "a task is named twice", "every task has one row");
    });
    return s;
  }();
  return table;
}

nn::AdmUnetOptions unet_options(const Config& config) {
  nn::AdmUnetOptions options = config.unet;
  options.input_channels = 2;  // the state and the source
  options.output_channels = 1;
  options.labels = static_cast<int64_t>(config.routes.size());
  return options;
}

}  // namespace synerbench::flow_unet
