#include "baselines/healthgpt/detail/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/core/error.h"
#include "harness/nn/network_fields.h"

namespace synerbench::healthgpt {
namespace {

constexpr int64_t kMany = int64_t{1} << 40;

nn::VqAutoencoderOptions vq(int64_t channels, int64_t width, std::vector<int64_t> multipliers, int64_t blocks,
                            int64_t latent, int64_t code, int64_t codes, int64_t groups,
                            std::vector<int64_t> attention) {
  nn::VqAutoencoderOptions options;
  options.image_channels = channels;
  options.width = width;
  options.multipliers = std::move(multipliers);
  options.blocks = blocks;
  options.attention_factors = std::move(attention);
  options.latent_channels = latent;
  options.code_channels = code;
  options.codes = codes;
  options.groups = groups;
  return options;
}

Config defaults_of(const std::string& preset) {
  Config config;
  config.preset = preset;
  if (preset == "tiny") {
    config.image_size = 64;
    config.updates = 10'000;
    config.tokenizer = vq(1, 32, {1, 2, 2, 4}, 1, 16, 16, 256, 32, {8});
    config.tokenizer_training.lr = 2e-4;  // at 1e-3 the latents collapse onto a few codes
    config.vision = {.channels = 1, .size = 64, .patch = 8, .width = 128, .layers = 6, .heads = 4};
    config.language = {.width = 192, .layers = 6, .heads = 6, .mlp = 512};
    config.understanding = {.rank = 8, .experts = 4, .alpha = 16};
    config.generation = {.rank = 32, .experts = 4, .alpha = 64};
    config.lr_plugin = 1e-3;
  } else if (preset == "medium") {
    config.tokenizer = vq(1, 64, {1, 2, 2, 4}, 2, 64, 64, 4096, 32, {8});
    config.tokenizer_training.lr = 2e-4;
    config.vision = {.channels = 1, .size = 256, .patch = 16, .width = 384, .layers = 12, .heads = 6};
    config.language = {.width = 512, .layers = 12, .heads = 8, .mlp = 1408};
    config.understanding = {.rank = 16, .experts = 4, .alpha = 32};
    config.generation = {.rank = 64, .experts = 4, .alpha = 128};
  } else {
    config.tokenizer = vq(3, 128, {1, 1, 2, 4}, 2, 256, 256, 8192, 32, {8});
    config.understanding = {.rank = 64, .experts = 4, .alpha = 128};
    config.generation = {.rank = 256, .experts = 4, .alpha = 512};
  }
  return config;
}

void read_shares(JsonObject object, Shares& shares) {
  double sum = 0;
  for (int i = 0; i < kStages; ++i) {
    double& share = shares[static_cast<size_t>(i)];
    share = fields::not_negative(object, name_of(static_cast<Stage>(i)), share);
    sum += share;
  }
  object.done();
  if (std::abs(sum - 1) > 1e-9) {
    throw usage_error(object.where("instruction"), fmt::format("the stages' shares add up to {:g}", sum),
                      "they are shares of \"updates\" and add up to 1; stages left out keep their default");
  }
}

void read_tokenizer(JsonObject object, Config& config) {
  nn::read_fields(object, config.tokenizer);
  config.tokenizer_from = object.text_or("from", config.tokenizer_from);
  nn::VqTrainingOptions& t = config.tokenizer_training;
  t.lr = fields::positive(object, "lr", t.lr);
  t.commitment = fields::not_negative(object, "commitment", t.commitment);
  t.gradients = fields::not_negative(object, "gradients", t.gradients);
  object.done();
}

void read_vision(JsonObject object, VisionOptions& o) {
  o.channels = object.integer_or("channels", o.channels, 1, 3);
  o.size = object.integer_or("size", o.size, 1, 4096);
  o.patch = object.integer_or("patch", o.patch, 1, 256);
  o.width = object.integer_or("width", o.width, 1, 1 << 16);
  o.layers = object.integer_or("layers", o.layers, 2, 1024);
  o.heads = object.integer_or("heads", o.heads, 1, 1024);
  object.done();
  if (o.size % o.patch != 0)
    throw usage_error(object.where("patch"), fmt::format("{} does not divide size {}", o.patch, o.size));
  if (o.width % o.heads != 0)
    throw usage_error(object.where("heads"), fmt::format("{} does not divide width {}", o.heads, o.width));
}

void read_language(JsonObject object, LanguageOptions& o) {
  o.width = object.integer_or("width", o.width, 1, 1 << 16);
  o.layers = object.integer_or("layers", o.layers, 1, 1024);
  o.heads = object.integer_or("heads", o.heads, 1, 1024);
  o.mlp = object.integer_or("mlp", o.mlp, 1, 1 << 20);
  object.done();
  if (o.width % (2 * o.heads) != 0) {
    throw usage_error(object.where("heads"), fmt::format("width {} over {} heads", o.width, o.heads),
                      "a head's width is a whole, even number: positions turn pairs of its values");
  }
}

void read_plug_in(JsonObject object, PlugInOptions& o) {
  o.rank = object.integer_or("rank", o.rank, 1, 1 << 16);
  o.experts = object.integer_or("experts", o.experts, 1, 1024);
  o.alpha = fields::positive(object, "alpha", o.alpha);
  object.done();
  if (o.rank % o.experts != 0) {
    throw usage_error(object.where("rank"), fmt::format("{} is no multiple of {} experts", o.rank, o.experts),
                      "every expert has rank / experts rows");
  }
}

Json to_json(const PlugInOptions& o) {
  return {{"rank", o.rank}, {"experts", o.experts}, {"alpha", o.alpha}};
}

bool mri_and_ct(Modality a, Modality b) {
  return (a == Modality::kMRI && b == Modality::kCT) || (a == Modality::kCT && b == Modality::kMRI);
}

void check_routes(const Config& config, JsonObject& object) {
  const std::set<std::string> different(config.routes.begin(), config.routes.end());
  if (different.size() != config.routes.size())
    throw usage_error(object.where("routes"), "a task is named twice");
  const auto in_domain = [](const std::string& id) {
    return id.ends_with("-mr-to-ct") || id.ends_with("-ct-to-mr");
  };
  if (config.in_domain && !config.routes.empty() &&
      std::none_of(config.routes.begin(), config.routes.end(), in_domain)) {
    throw usage_error(object.where("variant"), "\"indomain\" without a task between MRI and CT",
                      "the published system learnt those routes only: add one to the training, or use "
                      "\"allroutes\"");
  }
}

}  // namespace

int64_t Config::grid() const { return image_size >> (tokenizer.multipliers.size() - 1); }

Config config_from_json(const Json& json, const std::string& place) {
  JsonObject object(json, place, "");
  Config config = defaults_of(object.choice_or("preset", {"official", "medium", "tiny"}, "official"));
  config.in_domain = object.choice_or("variant", {"allroutes", "indomain"}, "allroutes") == "indomain";
  config.routes = object.texts_or("routes", {});
  check_routes(config, object);
  config.image_size = object.integer_or("image_size", config.image_size, 1, 4096);
  config.updates = object.integer_or("updates", config.updates, 1, kMany);
  if (object.has("stages")) read_shares(object.object("stages"), config.shares);
  if (object.has("tokenizer")) read_tokenizer(object.object("tokenizer"), config);
  if (object.has("vision")) read_vision(object.object("vision"), config.vision);
  config.tokenizer.image_channels = config.vision.channels;
  if (object.has("language")) read_language(object.object("language"), config.language);
  if (object.has("understanding")) read_plug_in(object.object("understanding"), config.understanding);
  if (object.has("generation")) read_plug_in(object.object("generation"), config.generation);
  config.base_trainable = fields::on_or(object, "base_trainable", config.base_trainable);
  config.train_vision = fields::on_or(object, "train_vision", config.train_vision);
  config.lr_language = fields::positive(object, "lr_language", config.lr_language);
  config.lr_projector = fields::positive(object, "lr_projector", config.lr_projector);
  config.lr_plugin = fields::positive(object, "lr_plugin", config.lr_plugin);
  config.beta1 = fields::below_one(object, "beta1", config.beta1);
  config.beta2 = fields::below_one(object, "beta2", config.beta2);
  config.clip = fields::positive(object, "clip", config.clip);
  config.warmup = fields::below_one(object, "warmup", config.warmup);
  config.constrained = fields::on_or(object, "constrained", config.constrained);
  config.temperature = fields::not_negative(object, "temperature", config.temperature);
  config.round_trip = object.choice_or("answer", {"generate", "round_trip"},
                                       config.round_trip ? "round_trip" : "generate") == "round_trip";
  object.done();
  const int64_t factor = int64_t{1} << (config.tokenizer.multipliers.size() - 1);
  if (config.image_size % factor != 0 || config.image_size % 4 != 0 || config.image_size < 8) {
    throw usage_error(object.where("image_size"),
                      fmt::format("{} is no multiple of {}", config.image_size, std::max<int64_t>(factor, 4)),
                      "the tokenizer halves the side with every level but the last");
  }
  const Stages stages = config.stages();
  if (stages.length(Stage::kInstruction) < 1) {
    throw usage_error(object.where("stages"), "no update is left for instruction",
                      "it is where conversion is learnt: give it a larger share, or more \"updates\"");
  }
  if (stages.length(Stage::kAlignment) < 1) {
    throw usage_error(object.where("stages"), "no update is left for alignment",
                      "picture tokens begin as one and the same row: they need it to become different");
  }
  if (config.tokenizer_from.empty() && stages.length(Stage::kTokenizer) < 1) {
    throw usage_error(object.where("stages"), "the tokenizer is neither trained nor loaded",
                      "give its stage a share, or name weights in \"tokenizer\": {\"from\": ...}");
  }
  return config;
}

Json to_json(const Config& config) {
  Json tokenizer = nn::fields_of(config.tokenizer);
  tokenizer.update(Json{{"from", config.tokenizer_from},
                        {"lr", config.tokenizer_training.lr},
                        {"commitment", config.tokenizer_training.commitment},
                        {"gradients", config.tokenizer_training.gradients}});
  const VisionOptions& v = config.vision;
  const LanguageOptions& l = config.language;
  Json shares = Json::object();
  for (int i = 0; i < kStages; ++i)
    shares[name_of(static_cast<Stage>(i))] = config.shares[static_cast<size_t>(i)];
  return {{"preset", config.preset},
          {"variant", config.in_domain ? "indomain" : "allroutes"},
          {"routes", config.routes},
          {"image_size", config.image_size},
          {"updates", config.updates},
          {"stages", shares},
          {"tokenizer", tokenizer},
          {"vision",
           {{"channels", v.channels},
            {"size", v.size},
            {"patch", v.patch},
            {"width", v.width},
            {"layers", v.layers},
            {"heads", v.heads}}},
          {"language", {{"width", l.width}, {"layers", l.layers}, {"heads", l.heads}, {"mlp", l.mlp}}},
          {"understanding", to_json(config.understanding)},
          {"generation", to_json(config.generation)},
          {"base_trainable", config.base_trainable ? "on" : "off"},
          {"train_vision", config.train_vision ? "on" : "off"},
          {"lr_language", config.lr_language},
          {"lr_projector", config.lr_projector},
          {"lr_plugin", config.lr_plugin},
          {"beta1", config.beta1},
          {"beta2", config.beta2},
          {"clip", config.clip},
          {"warmup", config.warmup},
          {"constrained", config.constrained ? "on" : "off"},
          {"temperature", config.temperature},
          {"answer", config.round_trip ? "round_trip" : "generate"}};
}

bool converts(const Config& config, const Task& task) {
  return !config.in_domain || mri_and_ct(task.source, task.target);
}

void require_route(const Config& config, const std::string& task) {
  if (config.routes.empty() ||
      std::find(config.routes.begin(), config.routes.end(), task) != config.routes.end())
    return;
  throw usage_error("healthgpt", fmt::format("no route for task \"{}\"", task),
                    did_you_mean(task, config.routes) + "; \"routes\" names the tasks of the training");
}

}  // namespace synerbench::healthgpt
