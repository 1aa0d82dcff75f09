// Independent jobs on several threads: how more than one core is used for training without changing a byte.
#pragma once

#include <functional>
#include <vector>

namespace synerbench {

/// Runs the jobs in order on `threads` threads (>= 1; 1: in the caller's). When one throws, no further job is started, those that run
/// are waited for, and the error of the earliest failed job is rethrown. See Note [Threads in training].
void run_side_by_side(int threads, const std::vector<std::function<void()>>& jobs);

}  // namespace synerbench
