#include "baselines/pix2pix/detail/config.h"

namespace synerbench::pix2pix {
namespace {

Config tiny() {
  Config config;
  config.num_downs = 6;
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
    // Five levels hold the growing widths and the innermost block; ten would need slices of 1024.
    s.integer("num_downs", &Config::num_downs, 5, 10,
              "levels of the U-Net; height and width are multiples of 2^num_downs");
    s.integer("ngf", &Config::ngf, 1, 512, "channels of the generator's first layer");
    s.integer("ndf", &Config::ndf, 1, 512, "channels of the discriminator's first layer");
    s.integer("n_layers_D", &Config::n_layers_D, 1, 6, "stride-2 layers of the discriminator");
    s.boolean("dropout", &Config::dropout,
              "dropout 0.5 in the num_downs - 5 full-width up levels while training");
    s.choice("gan", &Config::gan, nn::gan_objectives(), "adversarial loss");
    s.number("lambda_L1", &Config::lambda_L1, kNotNegative, "weight of the L1 loss");
    s.number("lr", &Config::lr, kPositive, "learning rate of Adam, both networks");
    s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
    s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
    s.number("init_std", &Config::init_std, kPositive, "standard deviation of fresh convolution weights");
    s.choice(
         "bn_inference", &Config::batch_stats, {{"batch_stats", true}, {"running_stats", false}},
         "batch norm of a slice that is synthesized: its own statistics, as the paper, or those of training")
        .option();
    s.on_off("dropout_inference", &Config::dropout_at_inference,
             "dropout while synthesizing, as the paper: masks from the slice's seed")
        .option();
    s.check([](Config& config, const FieldPlace& at) {
      if (config.dropout_at_inference && !config.dropout)
        throw at.error("dropout_inference", "\"on\" without dropout in the network",
                       "set \"dropout\" to true, or dropout_inference to \"off\"");
    });
    return s;
  }();
  return table;
}

}  // namespace synerbench::pix2pix
