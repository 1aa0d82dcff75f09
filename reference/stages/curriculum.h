// Several stages in one training: which recipes, in which order, for what share of the updates. No LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "reference/stages/stage_recipe.h"

namespace synerbench::reference {

struct Curriculum {
  std::string name, about;
  struct Stage {
    double share = 1;  // of all updates; need not sum to 1
    StageRecipe recipe;
    // Left open by who wrote it, so that they may be fitted to a budget.
    bool open_warmup = true, open_average = true;
  };
  std::vector<Stage> stages;

  /// Updates of each stage: the total cut at the rounded sums of the shares, so nothing is lost; every stage
  /// has at least one. Error(kUsage) at `place` when there are more stages than updates.
  std::vector<int64_t> updates(int64_t total, const std::string& place = "the training's length") const;
};

/// "synermedgen" (gau, then ucg), "bagel" (synthesis only, no medical understanding), "unimedvl" (its three
/// published stages), and the ablation's matched controls: "traditional" (recognition instead of gau, then
/// ucg) and "shuffled" (gau with the answers of other questions, then ucg).
std::vector<std::string> curriculum_names();

/// {"name": "unimedvl"} or {"name": "mine", "about": "...", "stages": [{"share": 85, "stage":
/// "unimedvl-foundation", ...}, ...]}: beside its share a stage holds the fields of a recipe
/// (stage_recipe_from_json). `common` holds recipe fields for all stages; what a stage itself gives goes
/// before. `defaults` is `common` that nobody asked for: a preset's. A text instead of an object is the name
/// of a curriculum, or of a stage alone. Unknown names and fields: Error(kUsage) at `place`.
Curriculum curriculum_from_json(const Json& json, const Json& common, const std::string& place,
                                const Json& defaults = Json::object());

/// Every stage with its share and every field of its recipe.
Json to_json(const Curriculum& curriculum);

}  // namespace synerbench::reference
