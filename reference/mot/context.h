// What the model has read so far: keys and values of every layer, and the decoder's pass over new rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "reference/mot/decoder.h"

namespace synerbench::reference {

/// Keys (after norm and rotation) and values of every layer, in sequence order. Buffers grow by doubling, so
/// reading token after token does not copy the past each time. Not thread-safe.
class Context {
 public:
  Context(const Decoder& decoder, at::ScalarType dtype);
  /// An independent copy.
  Context fork() const;

  int64_t length() const { return length_; }  // rows kept
  int64_t rope() const { return rope_; }      // rotary position of the next split
  void advance_rope(int64_t steps) { rope_ += steps; }
  size_t bytes() const;  // of the buffers

  /// Kept rows of one layer: [kv heads, length, d] views.
  at::Tensor keys(size_t layer) const;
  at::Tensor values(size_t layer) const;

  /// Room for `rows` rows after the kept ones; `spare` more are reserved when the buffers must grow.
  void reserve(int64_t rows);
  /// Keys and values of rows [0, length + rows): the last `rows` are scratch until keep() is called.
  at::Tensor keys_with(size_t layer, int64_t rows) const;
  at::Tensor values_with(size_t layer, int64_t rows) const;
  void keep(int64_t rows) { length_ += rows; }

 private:
  std::vector<at::Tensor> keys_, values_;  // [kv heads, capacity, d]
  int64_t length_ = 0, rope_ = 0, capacity_ = 0;
};

/// One split to be read: `before` understanding rows, then `latents` generation rows, then `after`
/// understanding rows. Text and ViT images have no latents; VAE images are one mark, latents, one mark.
struct SplitRows {
  Context* context = nullptr;
  int64_t before = 0, latents = 0, after = 0;
  bool causal = false;  // text: rows see what precedes them; else all rows of the split see each other
  bool keep = true;     // append to the context; false for the query of a sampling step
  int64_t rows() const { return before + latents + after; }
};

/// Hidden rows by expert; for several splits, one split's rows after the other's.
struct ExpertRows {
  at::Tensor understanding, generation;  // undefined when there are none
};

/// The cached pass: every split sees its own context and itself. Splits of different contexts go through the
/// layers together (one product per layer and expert); that is how a guided step costs less than three
/// passes. Rotary positions follow from each context; the caller advances them. Contexts must be distinct. No
/// gradient. Returns the rows after the final norms.
ExpertRows read_splits(const ExpertRows& rows, std::span<const SplitRows> splits, const Decoder& decoder,
                       const DecoderSettings& settings);

/// One layer of it, for tests: rows in, rows out; the contexts' scratch rows of `layer` are filled.
ExpertRows read_layer(const ExpertRows& rows, std::span<const SplitRows> splits, size_t layer,
                      const Decoder& decoder, const DecoderSettings& settings);

}  // namespace synerbench::reference
