// The arguments that several verbs share: which tasks, and what is run.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/run.h"

namespace synerbench {

/// Tasks of a suite in a store, for verbs that look at their pairs.
struct TaskArguments {
  std::string suite = "quick", store, canvas;  // canvas: empty, or SIZE:pad, SIZE:scale
  std::vector<std::string> tasks;              // ids or patterns; empty: all
  std::optional<Canvas> chosen_canvas() const;
};
/// Adds --suite, --store (required), --task and --canvas. `arguments` outlives the parsing.
void add_task_arguments(CLI::App& command, TaskArguments& arguments);

struct RunArguments {
  RunOptions options;
  std::string canvas, shard;
};

/// Adds --suite, --store, --model, --task, --canvas, --max-cases, --seed and --shard.
std::shared_ptr<RunArguments> add_run_arguments(CLI::App& command);
/// Turns the texts among them into values.
void finish_run_arguments(RunArguments& arguments);

/// The settings that the run in `folder` goes on with: its own, but for the speed and patience that this
/// command line gives. Error(kUsage) when it gives anything that makes another run.
RunOptions resumed_options(const CLI::App& command, const std::string& folder, const RunOptions& given);
/// Error(kUsage) naming the first option that a run cannot do without.
void check_complete(const RunOptions& options);

}  // namespace synerbench
