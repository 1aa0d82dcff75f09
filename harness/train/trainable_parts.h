// Parts that learned models share: a batch as tensors, which tasks a model serves.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "harness/train/trainable.h"

namespace synerbench {

/// [n, 1, height, width] each, float32, on the device.
struct PairTensors {
  at::Tensor source, target;
};
PairTensors pair_tensors(const PairBatch& batch, const std::string& device);

/// The place of `task` among the tasks a model of `method` serves; 0 where it is bound to none. Error(kUsage)
/// when it is not among them.
int64_t route_of(const std::vector<std::string>& routes, const std::string& task, const std::string& method);
/// Whether a task is named twice.
bool named_twice(const std::vector<std::string>& routes);

}  // namespace synerbench
