// Suites: which tasks are run, on what canvas, under which protocols. Data, not code: suites/*.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/machine.h"
#include "harness/core/modality.h"
#include "harness/data/canvas.h"
#include "harness/data/slice_store.h"
#include "metrics/protocol.h"

namespace synerbench {

struct SuiteTask {
  Task task;
  std::string group;  // averaged together in the leaderboard: "synthrad2023+autopet", "brats", ...
  Canvas canvas;      // the task's own, or the suite's
};

struct Suite {
  std::string name;  // "synermed22"
  std::string title;
  std::string note;  // shown in every report made from it; empty when there is nothing to say
  std::vector<SuiteTask> tasks;
  Canvas canvas;
  Split split = Split::kTest;          // which split is scored
  std::vector<std::string> protocols;  // ids, the first is the leaderboard's: "synermed-2d@1", ...
  double min_foreground = 0.01;        // share of mask pixels below which a slice is listed but not scored
  std::string sha256;                  // of the file's bytes
};

/// A path to a .json file, or the name of a suite that comes with the program (suites/<name>.json, embedded
/// at build time). `protocols`: those that a suite may name. Errors are Error(kUsage) with file, JSON path,
/// seen, allowed values, "did you mean".
Suite load_suite(const std::string& name_or_path, const ProtocolTable& protocols = builtin_protocols());
std::vector<std::string> embedded_suite_names();
/// That the program's own suites can be read, and how much they hold. One that cannot throws.
Finding check_suites(const ProtocolTable& protocols);

/// A task outside any suite by its id: "brain-mr-to-ct", "brats-t1+t2-to-flair". Error(kUsage) at `place`
/// when it is none.
Task parse_task(const std::string& id, const std::string& place);

/// "256:pad", "64:scale": the canvas as written on a command line, where it replaces the suite's for all
/// tasks.
Canvas parse_canvas(const std::string& text);

}  // namespace synerbench
