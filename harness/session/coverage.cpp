#include "harness/session/coverage.h"

#include <algorithm>

namespace synerbench {
namespace {

bool reversed(const Task& a, const Task& b) {
  return a.region == b.region && a.source == b.target && a.target == b.source;
}

}  // namespace

std::vector<TrainingUnit> training_units(const std::vector<SuiteTask>& tasks, Routes routes) {
  if (routes == Routes::kAll) return {{"", tasks, {}}};
  std::vector<TrainingUnit> units;
  for (const SuiteTask& task : tasks) {
    const auto pair = std::find_if(units.begin(), units.end(), [&](const TrainingUnit& unit) {
      return routes == Routes::kPair && reversed(unit.training.front().task, task.task);
    });
    if (pair == units.end()) {
      units.push_back({task.task.id, {task}, {}});
    } else {
      pair->others.push_back(task);
    }
  }
  return units;
}

Json config_for(const TrainingUnit& unit, Routes routes, Json config) {
  if (routes == Routes::kPair && !config.contains("pair")) {
    const Task& task = unit.training.front().task;
    config["pair"] = {name_of(task.source), name_of(task.target)};
  }
  if (routes == Routes::kAll && !config.contains("routes")) {
    for (const SuiteTask& task : unit.training) config["routes"].push_back(task.task.id);
  }
  return config;
}

}  // namespace synerbench
