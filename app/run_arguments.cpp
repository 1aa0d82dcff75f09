#include "app/run_arguments.h"

#include <utility>

#include "harness/core/error.h"
#include "harness/suite/suite.h"

namespace synerbench {

std::optional<Canvas> TaskArguments::chosen_canvas() const {
  return canvas.empty() ? std::nullopt : std::optional(parse_canvas(canvas));
}

void add_task_arguments(CLI::App& command, TaskArguments& arguments) {
  command.add_option("--suite", arguments.suite, "Suite, by name or path")->capture_default_str();
  command.add_option("--store", arguments.store, "Slice store made by import")->required();
  command.add_option("--task", arguments.tasks, "Only these tasks: ids or patterns")->allow_extra_args(false);
  command.add_option("--canvas", arguments.canvas, "Canvas instead of the suite's: SIZE:pad or SIZE:scale");
}

std::shared_ptr<RunArguments> add_run_arguments(CLI::App& command) {
  auto arguments = std::make_shared<RunArguments>();
  RunOptions& options = arguments->options;
  command.add_option("--suite", options.suite, "Suite, by name or path (synerbench tasks lists them)");
  command.add_option("--store", options.store, "Slice store made by import");
  command
      .add_option("--model", options.models,
                  "Model; may be given several times (synerbench models lists them)")
      ->allow_extra_args(false);
  command
      .add_option("--task", options.tasks,
                  "Only these tasks: ids or patterns (brats-*); may be given several times")
      ->allow_extra_args(false);
  command.add_option("--canvas", arguments->canvas, "Canvas instead of the suite's: SIZE:pad or SIZE:scale");
  command.add_option("--max-cases", options.max_cases, "Only the first N cases of each task")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--seed", options.seed, "Seed of the run")->capture_default_str();
  command.add_option("--shard", arguments->shard, "Do the i-th of n parts: i/n (merge joins them)");
  return arguments;
}

void finish_run_arguments(RunArguments& arguments) {
  if (!arguments.canvas.empty()) arguments.options.canvas = parse_canvas(arguments.canvas);
  if (!arguments.shard.empty()) arguments.options.shard = parse_shard(arguments.shard);
}

RunOptions resumed_options(const CLI::App& command, const std::string& folder, const RunOptions& given) {
  for (const char* fixed :
       {"--suite", "--store", "--model", "--task", "--canvas", "--max-cases", "--seed", "--shard", "--out"}) {
    if (command.count(fixed) > 0) {
      throw usage_error(fixed, "cannot be given with --resume",
                        "a run goes on with its own settings; leave it out");
    }
  }
  RunOptions options = read_settings(folder);
  options.out = folder;
  options.resume = true;
  options.accept_other_build = given.accept_other_build;
  if (command.count("--threads")) options.threads = given.threads;
  if (command.count("--batch")) options.batch = given.batch;
  if (command.count("--timeout")) options.timeout = given.timeout;
  if (command.count("--max-failures")) options.max_failures = given.max_failures;
  return options;
}

void check_complete(const RunOptions& options) {
  for (const auto& [name, empty] : {std::pair{"--suite", options.suite.empty()},
                                    {"--store", options.store.empty()},
                                    {"--model", options.models.empty()},
                                    {"--out", options.out.empty()}}) {
    if (empty) throw usage_error(name, "is missing", "synerbench run --help shows examples");
  }
}

}  // namespace synerbench
