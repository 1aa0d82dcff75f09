#include "baselines/healthgpt/detail/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/nn/network_fields.h"
#include "harness/train/trainable_parts.h"

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

Schema<Shares> stage_fields() {
  Schema<Shares> s;
  for (int i = 0; i < kStages; ++i) {
    s.number(
        name_of(static_cast<Stage>(i)),
        [i](Shares& shares) -> double& { return shares[static_cast<size_t>(i)]; }, kNotNegative,
        "share of \"updates\"; all add up to 1");
  }
  s.check([](Shares& shares, const FieldPlace& at) {
    double sum = 0;
    for (const double share : shares) sum += share;
    if (std::abs(sum - 1) > 1e-9) {
      throw at.error("instruction", fmt::format("the stages' shares add up to {:g}", sum),
                     "they are shares of \"updates\" and add up to 1; stages left out keep their default");
    }
  });
  return s;
}

/// The object "tokenizer", whose fields are the configuration's own.
Schema<Config> tokenizer_fields() {
  Schema<Config> s;
  s.part(&Config::tokenizer, nn::vq_autoencoder_fields());
  s.text("from", &Config::tokenizer_from,
         "weights folder of an earlier training, or a safetensors file, to begin with; its stage may then "
         "have share 0");
  s.number(
      "lr", [](Config& c) -> double& { return c.tokenizer_training.lr; }, kPositive, "learning rate of Adam");
  s.number(
      "commitment", [](Config& c) -> double& { return c.tokenizer_training.commitment; }, kNotNegative,
      "weight of |latent - stopped code|^2");
  s.number(
      "gradients", [](Config& c) -> double& { return c.tokenizer_training.gradients; }, kNotNegative,
      "weight of the difference of the images' gradients");
  return s;
}

Schema<VisionOptions> vision_fields() {
  using Options = VisionOptions;
  Schema<Options> s;
  s.integer("channels", &Options::channels, 1, 3, "a gray slice is repeated on them");
  s.integer("size", &Options::size, 1, 4096, "slices are resized to this side");
  s.integer("patch", &Options::patch, 1, 256, "side of a patch");
  s.integer("width", &Options::width, 1, 1 << 16, "of the vision tower");
  s.integer("layers", &Options::layers, 2, 1024, "of the vision tower");
  s.integer("heads", &Options::heads, 1, 1024, "of its attention");
  s.check([](Options& o, const FieldPlace& at) {
    if (o.size % o.patch != 0)
      throw at.error("patch", fmt::format("{} does not divide size {}", o.patch, o.size));
    if (o.width % o.heads != 0)
      throw at.error("heads", fmt::format("{} does not divide width {}", o.heads, o.width));
  });
  return s;
}

Schema<LanguageOptions> language_fields() {
  using Options = LanguageOptions;
  Schema<Options> s;
  s.integer("width", &Options::width, 1, 1 << 16, "of the language model");
  s.integer("layers", &Options::layers, 1, 1024, "of the language model");
  s.integer("heads", &Options::heads, 1, 1024, "of its attention");
  s.integer("mlp", &Options::mlp, 1, 1 << 20, "width of its inner layers");
  s.check([](Options& o, const FieldPlace& at) {
    if (o.width % (2 * o.heads) != 0) {
      throw at.error("heads", fmt::format("width {} over {} heads", o.width, o.heads),
                     "a head's width is a whole, even number: positions turn pairs of its values");
    }
  });
  return s;
}

Schema<PlugInOptions> plug_in_fields() {
  using Options = PlugInOptions;
  Schema<Options> s;
  s.integer("rank", &Options::rank, 1, 1 << 16, "of all experts of the plug-in together");
  s.integer("experts", &Options::experts, 1, 1024, "of the plug-in");
  s.number("alpha", &Options::alpha, kPositive, "scale is alpha / rank * experts");
  s.check([](Options& o, const FieldPlace& at) {
    if (o.rank % o.experts != 0) {
      throw at.error("rank", fmt::format("{} is no multiple of {} experts", o.rank, o.experts),
                     "every expert has rank / experts rows");
    }
  });
  return s;
}

bool mri_and_ct(Modality a, Modality b) {
  return (a == Modality::kMRI && b == Modality::kCT) || (a == Modality::kCT && b == Modality::kMRI);
}

void check_routes(const Config& config, const FieldPlace& at) {
  if (named_twice(config.routes)) throw at.error("routes", "a task is named twice");
  const auto in_domain = [](const std::string& id) {
    return id.ends_with("-mr-to-ct") || id.ends_with("-ct-to-mr");
  };
  if (config.in_domain && !config.routes.empty() &&
      std::none_of(config.routes.begin(), config.routes.end(), in_domain)) {
    throw at.error("variant", "\"indomain\" without a task between MRI and CT",
                   "the published system learned those routes only: add one to the training, or use "
                   "\"allroutes\"");
  }
}

