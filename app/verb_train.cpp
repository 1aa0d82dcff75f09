// synerbench train: trains a model on the tasks of a suite.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "harness/core/parallel.h"
#include "harness/core/progress.h"
#include "harness/run/pair_source.h"
#include "harness/run/plan.h"
#include "harness/suite/suite.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/train/budget.h"
#include "harness/train/identity.h"
#include "harness/train/train.h"
#endif

namespace synerbench {
namespace {

struct Options {
  std::string model, suite = "quick", store, out, config = "{}", recipe = "{}", budget, canvas,
                     device = "cpu";
  std::vector<std::string> tasks;
  uint64_t seed = 1;
  int threads =
      1;  // part of a training's identity: sums over a batch depend on how they are split (docs/training.md)
  int jobs = 1;
  int64_t checkpoint_every = 500, validation_slices = 64;
  bool resume = false, json = false;
};

// JSON given as text or as a file.
Json json_argument(const std::string& text, const std::string& place) {
  return text.find('{') != std::string::npos ? parse_json(text, place) : read_json(text);
}

#ifdef SYNERBENCH_WITH_TORCH

Json as_json(const TrainReport& report) {
  Json json{{"updates", report.updates},
            {"epochs", report.epochs},
            {"images_seen", report.images_seen},
            {"selected_update", report.selected_update},
            {"weights_sha256", report.weights_sha256}};
  json["selected_score"] = report.selected_score ? Json(*report.selected_score) : Json(nullptr);
  return json;
}

/// What one training covers: learnt from `training`, validated on all of them.
struct Unit {
  std::string folder;               // below --out; empty: --out itself
  std::vector<SuiteTask> training;  // tasks that batches are drawn from
  std::vector<SuiteTask> others;    // answered by the same weights
};

bool reversed(const Task& a, const Task& b) {
  return a.region == b.region && a.source == b.target && a.target == b.source;
}

std::vector<Unit> units_of(const Plan& plan, const Method& method) {
  std::vector<Unit> units;
  if (method.training->routes == Routes::kAll) return {{"", plan.tasks, {}}};
  for (const SuiteTask& task : plan.tasks) {
    const auto pair = std::find_if(units.begin(), units.end(), [&](const Unit& unit) {
      return method.training->routes == Routes::kPair && reversed(unit.training.front().task, task.task);
    });
    if (pair == units.end()) {
      units.push_back({task.task.id, {task}, {}});
    } else {
      pair->others.push_back(task);
    }
  }
  return units;
}

/// The method's configuration with what it has to know about the tasks, unless it is given.
Json config_for(const Method& method, const Unit& unit, Json config) {
  if (method.training->routes == Routes::kPair && !config.contains("pair")) {
    const Task& task = unit.training.front().task;
    config["pair"] = {name_of(task.source), name_of(task.target)};
  }
  if (method.training->routes == Routes::kAll && !config.contains("routes")) {
    for (const SuiteTask& task : unit.training) config["routes"].push_back(task.task.id);
  }
  return config;
}

struct Settings {
  std::unique_ptr<Trainable> model;
  Recipe recipe;
  std::optional<ResolvedBudget> budget;
};

/// A model and a recipe by the command line; with a budget both are fitted to its updates. `folder`: where the training goes on, if it does.
Settings settings_for(const Options& options, const Method& method, const Json& config, const Json& recipe,
                      const std::vector<TaskPairs>& training, int64_t tasks,
                      const std::filesystem::path& folder) {
  const auto make = [&](const Json& with) { return method.training->make(with, options.device, "--config"); };
  if (options.budget.empty()) {
    auto model = make(config);
    Recipe whole = recipe_from_json(recipe, "--recipe", model->recipe());
    return {std::move(model), whole, {}};
  }
  const auto fitted = [&](int64_t updates) {
    return make(method.training->fit ? method.training->fit(config, updates) : config);
  };
  const auto recipe_of = [&](const Trainable& model, int64_t updates) {
    return fitted_recipe(model.recipe(), updates, recipe, "--recipe");
  };
  const Budget budget = parse_budget(options.budget, "--budget");
  std::optional<ResolvedBudget> resolved;
  if (options.resume) resolved = recorded_budget(folder, budget, tasks);
  if (!resolved) {
    const int64_t value = budget.value * tasks;
    resolved = ResolvedBudget{budget, tasks, value};
    if (budget.kind == BudgetKind::kSlices) {
      const Recipe with_batch = recipe_of(*fitted(value), value);
      resolved->updates = updates_for_slices(training, options.seed, with_batch, value);
    } else if (budget.kind == BudgetKind::kSeconds) {
      resolved->updates = updates_for_seconds({fitted, recipe_of}, training, options.seed, options.device,
                                              options.threads, static_cast<double>(value));
    }
    say("budget", fmt::format("{}: {} {} for each of {} task{}: {} updates", folder.string(), budget.value,
                              name_of(budget.kind), tasks, tasks == 1 ? "" : "s", resolved->updates));
  }
  auto model = fitted(resolved->updates);
  Recipe whole = recipe_of(*model, resolved->updates);
  return {std::move(model), whole, resolved};
}

Json train_unit(const Options& options, const SliceStore& store, const Method& method, const Unit& unit,
                const Json& config, const Json& recipe) {
  std::vector<std::unique_ptr<StorePairs>> sources;
  std::vector<TaskPairs> training, validation;
  Json canvases = Json::object();
  int64_t training_cases = 0, validation_cases = 0, training_pairs = 0, validation_pairs = 0;
  const auto add = [&](const SuiteTask& task, Split split, std::vector<TaskPairs>& list) {
    const Canvas canvas = options.canvas.empty() ? task.canvas : parse_canvas(options.canvas);
    canvases[task.task.id] = to_json(canvas);
    sources.push_back(std::make_unique<StorePairs>(store, task.task, split, canvas));
    list.push_back({task.task, sources.back().get()});
    (split == Split::kTrain ? training_pairs : validation_pairs) += sources.back()->size();
    (split == Split::kTrain ? training_cases : validation_cases) +=
        static_cast<int64_t>(store.cases_for(task.task, split).size());
  };
  for (const SuiteTask& task : unit.training) {
    if (store.cases_for(task.task, Split::kTrain).empty()) {
      throw usage_error(options.store, fmt::format("no training case for task {}", task.task.id),
                        "import more patients, or leave the task out with --task");
    }
    add(task, Split::kTrain, training);
    add(task, Split::kValidation, validation);
  }
  for (const SuiteTask& task : unit.others) add(task, Split::kValidation, validation);

  std::vector<std::string> tasks;
  for (const std::string& id : covered_tasks(training, validation)) tasks.push_back(id);
  TrainOptions train_options;
  train_options.folder = std::filesystem::path(options.out) / unit.folder;
  const Settings settings = settings_for(options, method, config_for(method, unit, config), recipe, training,
                                         static_cast<int64_t>(tasks.size()), train_options.folder);
  train_options.resume = options.resume;
  train_options.seed = options.seed;
  train_options.recipe = settings.recipe;
  train_options.budget = settings.budget;
  train_options.device = options.device;
  train_options.threads = options.threads;
  train_options.checkpoint_every = options.checkpoint_every;
  train_options.validation_slices = options.validation_slices;
  train_options.data = {{"store", store.sha256()},
                        {"canvas", canvases.size() == 1 ? canvases.front() : canvases},
                        {"training_cases", training_cases},
                        {"validation_cases", validation_cases}};
  say("train", fmt::format("{} on {}: {} pairs, {} for validation", options.model, fmt::join(tasks, ", "),
                           training_pairs, validation_pairs));
  const TrainReport report = train(train_options, *settings.model, training, validation);
  say("done",
      fmt::format(
          "{}: {} updates, weights of update {}{}, {:.0f} s", train_options.folder.string(), report.updates,
          report.selected_update,
          report.selected_score ? fmt::format(" (validation SSIM {:.4f})", *report.selected_score) : "",
          report.seconds));
  Json line = as_json(report);
  if (tasks.size() == 1) {
    line["task"] = tasks.front();
  } else {
    line["tasks"] = tasks;
  }
  return line;
}

ExitCode train_suite(const Options& options) {
  const Method& method = find_trainable(methods(), options.model, "--model");
  const Suite suite = load_suite(options.suite);
  const SliceStore store(options.store);
  const Plan plan = make_plan(suite, store, {options.model}, {options.tasks, 0});
  const Json config = json_argument(options.config, "--config"),
             recipe = json_argument(options.recipe, "--recipe");
  Json summary = Json::array();
  const std::vector<Unit> units = units_of(plan, method);
  std::vector<Json> lines(units.size());
  parallel_for(units.size(), options.jobs, [&](size_t i, int /*worker*/) {
    lines[i] = train_unit(options, store, method, units[i], config, recipe);
  });
  for (const Json& line : lines) summary.push_back(line);
  if (options.json) print_result(summary);
  say("next", fmt::format("synerbench run --suite {} --store {} --model {}:{} --model mean --out runs/{}",
                          options.suite, options.store, options.model, options.out, options.model));
  return ExitCode::kOk;
}

#else

ExitCode train_suite(const Options&) {
  throw usage_error("train", "this program was built without LibTorch",
                    "configure with -DSYNERBENCH_WITH_TORCH=ON");
}

#endif

}  // namespace

Verb verb_train() {
  return {
      "train", "Regenerate the leaderboard",
      "Train a model on a suite's tasks; leaves a weights folder per task, pair of modalities, or for all",
      "  synerbench train --model pix2pix --suite quick --store runs/demo/store --config '{\"preset\": "
      "\"tiny\"}' \\\n"
      "      --recipe '{\"unit\": \"updates\", \"constant\": 500, \"decay\": 500, \"validate_every\": "
      "250}' --out runs/weights/pix2pix\n"
      "  synerbench train --model pix2pix --suite synermed22 --task brain-mr-to-ct --store store --out "
      "weights/pix2pix --resume",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        command.add_option("--model", options->model, "What to train (synerbench models lists them)")
            ->required();
        command.add_option("--suite", options->suite, "Suite, by name or path")->capture_default_str();
        command.add_option("--task", options->tasks, "Only these tasks: ids or patterns")
            ->allow_extra_args(false);
        command.add_option("--store", options->store, "Slice store made by import")->required();
        command
            .add_option("--out", options->out,
                        "Folder for the weights: OUT/<task>/, or OUT/ for a model of all tasks")
            ->required();
        command.add_option("--config", options->config, "The method's configuration: JSON text or file")
            ->capture_default_str();
        command
            .add_option("--recipe", options->recipe,
                        "Budget and data: JSON text or file (docs/training.md); default: the method's own")
            ->capture_default_str();
        command.add_option(
            "--budget", options->budget,
            "Length per task: updates:N, slices:N or seconds:N (of one processor); the method's phases and "
            "schedules are fitted to it");
        command.add_option("--canvas", options->canvas,
                           "Canvas instead of the suite's: SIZE:pad or SIZE:scale");
        command.add_option("--seed", options->seed, "Seed of weights, order and augmentation")
            ->capture_default_str();
        command
            .add_option(
                "--threads", options->threads,
                "Threads inside one operation; part of the identity: another number, other last digits")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command
            .add_option("--jobs", options->jobs,
                        "Trainings side by side, on a thread each; their bytes are those they have alone")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_option("--device", options->device, "cpu, cuda, cuda:N")->capture_default_str();
        command
            .add_option("--checkpoint-every", options->checkpoint_every,
                        "Updates between checkpoints; 0: only at validations")
            ->capture_default_str();
        command
            .add_option("--validation-slices", options->validation_slices,
                        "At most so many validation slices; 0: all")
            ->capture_default_str();
        command.add_flag("--resume", options->resume,
                         "Go on where an earlier call stopped; finished tasks are left as they are");
        command.add_flag("--json", options->json, "The outcome as JSON");
        return [options] { return train_suite(*options); };
      }};
}

}  // namespace synerbench
