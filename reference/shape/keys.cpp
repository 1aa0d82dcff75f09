#include "reference/shape/keys.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

class Lister {
 public:
  explicit Lister(Part part) : part_(part) {}
  void part(Part part) { part_ = part; }
  void add(std::string key, std::vector<int64_t> shape, Start start, int64_t fan_in = 0) {
    list_.push_back({std::move(key), std::move(shape), part_, start, fan_in});
  }
  void linear(const std::string& key, int64_t out, int64_t in, bool bias, Start start) {
    add(key + ".weight", {out, in}, start, in);
    if (bias) add(key + ".bias", {out}, start == Start::kUniform ? start : Start::kZero, in);
  }
  void norm(const std::string& key, int64_t width, bool bias) {
    add(key + ".weight", {width}, Start::kOne);
    if (bias) add(key + ".bias", {width}, Start::kZero);
  }
  void convolution(const std::string& key, int64_t out, int64_t in, int64_t side) {
    add(key + ".weight", {out, in, side, side}, Start::kUniform, in * side * side);
    add(key + ".bias", {out}, Start::kUniform, in * side * side);
  }
  void residual(const std::string& key, int64_t in, int64_t out) {
    norm(key + ".norm1", in, true);
    convolution(key + ".conv1", out, in, 3);
    norm(key + ".norm2", out, true);
    convolution(key + ".conv2", out, out, 3);
    if (in != out) convolution(key + ".nin_shortcut", out, in, 1);
  }
  void attention(const std::string& key, int64_t width) {
    norm(key + ".norm", width, true);
    for (const char* name : {"q", "k", "v", "proj_out"})
      convolution(fmt::format("{}.{}", key, name), width, width, 1);
  }
  void middle(const std::string& side, int64_t width) {
    residual(side + ".mid.block_1", width, width);
    attention(side + ".mid.attn_1", width);
    residual(side + ".mid.block_2", width, width);
  }
  std::vector<TensorSpec> take() { return std::move(list_); }

 private:
  Part part_;
  std::vector<TensorSpec> list_;
};

void add_expert(Lister& list, const LlmSizes& s, const std::string& prefix, const std::string& suffix) {
  const int64_t d = s.head_size(), q = s.heads * d, kv = s.kv_heads * d;
  const std::string attention = prefix + "self_attn.", mlp = prefix + "mlp" + suffix;
  list.linear(attention + "q_proj" + suffix, q, s.hidden, true, Start::kNormal);
  list.linear(attention + "k_proj" + suffix, kv, s.hidden, true, Start::kNormal);
  list.linear(attention + "v_proj" + suffix, kv, s.hidden, true, Start::kNormal);
  list.linear(attention + "o_proj" + suffix, s.hidden, q, false, Start::kNormal);
  list.norm(attention + "q_norm" + suffix, d, false);
  list.norm(attention + "k_norm" + suffix, d, false);
  list.linear(mlp + ".gate_proj", s.intermediate, s.hidden, false, Start::kNormal);
  list.linear(mlp + ".up_proj", s.intermediate, s.hidden, false, Start::kNormal);
  list.linear(mlp + ".down_proj", s.hidden, s.intermediate, false, Start::kNormal);
  list.norm(prefix + "input_layernorm" + suffix, s.hidden, false);
  list.norm(prefix + "post_attention_layernorm" + suffix, s.hidden, false);
}

}  // namespace

std::string name_of(Part part) {
  switch (part) {
    case Part::kUnderstanding:
      return "understanding expert";
    case Part::kGeneration:
      return "generation expert";
    case Part::kEmbedding:
      return "embedding";
    case Part::kHead:
      return "lm_head";
    case Part::kConnector:
      return "connector";
    case Part::kVit:
      return "ViT";
    case Part::kFlow:
      return "flow heads";
    case Part::kTable:
      return "position tables";
    case Part::kVae:
      return "VAE";
  }
  check_failed("known part", __FILE__, __LINE__, "");
}

int64_t TensorSpec::count() const {
  int64_t count = 1;
  for (const int64_t side : shape) count *= side;
  return count;
}

