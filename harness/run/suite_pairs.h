// The pairs of slices of a suite's tasks in one split, for whoever looks at many tasks at once: evaluations,
// trainings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/task_pairs.h"
#include "harness/run/pair_source.h"
#include "harness/suite/suite.h"

namespace synerbench {

struct SuitePairsOptions {
  std::vector<std::string> tasks;          // ids or patterns with *; empty: all of the suite
  std::optional<Canvas> canvas;            // instead of the suite's
  int64_t cache_bytes = int64_t{1} << 30;  // pairs kept in memory, of all tasks together
};

struct SuitePairs {
  struct Entry {
    Task task;
    Canvas canvas;
    std::unique_ptr<StorePairs> pairs;
  };
  std::vector<Entry> entries;            // in suite order; tasks without a case in the split are left out
  int64_t size() const;                  // pairs of all tasks
  std::vector<TaskPairs> tasks() const;  // borrowed from the entries
  /// Suite, store, split, the suite's min_foreground; canvas and count of every task.
  Json provenance = Json::object();
};

/// Slices below the suite's min_foreground are left out, as in scoring. Borrows the store. Error(kUsage): a
/// selection that matches no task, or a store without a case of the split for any of them.
SuitePairs read_suite_pairs(const Suite& suite, const SliceStore& store, Split split,
                            const SuitePairsOptions& options = {});
/// The same, and nothing when the store has no case of the split for any of the chosen tasks.
std::optional<SuitePairs> find_suite_pairs(const Suite& suite, const SliceStore& store, Split split,
                                           const SuitePairsOptions& options = {});

}  // namespace synerbench
