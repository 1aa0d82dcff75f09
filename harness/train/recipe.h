// How long, with what data and at what rate a model is trained: everything about training that is not the model.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/json.h"

namespace synerbench {

enum class BudgetUnit { kEpochs, kUpdates };
enum class Augmentation {
  kNone,
  kFlip,    // left-right mirror with probability 0.5, source and target together
  kJitter,  // the Pix2Pix family's: bicubic to 286/256 of the size, random crop back, then kFlip
};
std::string name_of(BudgetUnit unit);            // "epochs" "updates"
std::string name_of(Augmentation augmentation);  // "none" "flip" "jitter"

struct Recipe {
  // Budget: `constant` units at the full learning rate, then `decay` units of linear decay to zero (see nn::LinearDecay).
  BudgetUnit unit = BudgetUnit::kEpochs;
  int64_t constant = 100;
  int64_t decay = 100;
  int64_t batch = 1;  // slices per update; the last one of an epoch may be smaller
  Augmentation augmentation = Augmentation::kNone;
  double ema_decay = 0;        // 0: no averaging; else validation and the final weights use the average
  int64_t ema_start = 0;       // updates before averaging starts; until then the average is a copy
  int64_t ema_every = 1;       // updates between two steps of the average
  int64_t validate_every = 1;  // units between validations; the end is always validated
};

Json to_json(const Recipe& recipe);

/// `base` with the fields that `json` names: {"unit", "constant", "decay", "batch", "augmentation", "ema_decay", "ema_start",
/// "ema_every", "validate_every"}. Unknown fields and values out of range: Error(kUsage) at `place`.
Recipe recipe_from_json(const Json& json, const std::string& place, const Recipe& base = {});

}  // namespace synerbench
