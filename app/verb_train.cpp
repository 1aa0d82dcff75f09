// synerbench train: trains a model on the tasks of a suite.
#include <fmt/format.h>

#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/progress.h"
#include "harness/run/plan.h"
#include "harness/suite/suite.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/session/train_session.h"
#endif

namespace synerbench {
namespace {

struct Options {
  std::string model, suite = "quick", store, out, config = "{}", recipe = "{}", budget, canvas,
                     device = "cpu";
  std::vector<std::string> tasks;
  uint64_t seed = 1;
  int threads = 1, jobs = 1;
  int64_t checkpoint_every = 500, validation_slices = 64;
  bool resume = false, json = false;
};

#ifdef SYNERBENCH_WITH_TORCH

// JSON given as text or as a file. Text begins with "{"; a name may have one inside.
Json json_argument(const std::string& text, const std::string& place) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{' ? parse_json(text, place, ExitCode::kUsage)
                                                          : read_json(text);
}

ExitCode train(const Options& options) {
  const Method& method = find_trainable(methods(), options.model, "--model");
  const Suite suite = load_suite(options.suite, protocols());
  const SliceStore store(options.store);
  const Plan plan = make_plan(suite, store, {options.model}, {options.tasks, 0});
  TrainSession session;
  session.out = options.out;
  session.config = json_argument(options.config, "--config");
  session.recipe = json_argument(options.recipe, "--recipe");
  if (!options.budget.empty()) session.budget = parse_budget(options.budget, "--budget");
  if (!options.canvas.empty()) session.canvas = parse_canvas(options.canvas);
  session.seed = options.seed;
  session.device = options.device;
  session.threads = options.threads;
  session.jobs = options.jobs;
  session.checkpoint_every = options.checkpoint_every;
  session.validation_slices = options.validation_slices;
  session.resume = options.resume;
  const Json outcomes = train_suite(method, suite, plan.tasks, store, session);
  if (options.json) print_result(outcomes);
  say("next", fmt::format("synerbench run --suite {} --store {} --model {}:{} --model mean --out runs/{}",
                          options.suite, options.store, options.model, options.out, options.model));
  return ExitCode::kOk;
}

#else

ExitCode train(const Options&) {
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
        return [options] { return train(*options); };
      }};
}

}  // namespace synerbench
