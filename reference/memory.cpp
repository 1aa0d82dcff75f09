#include "reference/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "reference/checkpoint/checkpoint.h"
#include "reference/mot/attention.h"
#include "reference/mot/attention_plan.h"
#include "reference/shape/keys.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

constexpr int64_t kFloat = 4;  // bytes

int64_t count(const auto& list) { return static_cast<int64_t>(list.size()); }

/// Floats per row that a decoder layer keeps. See Note [Counting activations].
int64_t layer_floats(const LlmSizes& s) {
  const int64_t h = s.hidden, kv = s.kv_heads * s.head_size();
  const int64_t norms = 2 + s.heads + s.kv_heads;
  return 2 * h + (h + 2 * kv) + (h + 2 * kv) + 2 * h + 2 * h + 3 * s.intermediate + norms;
}

/// The same for a layer of the ViT: input, norm, q k v, attention in both orders, middle, norm, before and
/// after the activation; mean and deviation of both norms.
int64_t vit_layer_floats(const VitSizes& s) { return 9 * s.hidden + 2 * s.intermediate + 4; }

std::string bytes_text(int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= int64_t{1} << 30) return fmt::format("{:.2f} GiB", value / (1 << 30));
  if (bytes >= int64_t{1} << 20) return fmt::format("{:.1f} MiB", value / (1 << 20));
  return fmt::format("{:.1f} KiB", value / (1 << 10));
}

/// A pack of synthesis samples as training makes them from slices of one size, nothing dropped.
PackedSequence synthesis_pack(const ModelSizes& sizes, ImageSize vae, ImageSize vit, int64_t text_tokens,
                              int64_t pack_tokens) {
  const auto image = [](PlanItem::Kind kind, ImageSize size, bool learned) {
    PlanItem item;
    item.kind = kind;
    item.learned = learned;
    item.height = size.height;
    item.width = size.width;
    return item;
  };
  PlanItem text;
  text.ids.assign(static_cast<size_t>(text_tokens - 2), 0);
  const SamplePlan plan{{image(PlanItem::Kind::kVae, vae, false), image(PlanItem::Kind::kVit, vit, false),
                         text, image(PlanItem::Kind::kVae, vae, true)}};
  Packer packer(sizes, SpecialTokens{});
  const int64_t samples = std::max<int64_t>(1, pack_tokens / plan.estimate(sizes));
  for (int64_t i = 0; i < samples; ++i)
    packer.add(plan, {}, {[] { return 1.0; }, [] { return 0.0; }});  // no draw leaves anything out
  return packer.take();
}

}  // namespace

int64_t cache_bytes_per_token(const LlmSizes& sizes, int64_t value_bytes) {
  return 2 * sizes.layers * sizes.kv_heads * sizes.head_size() * value_bytes;
}

SynthesisMemory synthesis_memory(const ModelSizes& sizes, const Preset& preset, int64_t text_tokens,
                                 int64_t height, int64_t width) {
  const ImageRules rules = fitted(preset.images, sizes);
  const ImageSize vae = target_size({height, width}, rules.vae);
  const ImageSize vit = target_size(rules.vit_after_vae ? vae : ImageSize{height, width}, rules.vit);
  const int64_t side = sizes.pixels_per_token();
  SynthesisMemory memory;
  memory.latent_tokens = vae.height / side * (vae.width / side);
  memory.vit_tokens = vit.height / sizes.vit.patch * (vit.width / sizes.vit.patch);
  memory.text_tokens = text_tokens;
  memory.cache_bytes_per_token = cache_bytes_per_token(sizes.llm, preset.dtype == "f32" ? 4 : 2);
  const int64_t images = memory.latent_tokens + 2 + memory.vit_tokens + 2, query = memory.latent_tokens + 2;
  const Guidance& guidance = preset.sampler.guidance;
  int64_t rows = images + text_tokens + query;
  if (guidance.text_scale > 1) rows += images + query;
  if (guidance.text_scale > 1 && guidance.image_scale > 1) rows += text_tokens + query;
  memory.cache_bytes = memory.cache_bytes_per_token * rows;
  return memory;
}

ActivationMemory activation_memory(const ModelSizes& sizes, const PackedSequence& pack,
                                   bool recompute_layers) {
  const LlmSizes& llm = sizes.llm;
  const VitSizes& vit = sizes.vit;
  const int64_t tokens = pack.length(), patches = count(pack.vit_token_indexes),
                latents = count(pack.vae_token_indexes), labels = count(pack.ce_loss_indexes),
                targets = count(pack.mse_loss_indexes);
  ActivationMemory memory;
  const int64_t layer = tokens * layer_floats(llm) * kFloat;
  memory.decoder = recompute_layers ? llm.layers * tokens * llm.hidden * kFloat + layer : llm.layers * layer;
  if (patches > 0) {
    // After the layers: norm, its input, and the connector before and after its activation.
    memory.vit =
        patches * (vit.layers * vit_layer_floats(vit) + 2 * vit.hidden + 2 + 2 * llm.hidden) * kFloat;
  }
  int64_t masks = 0, fused = -2 * llm.kv_heads * llm.head_size() * tokens;
  for (const AttentionBlock& block : plan_attention(pack.split_lens, pack.split_modes, pack.sample_lens)) {
    masks += count(block.mask);
    // The fused kernel keeps its sums' logarithms, and keys and values once per query head instead of once
    // per head of theirs.
    fused += llm.heads * block.queries.size() + 2 * llm.heads * llm.head_size() * block.key_count;
  }
  if (has_fused_attention() && !recompute_layers) memory.decoder += llm.layers * fused * kFloat;
  const int64_t channels = sizes.token_channels();
  memory.ends = kFloat * (tokens * (llm.hidden + 1 + llm.head_size())  // before the last norm; rotary tables
                          + latents * channels                         // noised
                          + targets * (llm.hidden + 3 * channels)      // prediction, difference, square
                          + labels * (llm.hidden + 2 * llm.vocabulary) + masks);
  return memory;
}

