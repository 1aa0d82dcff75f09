// Where and how LibTorch computes: device, threads, determinism. No LibTorch header is needed to ask.
#pragma once

#include <string>

#include "harness/core/json.h"

namespace synerbench::nn {

/// Accepts "cpu" (matrix_buffers.h), "cuda", "cuda:<n>" if this machine can; else Error(kUsage) at `place`.
void check_device(const std::string& device, const std::string& place);

/// Threads inside one operation, for the whole process; LibTorch's own default is all cores. Forward passes
/// give the same bytes for any number, training does not (Note [Threads in training] in
/// harness/train/train.h). threads >= 1.
void set_compute_threads(int threads);
int compute_threads();

/// Repeatable kernels: cuDNN deterministic and without autotuning, no TF32. Without effect on the CPU.
void use_deterministic_kernels();

/// Version of the LibTorch that is running, "1.13.1".
std::string libtorch_version();

/// What a number may depend on beside the seed: {"libtorch", "device", "threads"}.
Json compute_provenance(const std::string& device);

}  // namespace synerbench::nn
