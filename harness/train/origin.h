// The lineage of what a training makes: its own part, and those of the weights that it starts from.
#pragma once

#include <string>
#include <vector>

#include "harness/core/lineage.h"
#include "harness/train/train.h"

namespace synerbench {

/// Without the hash of the weights, which nobody knows before the end. `validates`: validation pairs choose
/// among its weights. After Trainable::begin(). Error(kBadInput) when a folder that it starts from is
/// damaged.
Lineage training_lineage(const TrainOptions& options, const Trainable& model,
                         const std::vector<TaskPairs>& training, const std::vector<TaskPairs>& validation,
                         bool validates);

/// Error(kUsage) at `place` when a training that was begun under `seen`, the short form that its checkpoint
/// has (null: from before lineages were kept), goes on from other weights.
void require_equal_lineage(const Json& seen, const Lineage& now, const std::filesystem::path& place);

}  // namespace synerbench
