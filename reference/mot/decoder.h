// The mixture-of-transformers decoder: two experts, one attention.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "reference/mot/attention.h"
#include "reference/mot/ops.h"
#include "reference/mot/parameters.h"
#include "reference/shape/sizes.h"

namespace synerbench::reference {

/// One expert's weights of one layer. q, k and v, and gate and up, are one matrix each (see Parameters).
struct Expert {
  at::Tensor input_norm, post_norm;  // [H]
  at::Tensor q_norm, k_norm;         // [d]
  Linear qkv, o, gate_up, down;
};
struct DecoderLayer {
  Expert understanding, generation;
};

/// Handles to the decoder's weights in a Parameters.
struct Decoder {
  LlmSizes sizes;
  at::Tensor embedding;  // [V, H]
  Linear head;           // [V, H]
  std::vector<DecoderLayer> layers;
  at::Tensor norm, norm_generation;  // [H]
  at::Tensor rope_frequencies;       // [d/2] float32
};
Decoder bind_decoder(const Parameters& parameters, const LlmSizes& sizes);

/// Sees intermediate values by name ("q_rope", "layer"); rows in packed order, heads as [rows, heads, d].
using Observer = std::function<void(const std::string& name, const at::Tensor& value)>;

/// How the decoder computes.
struct DecoderSettings {
  at::ScalarType compute;             // float32, or bfloat16 with the casts of the official code
  bool freeze_understanding = false;  // detach the understanding rows where the official code does
  bool checkpoint_layers = false;  // recompute each layer in the backward pass instead of keeping its values
  AttentionKernel attention = AttentionKernel::kAuto;
};

/// What every layer of one packed sequence shares.
///
/// Note [Packed order]. Rows are kept sorted by expert: the `understanding` rows first (text, then ViT), the
/// generation rows after them, so each expert works on one contiguous slice and nothing is scattered.
/// Attention alone needs the order of the sequence; `to_sequence` and `to_packed` are the way there and back.
struct PackedRows {
  int64_t understanding = 0, generation = 0;
  at::Tensor to_sequence;  // [T] int64: packed row of sequence position i
  at::Tensor to_packed;    // [T] int64: sequence position of packed row i
  RotaryTable rotary;      // of packed rows
  PlannedAttention attention;
};
/// `order` [T]: sequence position of packed row i; `position_ids` [T]: rotary position of sequence position
/// i.
PackedRows make_packed_rows(const std::vector<int64_t>& order, int64_t understanding,
                            const std::vector<int64_t>& position_ids,
                            const std::vector<AttentionBlock>& blocks, const Decoder& decoder);

/// One layer over all rows of a packed sequence, training path. x: [T, H], packed order.
at::Tensor layer_forward(const at::Tensor& x, const DecoderLayer& layer, const LlmSizes& sizes,
                         const PackedRows& rows, const DecoderSettings& settings,
                         const Observer& observe = {});

/// All layers and the final norms. `observe` sees "hidden.<i>" after each layer.
at::Tensor decoder_forward(const at::Tensor& x, const Decoder& decoder, const PackedRows& rows,
                           const DecoderSettings& settings, const Observer& observe = {});

}  // namespace synerbench::reference
