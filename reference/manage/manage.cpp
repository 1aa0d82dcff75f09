#include "reference/manage/manage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/half.h"
#include "harness/core/lineage.h"
#include "harness/core/random.h"
#include "harness/train/weights.h"
#include "harness/train/weights_lineage.h"
#include "reference/checkpoint/stream.h"
#include "reference/pictures/pictures.h"
#include "reference/shape/tables.h"
#include "reference/tokenizer/tokenizer.h"
#include "reference/tokenizer/trainer.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {

std::vector<float> start_values(const TensorSpec& spec, const ModelSizes& sizes, uint64_t seed) {
  if (spec.start == Start::kTable) {
    return sincos_table(spec.key == kLatentTableKey ? sizes.latent_grid : sizes.vit.grid, sizes.llm.hidden);
  }
  // The generation expert starts as a copy: it draws from the stream of its counterpart.
  std::string key = spec.key;
  if (const size_t at = key.find("_moe_gen"); at != std::string::npos) key.erase(at, 8);
  Random random(combine_seeds(seed, seed_from(key)));
  std::vector<float> values(static_cast<size_t>(spec.count()), spec.start == Start::kOne ? 1.0f : 0.0f);
  if (spec.start == Start::kNormal) {
    for (float& value : values) value = static_cast<float>(0.02 * random.normal());
  } else if (spec.start == Start::kUniform) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(spec.fan_in));
    for (float& value : values) value = static_cast<float>(random.uniform(-bound, bound));
  }
  return values;
}

namespace {

constexpr const char* kMainFile = "ema.safetensors";
constexpr const char* kVaeFile = "ae.safetensors";

// Stands in a folder while a model is made there. After a kill it says that what else is there may be made
// again.
constexpr const char* kMakingFile = ".making";

/// A folder in which a model is made: refused when there is one already, complete once finish() was called.
class ModelFolder {
 public:
  explicit ModelFolder(const std::filesystem::path& folder)
      : marker_(folder / kMakingFile), lock_(folder, "checkpoint command") {
    if (!path_exists(marker_)) {
      for (const char* name : {kMainFile, kVaeFile}) {
        if (!path_exists(folder / name)) continue;
        throw usage_error((folder / name).string(), "there is a model already",
                          "name another folder, or delete this one first");
      }
    }
    remove_temporary_files(folder);
    write_file(marker_, "a model is being made here\n");
  }

  void finish() {
    std::error_code code;
    std::filesystem::remove(marker_, code);
    if (code) {
      throw input_error(marker_.string(), fmt::format("cannot be removed ({})", code.message()),
                        path_hint(code));
    }
  }

 private:
  std::filesystem::path marker_;
  FolderLock lock_;
};

std::vector<std::byte> bytes_of_view(const TensorView& view) {
  return {view.bytes.begin(), view.bytes.end()};
}

std::vector<std::byte> stored(const TensorView& view, DType dtype) {
  return view.dtype == dtype ? bytes_of_view(view) : from_floats(to_floats(view), dtype);
}

/// The trainings behind the weights in a folder; of weights that say nothing, what is known of them.
std::vector<TrainingOrigin> trainings_behind(const std::filesystem::path& folder, const Checkpoint& weights,
                                             bool& recorded) {
  const auto lineage = find_lineage(folder, [&] { return weights.weights_sha256(); });
  recorded = recorded || lineage;
  if (lineage) return lineage->trainings;
  TrainingOrigin unknown;
  unknown.recorded = false;
  unknown.model = "weights in BAGEL format";
  unknown.weights_sha256 = weights.weights_sha256();
  return {unknown};
}

/// What a model made of `source`, and of what `base` lends, has learned from; nothing where neither of the
/// two says it. `base_folder` is empty where nothing is lent.
std::optional<Lineage> joined_lineage(const std::filesystem::path& from, const Checkpoint& source,
                                      const std::filesystem::path& base_folder, const Checkpoint* base) {
  bool recorded = false;
  Lineage lineage{trainings_behind(from, source, recorded)};
  if (!base_folder.empty()) {
    for (TrainingOrigin& one : trainings_behind(base_folder, *base, recorded))
      lineage.trainings.push_back(std::move(one));
  }
  if (!recorded) return {};
  return lineage;
}

void write_start(const std::filesystem::path& path, const std::vector<TensorSpec>& specs,
                 const ModelSizes& sizes, uint64_t seed, DType dtype, bool headers_only) {
  std::vector<PlannedTensor> planned;
  for (const TensorSpec& spec : specs) planned.push_back({spec.key, dtype, spec.shape});
  if (headers_only) return write_safetensors_header(path, planned);
  stream_safetensors(path, planned,
                     [&](size_t i) { return from_floats(start_values(specs[i], sizes, seed), dtype); });
}

}  // namespace

