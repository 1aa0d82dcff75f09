#include "baselines/rcd/detail/config.h"

#include <algorithm>
#include <limits>

namespace synerbench::rcd {
namespace {

Config tiny() {
  Config config;
  config.ngf = config.ndf = 8;
  config.halvings = 2;
  return config;
}

Config released() {
  Config config;
  config.core = Core::kUnet;
  config.dimensions = 3;
  return config;
}

void add_networks(Schema<Config>& s) {
  s.choice("core", &Config::core, {{name_of(Core::kUnet), Core::kUnet}, {name_of(Core::kAcds), Core::kAcds}},
           "acds: our reconstruction of the disentanglement; unet: the released code");
  s.integer("dimensions", &Config::dimensions, 2, 3, "a slice can be trained on and synthesized with 2 only");
  s.integer("ngf", &Config::ngf, 1, 512, "width of U-Net, registration network and ACDS");
  s.integer("halvings", &Config::halvings, 1, 6, "of the U-Nets; sides are multiples of 2^halvings");
  s.integer("ndf", &Config::ndf, 1, 512, "width of the discriminator");
  s.integer("n_layers_D", &Config::n_layers_D, 1, 6, "stride-2 layers of the discriminator");
  s.integer("integration_steps", &Config::integration_steps, 1, 20, "scaling and squaring of the velocity");
  s.integer("acds_blocks", &Config::acds_blocks, 1, 32, "residual blocks of the reconstruction");
  s.integer("style_width", &Config::style_width, 1, 4096, "width of its style encoder");
  s.integer("style", &Config::style, 1, 4096, "length of its style");
  s.integer("domain_codes", &Config::domain_codes, 2, 4096, "length of its domain code");
}

void add_training(Schema<Config>& s) {
  constexpr int64_t kAny = std::numeric_limits<int64_t>::max();
  s.choice("gan", &Config::gan, nn::gan_objectives(), "adversarial loss");
  s.number("lambda_align", &Config::lambda_align, kNotNegative,
           "weight of the distance to the target, each branch");
  s.number("lambda_smooth", &Config::lambda_smooth, kNotNegative,
           "weight of the velocity's roughness, each branch");
  s.number("lambda_gan", &Config::lambda_gan, kNotNegative, "weight of the adversarial loss, each branch");
  s.number("lambda_self", &Config::lambda_self, kNotNegative,
           "reconstruction: weight of self-reconstruction");
  s.number("lambda_cycle", &Config::lambda_cycle, kNotNegative, "reconstruction: weight of the cycle");
  s.number("lambda_anatomy", &Config::lambda_anatomy, kNotNegative,
           "reconstruction: weight of equal anatomy");
  s.number("lr", &Config::lr, kPositive, "learning rate of Adam");
  s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
  s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
  s.number(
      "init_std", &Config::init_std, kPositive,
      "standard deviation of fresh convolution weights; the registration begins as the library draws it");
  s.number("flow_std", &Config::flow_std, kPositive, "the same for the registration's last convolution");
  s.choice(
      "lr_schedule", [](Config& c) -> Schedule::Kind& { return c.schedule.kind; },
      {{"polynomial", Schedule::Kind::kPolynomial}, {"recipe", Schedule::Kind::kConstant}},
      "polynomial: (1 - e / poly_period)^poly_power, on top of the recipe's factor");
  s.number(
      "poly_power", [](Config& c) -> double& { return c.schedule.power; }, kPositive,
      "power of the polynomial");
  s.integer(
      "poly_period", [](Config& c) -> int64_t& { return c.schedule.length; }, 1, kAny, "where it ends");
  s.choice(
      "poly_unit", [](Config& c) -> BudgetUnit& { return c.schedule.unit; }, budget_units(),
      "what poly_period counts");
}

}  // namespace

std::string name_of(Core core) { return core == Core::kUnet ? "unet" : "acds"; }

int64_t Config::multiple() const {
  // The registration network halves `halvings` times, ACDS twice; and the velocity needs one even size.
  return int64_t{1} << std::max<int64_t>(halvings, core == Core::kAcds ? 2 : 1);
}

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    Schema<Config> s;
    s.preset("preset", &Config::preset, {{"official", Config{}}, {"tiny", tiny()}, {"released", released()}},
             "slices of 256 x 256; 64 x 64 on a CPU; the published 3-D networks, for their sizes and weights "
             "only. "
             "Gives the other fields their defaults");
    add_networks(s);
    add_training(s);
    return s;
  }();
  return table;
}

}  // namespace synerbench::rcd
