// How long to train, said once for all methods: the fairness rule of a comparison.
//
// A budget is per task. A training that covers several tasks (both directions of a pair, or all of a suite)
// gets the budget of each, so that a comparison of one model per task with one model for all spends the same
// on every task. It is resolved to a number of updates before the training starts, and from then on only that
// number counts. What a method does with it (its phases, its schedule's period) is the method's own function
// of the number: see fitted_recipe() here and MethodTraining::fit in harness/method/method.h.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/train/batches.h"
#include "harness/train/recipe.h"
#include "harness/train/trainable.h"

namespace synerbench {

enum class BudgetKind {
  kUpdates,  // of the method's own batch: equal only where batches are
  kSlices,   // source slices seen, repetitions counted
  kSeconds,  // processor seconds of updates on this machine; see updates_for_seconds()
};
std::string name_of(BudgetKind kind);  // "updates" "slices" "seconds"

struct Budget {
  BudgetKind kind = BudgetKind::kUpdates;
  int64_t value = 0;  // per task, at least 1
};
/// "updates:2000", "slices:16000", "seconds:60". Error(kUsage) at `place`.
Budget parse_budget(const std::string& text, const std::string& place);

struct ResolvedBudget {
  Budget budget;
  int64_t tasks = 1;    // that the training covers: it gets so many times the budget
  int64_t updates = 0;  // what it came to, at least 1
};
Json to_json(const ResolvedBudget& budget);  // {"kind", "value", "tasks", "updates"}

/// What the training in `folder`, finished or not, resolved its budget to: resuming must not measure again.
/// Nothing when there is none, or it was begun with another budget (resuming then fails with the difference).
std::optional<ResolvedBudget> recorded_budget(const std::filesystem::path& folder, const Budget& budget,
                                              int64_t tasks);

/// A method's own recipe for a training of `updates` updates. Its proportions of constant and decaying rate
/// stay; lengths counted in updates shrink in proportion; averaging never reaches further back than a tenth
/// of the training; five validations.
Recipe fitted_recipe(const Recipe& own, int64_t updates);
/// The same with the fields that `given` (a --recipe) names. They win: "constant" and "decay" as proportions,
/// the others as they stand.
Recipe fitted_recipe(const Recipe& own, int64_t updates, const Json& given, const std::string& place);

/// Fewest updates that see `slices` slices.
int64_t updates_for_slices(const std::vector<TaskPairs>& training, uint64_t seed, const Recipe& recipe,
                           int64_t slices);

/// A training that is tried out before its length is known: a model, and its recipe, each fitted to a number
/// of updates.
struct ScratchTraining {
  std::function<std::unique_ptr<Trainable>(int64_t updates)> model;
  std::function<Recipe(const Trainable& model, int64_t updates)> recipe;
};

/// The same for any model. One that draws its own samples (Trainable::slices_in) gets as many updates as see
/// the slices at the rate of a training of 128 updates, which holds all its phases in their proportion.
int64_t updates_for_slices(const ScratchTraining& scratch, const std::vector<TaskPairs>& training,
                           uint64_t seed, int64_t slices);

/// How many updates `seconds` last. Scratch models are trained, each fitted to the few updates it gets, so
/// that every phase of a method takes part in its own proportion; longer and longer, until one took 4 % of
/// `seconds` or 5 s. Counted are reading, augmentation, updates and averaging, not validation and writing:
/// processor seconds of the calling thread for one thread on a CPU, else seconds of the clock. The only place
/// where time enters a training.
int64_t updates_for_seconds(const ScratchTraining& scratch, const std::vector<TaskPairs>& training,
                            uint64_t seed, const std::string& device, int threads, double seconds);

}  // namespace synerbench
