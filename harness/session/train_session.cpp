#include "harness/session/train_session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "harness/core/duration.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/parallel.h"
#include "harness/core/progress.h"
#include "harness/data/content.h"
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
      for (const Modality modality : used) {
        for (const std::string& hash : hashes_of(*stored->find(modality))) pairs.content.insert(hash);
      }
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

std::filesystem::path folder_of(const TrainingUnit& unit, const TrainSession& session) {
  return unit.folder.empty() ? session.out : session.out / unit.folder;
}

void say_budget(const ResolvedBudget& resolved, const std::filesystem::path& folder) {
  say("budget", fmt::format("{}: {} {} for each of {} task{}: {} updates", folder.string(),
                            resolved.budget.value, name_of(resolved.budget.kind), resolved.tasks,
                            resolved.tasks == 1 ? "" : "s", resolved.updates));
}

/// fit_training() without a word; `newly_resolved` becomes true when the budget was resolved here.
FittedTraining fit_quietly(const MethodTraining& method, const TrainSession& session, const Json& config,
                           const std::vector<TaskPairs>& training, int64_t tasks,
                           const std::filesystem::path& folder, bool* newly_resolved) {
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
    *newly_resolved = true;
  }
  auto model = fitted(resolved->updates);
  Recipe recipe = recipe_of(*model, resolved->updates);
  return {std::move(model), recipe, resolved};
}

std::vector<TrainingUnit> units_not_begun(const Method& method, const std::vector<SuiteTask>& tasks,
                                          const TrainSession& session) {
  std::vector<TrainingUnit> units = training_units(tasks, method.training->routes);
  std::erase_if(units, [&](const TrainingUnit& unit) {
    const std::filesystem::path folder = folder_of(unit, session);
    return path_exists(folder / "config.json") || path_exists(folder / "checkpoint.safetensors");
  });
  return units;
}

int64_t tasks_of(const TrainingUnit& unit) {
  return static_cast<int64_t>(unit.training.size() + unit.others.size());
}

/// Slices of the training cases of a unit: how many pairs they come to is known once all masks are read.
int64_t training_slices(const TrainingUnit& unit, const SliceStore& store) {
  int64_t slices = 0;
  for (const SuiteTask& task : unit.training) {
    for (const StoredCase* stored : store.cases_for(task.task, Split::kTrain)) slices += stored->shape[0];
  }
  return slices;
}

/// Longer by the tasks that a budget is for, or by the pairs that an epoch visits.
double times_as_long(const TrainingUnit& unit, const TrainingUnit& measured, const Recipe& recipe,
                     const SliceStore& store, bool budget) {
  if (budget) return static_cast<double>(tasks_of(unit)) / static_cast<double>(tasks_of(measured));
  if (recipe.unit == BudgetUnit::kUpdates) return 1;
  return static_cast<double>(training_slices(unit, store)) /
         static_cast<double>(std::max<int64_t>(1, training_slices(measured, store)));
}

std::string name_of(const TrainingUnit& unit) { return unit.folder.empty() ? "all tasks" : unit.folder; }

void add_measured(const Method& method, const std::vector<TrainingUnit>& units, const Suite& suite,
                  const SliceStore& store, const TrainSession& session, std::optional<TrainingRate> rate,
                  ExpectedTrainings& expected) {
  const TrainingUnit& first = units.front();
  const UnitPairs pairs = PairReader(suite, store, session).read(first);
  bool newly_resolved = false;
  const FittedTraining scratch =
      fit_quietly(*method.training, session, config_for(first, method.training->routes, session.config),
                  pairs.training, tasks_of(first), folder_of(first, session), &newly_resolved);
  const TrainingLength length = length_of(*scratch.model, pairs.training, pairs.validation, scratch.recipe,
                                          session.seed, session.validation_slices);
  if (!rate) {
    rate = measured_rate(*scratch.model, pairs.training, pairs.validation, scratch.recipe, session.seed,
                         session.threads);
  }
  for (const TrainingUnit& unit : units) {
    const double factor = times_as_long(unit, first, scratch.recipe, store, session.budget.has_value());
    TrainingLength own = length;
    own.updates = std::llround(static_cast<double>(length.updates) * factor);
    expected.trainings.push_back({name_of(unit), own.updates, seconds_of(own, *rate)});
  }
}

}  // namespace

