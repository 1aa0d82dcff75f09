// One task's pairs of slices, in a training or an evaluation that may cover several tasks.
#pragma once

#include "harness/core/modality.h"
#include "harness/core/model.h"

namespace synerbench {

struct TaskPairs {
  Task task;
  const PairSource* pairs = nullptr;  // borrowed
};

}  // namespace synerbench