DType parse_float_type(const std::string& text, const std::string& place) {
  if (text == "f32") return DType::kF32;
  if (text == "bf16") return DType::kBF16;
  if (text == "f16") return DType::kF16;
  throw usage_error(place, fmt::format("unknown type \"{}\"", text),
                    did_you_mean(text, {"f32", "bf16", "f16"}));
}

Json inspect_checkpoint(const std::filesystem::path& folder, const std::string& weights) {
  const Checkpoint checkpoint = Checkpoint::open(folder, {weights, true});
  const KeyReport& report = checkpoint.report();
  // Headers alone have no hash that the lineage could be held against.
  const std::shared_ptr<const Lineage> lineage = find_lineage(folder, nullptr);
  return {{"folder", folder.string()},
          {"fits", report.fits()},
          {"model", {{"tensors", report.model_tensors}, {"values", report.model_values}}},
          {"vae", {{"tensors", report.vae_tensors}, {"values", report.vae_values}}},
          {"dtypes", report.dtypes},
          {"sizes", to_json(checkpoint.sizes())},
          {"lineage", lineage ? to_json(*lineage) : Json(nullptr)},
          {"missing", report.missing},
          {"unknown", report.unknown},
          {"misshaped", report.misshaped},
          {"recomputed", report.recomputed},
          {"ignored", report.ignored}};
}

std::string inspection_text(const Json& inspection) {
  const auto count = [&](const char* part, const char* what) {
    return inspection.at(part).at(what).get<int64_t>();
  };
  std::string text = fmt::format("folder     {}\n", inspection.at("folder").get<std::string>());
  text +=
      fmt::format("model      {} tensors, {} values\n", count("model", "tensors"), count("model", "values"));
  text += fmt::format("vae        {} tensors, {} values\n", count("vae", "tensors"), count("vae", "values"));
  std::string types;
  for (auto it = inspection.at("dtypes").begin(); it != inspection.at("dtypes").end(); ++it) {
    types += fmt::format("{}{} {}", types.empty() ? "" : ", ", it.value().get<int64_t>(), it.key());
  }
  text += fmt::format("types      {}\n", types);
  for (const char* part : {"llm", "vit", "vae"}) {
    std::string line;
    const Json& fields = inspection.at("sizes").at(part);
    for (auto it = fields.begin(); it != fields.end(); ++it)
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", it.key(), it.value().dump());
    text += fmt::format("{:<10} {}\n", part, line);
  }
  text +=
      fmt::format("latents    patch {}, grid {}\n", inspection.at("sizes").at("latent_patch").get<int64_t>(),
                  inspection.at("sizes").at("latent_grid").get<int64_t>());
  const Json& lineage = inspection.at("lineage");
  text += fmt::format(
      "lineage    {}\n",
      lineage.is_null() ? "not recorded" : in_words(lineage_from_json(JsonObject(lineage, "lineage", ""))));
  for (const char* kind : {"missing", "unknown", "misshaped", "recomputed", "ignored"}) {
    const Json& keys = inspection.at(kind);
    if (keys.empty()) continue;
    text += fmt::format("{:<10} {}\n", kind, keys.size());
    for (const Json& key : keys) text += "  " + key.get<std::string>() + "\n";
  }
  return text + (inspection.at("fits").get<bool>() ? "fits       yes\n" : "fits       no\n");
}

