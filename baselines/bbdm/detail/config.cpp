#include "baselines/bbdm/detail/config.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::bbdm {
namespace {

constexpr int64_t kMany = int64_t{1} << 40;

double at_least(JsonObject& object, const std::string& key, double fallback, double lowest) {
  const double value = object.number_or(key, fallback);
  if (!(value >= lowest)) throw usage_error(object.where(key), fmt::format("{} is below {}", value, lowest));
  return value;
}

double above_zero(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value > 0)) throw usage_error(object.where(key), fmt::format("{} is not above 0", value));
  return value;
}

double below_one(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value >= 0 && value < 1))
    throw usage_error(object.where(key), fmt::format("{} is not in [0, 1)", value));
  return value;
}

std::vector<int64_t> integers_or(JsonObject& object, const std::string& key,
                                 const std::vector<int64_t>& fallback, bool may_be_empty) {
  if (!object.has(key)) return fallback;
  const Json& json = object.raw(key);
  std::vector<int64_t> values;
  bool good = json.is_array() && (may_be_empty || !json.empty());
  for (const Json& item : json) {
    good = good && item.is_number_integer() && item.get<int64_t>() >= 1 && item.get<int64_t>() <= 1024;
    if (good) values.push_back(item.get<int64_t>());
  }
  if (!good || values.size() > 8) {
    throw usage_error(object.where(key),
                      fmt::format("{} is no list of whole numbers from 1 to 1024", to_text(json, -1)),
                      "for example [1, 4, 8]; at most 8");
  }
  return values;
}

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
  settings.factor = below_one(object, "factor", settings.factor);
  settings.patience = object.integer_or("patience", settings.patience, 0, kMany);
  settings.threshold = below_one(object, "threshold", settings.threshold);
  settings.cooldown = object.integer_or("cooldown", settings.cooldown, 0, kMany);
  settings.lowest = at_least(object, "min_lr", settings.lowest, 0);
  object.done();
  return settings;
}

AutoencoderConfig autoencoder_from(JsonObject object, AutoencoderConfig config) {
  nn::VqAutoencoderOptions& o = config.options;
  o.width = object.integer_or("width", o.width, 1, 1024);
  o.multipliers = integers_or(object, "multipliers", o.multipliers, false);
  o.blocks = object.integer_or("blocks", o.blocks, 1, 8);
  o.attention_factors = integers_or(object, "attention_factors", o.attention_factors, true);
  o.latent_channels = object.integer_or("latent_channels", o.latent_channels, 1, 1024);
  o.code_channels = object.integer_or("code_channels", o.code_channels, 1, 1024);
  o.codes = object.integer_or("codes", o.codes, 2, 1 << 20);
  o.groups = object.integer_or("gn_groups", o.groups, 1, 1024);
  config.from = object.text_or("from", config.from);
  config.updates = object.integer_or("updates", config.updates, 0, kMany);
  config.lr = above_zero(object, "lr", config.lr);
  config.commitment = at_least(object, "commitment", config.commitment, 0);
  object.done();
  const std::string trouble = nn::trouble_with(o);
  if (!trouble.empty()) throw usage_error(object.where("width"), trouble, "gn_groups divides the width");
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
  const nn::VqAutoencoderOptions& o = config.options;
  return {{"width", o.width},
          {"multipliers", o.multipliers},
          {"blocks", o.blocks},
          {"attention_factors", o.attention_factors},
          {"latent_channels", o.latent_channels},
          {"code_channels", o.code_channels},
          {"codes", o.codes},
          {"gn_groups", o.groups},
          {"from", config.from},
          {"updates", config.updates},
          {"lr", config.lr},
          {"commitment", config.commitment}};
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
  config.unet.width = object.integer_or("width", config.unet.width, 2, 1024);
  config.unet.multipliers = integers_or(object, "multipliers", config.unet.multipliers, false);
  config.unet.blocks = object.integer_or("blocks", config.unet.blocks, 1, 8);
  config.unet.attention_factors =
      integers_or(object, "attention_factors", config.unet.attention_factors, true);
  config.unet.head_width = object.integer_or("head_width", config.unet.head_width, 1, 1024);
  config.unet.groups = object.integer_or("gn_groups", config.unet.groups, 1, 1024);
  const std::string trouble = nn::trouble_with(config.unet);
  if (!trouble.empty())
    throw usage_error(object.where("width"), trouble, "width, head_width and gn_groups must fit each other");
  config.timesteps = object.integer_or("timesteps", config.timesteps, 4, 100000);
  config.schedule = parse_schedule(object.choice_or("schedule", {"linear", "sin"}, name_of(config.schedule)));
  config.max_var = above_zero(object, "max_var", config.max_var);
  config.objective =
      parse_objective(object.choice_or("objective", {"grad", "noise", "ysubx"}, name_of(config.objective)));
  config.l2 = object.choice_or("loss", {"l1", "l2"}, config.l2 ? "l2" : "l1") == "l2";
  config.sample_steps = object.integer_or("sample_steps", config.sample_steps, 4, config.timesteps);
  config.clip_x0 = object.choice_or("clip_x0", {"off", "on"}, config.clip_x0 ? "on" : "off") == "on";
  config.eta = at_least(object, "eta", config.eta, 0);
  config.samples = object.integer_or("samples", config.samples, 1, 1000);
  config.plateau.lr = above_zero(object, "lr", config.plateau.lr);
  config.beta1 = below_one(object, "beta1", config.beta1);
  config.beta2 = below_one(object, "beta2", config.beta2);
  if (object.has("plateau")) config.plateau = plateau_from(object.object("plateau"), config.plateau);
  config.accumulate = object.integer_or("accumulate", config.accumulate, 1, 4096);
  config.init_std = above_zero(object, "init_std", config.init_std);
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
               {"condition", config.concat ? "concat" : "nocond"},
               {"width", config.unet.width},
               {"multipliers", config.unet.multipliers},
               {"blocks", config.unet.blocks},
               {"attention_factors", config.unet.attention_factors},
               {"head_width", config.unet.head_width},
               {"gn_groups", config.unet.groups},
               {"timesteps", config.timesteps},
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
               {"init_std", config.init_std}};
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