FittedTraining fit_training(const MethodTraining& method, const TrainSession& session, const Json& config,
                            const std::vector<TaskPairs>& training, int64_t tasks,
                            const std::filesystem::path& folder) {
  bool newly_resolved = false;
  FittedTraining fitted = fit_quietly(method, session, config, training, tasks, folder, &newly_resolved);
  if (newly_resolved) say_budget(*fitted.budget, folder);
  return fitted;
}

ExpectedTrainings expected_trainings(const Method& method, const Suite& suite,
                                     const std::vector<SuiteTask>& tasks, const SliceStore& store,
                                     const TrainSession& session, const std::optional<TrainingRate>& rate) {
  SB_CHECK(method.training.has_value(), method.name + " can be trained");
  ExpectedTrainings expected;
  expected.stated = session.budget.has_value();
  expected.device = session.device;
  expected.threads = session.threads;
  expected.jobs = session.jobs;
  const std::vector<TrainingUnit> units = units_not_begun(method, tasks, session);
  if (units.empty()) return expected;
  if (session.budget && session.budget->kind == BudgetKind::kSeconds) {
    for (const TrainingUnit& unit : units)
      expected.trainings.push_back(
          {name_of(unit), 0, static_cast<double>(session.budget->value * tasks_of(unit))});
  } else {
    add_measured(method, units, suite, store, session, rate, expected);
  }
  double longest = 0;
  for (const auto& one : expected.trainings) {
    expected.seconds += one.seconds;
    longest = std::max(longest, one.seconds);
  }
  expected.seconds = std::max(longest, expected.seconds / std::max(1, session.jobs));
  return expected;
}

std::string describe(const ExpectedTrainings& expected) {
  if (expected.trainings.empty()) return "nothing is to be begun";
  const auto& first = expected.trainings.front();
  std::string text = fmt::format("{} for {}", duration_in_words(first.seconds), first.name);
  if (expected.trainings.size() > 1) {
    text += fmt::format(", {} for all {} trainings", duration_in_words(expected.seconds),
                        expected.trainings.size());
  }
  return text + fmt::format(" (on this machine, {}, {} thread{}{})", expected.device, expected.threads,
                            expected.threads == 1 ? "" : "s",
                            expected.jobs > 1 ? fmt::format(", {} at a time", expected.jobs) : "");
}

std::string to_text(const ExpectedTrainings& expected) {
  size_t width = 8;
  for (const auto& one : expected.trainings) width = std::max(width, one.name.size());
  std::string text = fmt::format("{:<{}}  {:>10}  expected\n", "training", width, "updates");
  for (const auto& one : expected.trainings) {
    text +=
        fmt::format("{:<{}}  {:>10}  {}\n", one.name, width,
                    one.updates > 0 ? fmt::format("{}", one.updates) : "-", duration_in_words(one.seconds));
  }
  return text + describe(expected) + "\n";
}

Json to_json(const ExpectedTrainings& expected) {
  Json json{{"expected_seconds", expected.seconds},
            {"device", expected.device},
            {"threads", expected.threads},
            {"jobs", expected.jobs},
            {"trainings", Json::array()}};
  for (const auto& one : expected.trainings) {
    Json entry{{"name", one.name}, {"expected_seconds", one.seconds}};
    if (one.updates > 0) entry["updates"] = one.updates;
    json["trainings"].push_back(entry);
  }
  return json;
}

void require_consent(const ExpectedTrainings& expected, const TrainSession& session) {
  constexpr double kAnHour = 3600;
  if (expected.seconds <= kAnHour || expected.stated || session.however_long) return;
  throw usage_error(
      "train", fmt::format("this is expected to take {}", describe(expected)),
      "say how long it may take with --budget (seconds:N, updates:N or slices:N per task), choose a smaller "
      "preset in --config, or say --however-long; nothing has been written");
}

Json train_unit(const Method& method, const TrainingUnit& unit, const Suite& suite, const SliceStore& store,
                const TrainSession& session) {
  const UnitPairs pairs = PairReader(suite, store, session).read(unit);
  const std::vector<std::string> tasks = covered_tasks(pairs.training, pairs.validation);
  TrainOptions options;
  options.folder = folder_of(unit, session);
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
