#include "baselines/cyclegan/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::cyclegan {
namespace {

Config tiny() {
  Config config;
  config.n_blocks = 6;
  config.ngf = config.ndf = 8;
  config.n_layers_D = 2;
  return config;
}

}  // namespace

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    Schema<Config> s;
    s.preset("preset", &Config::preset, {{"official", Config{}}, {"tiny", tiny()}},
             "256 x 256 of the paper, or 64 x 64 on a CPU; gives the other fields their defaults");
    s.modality_pair("pair", &Config::pair,
                    "modalities A and B: tells which generator answers a task; train fills it in",
                    Schema<Config>::WhileEmpty::kBrackets);
    s.integer("n_blocks", &Config::n_blocks, 1, 64,
              "residual blocks of a generator; published: 9 at 256 x 256, 6 below");
    s.integer("ngf", &Config::ngf, 1, 512, "channels of the generators' first layer");
    s.integer("ndf", &Config::ndf, 1, 512, "channels of the discriminators' first layer");
    s.integer("n_layers_D", &Config::n_layers_D, 1, 6, "stride-2 layers of the discriminators");
    s.choice("gan", &Config::gan, nn::gan_objectives(), "adversarial loss");
    s.number("lambda_A", &Config::lambda_A, kNotNegative, "weight of |G_B(G_A(A)) - A|");
    s.number("lambda_B", &Config::lambda_B, kNotNegative, "weight of |G_A(G_B(B)) - B|");
    s.number("lambda_identity", &Config::lambda_identity, kNotNegative,
             "weight of |G_B(A) - A| and |G_A(B) - B|, relative to lambda_A and lambda_B");
    s.integer("pool_size", &Config::pool_size, 0, 100'000,
              "earlier fakes kept for each discriminator; 0: none");
    s.number("lr", &Config::lr, kPositive,
             "learning rate of Adam: one over both generators, one over both discriminators");
    s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
    s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
    s.number("init_std", &Config::init_std, kPositive, "standard deviation of fresh convolution weights");
    s.choice("direction", &Config::direction,
             {{"task", Direction::kByTask}, {"A_to_B", Direction::kAToB}, {"B_to_A", Direction::kBToA}},
             "A to B or B to A by the task's modalities, or always the same one")
        .option();
    return s;
  }();
  return table;
}

std::string name_of(Direction direction) {
  return direction == Direction::kByTask ? "task" : direction == Direction::kAToB ? "A_to_B" : "B_to_A";
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
