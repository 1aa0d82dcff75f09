#include "reference/mot/attention.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/version.h>

#include <cmath>
#include <limits>

#include "harness/core/error.h"
#include "reference/mot/gradient.h"
#include "reference/mot/kernels.h"
#include "reference/mot/softmax.h"

namespace synerbench::reference {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();
/// Scores that one chunk of the explicit path may hold: 4 MiB in float32, about a core's share of the cache.
constexpr int64_t kChunkScores = int64_t{1} << 20;
constexpr int64_t kLeastRows = 16;  // below it products are too thin to be fast

/// [heads, n, d] -> [kv heads, group * n, d]: queries that share a key head become rows of one product.
at::Tensor group_queries(const at::Tensor& q, int64_t kv_heads) {
  return q.reshape({kv_heads, q.size(0) / kv_heads * q.size(1), q.size(2)});
}

/// One chunk of queries: q k^T + mask, in float32 [kv heads, group * n, m]. q [heads, n, d]; mask [n, m] or
/// undefined.
at::Tensor attention_scores(const at::Tensor& q, const at::Tensor& k, const at::Tensor& mask) {
  const int64_t heads = q.size(0), n = q.size(1), m = k.size(1);
  at::Tensor scores = at::bmm(group_queries(q, k.size(0)), k.transpose(1, 2)).to(at::kFloat);
  if (mask.defined()) scores.view({heads, n, m}).add_(mask);
  return scores;
}

double score_scale(const at::Tensor& q) { return 1.0 / std::sqrt(static_cast<double>(q.size(-1))); }

/// softmax(q k^T / sqrt(d) + mask) of one chunk, in k's type.
at::Tensor attention_weights(const at::Tensor& q, const at::Tensor& k, const at::Tensor& mask) {
  at::Tensor scores = attention_scores(q, k, mask);
  if (!kernels::usable(scores)) return at::softmax(scores.mul_(score_scale(q)), -1).to(k.scalar_type());
  kernels::softmax_(scores, score_scale(q));
  return scores.to(k.scalar_type());
}

/// Rows of a block that are worked on together.
int64_t chunk_rows(int64_t heads, int64_t n, int64_t m) {
  return std::clamp<int64_t>(kChunkScores / std::max<int64_t>(1, heads * m), std::min<int64_t>(n, kLeastRows),
                             n);
}

at::Tensor mask_rows(const at::Tensor& mask, int64_t begin, int64_t count) {
  return mask.defined() ? mask.narrow(0, begin, count) : mask;
}

/// Without gradient, into `out` [heads, n, d].
void explicit_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask,
                    const at::Tensor& out) {
  const int64_t heads = q.size(0), n = q.size(1), rows = chunk_rows(heads, n, k.size(1));
  for (int64_t begin = 0; begin < n; begin += rows) {
    const int64_t count = std::min(rows, n - begin);
    const at::Tensor queries = q.narrow(1, begin, count), rows_mask = mask_rows(mask, begin, count);
    at::Tensor rows_out = out.narrow(1, begin, count);
    const std::vector<int64_t> shape = {heads, count, q.size(2)};
    if (kernels::usable(q)) {
      const at::Tensor scores = attention_scores(queries, k, rows_mask),
                       sums = kernels::exponentials_(scores, score_scale(q));
      at::div_out(rows_out, at::bmm(scores, v).view(shape), sums.view({heads, count, 1}));
    } else {
      rows_out.copy_(at::bmm(attention_weights(queries, k, rows_mask), v).view(shape));
    }
  }
}

/// Gradients of one block; the weights are computed again. Adds to gk and gv, writes gq.
void explicit_block_backward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                             const at::Tensor& mask, const at::Tensor& out, const at::Tensor& g,
                             const at::Tensor& gq, const at::Tensor& gk, const at::Tensor& gv) {
  const int64_t heads = q.size(0), n = q.size(1), d = q.size(2), kv_heads = k.size(0),
                rows = chunk_rows(heads, n, k.size(1));
  const double scale = score_scale(q);
  for (int64_t begin = 0; begin < n; begin += rows) {
    const int64_t count = std::min(rows, n - begin);
    const auto part = [&](const at::Tensor& x) { return group_queries(x.narrow(1, begin, count), kv_heads); };
    const at::Tensor queries = q.narrow(1, begin, count), gradient = part(g);
    const at::Tensor weights = attention_weights(queries, k, mask_rows(mask, begin, count));
    gv.add_(at::bmm(weights.transpose(1, 2), gradient));
    // d softmax: P * (dP - rowsum(dP * P)), and that row sum is that of gradient * output.
    const at::Tensor scores = at::bmm(gradient, v.transpose(1, 2)).to(at::kFloat);
    const at::Tensor dot = (gradient.to(at::kFloat) * part(out).to(at::kFloat)).sum(-1, /*keepdim=*/true);
    if (kernels::usable(scores) && kernels::usable(weights)) {
      kernels::softmax_backward_(scores, weights, dot, scale);
    } else {
      scores.sub_(dot).mul_(weights).mul_(scale);
    }
    const at::Tensor narrow_scores = scores.to(k.scalar_type());
    gq.narrow(1, begin, count).copy_(at::bmm(narrow_scores, k).view({heads, count, d}));
    gk.add_(at::bmm(narrow_scores.transpose(1, 2), part(q)));
  }
}

