#include "reference/checkpoint/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <set>

#include "harness/core/error.h"
#include "harness/core/json.h"
#include "harness/core/half.h"
#include "reference/shape/tables.h"

namespace synerbench::reference {
namespace {

constexpr size_t kListed = 8;              // keys named per kind of trouble; the rest is counted
constexpr int64_t kLargestSide = 1 << 16;  // of a patch in pixels, of a grid in tokens
constexpr const char* kDamagedConfig =
    "the file is damaged or of another kind of model; copy the model's folder again";
constexpr const char* kVision = "vit_model.vision_model.";
constexpr const char* kModel = "language_model.model.";

using Places = std::map<std::string, TensorPlace>;

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string without_module_prefix(std::string key) {
  while (key.starts_with("module.")) key.erase(0, 7);
  return key;
}

/// Number i such that prefix + "0" .. prefix + (i-1) are all there with `suffix`.
int64_t count_numbered(const Places& places, const std::string& prefix, const std::string& suffix) {
  int64_t count = 0;
  while (places.contains(fmt::format("{}{}{}", prefix, count, suffix))) ++count;
  return count;
}

/// Shapes of one file's tensors, with errors that say what a missing one would have told.
class Shapes {
 public:
  Shapes(const Places& places, std::string place) : places_(places), place_(std::move(place)) {}

  std::vector<int64_t> of(const std::string& key, size_t rank) const {
    const auto it = places_.find(key);
    if (it == places_.end()) {
      throw input_error(place_, fmt::format("no tensor \"{}\", so the model's size cannot be derived", key),
                        hint_for(key));
    }
    const auto shape = it->second.file->at(it->second.name).shape;
    if (shape.size() != rank) {
      throw input_error(place_,
                        fmt::format("\"{}\" is {}, {} dimensions are wanted", key, shape_text(shape), rank));
    }
    return shape;
  }
  bool has(const std::string& key) const { return places_.contains(key); }
  /// The side of a square: `area` must be one.
  int64_t side_of(int64_t area, const std::string& what) const {
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(area))));
    if (side <= 0 || side * side != area)
      throw input_error(place_, fmt::format("{} is {}, a square is wanted", what, area));
    return side;
  }

 private:
  static std::string hint_for(const std::string& key) {
    if (key == "vae2llm.weight") {
      return "a checkpoint saved from a run without generation lacks the generation heads: take them from "
             "the model it "
             "started from with `synerbench checkpoint convert --base`";
    }
    return "is this the main weight file of a BAGEL-format model?";
  }
  const Places& places_;
  std::string place_;
};

VaeSizes derive_vae(const Places& places, const std::filesystem::path& folder, const std::string& place) {
  const Shapes shapes(places, place);
  VaeSizes s;
  s.channels = shapes.of("encoder.conv_in.weight", 4)[0];
  s.latent_channels = shapes.of("decoder.conv_in.weight", 4)[1];
  s.blocks = count_numbered(places, "encoder.down.0.block.", ".conv1.weight");
  const int64_t levels = count_numbered(places, "encoder.down.", ".block.0.conv1.weight");
  if (s.channels <= 0 || levels == 0)
    throw input_error(place, "no encoder level found, so the VAE's size cannot be derived");
  for (int64_t level = 0; level < levels; ++level) {
    const int64_t width = shapes.of(fmt::format("encoder.down.{}.block.0.conv1.weight", level), 4)[0];
    if (width % s.channels != 0) {
      throw input_error(
          place, fmt::format("level {} has {} channels, no multiple of the first convolution's {}", level,
                             width, s.channels));
    }
    s.multipliers.push_back(width / s.channels);
  }
  if (const auto path = folder / "vae_config.json"; std::filesystem::exists(path)) {
    const Json json = read_json(path);
    JsonObject config(json, path.string(), "", ExitCode::kBadInput, kDamagedConfig);
    s.scale = config.number_or("scale_factor", s.scale);
    s.shift = config.number_or("shift_factor", s.shift);
  }
  return s;
}

/// A configuration value that the tensors decide: both must agree.
void require_equal(JsonObject& config, const std::string& key, int64_t derived,
                   const std::string& rule = "") {
  const int64_t given = config.integer_or(key, derived);
  if (given == derived) return;
  throw input_error(config.where(key), fmt::format("{} here, the tensors say {}", given, derived),
                    rule.empty() ? "the file belongs to another checkpoint" : rule);
}

