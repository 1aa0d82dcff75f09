// synerbench train: trains one model per task of a suite.
#include <fmt/format.h>

#include <filesystem>

#include "app/model_table.h"
#include "app/verb.h"
#include "harness/core/progress.h"
#include "harness/run/pair_source.h"
#include "harness/run/plan.h"
#include "suites/suite.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/train/train.h"
#endif

namespace synerbench {
namespace {

struct Options {
  std::string model, suite = "quick", store, out, config = "{}", recipe = "{}", canvas, device = "cpu";
  std::vector<std::string> tasks;
  uint64_t seed = 1;
  int threads =
      1;  // part of a training's identity: sums over a batch depend on how they are split (docs/training.md)
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

ExitCode train_suite(const Options& options) {
  std::vector<std::string> names;
  const TrainableEntry* entry = nullptr;
  for (const auto& candidate : trainable_table()) {
    names.push_back(candidate.name);
    if (candidate.name == options.model) entry = &candidate;
  }
  if (!entry)
    throw usage_error("--model", fmt::format("\"{}\" cannot be trained", options.model),
                      did_you_mean(options.model, names));
  const Suite suite = load_suite(options.suite);
  const SliceStore store(options.store);
  const Plan plan = make_plan(suite, store, {options.model}, {options.tasks, 0});
  const Json config = json_argument(options.config, "--config"),
             recipe = json_argument(options.recipe, "--recipe");
  Json summary = Json::array();
  for (const auto& entry_task : plan.tasks) {
    const Task& task = entry_task.task;
    const Canvas canvas = options.canvas.empty() ? entry_task.canvas : parse_canvas(options.canvas);
    if (store.cases_for(task, Split::kTrain).empty()) {
      throw usage_error(options.store, fmt::format("no training case for task {}", task.id),
                        "import more patients, or leave the task out with --task");
    }
    const StorePairs training(store, task, Split::kTrain, canvas),
        validation(store, task, Split::kValidation, canvas);
    const auto model = entry->make(config, options.device, "--config");
    TrainOptions train_options;
    train_options.task = task;
    train_options.folder = std::filesystem::path(options.out) / task.id;
    train_options.resume = options.resume;
    train_options.seed = options.seed;
    train_options.recipe = recipe_from_json(recipe, "--recipe", model->recipe());
    train_options.device = options.device;
    train_options.threads = options.threads;
    train_options.checkpoint_every = options.checkpoint_every;
    train_options.validation_slices = options.validation_slices;
    train_options.data = {{"store", store.sha256()},
                          {"canvas", to_json(canvas)},
                          {"training_cases", store.cases_for(task, Split::kTrain).size()},
                          {"validation_cases", store.cases_for(task, Split::kValidation).size()}};
    say("train", fmt::format("{} on {}: {} pairs, {} for validation", options.model, task.id, training.size(),
                             validation.size()));
    const TrainReport report = train(train_options, *model, training, validation);
    say("done",
        fmt::format(
            "{}: {} updates, weights of update {}{}, {:.0f} s", train_options.folder.string(), report.updates,
            report.selected_update,
            report.selected_score ? fmt::format(" (validation SSIM {:.4f})", *report.selected_score) : "",
            report.seconds));
    Json line = as_json(report);
    line["task"] = task.id;
    summary.push_back(line);
  }
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
  return {"train", "Regenerate the leaderboard",
          "Train a model on a suite's tasks; leaves one weights folder per task",
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
            command.add_option("--out", options->out, "Folder for the weights: OUT/<task>/")->required();
            command.add_option("--config", options->config, "The method's configuration: JSON text or file")
                ->capture_default_str();
            command
                .add_option(
                    "--recipe", options->recipe,
                    "Budget and data: JSON text or file (docs/training.md); default: the method's own")
                ->capture_default_str();
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
