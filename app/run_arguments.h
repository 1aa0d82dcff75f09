// The arguments that plan and run share: what is run.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "harness/run/run.h"

namespace synerbench {

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
