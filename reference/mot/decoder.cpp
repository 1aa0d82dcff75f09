#include "reference/mot/decoder.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "reference/mot/gradient.h"
#include "reference/shape/tables.h"

namespace synerbench::reference {
namespace {

Linear bind_linear(const Parameters& p, const std::string& name, bool bias) {
  return {p.leaf(name + ".weight"), bias ? p.leaf(name + ".bias") : at::Tensor()};
}

Expert bind_expert(const Parameters& p, const std::string& prefix, const std::string& suffix) {
  const std::string attention = prefix + "self_attn.", mlp = prefix + "mlp" + suffix;
  Expert e;
  e.input_norm = p.leaf(prefix + "input_layernorm" + suffix + ".weight");
  e.post_norm = p.leaf(prefix + "post_attention_layernorm" + suffix + ".weight");
  e.q_norm = p.leaf(attention + "q_norm" + suffix + ".weight");
  e.k_norm = p.leaf(attention + "k_norm" + suffix + ".weight");
  e.qkv = bind_linear(p, attention + "qkv_proj" + suffix, true);
  e.o = bind_linear(p, attention + "o_proj" + suffix, false);
  e.gate_up = bind_linear(p, mlp + ".gate_up_proj", false);
  e.down = bind_linear(p, mlp + ".down_proj", false);
  return e;
}

at::Tensor join(const std::vector<at::Tensor>& parts) {
  return parts.size() == 1 ? parts[0] : at::cat(parts, 0);
}

}  // namespace

Decoder bind_decoder(const Parameters& p, const LlmSizes& sizes) {
  const std::string model = "language_model.model.";
  Decoder d;
  d.sizes = sizes;
  d.embedding = p.leaf(model + "embed_tokens.weight");
  d.head = bind_linear(p, "language_model.lm_head", false);
  for (int64_t i = 0; i < sizes.layers; ++i) {
    const std::string prefix = fmt::format("{}layers.{}.", model, i);
    d.layers.push_back({bind_expert(p, prefix, ""), bind_expert(p, prefix, "_moe_gen")});
  }
  d.norm = p.leaf(model + "norm.weight");
  d.norm_generation = p.leaf(model + "norm_moe_gen.weight");
  d.rope_frequencies =
      at::tensor(rope_frequencies(sizes.head_size(), sizes.rope_theta)).to(d.embedding.device());
  return d;
}

PackedRows make_packed_rows(const std::vector<int64_t>& order, int64_t understanding,
                            const std::vector<int64_t>& position_ids,
                            const std::vector<AttentionBlock>& blocks, const Decoder& decoder) {
  SB_CHECK(order.size() == position_ids.size(), "text, ViT and VAE rows cover the sequence");
  const at::Device device = decoder.embedding.device();
  PackedRows rows;
  rows.understanding = understanding;
  rows.generation = static_cast<int64_t>(order.size()) - understanding;
  std::vector<int64_t> inverse(order.size(), -1), positions(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    inverse.at(static_cast<size_t>(order[i])) = static_cast<int64_t>(i);
    positions[i] = position_ids.at(static_cast<size_t>(order[i]));
  }
  for (const int64_t row : inverse) SB_CHECK(row >= 0, "a position of the sequence has no row");
  rows.to_packed = at::tensor(order, at::TensorOptions(at::kLong)).to(device);
  rows.to_sequence = at::tensor(inverse, at::TensorOptions(at::kLong)).to(device);
  rows.rotary =
      rotary_table(at::tensor(positions, at::TensorOptions(at::kLong)).to(device), decoder.rope_frequencies);
  rows.attention = to_tensors(blocks, device);
  return rows;
}

at::Tensor layer_forward(const at::Tensor& x, const DecoderLayer& layer, const LlmSizes& sizes,
                         const PackedRows& rows, const DecoderSettings& settings, const Observer& observe) {
  const int64_t d = sizes.head_size(), total = x.size(0);
  const bool frozen = settings.freeze_understanding;
  struct Side {
    const Expert* expert;
    int64_t begin, count;
    bool detach;
  };
  std::vector<Side> sides;
  if (rows.understanding > 0) sides.push_back({&layer.understanding, 0, rows.understanding, frozen});
  if (rows.generation > 0) sides.push_back({&layer.generation, rows.understanding, rows.generation, false});
  const auto see = [&](const char* name, const std::vector<at::Tensor>& parts) {
    if (observe) observe(name, join(parts));
  };
  // The understanding rows of a frozen run take no gradient further than these points.
  const auto stop = [](const at::Tensor& t, const Side& side) { return side.detach ? t.detach() : t; };

  std::vector<at::Tensor> normed, q_raw, k_raw, q_normed, k_normed, queries, keys, values;
  for (const Side& side : sides) {
    const Expert& e = *side.expert;
    normed.push_back(rms_norm(x.narrow(0, side.begin, side.count), e.input_norm, sizes.rms_eps));
    const at::Tensor qkv = e.qkv(normed.back(), settings.compute);
    const auto heads_of = [&](int64_t first, int64_t heads) {
      return qkv.narrow(1, first * d, heads * d).view({side.count, heads, d});
    };
    const at::Tensor q = heads_of(0, sizes.heads), k = heads_of(sizes.heads, sizes.kv_heads);
    values.push_back(stop(heads_of(sizes.heads + sizes.kv_heads, sizes.kv_heads), side));
    const RotaryTable rotary{rows.rotary.cos.narrow(0, side.begin, side.count),
                             rows.rotary.sin.narrow(0, side.begin, side.count)};
    // Detaching before or after the rotation, which has no weights, is the same.
    queries.push_back(stop(normed_rotated(q, e.q_norm, sizes.rms_eps, rotary), side));
    keys.push_back(stop(normed_rotated(k, e.k_norm, sizes.rms_eps, rotary), side));
    if (observe) {
      q_raw.push_back(q);
      k_raw.push_back(k);
      q_normed.push_back(rms_norm(q, e.q_norm, sizes.rms_eps));
      k_normed.push_back(rms_norm(k, e.k_norm, sizes.rms_eps));
    }
  }
  see("normed", normed);
  if (observe) {
    see("q_proj", q_raw);
    see("k_proj", k_raw);
    see("v_proj", values);
    see("q_norm", q_normed);
    see("k_norm", k_normed);
    see("q_rope", queries);
    see("k_rope", keys);
  }
  const auto in_sequence = [&](const std::vector<at::Tensor>& parts) {
    return join(parts).to(settings.compute).index_select(0, rows.to_sequence).transpose(0, 1).contiguous();
  };
  const at::Tensor attended = attend(in_sequence(queries), in_sequence(keys), in_sequence(values),
                                     rows.attention, settings.attention);
  const at::Tensor context =
      attended.transpose(0, 1).index_select(0, rows.to_packed).reshape({total, sizes.heads * d});
  if (observe) observe("attn", context);

  std::vector<at::Tensor> projected, post, mlp, out;
  for (const Side& side : sides) {
    const Expert& e = *side.expert;
    projected.push_back(stop(e.o(context.narrow(0, side.begin, side.count), settings.compute), side));
    const at::Tensor residual = x.narrow(0, side.begin, side.count) + projected.back();
    post.push_back(rms_norm(residual, e.post_norm, sizes.rms_eps));
    mlp.push_back(stop(e.down(gated_silu(e.gate_up(post.back(), settings.compute)), settings.compute), side));
    out.push_back(residual + mlp.back());
  }
  see("o_proj", projected);
  see("post_norm", post);
  see("mlp", mlp);
  see("layer", out);
  return join(out);
}

at::Tensor decoder_forward(const at::Tensor& x, const Decoder& decoder, const PackedRows& rows,
                           const DecoderSettings& settings, const Observer& observe) {
  at::Tensor hidden = x;
  if (settings.freeze_understanding && rows.understanding > 0) {
    const at::Tensor understanding = x.narrow(0, 0, rows.understanding).detach();
    hidden = rows.generation > 0
                 ? at::cat({understanding, x.narrow(0, rows.understanding, rows.generation)}, 0)
                 : understanding;
  }
  for (size_t i = 0; i < decoder.layers.size(); ++i) {
    const auto run = [&, i](const at::Tensor& x) {
      return layer_forward(x, decoder.layers[i], decoder.sizes, rows, settings);
    };
    // The graph may outlive this call: what is run again later must hold its own copies.
    const auto run_later = [layer = decoder.layers[i], sizes = decoder.sizes, rows,
                            settings](const at::Tensor& x) {
      return layer_forward(x, layer, sizes, rows, settings);
    };
    hidden = settings.checkpoint_layers ? recomputed(run_later, hidden) : run(hidden);
    if (observe) observe(fmt::format("hidden.{}", i), hidden);
  }
  std::vector<at::Tensor> parts;
  if (rows.understanding > 0) {
    const at::Tensor part =
        rms_norm(hidden.narrow(0, 0, rows.understanding), decoder.norm, decoder.sizes.rms_eps);
    parts.push_back(settings.freeze_understanding ? part.detach() : part);
  }
  if (rows.generation > 0) {
    parts.push_back(rms_norm(hidden.narrow(0, rows.understanding, rows.generation), decoder.norm_generation,
                             decoder.sizes.rms_eps));
  }
  return join(parts);
}

}  // namespace synerbench::reference
