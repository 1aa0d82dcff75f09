#include "app/run_arguments.h"

#include "harness/suite/suite.h"

namespace synerbench {

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

}  // namespace synerbench
