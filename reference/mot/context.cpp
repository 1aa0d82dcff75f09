#include "reference/mot/context.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

/// Rotary tables of the rows, which every layer shares.
struct Rotaries {
  RotaryTable understanding, generation;
};

Rotaries rotaries_of(std::span<const SplitRows> splits, const Decoder& decoder) {
  std::vector<int64_t> understanding, generation;
  for (const SplitRows& split : splits) {
    const int64_t rope = split.context->rope();
    for (int64_t i = 0; i < split.before + split.after; ++i)
      understanding.push_back(split.causal ? rope + i : rope);
    generation.insert(generation.end(), static_cast<size_t>(split.latents), rope);
  }
  const auto table = [&](const std::vector<int64_t>& positions) {
    return rotary_table(at::tensor(positions, at::TensorOptions(at::kLong)).to(decoder.embedding.device()),
                        decoder.rope_frequencies);
  };
  return {table(understanding), table(generation)};
}

struct Heads {
  at::Tensor q, k, v;  // [rows, heads, d]
};

/// `lift`: the official generation path norms and rotates q and k in float32 even when it computes in
/// bfloat16.
Heads heads_of(const at::Tensor& x, const Expert& e, const RotaryTable& rotary, const LlmSizes& sizes,
               at::ScalarType compute, bool lift) {
  const int64_t d = sizes.head_size(), n = x.size(0);
  const at::Tensor qkv = e.qkv(rms_norm(x, e.input_norm, sizes.rms_eps), compute);
  const auto part = [&](int64_t first, int64_t heads) {
    return qkv.narrow(1, first * d, heads * d).view({n, heads, d});
  };
  const auto turned = [&](const at::Tensor& t, const at::Tensor& weight) {
    return normed_rotated(lift ? t.to(at::kFloat) : t, weight, sizes.rms_eps, rotary).to(compute);
  };
  return {turned(part(0, sizes.heads), e.q_norm), turned(part(sizes.heads, sizes.kv_heads), e.k_norm),
          part(sizes.heads + sizes.kv_heads, sizes.kv_heads)};
}

at::Tensor finish_rows(const at::Tensor& x, const at::Tensor& context, const Expert& e, const LlmSizes& sizes,
                       at::ScalarType compute) {
  const at::Tensor middle = x + e.o(context, compute);
  return middle +
         e.down(gated_silu(e.gate_up(rms_norm(middle, e.post_norm, sizes.rms_eps), compute)), compute);
}

ExpertRows read_one_layer(const ExpertRows& rows, std::span<const SplitRows> splits, size_t layer,
                          const Decoder& decoder, const DecoderSettings& settings, const Rotaries& rotaries) {
  const LlmSizes& sizes = decoder.sizes;
  const DecoderLayer& weights = decoder.layers[layer];
  const bool generates = rows.generation.defined();
  const bool lift = generates && settings.compute != at::kFloat;
  Heads und, gen;
  if (rows.understanding.defined())
    und = heads_of(rows.understanding, weights.understanding, rotaries.understanding, sizes, settings.compute,
                   lift);
  if (generates)
    gen = heads_of(rows.generation, weights.generation, rotaries.generation, sizes, settings.compute, lift);
  const int64_t width = sizes.heads * sizes.head_size();
  at::Tensor und_out, gen_out;
  if (rows.understanding.defined()) und_out = at::empty({rows.understanding.size(0), width}, und.q.options());
  if (generates) gen_out = at::empty({rows.generation.size(0), width}, gen.q.options());

  int64_t und_row = 0, gen_row = 0;
  for (const SplitRows& split : splits) {
    const int64_t n = split.rows(), past = split.context->length();
    // The three runs of the split: where they are in the sequence, and in which expert's rows.
    struct Run {
      int64_t at, count, row;
      bool generation;
    };
    const Run runs[] = {{0, split.before, und_row, false},
                        {split.before, split.latents, gen_row, true},
                        {split.before + split.latents, split.after, und_row + split.before, false}};
    const at::Tensor keys = split.context->keys_with(layer, n), values = split.context->values_with(layer, n);
    const Heads& some = und.q.defined() ? und : gen;
    const at::Tensor q = at::empty({sizes.heads, n, sizes.head_size()}, some.q.options());
    for (const Run& run : runs) {
      if (run.count == 0) continue;
      const Heads& heads = run.generation ? gen : und;
      q.narrow(1, run.at, run.count).copy_(heads.q.narrow(0, run.row, run.count).transpose(0, 1));
      keys.narrow(1, past + run.at, run.count).copy_(heads.k.narrow(0, run.row, run.count).transpose(0, 1));
      values.narrow(1, past + run.at, run.count).copy_(heads.v.narrow(0, run.row, run.count).transpose(0, 1));
    }
    const at::Tensor attended =
        attend_block(q, keys, values, split.causal, settings.attention).transpose(0, 1);
    for (const Run& run : runs) {
      if (run.count == 0) continue;
      const at::Tensor& out = run.generation ? gen_out : und_out;
      out.narrow(0, run.row, run.count)
          .view({run.count, sizes.heads, sizes.head_size()})
          .copy_(attended.narrow(0, run.at, run.count));
    }
    und_row += split.before + split.after;
    gen_row += split.latents;
  }
  ExpertRows out;
  if (rows.understanding.defined())
    out.understanding =
        finish_rows(rows.understanding, und_out, weights.understanding, sizes, settings.compute);
  if (generates)
    out.generation = finish_rows(rows.generation, gen_out, weights.generation, sizes, settings.compute);
  return out;
}

