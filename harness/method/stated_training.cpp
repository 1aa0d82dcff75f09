#include "harness/method/stated_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

const Schema<StatedBudget>& budget_schema() {
  static const Schema<StatedBudget> table = [] {
    Schema<StatedBudget> s;
    s.text("kind", &StatedBudget::kind, "updates, slices or seconds");
    s.integer("value", &StatedBudget::value, 1, kLargest, "per task");
    s.check([](StatedBudget& b, const FieldPlace& at) {
      const std::vector<std::string> known{"updates", "slices", "seconds"};
      if (std::find(known.begin(), known.end(), b.kind) == known.end())
        throw at.error("kind", fmt::format("unknown kind \"{}\"", b.kind), did_you_mean(b.kind, known));
      if (b.value < 1) throw at.error("value", "is missing", "how much each task was given");
    });
    return s;
  }();
  return table;
}

}  // namespace

const Schema<StatedTraining>& stated_training_schema() {
  static const Schema<StatedTraining> table = [] {
    using T = StatedTraining;
    Schema<T> s;
    s.text("method", &T::method, "the name that its seeds share in \"Over seeds\"; empty: the label");
    s.integer("seed", &T::seed, 0, kLargest, "models that are equal but for it stand in \"Over seeds\"");
    s.integer("updates", &T::updates, 0, kLargest, "of one training");
    s.integer("slices", &T::slices, 0, kLargest, "of one training");
    s.integer("batch", &T::batch, 0, kLargest, "slices per update");
    s.text("covers", &T::covers, "what one training covers: task, pair or all");
    s.text("pairing", &T::pairing, "paired or unpaired");
    s.text("augmentation", &T::augmentation, "in words");
    s.object("budget", &T::budget, budget_schema(), "what each task was given");
    s.check([](T& t, const FieldPlace& at) {
      const std::vector<std::string> known{"task", "pair", "all"};
      if (!t.covers.empty() && std::find(known.begin(), known.end(), t.covers) == known.end())
        throw at.error("covers", fmt::format("unknown word \"{}\"", t.covers), did_you_mean(t.covers, known));
      for (const auto& [field, text] :
           {std::pair{"method", &t.method}, {"pairing", &t.pairing}, {"augmentation", &t.augmentation}}) {
        if (text->size() > kMostInALine || !is_line(*text))
          throw at.error(field, fmt::format("\"{}\" does not fit into a line of a table", printable(*text)),
                         fmt::format("at most {} bytes of plain text", kMostInALine));
      }
    });
    return s;
  }();
  return table;
}

Json switches_of(const StatedTraining& t) {
  Json training{{"seed", t.seed},
                {"updates", t.updates},
                {"slices", t.slices},
                {"batch", t.batch},
                {"covers", t.covers},
                {"pairing", t.pairing},
                {"augmentation", t.augmentation}};
  if (!t.budget.kind.empty()) training["budget"] = {{"kind", t.budget.kind}, {"value", t.budget.value}};
  if (!t.method.empty()) training["method"] = t.method;
  return training;
}

}  // namespace synerbench