int64_t instruction_tokens(const Tokenizer& tokenizer) {
  const Task task{"", "brain", Modality::kMRI, Modality::kCT};
  return static_cast<int64_t>(tokenizer.encode(synthesis_instruction(task)).size()) + 2;
}

Json memory_report(const ModelSizes& sizes, const Preset& preset, int64_t text_tokens, int64_t height,
                   int64_t width, int64_t pack_tokens) {
  const int64_t values = count_values(model_tensors(sizes)), vae = count_values(vae_tensors(sizes.vae));
  const SynthesisMemory synthesis = synthesis_memory(sizes, preset, text_tokens, height, width);
  const ImageRules rules = fitted(preset.images, sizes);
  const PackedSequence pack =
      synthesis_pack(sizes, target_size({height, width}, rules.vae), target_size({height, width}, rules.vit),
                     text_tokens, pack_tokens);
  const ActivationMemory kept = activation_memory(sizes, pack, false),
                         recomputed = activation_memory(sizes, pack, true);
  int64_t trained = 0;
  for (const TensorSpec& spec : model_tensors(sizes)) trained += spec.part == Part::kTable ? 0 : spec.count();
  const auto bytes_of = [](const std::string& dtype) { return int64_t{dtype == "f32" ? 4 : 2}; };
  return {{"parameters", values},
          {"vae_parameters", vae},
          {"weights_bytes", values * bytes_of(preset.dtype)},
          {"vae_weights_bytes", vae * bytes_of(preset.vae_dtype)},
          {"dtype", preset.dtype},
          {"slice", {height, width}},
          {"latent_tokens", synthesis.latent_tokens},
          {"vit_tokens", synthesis.vit_tokens},
          {"text_tokens", synthesis.text_tokens},
          {"cache_bytes_per_token", synthesis.cache_bytes_per_token},
          {"cache_bytes", synthesis.cache_bytes},
          {"training",
           {{"tokens", pack.length()},
            {"samples", count(pack.sample_lens)},
            {"weights_bytes", values * kFloat},
            {"gradient_bytes", trained * kFloat},
            {"moment_bytes", 2 * trained * kFloat},
            {"average_bytes", trained * kFloat},
            {"activation_bytes", kept.total()},
            {"activation_bytes_recomputed", recomputed.total()}}}};
}

std::string memory_text(const Json& report) {
  const auto number = [](const Json& json, const char* key) { return json.at(key).get<int64_t>(); };
  const Json& training = report.at("training");
  std::string text = fmt::format("parameters      {} and {} in the autoencoder\n",
                                 number(report, "parameters"), number(report, "vae_parameters"));
  text +=
      fmt::format("weights         {} in {}, autoencoder {}\n", bytes_text(number(report, "weights_bytes")),
                  report.at("dtype").get<std::string>(), bytes_text(number(report, "vae_weights_bytes")));
  text += fmt::format(
      "KV cache        {} a token; {} to synthesize a slice of {}x{} ({} latent, {} ViT, {} text tokens)\n",
      bytes_text(number(report, "cache_bytes_per_token")), bytes_text(number(report, "cache_bytes")),
      report.at("slice")[0].get<int64_t>(), report.at("slice")[1].get<int64_t>(),
      number(report, "latent_tokens"), number(report, "vit_tokens"), number(report, "text_tokens"));
  text += fmt::format(
      "training state  {} weights, {} gradients, {} moments, {} averages (float32, everything trains)\n",
      bytes_text(number(training, "weights_bytes")), bytes_text(number(training, "gradient_bytes")),
      bytes_text(number(training, "moment_bytes")), bytes_text(number(training, "average_bytes")));
  text += fmt::format(
      "training step   {} of activations for {} synthesis samples, {} tokens; {} when layers are "
      "recomputed\n",
      bytes_text(number(training, "activation_bytes")), number(training, "samples"),
      number(training, "tokens"), bytes_text(number(training, "activation_bytes_recomputed")));
  return text;
}

Json memory_of_folder(const std::filesystem::path& folder, const Preset& preset, int64_t height,
                      int64_t width) {
  const Checkpoint checkpoint = Checkpoint::open(folder, {preset.weights, /*headers_only=*/true});
  checkpoint.require_fit();
  return memory_report(checkpoint.sizes(), preset, instruction_tokens(Tokenizer::load(folder)), height,
                       width);
}

}  // namespace synerbench::reference
