#include "reference/stages/stage_recipe.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/core/json_fields.h"

namespace synerbench::reference {
namespace {

std::vector<StageRecipe> make_stages() {
  StageRecipe gau;  // Stage I; the shares are those of the authors' data
  gau.stage = "gau";
  gau.mixture = {0.468, 0.381, 0.0, 0.150, 0.0};

  StageRecipe ucg;  // Stage II as in the authors' figure
  ucg.stage = "ucg";
  ucg.mixture = {0, 0, 0, 0, 1.0};
  ucg.train_understanding = ucg.train_vit = ucg.train_embeddings = false;
  ucg.train_generation = true;
  ucg.freeze_understanding = true;

  StageRecipe all = ucg;  // Stage II as in second-hand notes
  all.stage = "ucg-all";
  all.train_understanding = all.train_vit = all.train_embeddings = true;
  all.freeze_understanding = false;

  StageRecipe mixed = all;  // one run, both groups at equal weight
  mixed.stage = "mixed";
  mixed.mixture = {0.468, 0.381, 0.0, 0.150, 1.0};
  mixed.ce_reduction = CeReduction::kTokenMean;

  StageRecipe recognition = gau;
  recognition.stage = "recognition";
  recognition.mixture = {.vqa = 0.5, .caption = 0.5};

  // UniMedVL: shares and what is frozen are published, the rest is not (docs/reference-model.md). Its image-to-text share is
  // half questions, half captions.
  StageRecipe foundation = all;
  foundation.stage = "unimedvl-foundation";
  foundation.mixture = {.vqa = 0.375, .caption = 0.375, .text_to_image = 0.25};
  foundation.ce_reduction = CeReduction::kTokenMean;
  foundation.ce_weight = 0.25;

  StageRecipe instruction = foundation;
  instruction.stage = "unimedvl-instruction";
  instruction.mixture = {
      .synthesis = 0.10, .vqa = 0.20, .caption = 0.20, .text_to_image = 0.45, .text = 0.05};
  instruction.train_vit = false;

  StageRecipe unified = instruction;
  unified.stage = "unimedvl-unified";
  unified.mixture = {.synthesis = 0.25, .vqa = 0.185, .caption = 0.185, .text_to_image = 0.35, .text = 0.03};
  return {gau, ucg, all, mixed, recognition, foundation, instruction, unified};
}

const std::vector<StageRecipe>& stages() {
  static const std::vector<StageRecipe> kStages = make_stages();
  return kStages;
}

Mixture mixture_from(JsonObject o) {
  Mixture m;
  m.cts = fields::not_negative(o, "cts", 0);
  m.tia = fields::not_negative(o, "tia", 0);
  m.mi = fields::not_negative(o, "mi", 0);
  m.mi_panel = fields::not_negative(o, "mi_panel", 0);
  m.synthesis = fields::not_negative(o, "synthesis", 0);
  m.vqa = fields::not_negative(o, "vqa", 0);
  m.caption = fields::not_negative(o, "caption", 0);
  m.text_to_image = fields::not_negative(o, "text_to_image", 0);
  m.text = fields::not_negative(o, "text", 0);
  o.done();
  return m;
}

ConditionDropout dropout_from(JsonObject o, const ConditionDropout& base) {
  ConditionDropout d;
  d.text = fields::not_negative(o, "text", base.text);
  d.vit = fields::not_negative(o, "vit", base.vit);
  d.vae = fields::not_negative(o, "vae", base.vae);
  o.done();
  return d;
}

ResizeRule rule_from(JsonObject o, const ResizeRule& base) {
  ResizeRule r = base;
  r.max_size = o.integer_or("max_size", base.max_size, 1);
  r.min_size = o.integer_or("min_size", base.min_size, 1, r.max_size);
  r.max_pixels = o.integer_or("max_pixels", base.max_pixels, 1);
  o.done();
  return r;
}

InstanceSettings instances_from(JsonObject o, const InstanceSettings& base) {
  InstanceSettings s;
  s.candidates =
      static_cast<size_t>(o.integer_or("candidates", static_cast<int64_t>(base.candidates), 2, 26));
  s.neighbours = o.integer_or("neighbours", base.neighbours, 1);
  s.least_difference = fields::not_negative(o, "least_difference", base.least_difference);
  s.panels = static_cast<size_t>(o.integer_or("panels", static_cast<int64_t>(base.panels), 1, 26));
  s.route_options =
      static_cast<size_t>(o.integer_or("route_options", static_cast<int64_t>(base.route_options), 2, 26));
  s.confusable = fields::not_negative(o, "confusable", base.confusable);
  s.random_negatives = o.boolean_or("random_negatives", base.random_negatives);
  s.routes = o.texts_or("routes", base.routes);
  o.done();
  return s;
}

Json rule_json(const ResizeRule& r) {
  return {{"max_size", r.max_size}, {"min_size", r.min_size}, {"max_pixels", r.max_pixels}};
}

}  // namespace

double Mixture::of(InstanceKind kind) const {
  switch (kind) {
    case InstanceKind::kCts:
      return cts;
    case InstanceKind::kMi:
      return mi;
    case InstanceKind::kMiPanel:
      return mi_panel;
    case InstanceKind::kTia:
      return tia;
    case InstanceKind::kSynthesis:
      return synthesis;
    case InstanceKind::kVqa:
      return vqa;
    case InstanceKind::kCaption:
      return caption;
    case InstanceKind::kTextToImage:
      return text_to_image;
    case InstanceKind::kText:
      return text;
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

bool StageRecipe::trains(Part part) const {
  switch (part) {
    case Part::kUnderstanding:
      return train_understanding && !freeze_understanding;
    case Part::kGeneration:
      return train_generation;
    case Part::kEmbedding:
      return train_embeddings && !freeze_understanding;
    // The head learns from answers only; without any it would get no gradient.
    case Part::kHead:
      return train_embeddings && mixture.asks();
    case Part::kConnector:
      return train_understanding && !freeze_understanding;
    case Part::kVit:
      return train_vit && !freeze_understanding;
    case Part::kFlow:
      return train_generation;
    case Part::kTable:
      return false;
    case Part::kVae:
      return false;
  }
  check_failed("known part", __FILE__, __LINE__, "");
}

std::vector<std::string> stage_names() {
  std::vector<std::string> names;
  for (const StageRecipe& stage : stages()) names.push_back(stage.stage);
  return names;
}

StageRecipe stage_recipe(const std::string& name) {
  for (const StageRecipe& stage : stages()) {
    if (stage.stage == name) return stage;
  }
  throw usage_error("stage", fmt::format("unknown name \"{}\"", name), did_you_mean(name, stage_names()));
}

StageRecipe stage_recipe_from_json(const Json& json, const std::string& place) {
  JsonObject o(json, place, "");
  StageRecipe r = stage_recipe(o.choice_or("stage", stage_names(), "gau"));
  if (o.has("mixture")) r.mixture = mixture_from(o.object("mixture"));
  r.train_understanding = o.boolean_or("train_understanding", r.train_understanding);
  r.train_generation = o.boolean_or("train_generation", r.train_generation);
  r.train_vit = o.boolean_or("train_vit", r.train_vit);
  r.train_embeddings = o.boolean_or("train_embeddings", r.train_embeddings);
  r.freeze_understanding = o.boolean_or("freeze_understanding", r.freeze_understanding);
  r.ce_weight = fields::not_negative(o, "ce_weight", r.ce_weight);
  r.mse_weight = fields::not_negative(o, "mse_weight", r.mse_weight);
  const std::string reduction = r.ce_reduction == CeReduction::kPerTask ? "per_task" : "token_mean";
  r.ce_reduction = o.choice_or("ce_reduction", {"per_task", "token_mean"}, reduction) == "per_task"
                       ? CeReduction::kPerTask
                       : CeReduction::kTokenMean;
  r.timestep_shift = fields::positive(o, "timestep_shift", r.timestep_shift);
  if (o.has("dropout")) r.dropout = dropout_from(o.object("dropout"), r.dropout);
  r.lr = fields::positive(o, "lr", r.lr);
  r.cosine = o.boolean_or("cosine", r.cosine);
  r.warmup = o.integer_or("warmup", r.warmup, 0);
  r.min_lr = fields::not_negative(o, "min_lr", r.min_lr);
  r.beta1 = fields::not_negative(o, "beta1", r.beta1);
  r.beta2 = fields::not_negative(o, "beta2", r.beta2);
  r.eps = fields::positive(o, "eps", r.eps);
  r.weight_decay = fields::not_negative(o, "weight_decay", r.weight_decay);
  r.clip = fields::not_negative(o, "clip", r.clip);
  r.ema_decay = fields::not_negative(o, "ema_decay", r.ema_decay);
  r.accumulation = o.integer_or("accumulation", r.accumulation, 1);
  r.expected_tokens = o.integer_or("expected_tokens", r.expected_tokens, 1);
  r.max_tokens = o.integer_or("max_tokens", std::max(r.max_tokens, r.expected_tokens), r.expected_tokens);
  r.max_sample_tokens =
      o.integer_or("max_sample_tokens", std::min(r.max_sample_tokens, r.max_tokens), 1, r.max_tokens);
  r.prefer_buffer_before =
      o.integer_or("prefer_buffer_before", std::min(r.prefer_buffer_before, r.expected_tokens), 0);
  r.max_buffer = o.integer_or("max_buffer", r.max_buffer, 0);
  if (o.has("vit")) r.images.vit = rule_from(o.object("vit"), r.images.vit);
  if (o.has("vae")) r.images.vae = rule_from(o.object("vae"), r.images.vae);
  if (o.has("instances")) r.instances = instances_from(o.object("instances"), r.instances);
  r.compute = o.choice_or("compute", {"f32", "bf16"}, r.compute);
  r.recompute_layers = o.boolean_or("recompute_layers", r.recompute_layers);
  r.latent_cache = o.integer_or("latent_cache", r.latent_cache, 0);
  o.done();
  if (!r.mixture.asks() && !r.mixture.synthesises()) {
    throw usage_error(place + ": /mixture", "every share is 0, so there is nothing to learn",
                      "give at least one kind a share");
  }
  if (r.beta1 >= 1 || r.beta2 >= 1 || r.ema_decay >= 1)
    throw usage_error(place, "beta1, beta2 and ema_decay must be below 1");
  return r;
}

Json to_json(const StageRecipe& r) {
  return {{"stage", r.stage},
          {"mixture",
           {{"cts", r.mixture.cts},
            {"tia", r.mixture.tia},
            {"mi", r.mixture.mi},
            {"mi_panel", r.mixture.mi_panel},
            {"synthesis", r.mixture.synthesis},
            {"vqa", r.mixture.vqa},
            {"caption", r.mixture.caption},
            {"text_to_image", r.mixture.text_to_image},
            {"text", r.mixture.text}}},
          {"train_understanding", r.train_understanding},
          {"train_generation", r.train_generation},
          {"train_vit", r.train_vit},
          {"train_embeddings", r.train_embeddings},
          {"freeze_understanding", r.freeze_understanding},
          {"ce_weight", r.ce_weight},
          {"mse_weight", r.mse_weight},
          {"ce_reduction", r.ce_reduction == CeReduction::kPerTask ? "per_task" : "token_mean"},
          {"timestep_shift", r.timestep_shift},
          {"dropout", {{"text", r.dropout.text}, {"vit", r.dropout.vit}, {"vae", r.dropout.vae}}},
          {"lr", r.lr},
          {"cosine", r.cosine},
          {"warmup", r.warmup},
          {"min_lr", r.min_lr},
          {"beta1", r.beta1},
          {"beta2", r.beta2},
          {"eps", r.eps},
          {"weight_decay", r.weight_decay},
          {"clip", r.clip},
          {"ema_decay", r.ema_decay},
          {"accumulation", r.accumulation},
          {"expected_tokens", r.expected_tokens},
          {"max_tokens", r.max_tokens},
          {"max_sample_tokens", r.max_sample_tokens},
          {"prefer_buffer_before", r.prefer_buffer_before},
          {"max_buffer", r.max_buffer},
          {"vit", rule_json(r.images.vit)},
          {"vae", rule_json(r.images.vae)},
          {"instances",
           {{"candidates", r.instances.candidates},
            {"neighbours", r.instances.neighbours},
            {"least_difference", r.instances.least_difference},
            {"panels", r.instances.panels},
            {"route_options", r.instances.route_options},
            {"confusable", r.instances.confusable},
            {"random_negatives", r.instances.random_negatives},
            {"routes", r.instances.routes}}},
          {"compute", r.compute},
          {"recompute_layers", r.recompute_layers},
          {"latent_cache", r.latent_cache}};
}

}  // namespace synerbench::reference
