#include "reference/presets.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <functional>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

std::vector<Preset> make_presets() {
  Preset ours;  // the settings of the authors' evaluation
  ours.name = "synermedgen";
  ours.label = "SynerMedGen";
  ours.sampler = {50, 3.0, {4.0, 1.5, Renorm::kTextChannel, 0.0, 0.0, 1.0}, true};
  ours.images = {resize_rules::kVitBenchmark, resize_rules::kVae, false};

  Preset bagel = ours;  // editing in app.py: scales 4 and 2, the ViT sees the image resized for the VAE
  bagel.name = "bagel";
  bagel.label = "BAGEL";
  bagel.sampler.guidance.image_scale = 2.0;
  bagel.images = {resize_rules::kVitApp, resize_rules::kVae, true};

  Preset benchmark = ours;  // its image-editing benchmark: guided above t = 0.4 only
  benchmark.name = "bagel-benchmark";
  benchmark.label = "BAGEL (benchmark settings)";
  benchmark.sampler.guidance.low = 0.4;

  Preset unimed = ours;  // interactive_image_generator.py
  unimed.name = "unimedvl";
  unimed.label = "UniMedVL";
  unimed.sampler.guidance.image_scale = 2.0;
  unimed.images = {resize_rules::kUniMedVit, resize_rules::kUniMedVae, false};
  unimed.two_pass = true;
  unimed.max_tokens = 800;
  unimed.vae_dtype = "bf16";
  return {ours, bagel, benchmark, unimed};
}

const std::vector<Preset>& presets() {
  static const std::vector<Preset> kPresets = make_presets();
  return kPresets;
}