at::Tensor keys_of(const PlannedAttention::Block& block, const at::Tensor& x) {
  return block.key_rows.defined() ? x.index_select(1, block.key_rows)
                                  : x.narrow(1, block.keys.begin, block.keys.size());
}

at::Tensor explicit_forward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const PlannedAttention& plan) {
  at::Tensor out = at::empty(q.sizes(), q.options());
  for (const auto& block : plan.blocks) {
    const auto queries = [&](const at::Tensor& x) {
      return x.narrow(1, block.queries.begin, block.queries.size());
    };
    explicit_block(queries(q), keys_of(block, k), keys_of(block, v), block.mask, queries(out));
  }
  return out;
}

/// Note [Attention without kept weights]. The weights of a block are the largest values of a layer; they are
/// not kept for the backward pass but computed a second time from q and k, chunk by chunk, so memory stays
/// linear in the sequence.
std::vector<at::Tensor> explicit_backward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                          const at::Tensor& out, const PlannedAttention& plan,
                                          const at::Tensor& gradient) {
  at::Tensor gq = at::empty(q.sizes(), q.options()), gk = at::zeros(k.sizes(), k.options()),
             gv = at::zeros(v.sizes(), v.options());
  for (const auto& block : plan.blocks) {
    const auto queries = [&](const at::Tensor& x) {
      return x.narrow(1, block.queries.begin, block.queries.size());
    };
    const bool scattered = block.key_rows.defined();
    const auto target = [&](const at::Tensor& x) {
      return scattered ? at::zeros({x.size(0), block.key_rows.size(0), x.size(2)}, x.options())
                       : x.narrow(1, block.keys.begin, block.keys.size());
    };
    const at::Tensor block_gk = target(gk), block_gv = target(gv);
    explicit_block_backward(queries(q), keys_of(block, k), keys_of(block, v), block.mask, queries(out),
                            queries(gradient), queries(gq), block_gk, block_gv);
    if (scattered) {
      gk.index_add_(1, block.key_rows, block_gk);
      gv.index_add_(1, block.key_rows, block_gv);
    }
  }
  return {gq, gk, gv};
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
  if (!use_fused(kernel)) {
    at::Tensor out;
    {
      const at::NoGradGuard no_grad;
      out = explicit_forward(q, k, v, plan);
    }
    return with_gradient(out, {q, k, v},
                         [q = q.detach(), k = k.detach(), v = v.detach(), kept = out.detach(),
                          plan](const at::Tensor& gradient) {
                           return explicit_backward(q, k, v, kept, plan, gradient.contiguous());
                         });
  }
  std::vector<at::Tensor> parts;
  for (const auto& block : plan.blocks) {
    parts.push_back(fused_block(q.narrow(1, block.queries.begin, block.queries.size()), keys_of(block, k),
                                keys_of(block, v), block.mask));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts, 1);
}

at::Tensor attend_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, bool causal,
                        AttentionKernel kernel) {
  const int64_t n = q.size(1), m = k.size(1);
  at::Tensor mask;
  if (causal && n > 1) {
    mask = at::full({n, m}, kHidden, q.options().dtype(at::kFloat)).triu(m - n + 1);
  }
  if (use_fused(kernel)) return fused_block(q, k, v, mask);
  at::Tensor out;
  {
    const at::NoGradGuard no_grad;
    out = at::empty(q.sizes(), q.options());
    explicit_block(q, k, v, mask, out);
  }
  return with_gradient(out, {q, k, v},
                       [q = q.detach(), k = k.detach(), v = v.detach(), kept = out.detach(),
                        mask](const at::Tensor& gradient) {
                         at::Tensor gq = at::empty(q.sizes(), q.options()),
                                    gk = at::zeros(k.sizes(), k.options()),
                                    gv = at::zeros(v.sizes(), v.options());
                         explicit_block_backward(q, k, v, mask, kept, gradient.contiguous(), gq, gk, gv);
                         return std::vector<at::Tensor>{gq, gk, gv};
                       });
}

}  // namespace synerbench::reference
