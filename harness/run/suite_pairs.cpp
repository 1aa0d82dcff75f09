#include "harness/run/suite_pairs.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/run/plan.h"

namespace synerbench {

int64_t SuitePairs::size() const {
  int64_t sum = 0;
  for (const Entry& entry : entries) sum += entry.pairs->size();
  return sum;
}

std::vector<TaskPairs> SuitePairs::tasks() const {
  std::vector<TaskPairs> list;
  for (const Entry& entry : entries) list.push_back({entry.task, entry.pairs.get()});
  return list;
}

SuitePairs read_suite_pairs(const Suite& suite, const SliceStore& store, Split split,
                            const SuitePairsOptions& options) {
  Suite wanted = suite;
  wanted.split = split;
  SuitePairs found;
  StorePairsOptions rules;
  rules.min_foreground = suite.min_foreground;
  Json tasks = Json::object();
  const auto planned = make_plan(wanted, store, {"any"}, {options.tasks, 0}).tasks;
  rules.cache_bytes = options.cache_bytes / std::max<int64_t>(1, static_cast<int64_t>(planned.size()));
  for (const SuiteTask& entry : planned) {
    if (store.cases_for(entry.task, split).empty()) continue;
    const Canvas canvas = options.canvas.value_or(entry.canvas);
    auto pairs = std::make_unique<StorePairs>(store, entry.task, split, canvas, rules);
    tasks[entry.task.id] = {{"canvas", to_json(canvas)}, {"pairs", pairs->size()}};
    found.entries.push_back({entry.task, canvas, std::move(pairs)});
  }
  found.provenance = {{"suite", {{"name", suite.name}, {"sha256", suite.sha256}}},
                      {"store", store.sha256()},
                      {"split", name_of(split)},
                      {"min_foreground", suite.min_foreground},
                      {"tasks", tasks}};
  return found;
}

std::optional<SuitePairs> find_suite_pairs(const Suite& suite, const SliceStore& store, Split split,
                                           const SuitePairsOptions& options) {
  const auto tasks = select_tasks(suite, options.tasks);
  const bool any = std::any_of(tasks.begin(), tasks.end(), [&](const SuiteTask& entry) {
    return !store.cases_for(entry.task, split).empty();
  });
  if (!any) return std::nullopt;
  return read_suite_pairs(suite, store, split, options);
}

}  // namespace synerbench
