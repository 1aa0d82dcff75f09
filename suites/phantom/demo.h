// The steps of `synerbench demo`: command lines of verbs, so that a newcomer can repeat any of them by hand.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/core/command_line.h"

namespace synerbench::phantom {

struct DemoOptions {
  std::filesystem::path out = "runs/demo";  // folder for everything
  int threads = 1;
  int updates = 1500;         // of the training, per task
  bool can_train = true;      // whether this build has learned models
  bool run_is_there = false;  // an earlier demo got as far as the run: it is resumed
};

/// Phantom cohort, import of its three trees, training, run, report. Every step may be done again: what is
/// finished is kept.
std::vector<CommandLine> demo_steps(const DemoOptions& options);

}  // namespace synerbench::phantom
