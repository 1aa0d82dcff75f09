// Baselines with a name: results that somebody called good, kept with where they came from.
//
// Note [A named baseline]
//   gate-baselines/NAME/baseline.json          schema synerbench/baseline: run, builds, hashes, what it
//                                              replaced
//   gate-baselines/NAME/results-<hash>.json    the run's results.json, byte for byte
// baseline.json is written last and names the results by their SHA-256, so that a reader sees the old
// baseline or the new one whole. There is no time in it: equal results make equal files, and version control
// knows when. The folder is small and meant to be committed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/apart.h"
#include "harness/core/json.h"
#include "reports/numbers/compare.h"
#include "reports/numbers/runs.h"

namespace synerbench {

inline constexpr const char* kBaselineFolder = "gate-baselines";

struct BlessOptions {
  std::filesystem::path folder = kBaselineFolder;
  bool replace = false;                           // an existing one of that name
  ProtocolTable protocols = builtin_protocols();  // for check_results()
  bool accept_without_value = false;              // a model that has no value on a task
};

struct Blessing {
  Json json;                                // baseline.json
  int64_t cases = 0, failed = 0;            // records of the run, and those without a score
  std::vector<WithoutValue> without_value;  // empty unless they were accepted
};

/// Keeps the results of `run` (a run folder or results.json) under `name`: letters, digits, ".", "_" and "-",
/// not starting with "." or "-". The run is checked (check_results) and must have a record of its whole plan,
/// and a value of every model on every task unless `accept_without_value`: Error(kBadInput).
/// Blessing what is blessed already changes nothing. Error(kUsage) for a bad name, or one that is taken by
/// other results unless `replace`.
Blessing bless_baseline(const std::string& name, const std::filesystem::path& run,
                        const BlessOptions& options = {});

/// The files that read_run_or_baseline() reads, or that belong to them, for require_apart(). `what` is it to
/// messages: "the baseline".
std::vector<ReadFrom> read_from_run(const std::string& path_or_name, const std::filesystem::path& folder,
                                    const std::string& what);

/// A run folder or file, if there is one of that path; else the baseline of that name in `folder`.
/// Error(kUsage) when there is neither, naming the baselines there are; Error(kBadInput) when the results are
/// not those that were blessed.
RunInput read_run_or_baseline(const std::string& path_or_name, const std::filesystem::path& folder);

}  // namespace synerbench
