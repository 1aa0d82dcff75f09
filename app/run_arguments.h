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

}  // namespace synerbench
