// Evaluations of a reference model on the pairs of a suite's tasks.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/task_pairs.h"
#include "reference/evaluation/reconstruction.h"
#include "reference/evaluation/understanding.h"
#include "reference/exchange/authors.h"
#include "reference/reference.h"

namespace synerbench::reference {

/// Puts questions built from the pairs to the solvers without learning and, unless it is nullptr, to the
/// model; see evaluate_understanding(). `training`: pairs of training patients, which the fitted solvers are
/// fitted on; without any they are left out. Answers are not shuffled, whatever `settings` say.
/// Error(kInterrupted) between two questions after an interrupt.
UnderstandingTable evaluate_understanding(ReferenceModel* model, const std::vector<TaskPairs>& pairs,
                                          const std::vector<TaskPairs>& training,
                                          const InstanceSettings& settings,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked = {});

/// The same with questions of an authors' file (exchange/authors.h), of those the ones of `options.kind`. The
/// solvers are those that need no training patients.
UnderstandingTable evaluate_understanding(ReferenceModel* model, AuthorsReader& questions,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked = {});

/// The reconstruction bound of the model's autoencoder; see reconstruction_bounds(). Error(kInterrupted)
/// between two slices after an interrupt.
std::vector<ReconstructionBound> reconstruction_bounds(ReferenceModel& model,
                                                       const std::vector<TaskPairs>& pairs,
                                                       const std::function<void()>& done = {});

/// What their documents say of where a number comes from: {"data", "model", "seed", "compute", "build"}.
/// `data`: of the pairs (SuitePairs::provenance); `compute`: device, threads and version of LibTorch.
/// `model`: null where only solvers were asked.
Json evaluation_provenance(const Json& data, const Json& model, uint64_t seed, const Json& compute);

}  // namespace synerbench::reference