void check_lengths(const Config& config, const FieldPlace& at) {
  const int64_t factor = int64_t{1} << (config.tokenizer.multipliers.size() - 1);
  if (config.image_size % factor != 0 || config.image_size % 4 != 0 || config.image_size < 8) {
    throw at.error("image_size",
                   fmt::format("{} is no multiple of {}", config.image_size, std::max<int64_t>(factor, 4)),
                   "the tokenizer halves the side with every level but the last");
  }
  const Stages stages = config.stages();
  if (stages.length(Stage::kInstruction) < 1) {
    throw at.error("stages", "no update is left for instruction",
                   "it is where conversion is learned: give it a larger share, or more \"updates\"");
  }
  if (stages.length(Stage::kAlignment) < 1) {
    throw at.error("stages", "no update is left for alignment",
                   "picture tokens begin as one and the same row: they need it to become different");
  }
  if (config.tokenizer_from.empty() && stages.length(Stage::kTokenizer) < 1) {
    throw at.error("stages", "the tokenizer is neither trained nor loaded",
                   "give its stage a share, or name weights in \"tokenizer\": {\"from\": ...}");
  }
}

void add_training(Schema<Config>& s) {
  s.on_off("base_trainable", &Config::base_trainable,
           "the language model goes on learning after its stage (ablation)");
  s.on_off("train_vision", &Config::train_vision, "the vision tower goes on learning after the alignment");
  s.number("lr_language", &Config::lr_language, kPositive,
           "learning rate of Adam: language model, words and vision tower");
  s.number("lr_projector", &Config::lr_projector, kPositive, "projectors and picture tokens");
  s.number("lr_plugin", &Config::lr_plugin, kPositive, "H-LoRA");
  s.number("beta1", &Config::beta1, kBelowOne, "of Adam");
  s.number("beta2", &Config::beta2, kBelowOne, "of Adam");
  s.number("clip", &Config::clip, kPositive, "largest norm of all gradients together");
  s.number("warmup", &Config::warmup, kBelowOne, "share of a stage");
}

void add_decoding(Schema<Config>& s) {
  s.on_off("constrained", &Config::constrained,
           "decode codes only, exactly as many as a picture has; off, as published: freely, and a malformed "
           "picture "
           "becomes mid-gray")
      .option();
  s.number("temperature", &Config::temperature, kNotNegative,
           "0: greedy; above: codes are drawn from the slice's seed")
      .option();
  s.choice(
       "answer", &Config::round_trip, {{"generate", false}, {"round_trip", true}},
       "round_trip: the source through the tokenizer and back; scored against the source itself it is the "
       "reconstruction bound")
      .option();
}

}  // namespace

int64_t Config::grid() const { return image_size >> (tokenizer.multipliers.size() - 1); }

const Schema<Config>& fields() {
  static const Schema<Config> table = [] {
    Schema<Config> s;
    s.preset(
        "preset", &Config::preset,
        {{"official", defaults_of("official")},
         {"medium", defaults_of("medium")},
         {"tiny", defaults_of("tiny")}},
        "published shapes at 256 x 256, 256 x 256 on one GPU, 64 x 64 on a CPU; gives the other fields their "
        "defaults");
    s.choice("variant", &Config::in_domain, {{"allroutes", false}, {"indomain", true}},
             "indomain, as published: only MRI to CT and back is learned; pictures of other tasks serve the "
             "tokenizer, reconstruction and understanding, and their conversion is zero-shot");
    s.texts("routes", &Config::routes,
            "ids of the tasks trained on; []: any. train fills in the suite's tasks");
    s.integer("image_size", &Config::image_size, 1, 4096, "side of the slices");
    s.integer("updates", &Config::updates, 1, kMany,
              "of the whole training: what the stages are shares of, and the recipe's budget");
    s.object("stages", &Config::shares, stage_fields(), "");
    s.object(
        "tokenizer", [](Config& c) -> Config& { return c; }, tokenizer_fields(), "");
    s.object("vision", &Config::vision, vision_fields(), "");
    s.object("language", &Config::language, language_fields(), "");
    s.object("understanding", &Config::understanding, plug_in_fields(), "");
    s.object("generation", &Config::generation, plug_in_fields(), "");
    add_training(s);
    add_decoding(s);
    s.check(
        [](Config& config, const FieldPlace&) { config.tokenizer.image_channels = config.vision.channels; });
    s.check(check_routes);
    s.check(check_lengths);
    return s;
  }();
  return table;
}

bool converts(const Config& config, const Task& task) {
  return !config.in_domain || mri_and_ct(task.source, task.target);
}

}  // namespace synerbench::healthgpt
