#include "reference/presets.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

std::vector<std::pair<std::string, Preset>> make_presets() {
  Preset ours;  // the settings of the authors' evaluation
  ours.label = "SynerMedGen";
  ours.sampler = {50, 3.0, {4.0, 1.5, Renorm::kTextChannel, 0.0, 0.0, 1.0}, true};
  ours.images = {resize_rules::kVitBenchmark, resize_rules::kVae, false};

  Preset bagel = ours;  // editing in app.py: scales 4 and 2, the ViT sees the image resized for the VAE
  bagel.label = "BAGEL";
  bagel.sampler.guidance.image_scale = 2.0;
  bagel.images = {resize_rules::kVitApp, resize_rules::kVae, true};

  Preset benchmark = ours;  // its image-editing benchmark: guided above t = 0.4 only
  benchmark.label = "BAGEL (benchmark settings)";
  benchmark.sampler.guidance.low = 0.4;

  Preset unimed = ours;  // interactive_image_generator.py
  unimed.label = "UniMedVL";
  unimed.sampler.guidance.image_scale = 2.0;
  unimed.images = {resize_rules::kUniMedVit, resize_rules::kUniMedVae, false};
  unimed.two_pass = true;
  unimed.max_tokens = 800;
  unimed.vae_dtype = "bf16";
  return {{"synermedgen", ours}, {"bagel", bagel}, {"bagel-benchmark", benchmark}, {"unimedvl", unimed}};
}

constexpr Range kUpToAMillion{0, 1e6};

void add_sampler(Schema<Preset>& s) {
  s.integer(
      "points", [](Preset& p) -> int64_t& { return p.sampler.points; }, 2, 100000,
      "times of the sampler, both ends included");
  s.number(
      "shift", [](Preset& p) -> double& { return p.sampler.shift; }, {1e-3, 1e6},
      "of the times: s in s*u/(1+(s-1)*u)");
  s.number(
      "text_scale", [](Preset& p) -> double& { return p.sampler.guidance.text_scale; }, kUpToAMillion,
      "guidance by the instruction; 1: none");
  s.number(
      "image_scale", [](Preset& p) -> double& { return p.sampler.guidance.image_scale; }, kUpToAMillion,
      "guidance by the source image; 1: none");
  s.choice(
      "renorm", [](Preset& p) -> Renorm& { return p.sampler.guidance.renorm; },
      {{name_of(Renorm::kGlobal), Renorm::kGlobal},
       {name_of(Renorm::kChannel), Renorm::kChannel},
       {name_of(Renorm::kTextChannel), Renorm::kTextChannel}},
      "over what a guided velocity gets its length back");
  s.number(
      "renorm_min", [](Preset& p) -> double& { return p.sampler.guidance.renorm_min; }, kShare,
      "least factor of the renormalization");
  s.number(
      "low", [](Preset& p) -> double& { return p.sampler.guidance.low; }, kShare,
      "guidance is active above this time");
  s.number(
      "high", [](Preset& p) -> double& { return p.sampler.guidance.high; }, kShare, "and up to this one");
  s.on_off(
      "batched", [](Preset& p) -> bool& { return p.sampler.batched; },
      "evaluate the guided branches in one pass");
}

void add_images(Schema<Preset>& s) {
  constexpr int64_t kMostPixels = 1 << 16;
  s.integer(
      "vae_min", [](Preset& p) -> int64_t& { return p.images.vae.min_size; }, 1, kMostPixels,
      "least side for the autoencoder, pixels");
  s.integer(
      "vae_max", [](Preset& p) -> int64_t& { return p.images.vae.max_size; }, 1, kMostPixels,
      "largest side for the autoencoder, pixels");
  s.integer(
      "vit_min", [](Preset& p) -> int64_t& { return p.images.vit.min_size; }, 1, kMostPixels,
      "least side for the ViT, pixels");
  s.integer(
      "vit_max", [](Preset& p) -> int64_t& { return p.images.vit.max_size; }, 1, kMostPixels,
      "largest side for the ViT, pixels");
  s.on_off(
      "vit_after_vae", [](Preset& p) -> bool& { return p.images.vit_after_vae; },
      "the ViT sees the image resized for the autoencoder");
  s.choice("condition", &Preset::sample_conditions, {{"sample", true}, {"mean", false}},
           "the source's latents; sample: official");
  s.choice("output", &Preset::output,
           {{"float", OutputBridge::kFloatMean}, {"official", OutputBridge::kOfficial}},
           "official: 8-bit, truncated");
}

