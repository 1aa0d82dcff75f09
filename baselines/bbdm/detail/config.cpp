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
  config.preset = preset;
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

nn::Plateau::Settings plateau_from(JsonObject object, nn::Plateau::Settings settings) {
  settings.factor = fields::below_one(object, "factor", settings.factor);
  settings.patience = object.integer_or("patience", settings.patience, 0, kMany);
  settings.threshold = fields::below_one(object, "threshold", settings.threshold);
  settings.cooldown = object.integer_or("cooldown", settings.cooldown, 0, kMany);
  settings.lowest = fields::not_negative(object, "min_lr", settings.lowest);
  object.done();
  return settings;
}

AutoencoderConfig autoencoder_from(JsonObject object, AutoencoderConfig config) {
  nn::read_fields(object, config.options);
  config.from = object.text_or("from", config.from);
  config.updates = object.integer_or("updates", config.updates, 0, kMany);
  config.lr = fields::positive(object, "lr", config.lr);
  config.commitment = fields::not_negative(object, "commitment", config.commitment);
  object.done();
  return config;
}

Json to_json(const nn::Plateau::Settings& s) {
  return {{"factor", s.factor},
          {"patience", s.patience},
          {"threshold", s.threshold},
          {"cooldown", s.cooldown},
          {"min_lr", s.lowest}};
}

Json to_json(const AutoencoderConfig& config) {
  Json json = nn::fields_of(config.options);
  json.update(Json{{"from", config.from},
                   {"updates", config.updates},
                   {"lr", config.lr},
                   {"commitment", config.commitment}});
  return json;
}

}  // namespace

Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config = defaults_of(object.choice_or(
      "preset", {"official", "pixel-concat", "f4", "f8", "f16", "tiny", "tiny-latent"}, "official"));
  config.latent =
      object.choice_or("space", {"pixel", "latent"}, config.latent ? "latent" : "pixel") == "latent";
  config.image_channels = object.integer_or("image_channels", config.image_channels, 1, 3);
  config.concat =
      object.choice_or("condition", {"nocond", "concat"}, config.concat ? "concat" : "nocond") == "concat";
  nn::read_fields(object, config.unet);
  config.timesteps = object.integer_or("timesteps", config.timesteps, 4, 100000);
  config.schedule = parse_schedule(object.choice_or("schedule", {"linear", "sin"}, name_of(config.schedule)));
  config.max_var = fields::positive(object, "max_var", config.max_var);
  config.objective =
      parse_objective(object.choice_or("objective", {"grad", "noise", "ysubx"}, name_of(config.objective)));
  config.l2 = object.choice_or("loss", {"l1", "l2"}, config.l2 ? "l2" : "l1") == "l2";
  config.sample_steps = object.integer_or("sample_steps", config.sample_steps, 4, config.timesteps);
  config.clip_x0 = fields::on_or(object, "clip_x0", config.clip_x0);
  config.eta = fields::not_negative(object, "eta", config.eta);
  config.samples = object.integer_or("samples", config.samples, 1, 1000);
  config.plateau.lr = fields::positive(object, "lr", config.plateau.lr);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  if (object.has("plateau")) config.plateau = plateau_from(object.object("plateau"), config.plateau);
  config.accumulate = object.integer_or("accumulate", config.accumulate, 1, 4096);
  config.init_std = fields::positive(object, "init_std", config.init_std);
  if (config.latent) {
    if (object.has("autoencoder"))
      config.autoencoder = autoencoder_from(object.object("autoencoder"), config.autoencoder);
    config.normalize_latent = object.boolean_or("normalize_latent", config.normalize_latent);
    config.statistics_updates = object.integer_or("statistics_updates", config.statistics_updates, 1, kMany);
  } else {
    for (const char* key : {"autoencoder", "normalize_latent", "statistics_updates"}) {
      if (object.has(key))
        throw usage_error(object.where(key), "there are no latents in pixel space",
                          "set \"space\" to \"latent\", or leave the field out");
    }
  }
  object.done();
  config.autoencoder.options.image_channels = config.image_channels;
  if (config.latent && config.clip_x0) {
    throw usage_error(object.where("clip_x0"), "latents are not bounded by [-1, 1]",
                      "clipping is for pixel space; leave the field out");
  }
  return config;
}

Json to_json(const Config& config) {
  Json json = {{"preset", config.preset},
               {"space", config.latent ? "latent" : "pixel"},
               {"image_channels", config.image_channels},
               {"condition", config.concat ? "concat" : "nocond"}};
  json.update(nn::fields_of(config.unet));
  json.update(Json{{"timesteps", config.timesteps},
                   {"schedule", name_of(config.schedule)},
                   {"max_var", config.max_var},
                   {"objective", name_of(config.objective)},
                   {"loss", config.l2 ? "l2" : "l1"},
                   {"sample_steps", config.sample_steps},
                   {"clip_x0", config.clip_x0 ? "on" : "off"},
                   {"eta", config.eta},
                   {"samples", config.samples},
                   {"lr", config.plateau.lr},
                   {"beta1", config.beta1},
                   {"beta2", config.beta2},
                   {"plateau", to_json(config.plateau)},
                   {"accumulate", config.accumulate},
                   {"init_std", config.init_std}});
  if (config.latent) {
    json["autoencoder"] = to_json(config.autoencoder);
    json["normalize_latent"] = config.normalize_latent;
    json["statistics_updates"] = config.statistics_updates;
  }
  return json;
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
