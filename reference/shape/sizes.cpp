#include "reference/shape/sizes.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

struct NamedSizes {
  const char* name;
  ModelSizes sizes;
};

const std::vector<NamedSizes>& table() {
  static const std::vector<NamedSizes> kTable = {
      {"tiny",
       {.llm = {512, 64, 128, 2, 4, 2, 1e-6, 1e6},
        .vit = {32, 64, 2, 2, 14, 10, 1e-6},
        .vae = {32, {1, 2, 2, 2}, 2, 16},
        .latent_patch = 2,
        .latent_grid = 8}},
      {"mini",
       {.llm = {512, 128, 384, 4, 4, 2, 1e-6, 1e6},
        .vit = {64, 256, 2, 4, 14, 10, 1e-6},
        .vae = {32, {1, 1, 2}, 1, 4},
        .latent_patch = 2,
        .latent_grid = 16}},
      {"small",
       {.llm = {1024, 384, 1024, 8, 6, 2, 1e-6, 1e6},
        .vit = {192, 768, 6, 3, 14, 27, 1e-6},
        .vae = {32, {1, 2, 4, 4}, 2, 16},
        .latent_patch = 2,
        .latent_grid = 32}},
      {"medium",
       {.llm = {32768, 1536, 6144, 20, 12, 2, 1e-6, 1e6},
        .vit = {768, 3072, 12, 12, 14, 70, 1e-6},
        .vae = {64, {1, 2, 4, 4}, 2, 16},
        .latent_patch = 2,
        .latent_grid = 64}},
      {"bagel-7b",
       {.llm = {152064, 3584, 18944, 28, 28, 4, 1e-6, 1e6},
        .vit = {1152, 4304, 26, 16, 14, 70, 1e-6},
        .vae = {128, {1, 2, 4, 4}, 2, 16},
        .latent_patch = 2,
        .latent_grid = 64}},
  };
  return kTable;
}

}  // namespace

void check_sizes(const ModelSizes& s, const std::string& place) {
  const auto wanted = [&](bool holds, const std::string& rule) {
    if (!holds) throw input_error(place, rule, "compare the configuration files with the tensors' shapes");
  };
  const auto positive = [&](const char* name, int64_t value) {
    wanted(value > 0, fmt::format("{} is {}, at least 1 is wanted", name, value));
  };
  positive("vocabulary", s.llm.vocabulary);
  positive("hidden size", s.llm.hidden);
  positive("intermediate size", s.llm.intermediate);
  positive("number of layers", s.llm.layers);
  positive("number of heads", s.llm.heads);
  positive("number of key/value heads", s.llm.kv_heads);
  positive("ViT hidden size", s.vit.hidden);
  positive("ViT intermediate size", s.vit.intermediate);
  positive("ViT layers", s.vit.layers);
  positive("ViT heads", s.vit.heads);
  positive("ViT patch", s.vit.patch);
  positive("ViT grid", s.vit.grid);
  positive("VAE channels", s.vae.channels);
  positive("VAE blocks", s.vae.blocks);
  positive("VAE latent channels", s.vae.latent_channels);
  positive("latent patch", s.latent_patch);
  positive("latent grid", s.latent_grid);
  wanted(s.llm.hidden % s.llm.heads == 0,
         fmt::format("hidden size {} is no multiple of {} heads", s.llm.hidden, s.llm.heads));
  wanted(s.llm.head_size() % 2 == 0,
         fmt::format("head size {} is odd; rotary positions turn halves", s.llm.head_size()));
  wanted(s.llm.heads % s.llm.kv_heads == 0,
         fmt::format("{} heads are no multiple of {} key/value heads", s.llm.heads, s.llm.kv_heads));
  wanted(s.llm.hidden % 4 == 0,
         fmt::format("hidden size {} is no multiple of 4 (position tables)", s.llm.hidden));
  wanted(s.vit.hidden % s.vit.heads == 0,
         fmt::format("ViT hidden size {} is no multiple of {} heads", s.vit.hidden, s.vit.heads));
  wanted(!s.vae.multipliers.empty(), "the VAE has no level");
  for (const int64_t multiplier : s.vae.multipliers) {
    wanted(multiplier > 0 && s.vae.channels * multiplier % kNormGroups == 0,
           fmt::format("{} VAE channels times {} is no multiple of {} groups", s.vae.channels, multiplier,
                       kNormGroups));
  }
  wanted(s.llm.rms_eps > 0, fmt::format("epsilon {} of the RMS norms is not above 0", s.llm.rms_eps));
  wanted(s.llm.rope_theta > 0,
         fmt::format("base {} of the rotary positions is not above 0", s.llm.rope_theta));
  wanted(s.vit.eps > 0, fmt::format("epsilon {} of the ViT's norms is not above 0", s.vit.eps));
  wanted(s.vae.scale != 0, "the VAE's scale is 0");
}

ModelSizes named_sizes(const std::string& name) {
  for (const auto& row : table()) {
    if (row.name == name) return row.sizes;
  }
  throw usage_error("model size", fmt::format("unknown name \"{}\"", name), did_you_mean(name, size_names()));
}

std::vector<std::string> size_names() {
  std::vector<std::string> names;
  for (const auto& row : table()) names.emplace_back(row.name);
  return names;
}

Json to_json(const ModelSizes& s) {
  return {{"llm",
           {{"vocabulary", s.llm.vocabulary},
            {"hidden", s.llm.hidden},
            {"intermediate", s.llm.intermediate},
            {"layers", s.llm.layers},
            {"heads", s.llm.heads},
            {"kv_heads", s.llm.kv_heads},
            {"rms_eps", s.llm.rms_eps},
            {"rope_theta", s.llm.rope_theta}}},
          {"vit",
           {{"hidden", s.vit.hidden},
            {"intermediate", s.vit.intermediate},
            {"layers", s.vit.layers},
            {"heads", s.vit.heads},
            {"patch", s.vit.patch},
            {"grid", s.vit.grid},
            {"eps", s.vit.eps}}},
          {"vae",
           {{"channels", s.vae.channels},
            {"multipliers", s.vae.multipliers},
            {"blocks", s.vae.blocks},
            {"latent_channels", s.vae.latent_channels},
            {"scale", s.vae.scale},
            {"shift", s.vae.shift}}},
          {"latent_patch", s.latent_patch},
          {"latent_grid", s.latent_grid},
          {"interpolate_positions", s.interpolate_positions}};
}

}  // namespace synerbench::reference
