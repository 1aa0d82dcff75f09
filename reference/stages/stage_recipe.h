// The stages of SynerMedGen and of the models it is compared with: what is learned, from what mixture, at
// what rate. No LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/lineage.h"
#include "harness/core/schema.h"
#include "harness/train/schedule.h"
#include "reference/mot/packing.h"
#include "reference/shape/keys.h"
#include "reference/understanding/instances.h"
#include "reference/understanding/prepared_sample.h"

namespace synerbench::reference {

/// Share of each kind of sample in the mixture; need not sum to 1.
struct Mixture {
  double cts = 0, tia = 0, mi = 0, mi_panel = 0, synthesis = 0;
  double vqa = 0, caption = 0, text_to_image = 0, text = 0;
  double picture = 0, picture_question = 0, picture_choice = 0, list_choice = 0, picture_edit = 0,
         scan_edit = 0;
  double of(InstanceKind kind) const;
  bool draws_pictures() const { return picture + picture_question + picture_choice + picture_edit > 0; }
  bool asks() const {
    return cts + tia + mi + mi_panel + vqa + caption + text + picture_question + picture_choice +
               list_choice >
           0;
  }
  bool synthesizes() const { return synthesis + text_to_image + picture + picture_edit + scan_edit > 0; }
};

enum class CeReduction {
  kPerTask,    // mean over each task's tokens, then the sum over tasks (L_CTS + L_MI + L_TIA of the paper)
  kTokenMean,  // one mean over all tokens (official trainer)
};

/// See docs/reference-model.md for where each default comes from.
struct StageRecipe {
  std::string stage = "gau";
  Mixture mixture;
  // What trains.
  bool train_understanding = true, train_generation = false, train_vit = true, train_embeddings = true;
  // detach the understanding rows (`freeze_und`); implies that their expert does not train
  bool freeze_understanding = false;
  // Losses.
  double ce_weight = 1.0, mse_weight = 1.0;
  CeReduction ce_reduction = CeReduction::kPerTask;
  double timestep_shift = 1.0;
  ConditionDropout dropout;
  // Optimization.
  double lr = 2e-5;
  bool cosine = false;
  int64_t warmup = 2000;
  double min_lr = 1e-7, beta1 = 0.9, beta2 = 0.95, eps = 1e-15, weight_decay = 0, clip = 1.0,
         ema_decay = 0.9999;
  int64_t accumulation = 1;  // packs per update
  // Budgets in tokens; `expected` ends a pack, `max` is never passed.
  int64_t expected_tokens = 10240, max_tokens = 11520, max_sample_tokens = 10240;
  int64_t prefer_buffer_before = 8192, max_buffer = 50;
  // Images and questions.
  ImageRules images{resize_rules::kVitBenchmark, resize_rules::kVae, false};
  InstanceSettings instances;
  // Computing.
  std::string compute = "f32";    // type of the products: "f32" or "bf16"; weights and moments are float32
  bool recompute_layers = false;  // keep one input per layer and compute the rest again in the backward pass
  /// MiB of encoded images to keep, so that an image seen again is not encoded again; 0: none. Worth it where
  /// the training slices fit.
  int64_t latent_cache = 0;

  bool trains(Part part) const;
  /// Of the learning rate, for a stage of so many updates.
  Schedule schedule(int64_t updates) const;
};

/// What a stage learns from, for the lineage of its weights.
std::vector<SampleKind> kinds_of(const StageRecipe& recipe);

/// Shortens what does not fit a stage of so many updates: a warm-up to a tenth of it (if `warmup`), the
/// average so that it looks back over a tenth (if `average`).
void fit(StageRecipe& recipe, int64_t updates, bool warmup, bool average);
/// Error(kUsage) at `place` when warm-up or average take more than half of the stage.
void require_fit(const StageRecipe& recipe, int64_t updates, const std::string& place);

/// "gau" (Stage I), "ucg" (Stage II: generation only), "ucg-all" (Stage II, everything trains), "mixed"
/// (questions and synthesis in one run, as the authors' release), "recognition" (Stage I with questions about
/// single slices instead: the "traditional understanding" of the ablation), "shuffled" (Stage I with the
/// answers of other questions, a control), and the three stages of UniMedVL: "unimedvl-foundation",
/// "unimedvl-instruction", "unimedvl-unified".
std::vector<std::string> stage_names();
StageRecipe stage_recipe(const std::string& name);
/// The named stage with the fields that `json` overrides: {"stage": "gau", "lr": 1e-4, "mixture": {"cts": 1},
/// ...}. Unknown fields and impossible values: Error(kUsage) at `place`.
StageRecipe stage_recipe_from_json(const Json& json, const std::string& place);
/// Every field: reader, writer and documentation.
const Schema<StageRecipe>& stage_schema();
Json to_json(const StageRecipe& recipe);

}  // namespace synerbench::reference
