#include "harness/session/train_session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <set>

#include "harness/core/error.h"
#include "harness/core/parallel.h"
#include "harness/core/progress.h"
#include "harness/run/pair_source.h"
#include "harness/train/identity.h"

namespace synerbench {
namespace {

/// The pairs of one training and what is recorded of where they come from.
struct UnitPairs {
  std::vector<std::unique_ptr<StorePairs>> sources;
  std::vector<TaskPairs> training, validation;
  Json canvases = Json::object();
  int64_t training_cases = 0, validation_cases = 0, training_pairs = 0, validation_pairs = 0;
  std::set<std::string> content;  // SHA-256 of the voxels of every scan: what must not be scored
};

class PairReader {
 public:
  PairReader(const Suite& suite, const SliceStore& store, const TrainSession& session)
      : suite_(suite), store_(store), session_(session) {}

  UnitPairs read(const TrainingUnit& unit) const {
    UnitPairs pairs;
    for (const SuiteTask& task : unit.training) {
      if (store_.cases_for(task.task, Split::kTrain).empty()) {
        throw usage_error(store_.folder().string(), fmt::format("no training case for task {}", task.task.id),
                          "import more patients, or leave the task out with --task");
      }
      add(task, Split::kTrain, pairs);
      add(task, Split::kValidation, pairs);
    }
    for (const SuiteTask& task : unit.others) add(task, Split::kValidation, pairs);
    return pairs;
  }

 private:
  void add(const SuiteTask& task, Split split, UnitPairs& pairs) const {
    const Canvas canvas = session_.canvas.value_or(task.canvas);
    pairs.canvases[task.task.id] = to_json(canvas);
    StorePairsOptions options;
    options.min_foreground = suite_.min_foreground;
    pairs.sources.push_back(std::make_unique<StorePairs>(store_, task.task, split, canvas, options));
    const bool train = split == Split::kTrain;
    (train ? pairs.training : pairs.validation).push_back({task.task, pairs.sources.back().get()});
    (train ? pairs.training_pairs : pairs.validation_pairs) += pairs.sources.back()->size();
    const auto cases = store_.cases_for(task.task, split);
    (train ? pairs.training_cases : pairs.validation_cases) += static_cast<int64_t>(cases.size());
    for (const StoredCase* stored : cases) {
      std::vector<Modality> used = task.task.sources();
      used.push_back(task.task.target);
      for (const Modality modality : used) pairs.content.insert(stored->find(modality)->voxels_sha256);
    }
  }