/// One given value, read as what is wanted.
class Value {
 public:
  Value(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  std::string text() const {
    if (!json_.is_string()) throw usage_error(place_, "a text is wanted");
    return json_.get<std::string>();
  }
  double number(double least, double most) const {
    double value = 0;
    if (json_.is_number()) {
      value = json_.get<double>();
    } else {
      const std::string given = text();
      const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
      if (error != std::errc() || end != given.data() + given.size())
        throw usage_error(place_, fmt::format("\"{}\" is not a number", given));
    }
    if (!std::isfinite(value) || value < least || value > most) {
      throw usage_error(place_, fmt::format("{} is out of range, {} .. {} is wanted", value, least, most));
    }
    return value;
  }
  int64_t integer(int64_t least, int64_t most) const {
    const double value = number(static_cast<double>(least), static_cast<double>(most));
    if (value != std::floor(value)) throw usage_error(place_, fmt::format("{} is not a whole number", value));
    return static_cast<int64_t>(value);
  }
  bool boolean() const {
    if (json_.is_boolean()) return json_.get<bool>();
    if (json_.is_number_integer()) return integer(0, 1) == 1;
    const std::string word = choice({"on", "off", "true", "false", "1", "0", "yes", "no"});
    return word == "on" || word == "true" || word == "1" || word == "yes";
  }
  std::string choice(const std::vector<std::string>& allowed) const {
    const std::string given = text();
    for (const auto& word : allowed) {
      if (given == word) return given;
    }
    throw usage_error(place_, fmt::format("unknown value \"{}\"", given), did_you_mean(given, allowed));
  }
  const std::string& place() const { return place_; }

 private:
  const Json& json_;
  std::string place_;
};

struct Setter {
  PresetOption about;
  std::function<void(Preset&, const Value&)> set;
};

const std::vector<Setter>& setters() {
  constexpr double kBig = 1e6;
  static const std::vector<Setter> kSetters = {
      {{"points", "times of the sampler, both ends included"},
       [](Preset& p, const Value& v) { p.sampler.points = v.integer(2, 100000); }},
      {{"shift", "of the times: s in s*u/(1+(s-1)*u)"},
       [](Preset& p, const Value& v) { p.sampler.shift = v.number(1e-3, kBig); }},
      {{"text_scale", "guidance by the instruction; 1: none"},
       [](Preset& p, const Value& v) { p.sampler.guidance.text_scale = v.number(0, kBig); }},
      {{"image_scale", "guidance by the source image; 1: none"},
       [](Preset& p, const Value& v) { p.sampler.guidance.image_scale = v.number(0, kBig); }},
      {{"renorm", "global, channel or text_channel"},
       [](Preset& p, const Value& v) { p.sampler.guidance.renorm = parse_renorm(v.text(), v.place()); }},
      {{"renorm_min", "least factor of the renormalization"},
       [](Preset& p, const Value& v) { p.sampler.guidance.renorm_min = v.number(0, 1); }},
      {{"low", "guidance is active above this time"},
       [](Preset& p, const Value& v) { p.sampler.guidance.low = v.number(0, 1); }},
      {{"high", "and up to this one"},
       [](Preset& p, const Value& v) { p.sampler.guidance.high = v.number(0, 1); }},
      {{"batched", "evaluate the guided branches in one pass: on, off"},
       [](Preset& p, const Value& v) { p.sampler.batched = v.boolean(); }},
      {{"vae_min", "least side for the autoencoder, pixels"},
       [](Preset& p, const Value& v) { p.images.vae.min_size = v.integer(1, 1 << 16); }},
      {{"vae_max", "largest side for the autoencoder, pixels"},
       [](Preset& p, const Value& v) { p.images.vae.max_size = v.integer(1, 1 << 16); }},
      {{"vit_min", "least side for the ViT, pixels"},
       [](Preset& p, const Value& v) { p.images.vit.min_size = v.integer(1, 1 << 16); }},
      {{"vit_max", "largest side for the ViT, pixels"},
       [](Preset& p, const Value& v) { p.images.vit.max_size = v.integer(1, 1 << 16); }},
      {{"vit_after_vae", "the ViT sees the image resized for the autoencoder: on, off"},
       [](Preset& p, const Value& v) { p.images.vit_after_vae = v.boolean(); }},
      {{"condition", "the source's latents: sample (official) or mean"},
       [](Preset& p, const Value& v) {
         p.sample_conditions = v.choice({"sample", "mean"}) == "sample";
       }},
      {{"output", "float, or official (8-bit, truncated)"},
       [](Preset& p, const Value& v) {
         p.output = v.choice({"float", "official"}) == "official" ? OutputBridge::kOfficial
                                                                  : OutputBridge::kFloatMean;
       }},
      {{"two_pass", "describe first, then synthesize: on, off"},
       [](Preset& p, const Value& v) { p.two_pass = v.boolean(); }},
      {{"max_tokens", "of an answer or description"},
       [](Preset& p, const Value& v) { p.max_tokens = v.integer(1, 1 << 20); }},
      {{"temperature", "0: the most likely token; above: drawn"},
       [](Preset& p, const Value& v) { p.temperature = v.number(0, kBig); }},
      {{"instruction", "text with {source}, {target}, {region}"},
       [](Preset& p, const Value& v) { p.instruction = v.text(); }},
      {{"images_first", "all images before the text, as the official chat: on, off"},
       [](Preset& p, const Value& v) { p.images_first = v.boolean(); }},
      {{"dtype", "f32 or bf16"},
       [](Preset& p, const Value& v) {
         p.dtype = v.choice({"f32", "bf16"});
       }},
      {{"vae_dtype", "f32 or bf16"},
       [](Preset& p, const Value& v) {
         p.vae_dtype = v.choice({"f32", "bf16"});
       }},
      {{"weights", "file in the folder"}, [](Preset& p, const Value& v) { p.weights = v.text(); }},
  };
  return kSetters;
}

Json to_json(const ResizeRule& rule) {
  return {{"max_size", rule.max_size},
          {"min_size", rule.min_size},
          {"stride", rule.stride},
          {"max_pixels", rule.max_pixels}};
}

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

const std::vector<PresetOption>& preset_options() {
  static const std::vector<PresetOption> kOptions = [] {
    std::vector<PresetOption> list;
    for (const Setter& setter : setters()) list.push_back(setter.about);
    return list;
  }();
  return kOptions;
}

Preset resolve_preset(const std::string& name, const Json& overrides, const std::string& place) {
  const Preset* found = nullptr;
  for (const Preset& preset : presets()) {
    if (preset.name == name) found = &preset;
  }
  if (!found)
    throw usage_error(place, fmt::format("unknown preset \"{}\"", name), did_you_mean(name, preset_names()));
  Preset preset = *found;
  for (auto it = overrides.begin(); it != overrides.end(); ++it) {
    bool known = false;
    std::vector<std::string> names;
    for (const Setter& setter : setters()) {
      names.push_back(setter.about.name);
      if (setter.about.name != it.key()) continue;
      setter.set(preset, Value(it.value(), place + ": " + it.key()));
      known = true;
    }
    if (!known)
      throw usage_error(place, fmt::format("unknown setting \"{}\"", it.key()),
                        did_you_mean(it.key(), names));
  }
  if (preset.images.vae.min_size > preset.images.vae.max_size ||
      preset.images.vit.min_size > preset.images.vit.max_size) {
    throw usage_error(place, "a least image side is larger than the largest",
                      "set both vae_min and vae_max, vit_min and vit_max");
  }
  return preset;
}

Json to_json(const Preset& p) {
  return {{"preset", p.name},
          {"sampler", to_json(p.sampler)},
          {"vae_rule", to_json(p.images.vae)},
          {"vit_rule", to_json(p.images.vit)},
          {"vit_after_vae", p.images.vit_after_vae},
          {"condition", p.sample_conditions ? "sample" : "mean"},
          {"output", p.output == OutputBridge::kOfficial ? "official" : "float"},
          {"two_pass", p.two_pass},
          {"max_tokens", p.max_tokens},
          {"temperature", p.temperature},
          {"instruction", p.instruction},
          {"images_first", p.images_first},
          {"dtype", p.dtype},
          {"vae_dtype", p.vae_dtype}};
}

}  // namespace synerbench::reference