void add_language(Schema<Preset>& s) {
  s.on_off("two_pass", &Preset::two_pass, "describe first, then synthesize");
  s.integer("max_tokens", &Preset::max_tokens, 1, 1 << 20, "of an answer or description");
  s.number("temperature", &Preset::temperature, kUpToAMillion, "0: the most likely token; above: drawn");
  s.text("instruction", &Preset::instruction, "text with {source}, {target}, {region}");
  s.on_off("images_first", &Preset::images_first, "all images before the text, as the official chat");
  s.word("dtype", &Preset::dtype, {"f32", "bf16"}, "of the main weights and the products");
  s.word("vae_dtype", &Preset::vae_dtype, {"f32", "bf16"}, "of the autoencoder");
  s.text("weights", &Preset::weights, "file in the folder");
}

/// What a command line gives, a text or a number for everything, as the field's own type.
Json typed(const Json& given, const FieldInfo& field, const std::string& place) {
  if (field.type == "text") return given;
  Json value = given.is_string() ? value_of_text(given.get<std::string>()) : given;
  if (field.type == "on or off") {
    if (value == true || value == 1 || value == "yes") return "on";
    if (value == false || value == 0 || value == "no") return "off";
    return value;
  }
  if (value.is_string() && field.type.find("number") != std::string::npos) {
    throw usage_error(place + ": /" + field.name,
                      fmt::format("{} is not a number", synerbench::to_text(value, -1)),
                      "wanted: " + field.type);
  }
  if (value.is_number_float()) {
    constexpr double kExact = 9007199254740992;  // 2^53
    const auto number = value.get<double>();
    if (std::abs(number) < kExact && number == std::floor(number)) return static_cast<int64_t>(number);
  }
  return value;
}

}  // namespace

const Schema<Preset>& preset_fields() {
  static const Schema<Preset> table = [] {
    Schema<Preset> s;
    s.preset("preset", &Preset::name, make_presets(), "whose settings");
    add_sampler(s);
    add_images(s);
    add_language(s);
    s.check([](Preset& p, const FieldPlace& at) {
      const auto require_order = [&](const ResizeRule& rule, const char* least, const char* largest) {
        if (rule.min_size <= rule.max_size) return;
        throw at.error(least, fmt::format("{} is larger than {}, {}", rule.min_size, largest, rule.max_size),
                       fmt::format("set both {} and {}", least, largest));
      };
      require_order(p.images.vae, "vae_min", "vae_max");
      require_order(p.images.vit, "vit_min", "vit_max");
    });
    return s;
  }();
  return table;
}

Preset resolve_preset(const std::string& name, const Json& switches, const std::string& place) {
  Json wanted{{"preset", name}};
  for (auto it = switches.begin(); it != switches.end(); ++it) {
    if (it.key() == "preset")
      throw usage_error(place + ": /preset", "the model decides about it", "name single settings instead");
    wanted[it.key()] = it.value();
  }
  for (const FieldInfo& field : preset_fields().fields()) {
    if (wanted.contains(field.name)) wanted[field.name] = typed(wanted[field.name], field, place);
  }
  return preset_fields().read(wanted, place);
}

Json to_json(const Preset& preset) { return preset_fields().write(preset); }

}  // namespace synerbench::reference
