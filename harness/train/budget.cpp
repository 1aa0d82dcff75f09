#include "harness/train/budget.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/nn/compute.h"
#include "harness/train/checkpoint.h"
#include "harness/train/updates.h"

namespace synerbench {
namespace {

constexpr int64_t kMost = int64_t{1} << 40;
constexpr int64_t kValidations = 5;
// from which the slices of an update are taken, of models that draw their own
constexpr int64_t kProbedUpdates = 128;
// R1 every tenth update and stages of 5 % of a training take part from so many updates on.
constexpr int64_t kFirstScratch = 20;
constexpr double kScratchShare = 0.04, kScratchSeconds = 5;

double seconds_now(bool processor_time) {
  if (!processor_time)
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A training without validation and files: what its updates cost.
double seconds_of_training(Trainable& model, const Recipe& recipe, const std::vector<TaskPairs>& training,
                           uint64_t seed, bool processor_time) {
  Updates updates(model, training, recipe, seed);
  updates.initialize();
  const double begin = seconds_now(processor_time);
  for (int64_t update = 0; update < updates.total(); ++update) updates.make(update);
  return seconds_now(processor_time) - begin;
}

}  // namespace

std::string name_of(BudgetKind kind) {
  return kind == BudgetKind::kUpdates ? "updates" : kind == BudgetKind::kSlices ? "slices" : "seconds";
}

Budget parse_budget(const std::string& text, const std::string& place) {
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  Budget budget;
  bool good = colon != std::string::npos;
  if (kind == "updates") {
    budget.kind = BudgetKind::kUpdates;
  } else if (kind == "slices") {
    budget.kind = BudgetKind::kSlices;
  } else if (kind == "seconds") {
    budget.kind = BudgetKind::kSeconds;
  } else {
    good = false;
  }
  if (good) {
    const char *first = text.data() + colon + 1, *last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, budget.value);
    good = error == std::errc() && end == last && budget.value >= 1 && budget.value <= kMost;
  }
  if (good) return budget;
  throw usage_error(
      place, fmt::format("\"{}\" is no budget", text),
      "write updates:N, slices:N or seconds:N, a whole number per task; for example slices:16000");
}

Json to_json(const ResolvedBudget& budget) {
  return {{"kind", name_of(budget.budget.kind)},
          {"value", budget.budget.value},
          {"tasks", budget.tasks},
          {"updates", budget.updates}};
}

std::optional<ResolvedBudget> recorded_budget(const std::filesystem::path& folder, const Budget& budget,
                                              int64_t tasks) {
  Json recorded;
  if (path_exists(folder / "config.json")) {
    const Json config = read_json(folder / "config.json");
    if (config.is_object() && config.contains("training") && config["training"].is_object() &&
        config["training"].contains("budget"))
      recorded = config["training"]["budget"];
  } else if (path_exists(folder / "checkpoint.safetensors")) {
    const Json identity = checkpoint_name(folder / "checkpoint.safetensors").identity;
    if (identity.contains("budget")) recorded = identity["budget"];
  }
  if (!recorded.is_object() || !recorded.value("updates", Json()).is_number_integer()) return {};
  const ResolvedBudget resolved{budget, tasks, recorded["updates"].get<int64_t>()};
  if (resolved.updates < 1 || recorded != to_json(resolved)) return {};
  return resolved;
}

Recipe fitted_recipe(const Recipe& own, int64_t updates) {
  SB_CHECK(updates >= 1, "a training has updates");
  const int64_t length = own.units();
  const Schedule schedule = fitted(own.schedule(), updates);
  Recipe recipe = own;
  recipe.unit = BudgetUnit::kUpdates;
  recipe.decay = schedule.decay;
  recipe.constant = schedule.constant;
  recipe.validate_every = (updates + kValidations - 1) / kValidations;
  if (own.ema_decay > 0) {
    if (own.unit == BudgetUnit::kUpdates) recipe.ema_start = share_of(updates, own.ema_start, length);
    recipe.ema_start = std::min(recipe.ema_start, updates / 2);
    recipe.ema_decay = fitted_average(own.ema_decay, updates, own.ema_every);
  }
  return recipe;
}

Recipe fitted_recipe(const Recipe& own, int64_t updates, const Json& given, const std::string& place) {
  Recipe recipe = fitted_recipe(recipe_from_json(given, place, own), updates);
  Json rest = given;
  for (const char* field : {"unit", "constant", "decay"}) rest.erase(field);
  return recipe_from_json(rest, place, recipe);
}

int64_t updates_for_slices(const std::vector<TaskPairs>& training, uint64_t seed, const Recipe& recipe,
                           int64_t slices) {
  Batches batches(training, seed, recipe);
  int64_t
      low = 0,
      high = slices;  // an update sees one slice at least; images_before(low) < slices <= images_before(high)
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (batches.images_before(middle) < slices ? low : high) = middle;
  }
  return high;
}

int64_t updates_for_slices(const ScratchTraining& scratch, const std::vector<TaskPairs>& training,
                           uint64_t seed, int64_t slices) {
  const int64_t probed = std::min(slices, kProbedUpdates);
  const std::unique_ptr<Trainable> model = scratch.model(probed);
  const Recipe recipe = scratch.recipe(*model, probed);
  const Updates updates(*model, training, recipe, seed);
  const std::optional<int64_t> seen = model->slices_in(updates.total());
  if (!seen) return updates_for_slices(training, seed, recipe, slices);
  return std::max<int64_t>(1, (slices * updates.total() + *seen - 1) / std::max<int64_t>(1, *seen));
}

int64_t updates_for_seconds(const ScratchTraining& scratch, const std::vector<TaskPairs>& training,
                            uint64_t seed, const std::string& device, int threads, double seconds) {
  nn::set_compute_threads(threads);
  nn::use_deterministic_kernels();
  const bool processor_time = device == "cpu" && threads == 1;
  for (int64_t updates = kFirstScratch;; updates *= 2) {
    const std::unique_ptr<Trainable> model = scratch.model(updates);
    const double taken =
        seconds_of_training(*model, scratch.recipe(*model, updates), training, seed, processor_time);
    const bool cold = updates == kFirstScratch && taken < 1;  // the library's first calls weigh in it
    if (cold || taken < std::min(kScratchShare * seconds, kScratchSeconds)) continue;
    return std::clamp<int64_t>(std::llround(seconds / taken * static_cast<double>(updates)), 1, kMost);
  }
}

}  // namespace synerbench
