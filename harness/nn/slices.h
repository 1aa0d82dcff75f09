// From a batch of slices in plain memory through a network and back.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "harness/core/model.h"
#include "harness/nn/tensors.h"

namespace synerbench::nn {

/// Evaluates `network` ([1, 1, H, W] -> same) on every slice by itself and without gradients, so that a
/// result depends neither on its batch nor on its neighbours, even where a kernel rounds differently for
/// another batch size. The Random of a slice starts from its seed.
void for_each_slice(const SliceBatch& source, std::span<const uint64_t> seeds, std::span<float> prediction,
                    const std::string& device,
                    const std::function<at::Tensor(const at::Tensor& slice, Random& random)>& network);

/// Error(kUsage) of `method` unless height and width are multiples of `multiple`; `reason` ends the sentence:
/// "(num_downs 6)".
void require_multiple_of(const SliceBatch& source, int64_t multiple, const std::string& method,
                         const std::string& reason);

}  // namespace synerbench::nn
