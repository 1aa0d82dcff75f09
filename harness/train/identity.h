// What makes two trainings the same one, and the config.json they end in.
#pragma once

#include <filesystem>

#include "harness/core/json.h"
#include "harness/core/lineage.h"
#include "harness/train/train.h"

namespace synerbench {

/// {"method", "config", "task", "recipe", "seed", "device", "threads", "libtorch", "pairs", "validation",
/// "data"}: everything that decides the bytes of the result. Pairs are named by count, size and a hash over
/// their keys; their pixels by `data` (store hash). "budget" stands there when the length came from one.
/// Where several tasks take part, "tasks" (ids) stands for "task", and "pairs" and "validation" hold one
/// entry per task.
Json training_identity(const TrainOptions& options, const Trainable& model,
                       const std::vector<TaskPairs>& training, const std::vector<TaskPairs>& validation);

/// Ids of all tasks that take part, training first, each once.
std::vector<std::string> covered_tasks(const std::vector<TaskPairs>& training,
                                       const std::vector<TaskPairs>& validation);

/// Error(kUsage) at `place` that names the first field in which `seen` (on disk) differs from `wanted`.
void require_equal_identity(const Json& seen, const Json& wanted, const std::filesystem::path& place);

/// config.json of a finished training.
Json weights_config(const Json& identity, const Lineage& lineage, const Json& networks,
                    const TrainReport& report);

/// Identity and report back from a config.json written by weights_config.
Json identity_of(const Json& config, const std::filesystem::path& place);
TrainReport report_of(const Json& config, const std::filesystem::path& folder);

}  // namespace synerbench
