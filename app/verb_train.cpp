// synerbench train: trains a model on the tasks of a suite.
#include <fmt/format.h>

#include "app/run_arguments.h"
#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/progress.h"
#include "harness/run/plan.h"
#include "harness/session/train_session.h"
#include "harness/suite/suite.h"
#include "harness/train/recipe.h"

namespace synerbench {
namespace {

struct Options {
  std::string model, out, config = "{}", recipe = "{}", budget;
  TaskArguments chosen;
  TrainSession session;
  bool json = false, only_plan = false;
};

#ifdef SYNERBENCH_WITH_TORCH
/// Says how long it will take. Where nobody wants to hear it and nothing depends on it, it is not measured.
void say_expected(const Method& method, const Suite& suite, const std::vector<SuiteTask>& tasks,
                  const SliceStore& store, const TrainSession& session) {
  if (quiet() && (session.budget || session.however_long)) return;
  const ExpectedTrainings expected = expected_trainings(method, suite, tasks, store, session);
  if (!expected.trainings.empty()) say("expected", describe(expected));
  require_consent(expected, session);
}
#endif

ExitCode train(const Options& options) {
#ifdef SYNERBENCH_WITH_TORCH
  const Method& method = find_trainable(methods(), options.model, "--model");
  const TaskArguments& chosen = options.chosen;
  const Suite suite = load_suite(chosen.suite, protocols());
  const SliceStore store(chosen.store);
  const Plan plan = make_plan(suite, store, {options.model}, {chosen.tasks, 0});
  TrainSession session = options.session;
  session.out = options.out;
  session.config = json_of_option(options.config, "--config");
  session.recipe = json_of_option(options.recipe, "--recipe");
  if (!options.budget.empty()) session.budget = parse_budget(options.budget, "--budget");
  if (session.budget && names_length(session.recipe)) say("note", kBudgetOverRecipe);
  session.canvas = chosen.chosen_canvas();
  if (options.only_plan) {
    const ExpectedTrainings expected = expected_trainings(method, suite, plan.tasks, store, session);
    options.json ? print_result(to_json(expected)) : print_result(to_text(expected));
    return ExitCode::kOk;
  }
  say_expected(method, suite, plan.tasks, store, session);
  const Json outcomes = train_suite(method, suite, plan.tasks, store, session);
  if (options.json) print_result(outcomes);
  say("next", fmt::format("synerbench run --suite {} --store {} --model {}:{} --model mean --out runs/{}",
                          chosen.suite, chosen.store, options.model, options.out, options.model));
  return ExitCode::kOk;
#else
  (void)options;
  refuse_without_torch("train");
#endif
}

}  // namespace

Verb verb_train() {
  return {
      "train", "Regenerate the leaderboard",
      "Train a model on a suite's tasks; leaves a weights folder per task, pair of modalities, or for all",
      "  synerbench train --model pix2pix --suite quick --store runs/demo/store --config '{\"preset\": "
      "\"tiny\"}' \\\n"
      "      --recipe '{\"unit\": \"updates\", \"constant\": 500, \"decay\": 500, \"validate_every\": "
      "250}' --out runs/weights/pix2pix\n"
      "  synerbench train --model pix2pix --suite synermed22 --task brain-mr-to-ct --store store "
      "--budget seconds:600 \\\n      --out weights/pix2pix --resume",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        TrainSession& session = options->session;
        command.add_option("--model", options->model, "What to train (synerbench models lists them)")
            ->required();
        add_task_arguments(command, options->chosen);
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
        command.add_option("--seed", session.seed, "Seed of weights, order and augmentation")
            ->capture_default_str();
        command
            .add_option(
                "--threads", session.threads,
                "Threads inside one operation; part of the identity: another number, other last digits")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command
            .add_option("--jobs", session.jobs,
                        "Trainings side by side, on a thread each; their bytes are those they have alone")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_option("--device", session.device, "cpu, cuda, cuda:N")->capture_default_str();
        command
            .add_option("--checkpoint-every", session.checkpoint_every,
                        "Updates between checkpoints; 0: only at validations")
            ->check(CLI::NonNegativeNumber)
            ->capture_default_str();
        command
            .add_option("--validation-slices", session.validation_slices,
                        "At most so many validation slices; 0: all")
            ->check(CLI::NonNegativeNumber)
            ->capture_default_str();
        command.add_flag("--resume", session.resume,
                         "Go on where an earlier call stopped; finished tasks are left as they are");
        command.add_flag("--however-long", session.however_long,
                         "Go on although it is expected to take more than an hour and no --budget is given");
        command.add_flag("--plan", options->only_plan,
                         "Only measure and say how long it would take; nothing is trained or written");
        command.add_flag("--json", options->json, "The outcome (of --plan: the times) as JSON");
        return [options] { return train(*options); };
      }};
}

}  // namespace synerbench
