// The steps of `synerbench demo`: command lines of verbs, so that a newcomer can repeat any of them by hand.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/command_line.h"

namespace synerbench::phantom {

struct DemoOptions {
  std::filesystem::path out = "runs/demo";  // folder for everything
  int threads = 1;
  int updates = 1500;     // of the live training, per task
  bool can_train = true;  // whether this build has learned models
  // As --model takes them, weights that come with the program: "SynerMedGen=synermedgen:weights/synermedgen".
  // Without any the live training is all that is learned.
  std::vector<std::string> shipped;
  // Those of them that learned no synthesis between two modalities: the zero-shot table.
  std::vector<std::string> zero_shot;
};

/// The cohort demo@1 and the import of its three trees; shipped weights beside trivial models and the oracle
/// on the 22 tasks, and without a single pair on the same (zero-shot); one small model trained live. A report
/// of each. What an earlier call finished, by the files it left in `out`, is left out or resumed.
std::vector<CommandLine> demo_steps(const DemoOptions& options);

}  // namespace synerbench::phantom
