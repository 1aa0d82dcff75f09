#include "reference/mot/attention.h"

#include <ATen/ATen.h>
#include <torch/version.h>

#include <cmath>
#include <limits>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();
/// Scores that one chunk of the explicit path may hold; 64 MiB in float32.
constexpr int64_t kChunkScores = int64_t{16} << 20;

/// [heads, n, d] -> [kv heads, group * n, d]: queries that share a key head become rows of one product.
at::Tensor group_queries(const at::Tensor& q, int64_t kv_heads) {
  return q.reshape({kv_heads, q.size(0) / kv_heads * q.size(1), q.size(2)});
}

/// Explicit softmax; mask [n, m] or undefined.
at::Tensor explicit_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& mask) {
  const int64_t heads = q.size(0), n = q.size(1), d = q.size(2), kv_heads = k.size(0), m = k.size(1);
  const double scale = 1.0 / std::sqrt(static_cast<double>(d));
  at::Tensor scores = at::bmm(group_queries(q, kv_heads) * scale, k.transpose(1, 2)).to(at::kFloat);
  if (mask.defined()) scores = (scores.view({heads, n, m}) + mask).view({kv_heads, heads / kv_heads * n, m});
  const at::Tensor weights = at::softmax(scores, -1).to(v.scalar_type());
  return at::bmm(weights, v).view({heads, n, d});
}

at::Tensor fused_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       const at::Tensor& mask) {
#if TORCH_VERSION_MAJOR >= 2
  const int64_t group = q.size(0) / k.size(0);
  const auto spread = [&](const at::Tensor& x) {
    return x.unsqueeze(1)
        .expand({x.size(0), group, x.size(1), x.size(2)})
        .reshape({q.size(0), x.size(1), x.size(2)})
        .unsqueeze(0);
  };
  c10::optional<at::Tensor> bias;
  if (mask.defined()) bias = mask.to(q.scalar_type());
  return at::scaled_dot_product_attention(q.unsqueeze(0), spread(k), spread(v), bias).squeeze(0);
#else
  (void)q, (void)k, (void)v, (void)mask;
  check_failed("this LibTorch has a fused attention kernel", __FILE__, __LINE__, TORCH_VERSION);
#endif
}

bool use_fused(AttentionKernel kernel) {
  return kernel == AttentionKernel::kFused || (kernel == AttentionKernel::kAuto && has_fused_attention());
}

}  // namespace

bool has_fused_attention() {
#if TORCH_VERSION_MAJOR >= 2
  return true;
#else
  return false;
#endif
}

PlannedAttention to_tensors(const std::vector<AttentionBlock>& blocks, const at::Device& device) {
  PlannedAttention plan;
  for (const AttentionBlock& block : blocks) {
    PlannedAttention::Block out{block.queries, {}, {}, {}};
    if (block.keys.size() == 1) {
      out.keys = block.keys[0];
    } else {
      std::vector<int64_t> rows;
      for (const Range& range : block.keys) {
        for (int64_t k = range.begin; k < range.end; ++k) rows.push_back(k);
      }
      out.key_rows = at::tensor(rows, at::TensorOptions(at::kLong)).to(device);
    }
    if (!block.mask.empty()) {
      at::Tensor mask = at::empty({block.queries.size(), block.key_count}, at::TensorOptions(at::kFloat));
      float* values = mask.data_ptr<float>();
      for (size_t i = 0; i < block.mask.size(); ++i) values[i] = block.mask[i] ? 0.0f : kHidden;
      out.mask = mask.to(device);
    }
    plan.length = block.queries.end;
    plan.blocks.push_back(std::move(out));
  }
  return plan;
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PlannedAttention& plan,
                  AttentionKernel kernel) {
  SB_CHECK(plan.length == q.size(1), "the plan is of another sequence");
  std::vector<at::Tensor> parts;
  for (const auto& block : plan.blocks) {
    const auto keys_of = [&](const at::Tensor& x) {
      return block.key_rows.defined() ? x.index_select(1, block.key_rows)
                                      : x.narrow(1, block.keys.begin, block.keys.size());
    };
    const at::Tensor queries = q.narrow(1, block.queries.begin, block.queries.size());
    parts.push_back(use_fused(kernel) ? fused_block(queries, keys_of(k), keys_of(v), block.mask)
                                      : explicit_block(queries, keys_of(k), keys_of(v), block.mask));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts, 1);
}

at::Tensor attend_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, bool causal,
                        AttentionKernel kernel) {
  const int64_t heads = q.size(0), n = q.size(1), m = k.size(1);
  at::Tensor mask;
  if (causal && n > 1) {
    mask = at::full({n, m}, kHidden, q.options().dtype(at::kFloat)).triu(m - n + 1);
  }
  if (use_fused(kernel)) return fused_block(q, k, v, mask);
  const int64_t rows = std::max<int64_t>(1, kChunkScores / std::max<int64_t>(1, heads * m));
  if (rows >= n) return explicit_block(q, k, v, mask);
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < n; begin += rows) {
    const int64_t count = std::min(rows, n - begin);
    parts.push_back(explicit_block(q.narrow(1, begin, count), k, v,
                                   mask.defined() ? mask.narrow(0, begin, count) : mask));
  }
  return at::cat(parts, 1);
}

}  // namespace synerbench::reference