  const Suite& suite_;
  const SliceStore& store_;
  const TrainSession& session_;
};

Json outcome_of(const TrainReport& report, const std::vector<std::string>& tasks) {
  Json json{{"updates", report.updates},
            {"epochs", report.epochs},
            {"images_seen", report.images_seen},
            {"selected_update", report.selected_update},
            {"weights_sha256", report.weights_sha256}};
  json["selected_score"] = report.selected_score ? Json(*report.selected_score) : Json(nullptr);
  if (tasks.size() == 1) {
    json["task"] = tasks.front();
  } else {
    json["tasks"] = tasks;
  }
  return json;
}

}  // namespace

FittedTraining fit_training(const MethodTraining& method, const TrainSession& session, const Json& config,
                            const std::vector<TaskPairs>& training, int64_t tasks,
                            const std::filesystem::path& folder) {
  const auto make = [&](const Json& with) { return method.make(with, session.device, "--config"); };
  if (!session.budget) {
    auto model = make(config);
    Recipe recipe = recipe_from_json(session.recipe, "--recipe", model->recipe());
    const Batches batches(training, session.seed, recipe);
    const int64_t updates = recipe.units() * (recipe.unit == BudgetUnit::kEpochs ? batches.per_epoch() : 1);
    if (recipe.ema_start < updates) {  // else the average is a copy throughout
      require_fitting_average(recipe.ema_decay, recipe.ema_every, updates - recipe.ema_start, "this training",
                              "--recipe: /ema_decay");
    }
    return {std::move(model), recipe, {}};
  }
  const auto fitted = [&](int64_t updates) {
    return make(method.fit ? method.fit(config, updates) : config);
  };
  const auto recipe_of = [&](const Trainable& model, int64_t updates) {
    return fitted_recipe(model.recipe(), updates, session.recipe, "--recipe");
  };
  std::optional<ResolvedBudget> resolved;
  if (session.resume) resolved = recorded_budget(folder, *session.budget, tasks);
  if (!resolved) {
    const int64_t value = session.budget->value * tasks;
    resolved = ResolvedBudget{*session.budget, tasks, value};
    const ScratchTraining scratch{fitted, recipe_of};
    if (session.budget->kind == BudgetKind::kSlices) {
      resolved->updates = updates_for_slices(scratch, training, session.seed, value);
    } else if (session.budget->kind == BudgetKind::kSeconds) {
      resolved->updates = updates_for_seconds(scratch, training, session.seed, session.device,
                                              session.threads, static_cast<double>(value));
    }
    say("budget",
        fmt::format("{}: {} {} for each of {} task{}: {} updates", folder.string(), session.budget->value,
                    name_of(session.budget->kind), tasks, tasks == 1 ? "" : "s", resolved->updates));
  }
  auto model = fitted(resolved->updates);
  Recipe recipe = recipe_of(*model, resolved->updates);
  return {std::move(model), recipe, resolved};
}

Json train_unit(const Method& method, const TrainingUnit& unit, const Suite& suite, const SliceStore& store,
                const TrainSession& session) {
  const UnitPairs pairs = PairReader(suite, store, session).read(unit);
  const std::vector<std::string> tasks = covered_tasks(pairs.training, pairs.validation);
  TrainOptions options;
  options.folder = unit.folder.empty() ? session.out : session.out / unit.folder;
  const FittedTraining fitted =
      fit_training(*method.training, session, config_for(unit, method.training->routes, session.config),
                   pairs.training, static_cast<int64_t>(tasks.size()), options.folder);
  options.resume = session.resume;
  options.seed = session.seed;
  options.recipe = fitted.recipe;
  options.budget = fitted.budget;
  options.device = session.device;
  options.threads = session.threads;
  options.checkpoint_every = session.checkpoint_every;
  options.validation_slices = session.validation_slices;
  options.min_foreground = suite.min_foreground;
  options.data = {{"store", store.sha256()},
                  {"canvas", pairs.canvases.size() == 1 ? pairs.canvases.front() : pairs.canvases},
                  {"training_cases", pairs.training_cases},
                  {"validation_cases", pairs.validation_cases},
                  {"content", pairs.content}};
  say("train", fmt::format("{} on {}: {} pairs, {} for validation", method.name, fmt::join(tasks, ", "),
                           pairs.training_pairs, pairs.validation_pairs));
  const TrainReport report = train(options, *fitted.model, pairs.training, pairs.validation);
  say("done",
      fmt::format(
          "{}: {} updates, weights of update {}{}, {:.0f} s", options.folder.string(), report.updates,
          report.selected_update,
          report.selected_score ? fmt::format(" (validation SSIM {:.4f})", *report.selected_score) : "",
          report.seconds));
  return outcome_of(report, tasks);
}

std::vector<Json> train_suite(const Method& method, const Suite& suite, const std::vector<SuiteTask>& tasks,
                              const SliceStore& store, const TrainSession& session) {
  SB_CHECK(method.training.has_value(), method.name + " can be trained");
  const std::vector<TrainingUnit> units = training_units(tasks, method.training->routes);
  std::vector<Json> outcomes(units.size());
  parallel_for(units.size(), session.jobs, [&](size_t i, int /*worker*/) {
    outcomes[i] = train_unit(method, units[i], suite, store, session);
  });
  return outcomes;
}

}  // namespace synerbench
