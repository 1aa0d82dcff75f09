// What a run will cost on this machine, measured before it begins.
#pragma once

#include <string>
#include <vector>

#include "harness/run/plan.h"
#include "harness/run/run.h"

namespace synerbench {

/// Seconds of the clock on one thread.
struct ModelCost {
  std::string problem;      // why it could not be tried out, in words; empty: it was
  double prepare = 0;       // per training case of a task: what a model that fits at once takes for it
  double slice = 0;         // one synthesized slice
  bool concurrent = false;  // several threads may ask it at a time
};
struct RunCost {
  std::vector<ModelCost> models;  // as the plan's
  double scored_slice = 0;        // a share of the scoring of a whole case
};

/// Tries out each model: makes it, prepares it with at most two training cases of the first task that it
/// fits, lets it synthesize one slice (an empty one: no method's cost depends on what is in it), and scores
/// one case against itself. Nothing is written. A model that cannot be made or tried is no error: its cost
/// says why.
RunCost measured_cost(const RunOptions& options, const MethodTable& table,
                      const ProtocolTable& protocols = builtin_protocols());

/// What the items of a shard take with so many threads. Models without a cost count nothing.
double seconds_of(const Plan& plan, const Shard& shard, const RunCost& cost,
                  const std::vector<int64_t>& training_cases, int threads);

/// The same in words: "about 14 h for 3 models (on this machine, 2 threads)", and which models are not in it.
std::string expected_time_of(const RunOptions& options, const MethodTable& table,
                             const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
