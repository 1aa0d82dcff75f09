// Weights of a vision transformer pre-trained on ImageNet, in the layout in which they were published.
#pragma once

#include "baselines/resvit/detail/network.h"
#include "harness/core/safetensors.h"

namespace synerbench::resvit {

/// Copies the transformer, the patch embedding and the position table of a published ViT (R50+ViT-B/16; an
/// .npz archive, converted array by array to safetensors under its own names) into `generator`. Both blocks
/// that use the transformer get the same embedding and table.
///
///   Transformer/encoderblock_{i}/{LayerNorm_0, LayerNorm_2}/{scale, bias}
///   Transformer/encoderblock_{i}/MultiHeadDotProductAttention_1/{query, key, value}/{kernel [hidden, heads,
///     d], bias [heads, d]}
///   Transformer/encoderblock_{i}/MultiHeadDotProductAttention_1/out/{kernel [heads, d, hidden], bias}
///   Transformer/encoderblock_{i}/MlpBlock_3/{Dense_0, Dense_1}/{kernel [in, out], bias}
///   Transformer/encoder_norm/{scale, bias}
///   Transformer/posembed_input/pos_embedding [1, n or 1 + n, hidden]
///   embedding/{kernel [1, 1, mid, hidden], bias}
///
/// A class token's position (the table's first row) is left out. A table of another grid is resized
/// bilinearly, corners on corners, as the published code does. The published code writes the resized table to
/// both blocks but an equally large one to a misspelled attribute of the first: here both get it always.
/// Other arrays (the hybrid's convolutional stem, the classifier) are ignored. A missing array or another
/// shape: Error(kBadInput), and the generator is left as it was.
void load_vit(GeneratorImpl& generator, const SafetensorsFile& file);

}  // namespace synerbench::resvit
