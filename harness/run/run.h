// Runs models on a suite and leaves a run folder (see record.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/execute.h"
#include "harness/run/model_spec.h"

namespace synerbench {

struct RunOptions {
  // What is run: part of the identity.
  std::string suite;  // name or path
  std::filesystem::path store;
  std::vector<std::string> models;  // as on the command line, see model_spec.h
  std::vector<std::string> tasks;   // ids or patterns with *; empty: all
  std::optional<Canvas> canvas;     // instead of the suite's, for all tasks
  int64_t max_cases = 0;            // only the first cases of each task; 0: all
  uint64_t seed = 1;
  std::string device = "cpu";  // for models that do not name theirs

  // How: the results do not depend on it.
  std::filesystem::path out;
  Shard shard;
  int threads = 0;            // 0: all cores
  int64_t batch = 8;          // slices per call of a model
  double timeout = 0;         // seconds per slice before a model counts as hanging; 0: never
  int64_t max_failures = -1;  // stop once more cases than this failed; -1: never
  bool keep_predictions = false;
  int64_t panel_slices = 1;         // of a case that panels/ keeps; 1: the one with the largest mask
  bool resume = false;              // go on in `out`: what is scored stays, what failed is done again
  bool accept_other_build = false;  // resume although the program was built from another commit
};

/// settings.json <-> options: what `run --resume FOLDER` starts from. Paths are stored absolute.
Json to_json(const RunOptions& options);
RunOptions read_settings(const std::filesystem::path& run_folder);

/// The plan of such a run, without making the models (`plan` verb). Reads suite and store.
Plan plan_run(const RunOptions& options, const ProtocolTable& protocols = builtin_protocols());

/// Everything is checked before any work starts: suite, store, models, folder. Error(kUsage, kBadInput) for
/// that; what fails afterwards in a model is in the records. Error(kBadInput) in the middle (disk full,
/// damaged store): resume goes on.
RunOutcome run(const RunOptions& options, const MethodTable& table,
               const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
