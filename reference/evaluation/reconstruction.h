// The reconstruction bound: how well a model's autoencoder alone keeps the target slices. No synthesis
// through that autoencoder can be expected to score higher, so a synthesis score is read beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "metrics/statistics.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// A slice through the autoencoder and back, of the same size, values in [-1, 1].
using Reconstructor = std::function<std::vector<float>(const SliceImage& slice)>;

/// The bound of one task. SSIM is the protocol synermed-2d's (Wang et al. 2004), on the canvas, over a range
/// of 2.
struct ReconstructionBound {
  Task task;
  BootstrapInterval whole;  // mean of the patients' means over their target slices, with its interval
  // windows centered in the body mask; slices whose mask is empty take no part; n = 0: no slice has a body
  BootstrapInterval body;
  int64_t slices = 0;
};

/// One result per task, in order. `done` is called after each slice. Error(kUsage) when a task has no pairs,
/// Error(kSomeFailed) naming the slice when what comes back of it is not finite.
std::vector<ReconstructionBound> reconstruction_bounds(const std::vector<TaskPairs>& tasks,
                                                       const Reconstructor& reconstruct,
                                                       const std::function<void()>& done = {});

/// Schema synerbench/reconstruction-bound, version 1.
Json reconstruction_document(const std::vector<ReconstructionBound>& bounds, const Json& provenance);
/// A line per task for people.
std::string to_text(const std::vector<ReconstructionBound>& bounds);

}  // namespace synerbench::reference
