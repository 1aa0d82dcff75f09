// From a batch of slices in plain memory through a network and back.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "harness/core/model.h"
#include "harness/nn/tensors.h"

namespace synerbench::nn {

/// Evaluates `network` ([1, 1, H, W] -> same) on every slice by itself, on one thread and without gradients,
/// so that a result depends neither on its batch nor on its neighbors nor on the number of threads. The
/// Random of a slice starts from its seed.
///
/// Note [One thread per slice]. A kernel rounds differently for another batch size, and on some processors
/// for another number of threads: the matrix product of OpenBLAS 0.3.21 for AVX2 (Haswell, Zen) gives a
/// column other last digits when it stands at the edge of a thread's share; that for AVX-512 does not. Equal
/// bytes for any number of threads are promised, so a slice gets one.
void for_each_slice(const SliceBatch& source, std::span<const uint64_t> seeds, std::span<float> prediction,
                    const std::string& device,
                    const std::function<at::Tensor(const at::Tensor& slice, Random& random)>& network);

/// Error(kUsage) of `method` unless height and width are multiples of `multiple`; `reason` ends the sentence:
/// "(num_downs 6)".
void require_multiple_of(const SliceBatch& source, int64_t multiple, const std::string& method,
                         const std::string& reason);

}  // namespace synerbench::nn