std::string written_text(const Json& inspection) {
  const Json &model = inspection.at("model"), &vae = inspection.at("vae");
  const Json& lineage = inspection.at("lineage");
  return fmt::format("{}: {} and {} tensors, {} values{}", inspection.at("folder").get<std::string>(),
                     model.at("tensors").get<int64_t>(), vae.at("tensors").get<int64_t>(),
                     model.at("values").get<int64_t>() + vae.at("values").get<int64_t>(),
                     lineage.is_null()
                         ? ""
                         : "; lineage: " + in_words(lineage_from_json(JsonObject(lineage, "lineage", ""))));
}

void write_part_configs(const std::filesystem::path& folder, const ModelSizes& s) {
  write_json(folder / "llm_config.json", {{"vocab_size", s.llm.vocabulary},
                                          {"hidden_size", s.llm.hidden},
                                          {"intermediate_size", s.llm.intermediate},
                                          {"num_hidden_layers", s.llm.layers},
                                          {"num_attention_heads", s.llm.heads},
                                          {"num_key_value_heads", s.llm.kv_heads},
                                          {"rms_norm_eps", s.llm.rms_eps},
                                          {"rope_theta", s.llm.rope_theta},
                                          {"hidden_act", "silu"},
                                          {"max_position_embeddings", 32768},
                                          {"tie_word_embeddings", false}});
  write_json(folder / "vit_config.json", {{"hidden_size", s.vit.hidden},
                                          {"intermediate_size", s.vit.intermediate},
                                          {"num_hidden_layers", s.vit.layers + 1},
                                          {"num_attention_heads", s.vit.heads},
                                          {"num_channels", 3},
                                          {"image_size", s.vit.grid * s.vit.patch},
                                          {"patch_size", s.vit.patch},
                                          {"layer_norm_eps", s.vit.eps},
                                          {"hidden_act", "gelu_pytorch_tanh"}});
  write_json(folder / "vae_config.json", {{"scale_factor", s.vae.scale}, {"shift_factor", s.vae.shift}});
}

void write_configs(const std::filesystem::path& folder, const ModelSizes& s) {
  write_part_configs(folder, s);
  write_json(folder / "config.json",
             {{"latent_patch_size", s.latent_patch},
              {"max_latent_size", s.latent_grid},
              {"vit_max_num_patch_per_side", s.vit.grid},
              {"connector_act", "gelu_pytorch_tanh"},
              {"interpolate_pos", s.interpolate_positions},
              {"timestep_shift", 1.0},
              {"visual_gen", true},
              {"visual_und", true},
              {"vae_config", {{"z_channels", s.vae.latent_channels}, {"downsample", s.vae.downsample()}}}});
}

