// Attention over blocks of visible pairs, with fewer key heads than query heads.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "reference/mot/attention_plan.h"

namespace synerbench::reference {

enum class AttentionKernel {
  kAuto,      // fused when this LibTorch has it, else explicit
  kExplicit,  // chunked softmax in float32
  kFused,     // scaled_dot_product_attention; LibTorch 2.0 or later
};
bool has_fused_attention();

/// Blocks with their masks and key rows as tensors, made once per sequence and used by every layer.
struct PlannedAttention {
  struct Block {
    Range queries;
    Range keys;           // when key_rows is undefined
    at::Tensor key_rows;  // int64 row numbers, when the keys are not contiguous
    at::Tensor mask;      // [queries, keys] float32, 0 or -inf; undefined: all visible
  };
  std::vector<Block> blocks;
  int64_t length = 0;
};
PlannedAttention to_tensors(const std::vector<AttentionBlock>& blocks, const at::Device& device);

/// q [heads, T, d], k and v [kv heads, T, d], rows in sequence order -> [heads, T, d]. Query head h uses key
/// head h / (heads / kv heads); scale 1/sqrt(d); softmax in float32. Differentiable; see Note [Attention
/// without kept weights].
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PlannedAttention& plan,
                  AttentionKernel kernel = AttentionKernel::kAuto);

/// One block: q [heads, n, d], k and v [kv heads, m, d] -> [heads, n, d]. `causal` aligns the last
/// query with the last key.
at::Tensor attend_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, bool causal,
                        AttentionKernel kernel = AttentionKernel::kAuto);

}  // namespace synerbench::reference