std::vector<TensorSpec> model_tensors(const ModelSizes& s) {
  Lister list(Part::kEmbedding);
  const std::string model = "language_model.model.";
  list.add(model + "embed_tokens.weight", {s.llm.vocabulary, s.llm.hidden}, Start::kNormal);
  for (int64_t i = 0; i < s.llm.layers; ++i) {
    const std::string prefix = fmt::format("{}layers.{}.", model, i);
    list.part(Part::kUnderstanding);
    add_expert(list, s.llm, prefix, "");
    list.part(Part::kGeneration);
    add_expert(list, s.llm, prefix, "_moe_gen");
  }
  list.part(Part::kUnderstanding);
  list.norm(model + "norm", s.llm.hidden, false);
  list.part(Part::kGeneration);
  list.norm(model + "norm_moe_gen", s.llm.hidden, false);
  list.part(Part::kHead);
  list.add("language_model.lm_head.weight", {s.llm.vocabulary, s.llm.hidden}, Start::kNormal);

  list.part(Part::kFlow);
  list.linear("time_embedder.mlp.0", s.llm.hidden, kTimeFeatures, true, Start::kNormal);
  list.linear("time_embedder.mlp.2", s.llm.hidden, s.llm.hidden, true, Start::kNormal);
  list.linear("vae2llm", s.llm.hidden, s.token_channels(), true, Start::kUniform);
  list.linear("llm2vae", s.token_channels(), s.llm.hidden, true, Start::kZero);
  list.part(Part::kTable);
  list.add(kLatentTableKey, {s.latent_grid * s.latent_grid, s.llm.hidden}, Start::kTable);

  const std::string vision = "vit_model.vision_model.";
  list.part(Part::kVit);
  list.add(vision + "embeddings.position_embedding.weight", {s.vit.grid * s.vit.grid, s.vit.hidden},
           Start::kNormal);
  list.linear(vision + "embeddings.patch_embedding", s.vit.hidden, 3 * s.vit.patch * s.vit.patch, true,
              Start::kUniform);
  for (int64_t i = 0; i < s.vit.layers; ++i) {
    const std::string prefix = fmt::format("{}encoder.layers.{}.", vision, i);
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      list.linear(prefix + "self_attn." + name, s.vit.hidden, s.vit.hidden, true, Start::kNormal);
    }
    list.norm(prefix + "layer_norm1", s.vit.hidden, true);
    list.linear(prefix + "mlp.fc1", s.vit.intermediate, s.vit.hidden, true, Start::kNormal);
    list.linear(prefix + "mlp.fc2", s.vit.hidden, s.vit.intermediate, true, Start::kNormal);
    list.norm(prefix + "layer_norm2", s.vit.hidden, true);
  }
  list.norm(vision + "post_layernorm", s.vit.hidden, true);
  list.part(Part::kConnector);
  list.linear("connector.fc1", s.llm.hidden, s.vit.hidden, true, Start::kUniform);
  list.linear("connector.fc2", s.llm.hidden, s.llm.hidden, true, Start::kUniform);
  list.part(Part::kTable);
  list.add(kVitTableKey, {s.vit.grid * s.vit.grid, s.llm.hidden}, Start::kTable);
  return list.take();
}

std::vector<TensorSpec> vae_tensors(const VaeSizes& s) {
  Lister list(Part::kVae);
  const auto levels = static_cast<int64_t>(s.multipliers.size());
  const auto width = [&](int64_t level) { return s.channels * s.multipliers[static_cast<size_t>(level)]; };

  list.convolution("encoder.conv_in", s.channels, 3, 3);
  int64_t now = s.channels;
  for (int64_t level = 0; level < levels; ++level) {
    const std::string prefix = fmt::format("encoder.down.{}.", level);
    for (int64_t block = 0; block < s.blocks; ++block) {
      list.residual(fmt::format("{}block.{}", prefix, block), now, width(level));
      now = width(level);
    }
    if (level + 1 < levels) list.convolution(prefix + "downsample.conv", now, now, 3);
  }
  list.middle("encoder", now);
  list.norm("encoder.norm_out", now, true);
  list.convolution("encoder.conv_out", 2 * s.latent_channels, now, 3);

  list.convolution("decoder.conv_in", now, s.latent_channels, 3);
  list.middle("decoder", now);
  for (int64_t level = levels - 1; level >= 0; --level) {
    const std::string prefix = fmt::format("decoder.up.{}.", level);
    for (int64_t block = 0; block <= s.blocks; ++block) {
      list.residual(fmt::format("{}block.{}", prefix, block), now, width(level));
      now = width(level);
    }
    if (level > 0) list.convolution(prefix + "upsample.conv", now, now, 3);
  }
  list.norm("decoder.norm_out", now, true);
  list.convolution("decoder.conv_out", 3, now, 3);
  return list.take();
}

int64_t count_values(const std::vector<TensorSpec>& tensors) {
  int64_t count = 0;
  for (const auto& tensor : tensors) count += tensor.count();
  return count;
}

std::string generation_counterpart(const std::string& key) {
  constexpr std::string_view kLayers = "language_model.model.layers.";
  if (key.find("_moe_gen") != std::string::npos) return "";
  if (key == "language_model.model.norm.weight") return "language_model.model.norm_moe_gen.weight";
  if (!key.starts_with(kLayers)) return "";
  // The mark follows the module's name: mlp, a projection or a norm.
  std::string other = key;
  if (const size_t mlp = key.find(".mlp."); mlp != std::string::npos)
    return other.insert(mlp + 4, "_moe_gen");
  return other.insert(key.rfind('.'), "_moe_gen");
}

}  // namespace synerbench::reference
