// What a run will do, in the order in which it will do it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/keys.h"
#include "harness/data/slice_store.h"
#include "harness/suite/suite.h"

namespace synerbench {

/// One case of one task for one model: the unit that is run, journaled, resumed and sharded. It always covers
/// the whole case (slices [0, slices)), because volume metrics need all of it.
struct WorkItem {
  int64_t index = 0;                        // position in the whole plan; shards pick by it
  size_t task = 0;                          // index into the plan's tasks
  size_t model = 0;                         // index into the plan's models
  const StoredCase* stored_case = nullptr;  // borrowed from the store
  int64_t slices = 0;
  ItemKey key;  // names the item in the journal
};

/// "2/5": the second of five shards. 1/1: everything.
struct Shard {
  int64_t index = 1, count = 1;  // 1 <= index <= count
};
/// Error(kUsage) unless the text is i/n with 1 <= i <= n.
Shard parse_shard(const std::string& text);
std::string to_text(const Shard& shard);

/// Items in (task, model, case id) order. The order and every seed depend on suite, store and models only:
/// not on shard, threads or what was done before.
struct Plan {
  std::vector<SuiteTask> tasks;     // after selection, in suite order
  std::vector<std::string> models;  // keys
  Split split = Split::kTest;
  std::vector<WorkItem> items;
  std::vector<int64_t> cases_per_task;
  /// The items of one shard: those whose index leaves the remainder index - 1 when divided by count.
  std::vector<const WorkItem*> shard(const Shard& shard) const;
};

struct PlanOptions {
  std::vector<std::string> tasks;  // ids or patterns ("brats-*", fnmatch(3)); empty: all of the suite
  int64_t max_cases = 0;           // only the first cases of each task in id order; 0: all
};

/// Those of a suite's tasks that a pattern names, in its order; all without patterns. Error(kUsage) with "did
/// you mean" for a pattern that names none.
std::vector<SuiteTask> select_tasks(const Suite& suite, const std::vector<std::string>& patterns);

/// Error(kUsage): a selection that matches no task (with "did you mean"), or a store that has no case for any
/// task.
Plan make_plan(const Suite& suite, const SliceStore& store, const std::vector<std::string>& models,
               const PlanOptions& options = {});

/// The seed of one slice. It depends on the run's seed, task, case and slice, not on the model: two models
/// are compared under the same noise, and a model's numbers do not depend on how it is called in the table.
uint64_t slice_seed(uint64_t run_seed, const std::string& task, const SliceKey& slice);

/// The plan as people read it: a line per task with cases and slices.
std::string describe(const Plan& plan);
/// Schema synerbench/plan: tasks, models and items with index, key (for people), its parts, and slices.
Json to_json(const Plan& plan, const Shard& shard, uint64_t run_seed);

}  // namespace synerbench
