// What one training of a method covers: which of a suite's tasks share their weights.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/method/method.h"
#include "harness/suite/suite.h"

namespace synerbench {

/// One training: learned from `training`, validated on all of them.
struct TrainingUnit {
  std::string folder;               // below the folder of all weights; empty: that folder itself
  std::vector<SuiteTask> training;  // tasks that batches are drawn from
  std::vector<SuiteTask> others;    // answered by the same weights: the ways back
};

/// The trainings of a method over these tasks, in their order. kTask: one each. kPair: one per unordered pair
/// of modalities of a region, which learns from the first direction in the list. kAll: one.
std::vector<TrainingUnit> training_units(const std::vector<SuiteTask>& tasks, Routes routes);

/// The method's configuration with what it has to know about the tasks, unless it is given: "pair" of kPair,
/// "routes" of kAll.
Json config_for(const TrainingUnit& unit, Routes routes, Json config);

}  // namespace synerbench
