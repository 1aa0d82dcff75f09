#include "baselines/bbdm/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/network_fields.h"

namespace synerbench::bbdm {
namespace {

constexpr int64_t kMany = int64_t{1} << 40;

nn::VqAutoencoderOptions vq_template(std::vector<int64_t> multipliers, int64_t latent_channels, int64_t codes,
                                     std::vector<int64_t> attention_factors) {
  nn::VqAutoencoderOptions options;
  options.multipliers = std::move(multipliers);
  options.latent_channels = options.code_channels = latent_channels;
  options.codes = codes;
  options.attention_factors = std::move(attention_factors);
  return options;
}

Config defaults_of(const std::string& preset) {
  Config config;
  // As factors; the template lists {32, 16, 8}, none of which its three levels have.
  config.unet.attention_factors = {32, 16, 8};
  if (preset == "pixel-concat") {
    config.image_channels = 3;
    config.concat = true;
  } else if (preset == "f4" || preset == "f8" || preset == "f16") {
    config.latent = true;
    config.image_channels = 3;
    config.clip_x0 = false;
    config.accumulate = 4;
    config.autoencoder.options = preset == "f4"   ? vq_template({1, 2, 4}, 3, 8192, {})
                                 : preset == "f8" ? vq_template({1, 2, 2, 4}, 4, 16384, {8})
                                                  : vq_template({1, 1, 2, 2, 4}, 8, 16384, {16});
    if (preset == "f16") config.unet.attention_factors = {16, 8, 4};
  } else if (preset == "tiny" || preset == "tiny-latent") {
    config.unet.width = config.unet.head_width = 32;
    config.unet.multipliers = {1, 2, 4};
    config.unet.blocks = 1;
    config.sample_steps = 10;
    config.accumulate = 1;
    if (preset == "tiny-latent") {
      config.latent = true;
      config.clip_x0 = false;
      config.autoencoder.options = vq_template({1, 2, 4}, 3, 256, {});
      config.autoencoder.options.width = 32;
      config.autoencoder.options.blocks = 1;
    }
  }
  return config;
}

Schema<AutoencoderConfig> autoencoder_fields() {
  Schema<AutoencoderConfig> s;
  s.part(&AutoencoderConfig::options, nn::vq_autoencoder_fields());
  s.text("from", &AutoencoderConfig::from,
         "weights folder of an earlier training, or a safetensors file, to begin with");
  s.integer(
      "updates", &AutoencoderConfig::updates, 0, kMany,
      "so many updates at the start of the training train the autoencoder, after which it is frozen; one of "
      "from and updates is needed to train");
  s.number("lr", &AutoencoderConfig::lr, kPositive, "learning rate of Adam in those updates");
  s.number("commitment", &AutoencoderConfig::commitment, kNotNegative,
           "weight of |latent - stopped code|^2 beside the L1 reconstruction");
  return s;
}

void add_bridge(Schema<Config>& s) {
  s.integer("timesteps", &Config::timesteps, 4, 100000, "times of the bridge");
  s.choice("schedule", &Config::schedule,
           {{name_of(BridgeSchedule::kLinear), BridgeSchedule::kLinear},
            {name_of(BridgeSchedule::kSine), BridgeSchedule::kSine}},
           "of the bridge; sin as the published code calls an exponential");
  s.number("max_var", &Config::max_var, kPositive, "scale of the bridge's variance");
  s.choice("objective", &Config::objective,
           {{name_of(Objective::kGrad), Objective::kGrad},
            {name_of(Objective::kNoise), Objective::kNoise},
            {name_of(Objective::kYSubX), Objective::kYSubX}},
           "what the network is asked for");
  s.choice("loss", &Config::l2, {{"l1", false}, {"l2", true}}, "distance to it");
}

void add_sampling(Schema<Config>& s) {
  s.integer("sample_steps", &Config::sample_steps, 4, 100000,
            "network evaluations per sample, at most timesteps")
      .option();
  s.on_off("clip_x0", &Config::clip_x0,
           "clamp every estimate of the target; off as published, and in latents")
      .option();
  s.number("eta", &Config::eta, kNotNegative, "share of the posterior's noise that is drawn; 0: none")
      .option();
  s.integer("samples", &Config::samples, 1, 1000, "samples per slice, of which the mean is taken").option();
}

void add_training(Schema<Config>& s) {
  s.number("lr", &Config::lr, kPositive, "learning rate of Adam");
  s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
  s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
  s.object("plateau", &Config::plateau, plateau_fields(), "");
  s.integer("accumulate", &Config::accumulate, 1, 4096,
            "updates whose gradients are summed for one optimizer step");
  s.number("init_std", &Config::init_std, kPositive,
           "standard deviation of fresh convolution and linear weights");
}

void add_latents(Schema<Config>& s) {
  const auto in_latents = [](const Config& config) { return config.latent; };
  const std::string problem = "there are no latents in pixel space",
                    hint = "set \"space\" to \"latent\", or leave the field out";
  s.object("autoencoder", &Config::autoencoder, autoencoder_fields(), "").only_if(in_latents, problem, hint);
  s.boolean("normalize_latent", &Config::normalize_latent, "latents to mean 0 and deviation 1 per channel")
      .only_if(in_latents, problem, hint);
  s.integer("statistics_updates", &Config::statistics_updates, 1, kMany,
            "updates before the denoiser's first that estimate these")
      .only_if(in_latents, problem, hint);
}

void check(Config& config, const FieldPlace& at) {
  config.autoencoder.options.image_channels = config.image_channels;
  if (config.sample_steps > config.timesteps)
    throw at.error("sample_steps",
                   fmt::format("{} is outside 4 .. {}", config.sample_steps, config.timesteps));
  if (config.latent && config.clip_x0)
    throw at.error("clip_x0", "latents are not bounded by [-1, 1]",
                   "clipping is for pixel space; leave the field out");
}

}  // namespace

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    std::vector<std::pair<std::string, Config>> presets;
    for (const char* name : {"official", "pixel-concat", "f4", "f8", "f16", "tiny", "tiny-latent"})
      presets.emplace_back(name, defaults_of(name));
    Schema<Config> s;
    s.preset(
        "preset", &Config::preset, presets,
        "pixel space with one channel; the published RGB template; the latent templates by down-sampling; "
        "64 x 64 on a CPU. Gives the other fields their defaults");
    s.choice("space", &Config::latent, {{"pixel", false}, {"latent", true}}, "where the bridge works");
    s.integer("image_channels", &Config::image_channels, 1, 3,
              "a grey slice is repeated on them, results are averaged over them");
    s.choice("condition", &Config::concat, {{"nocond", false}, {"concat", true}},
             "concat: the source also beside the state, on the channel axis");
    s.part(&Config::unet, nn::adm_unet_fields());
    add_bridge(s);
    add_sampling(s);
    add_training(s);
    add_latents(s);
    s.check(check);
    return s;
  }();
  return table;
}

int64_t bridge_channels(const Config& config) {
  return config.latent ? config.autoencoder.options.code_channels : config.image_channels;
}

nn::AdmUnetOptions unet_options(const Config& config) {
  nn::AdmUnetOptions options = config.unet;
  options.output_channels = bridge_channels(config);
  options.input_channels = options.output_channels * (config.concat ? 2 : 1);
  return options;
}

int64_t side_multiple(const Config& config) {
  const size_t halvings = config.unet.multipliers.size() - 1 +
                          (config.latent ? config.autoencoder.options.multipliers.size() - 1 : 0);
  return int64_t{1} << halvings;
}

}  // namespace synerbench::bbdm