LlmSizes derive_llm(const Shapes& shapes, const Places& places, const std::filesystem::path& folder) {
  LlmSizes s;
  const auto embedding = shapes.of(std::string(kModel) + "embed_tokens.weight", 2);
  const std::string first = std::string(kModel) + "layers.0.";
  s.vocabulary = embedding[0];
  s.hidden = embedding[1];
  s.layers = count_numbered(places, std::string(kModel) + "layers.", ".input_layernorm.weight");
  s.intermediate = shapes.of(first + "mlp.gate_proj.weight", 2)[0];
  const int64_t d = std::max<int64_t>(1, shapes.of(first + "self_attn.q_norm.weight", 1)[0]);
  s.heads = shapes.of(first + "self_attn.q_proj.weight", 2)[0] / d;
  s.kv_heads = shapes.of(first + "self_attn.k_proj.weight", 2)[0] / d;
  const auto path = folder / "llm_config.json";
  const Json json = read_json(path);
  JsonObject config(json, path.string(), "", ExitCode::kBadInput, kDamagedConfig);
  s.rms_eps = config.number_or("rms_norm_eps", s.rms_eps);
  s.rope_theta = config.number_or("rope_theta", s.rope_theta);
  require_equal(config, "vocab_size", s.vocabulary);
  require_equal(config, "hidden_size", s.hidden);
  require_equal(config, "intermediate_size", s.intermediate);
  require_equal(config, "num_hidden_layers", s.layers);
  require_equal(config, "num_attention_heads", s.heads);
  require_equal(config, "num_key_value_heads", s.kv_heads);
  if (config.has("rope_scaling") && !config.raw("rope_scaling").is_null()) {
    throw input_error(config.where("rope_scaling"), "scaled rotary positions are not supported",
                      "only null is");
  }
  if (config.text_or("hidden_act", "silu") != "silu")
    throw input_error(config.where("hidden_act"), "only \"silu\" is supported");
  return s;
}

VitSizes derive_vit(const Shapes& shapes, const Places& places, const std::filesystem::path& folder) {
  VitSizes s;
  const std::string embeddings = std::string(kVision) + "embeddings.",
                    layers = std::string(kVision) + "encoder.layers.";
  s.hidden = shapes.of(embeddings + "patch_embedding.bias", 1)[0];
  s.layers = count_numbered(places, layers, ".layer_norm1.weight");
  s.intermediate = shapes.of(layers + "0.mlp.fc1.weight", 2)[0];
  s.grid = shapes.side_of(shapes.of(embeddings + "position_embedding.weight", 2)[0],
                          "the number of ViT positions");
  const auto path = folder / "vit_config.json";
  const Json json = read_json(path);
  JsonObject config(json, path.string(), "", ExitCode::kBadInput, kDamagedConfig);
  s.heads = config.integer("num_attention_heads", 1);
  s.patch = config.integer("patch_size", 1, kLargestSide);
  s.eps = config.number_or("layer_norm_eps", s.eps);
  require_equal(config, "hidden_size", s.hidden);
  require_equal(config, "intermediate_size", s.intermediate);
  require_equal(config, "num_hidden_layers", s.layers + 1,
                "the file counts one layer more than is built (select_layer -2)");
  require_equal(config, "num_channels", 3);
  if (config.integer_or("image_size", s.grid * s.patch) / s.patch != s.grid) {
    throw input_error(config.where("image_size"),
                      fmt::format("the position table has {} patches a side", s.grid));
  }
  if (shapes.has(kVitTableKey) &&
      shapes.side_of(shapes.of(kVitTableKey, 2)[0], "rows of vit_pos_embed") != s.grid) {
    throw input_error(path.string(), "the two position tables of the ViT differ in size",
                      "one id indexes both");
  }
  return s;
}

