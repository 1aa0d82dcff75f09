#include "harness/train/recipe.h"

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr int64_t kMostUpdates = int64_t{1} << 40;

}  // namespace

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

const Schema<Recipe>& recipe_schema() {
  static const Schema<Recipe> table = [] {
    Schema<Recipe> s;
    const auto words = [](const auto&... values) {
      return std::vector{std::pair{name_of(values), values}...};
    };
    s.choice("unit", &Recipe::unit, budget_units(), "what the next two count");
    s.integer("constant", &Recipe::constant, 0, kMostUpdates, "units at the full learning rate");
    s.integer("decay", &Recipe::decay, 0, kMostUpdates, "units of linear decay to zero behind them");
    s.integer("batch", &Recipe::batch, 1, 4096, "slices per update");
    s.choice("augmentation", &Recipe::augmentation,
             words(Augmentation::kNone, Augmentation::kFlip, Augmentation::kJitter),
             "of source and target together");
    s.choice("pairing", &Recipe::pairing,
             words(Pairing::kPaired, Pairing::kRandomSlice, Pairing::kOtherPatient),
             "whose target stands beside a source");
    s.number("ema_decay", &Recipe::ema_decay, kBelowOne,
             "averaging of the inference weights, usually 0.995 to 0.9999; 0: off");
    s.integer("ema_start", &Recipe::ema_start, 0, kMostUpdates, "updates before averaging starts");
    s.integer("ema_every", &Recipe::ema_every, 1, kMostUpdates, "updates between two steps of the average");
    s.integer("validate_every", &Recipe::validate_every, 1, kMostUpdates,
              "units between validations; the end is always validated");
    s.check([](Recipe& recipe, const FieldPlace& at) {
      if (recipe.units() < 1)
        throw at.error("constant", "a budget of 0", "constant + decay must be at least 1");
    });
    return s;
  }();
  return table;
}

Json to_json(const Recipe& recipe) { return recipe_schema().write(recipe); }

bool names_length(const Json& recipe) {
  return recipe.is_object() &&
         (recipe.contains("unit") || recipe.contains("constant") || recipe.contains("decay"));
}

Recipe recipe_from_json(const Json& json, const std::string& place, const Recipe& base) {
  return recipe_schema().read(json, place, base);
}

}  // namespace synerbench
