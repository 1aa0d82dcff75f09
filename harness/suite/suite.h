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

/// What the weights of a model may have learned from, before it and its suite meet.
enum class LineageRule { kAny, kZeroShot, kUnseen };
/// A row of the table of rules: "zero-shot" and what it asks, as people read it.
struct LineageRuleInfo {
  LineageRule rule;
  std::string name, meaning;
};
const std::vector<LineageRuleInfo>& lineage_rules();
const LineageRuleInfo& info_of(LineageRule rule);

struct SuiteTask {
  Task task;
  std::string group;  // averaged together in the leaderboard: "synthrad2023+autopet", "brats", ...
  Canvas canvas;      // the task's own, or the suite's
  /// The route that stands in for this task where a model knows only tasks that it was trained for.
  std::optional<Task> transfer = {};
};

/// Questions that a suite asks about the slices of its tasks.
struct SuiteQuestions {
  std::string kind;   // as reference/understanding names it: "cts"
  int64_t count = 0;  // how many are drawn
  uint64_t seed = 1;  // of what is drawn
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
  LineageRule lineage = LineageRule::kAny;
  /// Of a suite that asks: its tasks are then those of another suite ("pairs"), and nothing is synthesized.
  /// Empty: it runs its tasks.
  std::vector<SuiteQuestions> questions;
  std::string sha256;  // of the file's bytes, and of those of the suite that it names
};

/// A path to a .json file, or the name of a suite that comes with the program (suites/<name>.json, embedded
/// at build time). `protocols`: those that a suite may name. Errors are Error(kUsage) with file, JSON path,
/// seen, allowed values, "did you mean".
Suite load_suite(const std::string& name_or_path, const ProtocolTable& protocols = builtin_protocols());
std::vector<std::string> embedded_suite_names();
/// Error(kUsage) for a suite that asks questions, where tasks are to be run.
void require_tasks(const Suite& suite);
/// That the program's own suites can be read, and how much they hold. One that cannot throws.
Finding check_suites(const ProtocolTable& protocols);

/// A task outside any suite by its id: "brain-mr-to-ct", "brats-t1+t2-to-flair". Error(kUsage) at `place`
/// when it is none.
Task parse_task(const std::string& id, const std::string& place);

/// "256:pad", "64:scale": the canvas as written on a command line, where it replaces the suite's for all
/// tasks.
Canvas parse_canvas(const std::string& text);

}  // namespace synerbench
