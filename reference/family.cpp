#include "reference/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "reference/presets.h"
#include "reference/shape/sizes.h"
#include "reference/stages/autoencoder_settings.h"

namespace synerbench::reference {
namespace {

constexpr int64_t kMostUpdates = int64_t{1} << 40;

/// What a preset says about stages, generation and autoencoder, where nobody says otherwise.
struct Defaults {
  Json recipe = Json::object(), generation = Json::object(), autoencoder = Json::object();
};

Json square(int64_t side) { return {{"max_size", side}, {"min_size", side}}; }

Json small_generation(int64_t vae, int64_t vit) {
  return {{"vae_min", vae},         {"vae_max", vae},    {"vit_min", vit},    {"vit_max", vit},
          {"condition", "mean"},    {"text_scale", 1},   {"image_scale", 1},  {"points", 3},
          {"vit_after_vae", "off"}, {"two_pass", "off"}, {"vae_dtype", "f32"}};
}

/// "mini" is the recipe of docs/results/baselines-tiny. "tiny" is for tests: it learns next to nothing.
Defaults defaults_of(const std::string& preset) {
  if (preset == "official") return {};
  if (preset == "small") {
    return {{{"lr", 2e-4},
             {"cosine", true},
             {"warmup", 200},
             {"min_lr", 2e-6},
             {"ema_decay", 0.999},
             {"latent_cache", 1024}},
            {{"points", 10}},
            {}};
  }
  if (preset == "tiny") {
    return {{{"vit", square(28)},
             {"vae", square(32)},
             {"lr", 1e-3},
             {"warmup", 2},
             {"ema_decay", 0.9},
             {"latent_cache", 64},
             {"expected_tokens", 300},
             {"max_tokens", 500},
             {"max_sample_tokens", 500},
             {"instances", {{"candidates", 2}}},  // volumes of a few slices are enough
             {"prefer_buffer_before", 0}},
            small_generation(32, 28),
            {{"side", 32}, {"batch", 2}, {"lr", 2e-3}}};
  }
  return {{{"vit", square(56)},
           {"vae", square(64)},
           {"dropout", {{"text", 0.05}, {"vit", 0.05}, {"vae", 0.05}}},
           {"timestep_shift", 3},
           {"lr", 2e-3},
           {"cosine", true},
           {"warmup", 30},
           {"min_lr", 1e-5},
           {"ema_decay", 0.98},
           {"latent_cache", 256},
           {"expected_tokens", 800},
           {"max_tokens", 1200},
           {"max_sample_tokens", 1200},
           {"prefer_buffer_before", 0}},
          small_generation(64, 56),
          {{"lr", 2e-3}}};
}

FamilyConfig preset(const std::string& sizes, int64_t updates) {
  FamilyConfig config;
  config.sizes = sizes;
  config.updates = updates;
  return config;
}

Json object_of(JsonObject& object, const std::string& name, const Json& fallback) {
  if (!object.mark(name)) return fallback;
  const Json& given = object.raw(name);
  if (!given.is_object()) throw object.error(name, "an object is wanted");
  return given;
}

Json overlaid(Json below, const Json& above) {
  below.update(above);
  return below;
}

Curriculum given_curriculum(const FamilyMember& member, const FamilyConfig& config,
                            const std::string& place) {
  const Json wanted = config.curriculum.is_null() ? Json{{"name", member.curriculum}} : config.curriculum;
  return curriculum_from_json(wanted, config.recipe, place + ": /curriculum",
                              defaults_of(config.preset).recipe);
}

FamilyConfig completed(const FamilyMember& member, FamilyConfig config, const Curriculum& curriculum,
                       const std::string& place) {
  const Defaults defaults = defaults_of(config.preset);
  config.curriculum = to_json(curriculum);
  config.recipe = Json::object();
  config.generation = overlaid(defaults.generation, config.generation);
  resolve_preset(member.preset, config.generation, place + ": /generation");
  config.autoencoder = autoencoder_schema().write(autoencoder_schema().read(
      overlaid(defaults.autoencoder, config.autoencoder), place + ": /autoencoder"));
  if (config.preset == "official" && config.new_model()) {
    throw usage_error(
        place + ": /base", "the preset \"official\" goes on from a checkpoint, and none is named",
        "set \"base\": \"FOLDER\" (docs/reference-model.md), or \"preset\": \"mini\" for a small new "
        "model");
  }
  return config;
}

}  // namespace

const std::vector<FamilyMember>& family_members() {
  static const std::vector<FamilyMember> members{
      {"synermedgen", "SynerMedGen", "SynerMedGen: understanding aligned with generation, then generation",
       "synermedgen", "synermedgen"},
      {"bagel", "BAGEL", "BAGEL (Deng et al. 2025): generation alone, without medical understanding", "bagel",
       "bagel"},
      {"unimedvl", "UniMedVL", "UniMedVL: foundation, instruction, unified", "unimedvl", "unimedvl"},
      {"traditional", "Traditional understanding",
       "a control of SynerMedGen: recognition in place of aligned understanding", "traditional",
       "synermedgen"},
      {"shuffled", "Shuffled understanding",
       "a control of SynerMedGen: aligned questions with the answers of others", "shuffled", "synermedgen"}};
  return members;
}

const Schema<FamilyConfig>& family_schema() {
  static const Schema<FamilyConfig> table = [] {
    using C = FamilyConfig;
    Schema<C> s;
    s.preset("preset", &C::preset,
             {{"official", preset("bagel-7b", 100000)},
              {"small", preset("small", 20000)},
              {"mini", preset("mini", 4000)},
              {"tiny", preset("tiny", 200)}},
             "gives the other fields their defaults; official needs a base, the others make a new model");
    s.word("sizes", &C::sizes, size_names(), "of a new model");
    s.text("base", &C::base,
           "checkpoint folder to start from; empty: a new model, whose autoencoder is trained first");
    s.text("base_sha256", &C::base_sha256, "weights of the base; filled in, and compared where it is given");
    s.integer("updates", &C::updates, 1, kMostUpdates, "length without --budget and --recipe");
    s.custom(
        "curriculum", "name of a curriculum or of a stage, or an object with stages",
        "what is learned in which order",
        [](C& c, JsonObject& o) {
          if (o.mark("curriculum")) c.curriculum = o.raw("curriculum");
        },
        [](C& c) { return c.curriculum; });
    s.custom(
        "recipe", "object", "fields for all stages",
        [](C& c, JsonObject& o) { c.recipe = object_of(o, "recipe", c.recipe); },
        [](C& c) { return c.recipe; });
    s.custom(
        "autoencoder", "object", "how a new model's autoencoder is trained",
        [](C& c, JsonObject& o) { c.autoencoder = object_of(o, "autoencoder", c.autoencoder); },
        [](C& c) { return c.autoencoder; });
    s.custom(
        "generation", "object", "settings of synthesis, in validation and of the trained weights",
        [](C& c, JsonObject& o) { c.generation = object_of(o, "generation", c.generation); },
        [](C& c) { return c.generation; });
    s.texts("routes", &C::routes, "ids of the tasks that it learns; filled in");
    s.boolean("interpolate_pos", &C::interpolate_positions, "a variant of the network; follows the base");
    return s;
  }();
  return table;
}

FamilyConfig read_family(const FamilyMember& member, const Json& json, const std::string& place) {
  const FamilyConfig config = family_schema().read(json, place);
  return completed(member, config, given_curriculum(member, config, place), place);
}

Json to_json(const FamilyConfig& config) { return family_schema().write(config); }

Curriculum curriculum_of(const FamilyConfig& config) {
  return curriculum_from_json(config.curriculum, Json::object(), "curriculum");
}

std::vector<int64_t> phase_updates(const FamilyConfig& config, int64_t updates) {
  const Curriculum curriculum = curriculum_of(config);
  int64_t first = 0;
  if (config.new_model()) {
    const double share = autoencoder_schema().read(config.autoencoder, "autoencoder").share;
    first = std::clamp<int64_t>(std::llround(share * static_cast<double>(updates)), 1,
                                std::max<int64_t>(1, updates - 1));
  }
  std::vector<int64_t> all = curriculum.updates(updates - first);
  all.insert(all.begin(), first);
  return all;
}

Json fit_family(const FamilyMember& member, const Json& json, int64_t updates) {
  const std::string place = "--config";
  FamilyConfig config = family_schema().read(json, place);
  Curriculum curriculum = given_curriculum(member, config, place);
  config = completed(member, config, curriculum, place);
  const std::vector<int64_t> lengths = phase_updates(config, updates);
  for (size_t i = 0; i < curriculum.stages.size(); ++i) {
    Curriculum::Stage& stage = curriculum.stages[i];
    fit(stage.recipe, lengths[i + 1], stage.open_warmup, stage.open_average);
  }
  config.curriculum = to_json(curriculum);
  return to_json(config);
}

}  // namespace synerbench::reference
