#include "harness/train/recipe.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr int64_t kMany = int64_t{1} << 40;

}  // namespace

std::string name_of(BudgetUnit unit) { return unit == BudgetUnit::kEpochs ? "epochs" : "updates"; }

std::string name_of(Augmentation augmentation) {
  switch (augmentation) {
    case Augmentation::kNone:
      return "none";
    case Augmentation::kFlip:
      return "flip";
    case Augmentation::kJitter:
      return "jitter";
  }
  check_failed("known augmentation", __FILE__, __LINE__, "");
}

std::string name_of(Pairing pairing) {
  switch (pairing) {
    case Pairing::kPaired:
      return "paired";
    case Pairing::kRandomSlice:
      return "random_slice";
    case Pairing::kOtherPatient:
      return "other_patient";
  }
  check_failed("known pairing", __FILE__, __LINE__, "");
}

Json to_json(const Recipe& recipe) {
  return {{"unit", name_of(recipe.unit)},
          {"constant", recipe.constant},
          {"decay", recipe.decay},
          {"batch", recipe.batch},
          {"augmentation", name_of(recipe.augmentation)},
          {"pairing", name_of(recipe.pairing)},
          {"ema_decay", recipe.ema_decay},
          {"ema_start", recipe.ema_start},
          {"ema_every", recipe.ema_every},
          {"validate_every", recipe.validate_every}};
}

Recipe recipe_from_json(const Json& json, const std::string& place, const Recipe& base) {
  JsonObject object(json, place, "");
  Recipe recipe = base;
  recipe.unit = object.choice_or("unit", {"epochs", "updates"}, name_of(base.unit)) == "epochs"
                    ? BudgetUnit::kEpochs
                    : BudgetUnit::kUpdates;
  recipe.constant = object.integer_or("constant", base.constant, 0, kMany);
  recipe.decay = object.integer_or("decay", base.decay, 0, kMany);
  recipe.batch = object.integer_or("batch", base.batch, 1, 4096);
  const std::string augmentation =
      object.choice_or("augmentation", {"none", "flip", "jitter"}, name_of(base.augmentation));
  recipe.augmentation = augmentation == "none"   ? Augmentation::kNone
                        : augmentation == "flip" ? Augmentation::kFlip
                                                 : Augmentation::kJitter;
  const std::string pairing =
      object.choice_or("pairing", {"paired", "random_slice", "other_patient"}, name_of(base.pairing));
  recipe.pairing = pairing == "paired"         ? Pairing::kPaired
                   : pairing == "random_slice" ? Pairing::kRandomSlice
                                               : Pairing::kOtherPatient;
  recipe.ema_decay = object.number_or("ema_decay", base.ema_decay);
  if (!(recipe.ema_decay >= 0 && recipe.ema_decay < 1)) {
    throw usage_error(object.where("ema_decay"), fmt::format("{} is not in [0, 1)", recipe.ema_decay),
                      "0 switches averaging off; usual values are 0.995 to 0.9999");
  }
  recipe.ema_start = object.integer_or("ema_start", base.ema_start, 0, kMany);
  recipe.ema_every = object.integer_or("ema_every", base.ema_every, 1, kMany);
  recipe.validate_every = object.integer_or("validate_every", base.validate_every, 1, kMany);
  object.done();
  if (recipe.constant + recipe.decay < 1) {
    throw usage_error(object.where("constant"), "a budget of 0", "constant + decay must be at least 1");
  }
  return recipe;
}

}  // namespace synerbench