void convert_checkpoint(const std::filesystem::path& from, const std::filesystem::path& to,
                        const ConvertOptions& options) {
  if (options.tables != "keep" && options.tables != "recompute") {
    throw usage_error("--tables", fmt::format("unknown choice \"{}\"", options.tables),
                      did_you_mean(options.tables, {"keep", "recompute"}));
  }
  const bool keep_type = options.dtype == "keep";
  const DType wanted_type = keep_type ? DType::kF32 : parse_float_type(options.dtype, "--dtype");
  Checkpoint source = Checkpoint::open(from, {options.weights, false});
  std::unique_ptr<Checkpoint> base;
  if (!options.base.empty()) {
    base = std::make_unique<Checkpoint>(Checkpoint::open(options.base));
    base->require_fit();
    if (base->sizes() != source.sizes()) {
      throw input_error(options.base.string(), "the base model has other sizes",
                        "compare both with `synerbench checkpoint inspect`");
    }
  } else {
    source.require_fit();
  }
  if (!source.report().unknown.empty() || !source.report().misshaped.empty()) source.require_fit();

  const std::vector<TensorSpec> specs = model_tensors(source.sizes());
  const auto holder_of = [&](const TensorSpec& spec) -> const Checkpoint* {
    if (source.has_model_tensor(spec.key)) return &source;
    return base && base->has_model_tensor(spec.key) ? base.get() : nullptr;
  };
  std::vector<PlannedTensor> planned;
  for (const TensorSpec& spec : specs) {
    const Checkpoint* holder = holder_of(spec);
    const DType own = holder ? holder->model_tensor(spec.key).dtype : DType::kF32;
    planned.push_back({spec.key, keep_type ? own : wanted_type, spec.shape});
  }
  const auto produce = [&](size_t i) {
    const TensorSpec& spec = specs[i];
    const Checkpoint* holder = holder_of(spec);
    const bool table = spec.part == Part::kTable && (!holder || options.tables == "recompute");
    if (table) return from_floats(start_values(spec, source.sizes(), 0), planned[i].dtype);
    SB_CHECK(holder, spec.key);
    if (spec.key == kPatchWeightKey && holder->patch_is_convolution()) {
      return from_floats(linear_patch_weight(holder->model_tensor(spec.key)), planned[i].dtype);
    }
    return stored(holder->model_tensor(spec.key), planned[i].dtype);
  };
  ModelFolder folder(to);
  stream_safetensors(to / kMainFile, planned, produce);

  const std::vector<TensorSpec> vae = vae_tensors(source.sizes().vae);
  std::vector<PlannedTensor> vae_planned;
  for (const TensorSpec& spec : vae)
    vae_planned.push_back({spec.key, source.vae_tensor(spec.key).dtype, spec.shape});
  stream_safetensors(to / kVaeFile, vae_planned,
                     [&](size_t i) { return bytes_of_view(source.vae_tensor(vae[i].key)); });
  write_configs(to, source.sizes());
  const bool lends = std::any_of(specs.begin(), specs.end(), [&](const TensorSpec& spec) {
    return base && holder_of(spec) == base.get();
  });
  if (std::optional<Lineage> lineage = joined_lineage(from, source, lends ? options.base : "", base.get())) {
    // A lineage names the weights that it is of: these are the same ones in another layout.
    lineage->trainings.front().weights_sha256 = Checkpoint::open(to).weights_sha256();
    Json config = read_json(to / "config.json");
    config["lineage"] = to_json_with_scans(*lineage, "");
    write_json(to / "config.json", config);
  }
  for (const char* name : kTokenizerFiles) write_file(to / name, read_file(from / name));
  folder.finish();
}

void write_new_tokenizer(const std::filesystem::path& folder, const ModelSizes& sizes, bool pictures) {
  // Room for the 256 bytes and the marks, and rows to spare, as the released model has.
  const auto merges = static_cast<size_t>(std::min<int64_t>(sizes.llm.vocabulary - 256 - 16, 4096));
  std::vector<std::string> corpus = prompt_corpus();
  if (pictures) {
    for (std::string& line : picture_corpus()) corpus.push_back(std::move(line));
  }
  train_tokenizer(folder, corpus, merges);
}

void init_checkpoint(const std::filesystem::path& to, const InitOptions& options) {
  const ModelSizes sizes = named_sizes(options.sizes);
  const DType dtype = parse_float_type(options.dtype, "--dtype");
  ModelFolder folder(to);
  if (options.tokenizer.empty()) {
    write_new_tokenizer(to, sizes);
  } else {
    for (const char* name : kTokenizerFiles) write_file(to / name, read_file(options.tokenizer / name));
  }
  const int64_t tokens = Tokenizer::load(to).size();
  if (tokens > sizes.llm.vocabulary) {
    throw usage_error("--tokenizer",
                      fmt::format("{} tokens do not fit into the {} rows of \"{}\"", tokens,
                                  sizes.llm.vocabulary, options.sizes),
                      "take a larger model or a smaller tokenizer");
  }
  write_configs(to, sizes);
  write_start(to / kVaeFile, vae_tensors(sizes.vae), sizes, options.seed, DType::kF32, options.headers_only);
  write_start(to / kMainFile, model_tensors(sizes), sizes, options.seed, dtype, options.headers_only);
  folder.finish();
}

}  // namespace synerbench::reference
