// How long, with what data and at what rate a model is trained: everything about training that is not the
// model. No LibTorch.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/json.h"
#include "harness/train/schedule.h"

namespace synerbench {

enum class Augmentation {
  kNone,
  kFlip,    // left-right mirror with probability 0.5, source and target together
  kJitter,  // the Pix2Pix family's: bicubic to 286/256 of the size, random crop back, then kFlip
};
/// Which target slice stands beside a source slice. The last two are for methods that must not see pairs: the
/// target is that of another, uniformly drawn pair, and both sides are augmented independently.
enum class Pairing {
  kPaired,
  kRandomSlice,   // any pair of the task, the same one included
  kOtherPatient,  // any pair of another patient
};
std::string name_of(Augmentation augmentation);  // "none" "flip" "jitter"
std::string name_of(Pairing pairing);            // "paired" "random_slice" "other_patient"

struct Recipe {
  // Length and rate: `constant` units at the full learning rate, then `decay` units of linear decay to zero.
  BudgetUnit unit = BudgetUnit::kEpochs;
  int64_t constant = 100;
  int64_t decay = 100;
  int64_t batch = 1;  // slices per update; the last one of an epoch may be smaller
  Augmentation augmentation = Augmentation::kNone;
  Pairing pairing = Pairing::kPaired;
  double ema_decay = 0;        // 0: no averaging; else validation and the final weights use the average
  int64_t ema_start = 0;       // updates before averaging starts; until then the average is a copy
  int64_t ema_every = 1;       // updates between two steps of the average
  int64_t validate_every = 1;  // units between validations; the end is always validated

  int64_t units() const { return constant + decay; }
  Schedule schedule() const {
    return {.kind = Schedule::Kind::kLinear, .unit = unit, .constant = constant, .decay = decay};
  }
};

/// Every field of --recipe.
const Schema<Recipe>& recipe_schema();
Json to_json(const Recipe& recipe);
/// `base` with the fields that `json` names. Unknown fields and values out of range: Error(kUsage) at
/// `place`.
Recipe recipe_from_json(const Json& json, const std::string& place, const Recipe& base = {});

/// Whether a --recipe says itself how long a training is. Under a budget only the proportion of its constant
/// and decaying part counts then: see fitted_recipe() in budget.h.
bool names_length(const Json& recipe);
inline constexpr const char* kBudgetOverRecipe =
    "--budget is the length; of the recipe's unit, constant and decay only their proportion counts";

}  // namespace synerbench