std::string listed(const std::string& kind, const std::vector<std::string>& keys) {
  if (keys.empty()) return "";
  const size_t shown = std::min(keys.size(), kListed);
  std::string text = fmt::format(
      "{}: {}", kind, fmt::join(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (keys.size() > shown) text += fmt::format(" and {} more", keys.size() - shown);
  return text + "\n  ";
}

void compare(const std::vector<TensorSpec>& wanted, const Places& found, const std::string& prefix,
             KeyReport& report) {
  std::set<std::string> known;
  for (const TensorSpec& spec : wanted) {
    known.insert(spec.key);
    const auto it = found.find(spec.key);
    if (it == found.end()) {
      (spec.part == Part::kTable ? report.recomputed : report.missing).push_back(prefix + spec.key);
      continue;
    }
    const TensorView view = it->second.file->at(it->second.name);
    const bool raw_patch =
        spec.key == kPatchWeightKey && view.shape.size() == 4 && view.count() == spec.count();
    if (view.shape != spec.shape && !raw_patch) {
      report.misshaped.push_back(fmt::format("{}{}: {} in the file, {} wanted", prefix, spec.key,
                                             shape_text(view.shape), shape_text(spec.shape)));
    } else if (!is_floating(view.dtype)) {
      report.misshaped.push_back(fmt::format("{}{}: type {} in the file, a floating one wanted", prefix,
                                             spec.key, name_of(view.dtype)));
    }
  }
  for (const auto& [key, place] : found) {
    if (!known.contains(key)) report.unknown.push_back(prefix + key);
  }
}

/// The file with the weights: the one that is named, else the first of those that a folder may have.
std::filesystem::path weights_file(const std::filesystem::path& folder, const std::string& named) {
  if (!std::filesystem::is_directory(folder)) {
    throw input_error(folder.string(), "no such folder",
                      "give the folder that holds ema.safetensors and the configuration files");
  }
  std::vector<std::string> names = {"ema.safetensors", "ema_bf16.safetensors", "model.safetensors"};
  if (!named.empty()) names = {named};
  for (const std::string& name : names) {
    if (std::filesystem::exists(folder / name)) return folder / name;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".pt" || extension == ".bin" || extension == ".ckpt" || extension == ".pth") {
      SafetensorsFile::open_header(entry.path());  // says what a pickle is and how to convert it
    }
  }
  throw input_error(folder.string(), fmt::format("none of {} is here", fmt::join(names, ", ")),
                    "give the folder that holds the weights, or name the file");
}

std::shared_ptr<const SafetensorsFile> open_file(const std::filesystem::path& path, bool headers_only) {
  return std::make_shared<const SafetensorsFile>(headers_only ? SafetensorsFile::open_header(path)
                                                              : SafetensorsFile(path));
}

void add_place(Places& places, const std::string& key, const TensorPlace& place) {
  const auto [first, fresh] = places.emplace(key, place);
  if (fresh) return;
  throw input_error(place.file->path().string(),
                    fmt::format("{} and {} are the same key", first->second.name, place.name),
                    "the file mixes two exports; convert it again");
}

/// What a folder's files hold, by canonical keys.
struct FoundTensors {
  Places model, vae;
  std::string vae_file;              // for errors
  std::vector<std::string> ignored;  // names of the main file that no network uses
};

FoundTensors find_tensors(const std::filesystem::path& folder, const std::filesystem::path& main_path,
                          bool headers_only) {
  FoundTensors found;
  Places inner_vae;
  const auto main_file = open_file(main_path, headers_only);
  for (const std::string& name : main_file->names()) {
    const std::string key = without_module_prefix(name);
    if (key.starts_with("vae_model.")) {
      add_place(inner_vae, without_module_prefix(key.substr(10)), {main_file, name});
    } else if (key.starts_with("vae_batch_norm.")) {
      found.ignored.push_back(name);  // statistics of an option that is off: never used by the network
    } else {
      add_place(found.model, key, {main_file, name});
    }
  }
  const std::filesystem::path path = folder / "ae.safetensors";
  if (std::filesystem::exists(path)) {
    const auto file = open_file(path, headers_only);
    for (const std::string& name : file->names())
      add_place(found.vae, without_module_prefix(name), {file, name});
    found.vae_file = path.string();
  } else if (!inner_vae.empty()) {
    found.vae = std::move(inner_vae);
    found.vae_file = main_path.string();
  } else {
    throw input_error(path.string(), "no such file, and the main file holds no vae_model.* tensors",
                      "copy the autoencoder's ae.safetensors into the folder");
  }
  return found;
}

/// What config.json says beside the tensors. A weights folder made by training keeps the official fields in
/// its own configuration (see docs/training.md).
void read_config(const std::filesystem::path& path, ModelSizes& sizes) {
  if (!std::filesystem::exists(path)) return;
  Json json = read_json(path);
  if (json.is_object() && json.value("schema", Json()) == "synerbench/weights")
    json = json.value("config", Json());
  JsonObject config(json, path.string(), "", ExitCode::kBadInput, kDamagedConfig);
  sizes.interpolate_positions = config.boolean_or("interpolate_pos", false);
  sizes.latent_grid = config.integer_or("max_latent_size", sizes.latent_grid, 1, kLargestSide);
}

ModelSizes derive_sizes(const FoundTensors& found, const std::filesystem::path& folder,
                        const std::string& main_file) {
  const Shapes shapes(found.model, main_file);
  ModelSizes sizes;
  sizes.llm = derive_llm(shapes, found.model, folder);
  sizes.vit = derive_vit(shapes, found.model, folder);
  sizes.vae = derive_vae(found.vae, folder, found.vae_file);
  const int64_t token = shapes.of("vae2llm.weight", 2)[1];
  if (sizes.vae.latent_channels <= 0 || token % sizes.vae.latent_channels != 0) {
    throw input_error(main_file,
                      fmt::format("a latent token has {} values, no multiple of the VAE's {} channels", token,
                                  sizes.vae.latent_channels),
                      "ae.safetensors belongs to another model");
  }
  sizes.latent_patch = shapes.side_of(token / sizes.vae.latent_channels, "latents per token");
  read_config(folder / "config.json", sizes);
  // The table decides: the class default and config.json differ from the released weights.
  if (shapes.has(kLatentTableKey))
    sizes.latent_grid = shapes.side_of(shapes.of(kLatentTableKey, 2)[0], "rows of latent_pos_embed");
  check_sizes(sizes, folder.string());
  return sizes;
}

void count_tensors(const Places& places, int64_t& tensors, int64_t& values,
                   std::map<std::string, int64_t>& dtypes) {
  for (const auto& [key, place] : places) {
    const TensorView view = place.file->at(place.name);
    ++tensors;
    values += view.count();
    ++dtypes[name_of(view.dtype)];
  }
}

}  // namespace

