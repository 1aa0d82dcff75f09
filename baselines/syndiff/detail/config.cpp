#include "baselines/syndiff/detail/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace synerbench::syndiff {
namespace {

constexpr int64_t kAny = std::numeric_limits<int64_t>::max();

Config tiny() {
  Config config;
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
  return config;
}

void add_networks(Schema<Config>& s) {
  s.integer("image_size", &Config::image_size, 8, 4096, "side that \"attention\" refers to");
  s.integer("nf", &Config::nf, 4, 1024, "width of the diffusive generators, a multiple of 4");
  s.integers("mult", &Config::mult, {.highest = 64, .most = 64},
             "width of each level, times nf; sides are multiples of 2^(levels - 1)");
  s.integer("blocks", &Config::blocks, 1, 16, "residual blocks per level");
  s.integers("attention", &Config::attention, {.highest = 4096, .most = 64},
             "sides (at image_size) with attention");
  s.integer("nz", &Config::nz, 1, 4096, "width of the latent");
  s.integer("z_embedding", &Config::z_embedding, 1, 4096, "width of the latent's embedding");
  s.integer("z_layers", &Config::z_layers, 0, 16, "hidden layers of the embedding");
  s.choice("discriminator", &Config::large_discriminator, {{"large", true}, {"small", false}},
           "of the diffusion; sides are multiples of 64, or of 8");
  s.integer("ngf_D", &Config::ngf_D, 1, 512, "width of the diffusive discriminators");
  s.integer("time_D", &Config::time_D, 4, 4096, "width of their embedding of the time");
  s.integer("cycle_ngf", &Config::cycle_ngf, 1, 512, "width of the cycle's generators");
  s.integer("cycle_blocks", &Config::cycle_blocks, 1, 32, "residual blocks of the cycle's generators");
  s.integer("cycle_ndf", &Config::cycle_ndf, 1, 512, "width of the cycle's discriminators");
  s.integer("cycle_layers_D", &Config::cycle_layers_D, 1, 6, "stride-2 layers of the cycle's discriminators");
}

void add_training(Schema<Config>& s) {
  s.integer("steps", &Config::steps, 1, 1000, "steps of the diffusion");
  s.number("beta_min", &Config::beta_min, kPositive, "noise at the diffusion's begin");
  s.number("beta_max", &Config::beta_max, kPositive, "noise at its end");
  s.number("lr_G", &Config::lr_G, kPositive, "learning rate of Adam, generators");
  s.number("lr_D", &Config::lr_D, kPositive, "learning rate of Adam, discriminators");
  s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
  s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
  s.number("lambda_L1", &Config::lambda_L1, kNotNegative, "weight of both L1 terms");
  s.number("r1_gamma", &Config::r1_gamma, kNotNegative, "R1 penalty: gamma / 2 |grad|^2");
  s.integer("r1_every", &Config::r1_every, 1, kAny, "updates from one R1 penalty to the next");
  s.choice(
      "lr_schedule", [](Config& c) -> Schedule::Kind& { return c.schedule.kind; },
      {{"cosine", Schedule::Kind::kCosine}, {"recipe", Schedule::Kind::kConstant}},
      "cosine: to lr_min over cosine_period, on top of the recipe's factor");
  s.number(
      "lr_min", [](Config& c) -> double& { return c.schedule.least; }, kNotNegative, "end of the cosine");
  s.integer(
      "cosine_period", [](Config& c) -> int64_t& { return c.schedule.length; }, 1, kAny,
      "length of the cosine");
  s.choice(
      "cosine_unit", [](Config& c) -> BudgetUnit& { return c.schedule.unit; }, budget_units(),
      "what cosine_period counts");
}

void check(const Config& config, const FieldPlace& at) {
  if (config.beta_max < config.beta_min)
    throw at.error("beta_max", fmt::format("{} is below beta_min, {}", config.beta_max, config.beta_min));
  if (config.nf % 4 != 0) {
    throw at.error("nf", fmt::format("{} is no multiple of 4", config.nf),
                   "group norms have one group for every four channels");
  }
  if (config.mult.empty() || config.mult.size() > 10)
    throw at.error("mult", fmt::format("{} levels", config.mult.size()), "1 to 10 are possible");
  if (config.image_size % config.synthesis_multiple() != 0) {
    throw at.error(
        "image_size", fmt::format("{} cannot be halved {} times", config.image_size, config.mult.size() - 1),
        "every level but the last halves the image: choose another size, or fewer levels in \"mult\"");
  }
  if (config.time_D % 2 != 0) throw at.error("time_D", fmt::format("{} is odd", config.time_D));
}

}  // namespace

int64_t Config::training_multiple() const {
  return std::max<int64_t>({synthesis_multiple(), large_discriminator ? 64 : 8, 4});
}

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    Schema<Config> s;
    s.preset("preset", &Config::preset, {{"official", Config{}}, {"tiny", tiny()}},
             "256 x 256, or 64 x 64 on a CPU; gives the other fields their defaults");
    s.modality_pair(
        "pair", &Config::pair,
        "the modality that gen1 makes, then that of gen2; needed to train or synthesize, train fills it in");
    add_networks(s);
    add_training(s);
    s.check(check);
    return s;
  }();
  return table;
}

}  // namespace synerbench::syndiff