void check_rows(const ExpertRows& rows, std::span<const SplitRows> splits) {
  int64_t understanding = 0, generation = 0;
  for (const SplitRows& split : splits) {
    SB_CHECK(split.context && split.rows() > 0, "a split has a context and rows");
    SB_CHECK(!(split.causal && split.latents > 0), "text has no latents");
    understanding += split.before + split.after;
    generation += split.latents;
    split.context->reserve(split.rows());
  }
  SB_CHECK((rows.understanding.defined() ? rows.understanding.size(0) : 0) == understanding,
           "understanding rows match the splits");
  SB_CHECK((rows.generation.defined() ? rows.generation.size(0) : 0) == generation,
           "generation rows match the splits");
}

}  // namespace

Context::Context(const Decoder& decoder, at::ScalarType dtype) {
  const auto options = at::TensorOptions(dtype).device(decoder.embedding.device());
  const std::vector<int64_t> shape = {decoder.sizes.kv_heads, 0, decoder.sizes.head_size()};
  for (size_t i = 0; i < decoder.layers.size(); ++i) {
    keys_.push_back(at::empty(shape, options));
    values_.push_back(at::empty(shape, options));
  }
}

Context Context::fork() const {
  Context copy = *this;
  for (auto* buffers : {&copy.keys_, &copy.values_}) {
    for (at::Tensor& buffer : *buffers) buffer = buffer.clone();
  }
  return copy;
}

size_t Context::bytes() const {
  size_t bytes = 0;
  for (const auto* buffers : {&keys_, &values_}) {
    for (const at::Tensor& buffer : *buffers) bytes += static_cast<size_t>(buffer.nbytes());
  }
  return bytes;
}

at::Tensor Context::keys(size_t layer) const { return keys_[layer].narrow(1, 0, length_); }
at::Tensor Context::values(size_t layer) const { return values_[layer].narrow(1, 0, length_); }
at::Tensor Context::keys_with(size_t layer, int64_t rows) const {
  return keys_[layer].narrow(1, 0, length_ + rows);
}
at::Tensor Context::values_with(size_t layer, int64_t rows) const {
  return values_[layer].narrow(1, 0, length_ + rows);
}

void Context::reserve(int64_t rows) {
  if (length_ + rows <= capacity_) return;
  capacity_ = std::max(length_ + rows, capacity_ + capacity_ / 2);
  for (auto* buffers : {&keys_, &values_}) {
    for (at::Tensor& buffer : *buffers) {
      const at::Tensor larger = at::empty({buffer.size(0), capacity_, buffer.size(2)}, buffer.options());
      larger.narrow(1, 0, length_).copy_(buffer.narrow(1, 0, length_));
      buffer = larger;
    }
  }
}

ExpertRows read_layer(const ExpertRows& rows, std::span<const SplitRows> splits, size_t layer,
                      const Decoder& decoder, const DecoderSettings& settings) {
  const at::NoGradGuard no_grad;
  check_rows(rows, splits);
  return read_one_layer(rows, splits, layer, decoder, settings, rotaries_of(splits, decoder));
}

ExpertRows read_splits(const ExpertRows& rows, std::span<const SplitRows> splits, const Decoder& decoder,
                       const DecoderSettings& settings) {
  const at::NoGradGuard no_grad;
  check_rows(rows, splits);
  const Rotaries rotaries = rotaries_of(splits, decoder);
  ExpertRows x = rows;
  for (size_t i = 0; i < decoder.layers.size(); ++i)
    x = read_one_layer(x, splits, i, decoder, settings, rotaries);
  for (const SplitRows& split : splits) {
    if (split.keep) split.context->keep(split.rows());
  }
  if (x.understanding.defined())
    x.understanding = rms_norm(x.understanding, decoder.norm, decoder.sizes.rms_eps);
  if (x.generation.defined())
    x.generation = rms_norm(x.generation, decoder.norm_generation, decoder.sizes.rms_eps);
  return x;
}

}  // namespace synerbench::reference