Checkpoint Checkpoint::open(const std::filesystem::path& folder, const CheckpointOptions& options) {
  const std::filesystem::path main_path = weights_file(folder, options.weights);
  FoundTensors found = find_tensors(folder, main_path, options.headers_only);
  Checkpoint c;
  c.folder_ = folder;
  c.sizes_ = derive_sizes(found, folder, main_path.string());
  c.model_ = std::move(found.model);
  c.vae_ = std::move(found.vae);
  c.report_.ignored = std::move(found.ignored);
  if (const auto it = c.model_.find(kPatchWeightKey); it != c.model_.end()) {
    c.patch_is_convolution_ = it->second.file->at(it->second.name).shape.size() == 4;
  }
  compare(reference::model_tensors(c.sizes_), c.model_, "", c.report_);
  compare(reference::vae_tensors(c.sizes_.vae), c.vae_, "vae: ", c.report_);
  count_tensors(c.model_, c.report_.model_tensors, c.report_.model_values, c.report_.dtypes);
  count_tensors(c.vae_, c.report_.vae_tensors, c.report_.vae_values, c.report_.dtypes);
  return c;
}

void Checkpoint::require_fit() const {
  if (report_.fits()) return;
  std::string hint = listed("missing", report_.missing) + listed("unknown", report_.unknown) +
                     listed("other shape", report_.misshaped);
  throw input_error(
      folder_.string(),
      fmt::format(
          "the tensors do not fit the network: {} keys missing, {} unknown, {} of another shape or type",
          report_.missing.size(), report_.unknown.size(), report_.misshaped.size()),
      hint + "`synerbench checkpoint inspect` lists them all");
}

TensorView Checkpoint::model_tensor(const std::string& key) const {
  const auto it = model_.find(key);
  SB_CHECK(it != model_.end(), key);
  return it->second.file->at(it->second.name);
}

TensorView Checkpoint::vae_tensor(const std::string& key) const {
  const auto it = vae_.find(key);
  SB_CHECK(it != vae_.end(), key);
  return it->second.file->at(it->second.name);
}

std::string Checkpoint::weights_sha256() const {
  Sha256 hash;
  for (const Places* places : {&model_, &vae_}) {
    for (const auto& [key, place] : *places) {
      const TensorView view = place.file->at(place.name);
      hash.update(fmt::format("{}{} {} {}\n", places == &vae_ ? "vae: " : "", key, name_of(view.dtype),
                              shape_text(view.shape)));
      hash.update(view.bytes);
    }
  }
  return hash.hex();
}

std::vector<float> linear_patch_weight(const TensorView& view) {
  std::vector<float> values = to_floats(view);
  if (view.shape.size() != 4) return values;
  const int64_t out = view.shape[0], channels = view.shape[1], area = view.shape[2] * view.shape[3];
  std::vector<float> linear(values.size());
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t i = 0; i < area; ++i) {
        linear[static_cast<size_t>((o * area + i) * channels + c)] =
            values[static_cast<size_t>((o * channels + c) * area + i)];
      }
    }
  }
  return linear;
}

std::vector<float> model_values(const Checkpoint& checkpoint, const TensorSpec& spec) {
  if (spec.part == Part::kTable && !checkpoint.has_model_tensor(spec.key)) {
    const ModelSizes& s = checkpoint.sizes();
    return sincos_table(spec.key == kLatentTableKey ? s.latent_grid : s.vit.grid, s.llm.hidden);
  }
  const TensorView view = checkpoint.model_tensor(spec.key);
  return spec.key == kPatchWeightKey ? linear_patch_weight(view) : to_floats(view);
}

}  // namespace synerbench::reference
