// The SigLIP vision transformer on packed patches, and the connector into the language model.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "reference/mot/attention.h"
#include "reference/mot/decoder.h"
#include "reference/mot/ops.h"
#include "reference/mot/parameters.h"
#include "reference/shape/sizes.h"

namespace synerbench::reference {

struct VitLayer {
  at::Tensor norm1_weight, norm1_bias, norm2_weight, norm2_bias;
  Linear qkv, out, fc1, fc2;
};

/// Handles to the vision weights in a Parameters.
struct Vit {
  VitSizes sizes;
  Linear patch_embedding;
  at::Tensor position_embedding;  // [grid*grid, Hv]
  std::vector<VitLayer> layers;
  at::Tensor post_weight, post_bias;
  Linear connector1, connector2;
  at::Tensor table;  // [grid*grid, H] sin-cos, added after the connector
};
Vit bind_vit(const Parameters& parameters, const VitSizes& sizes);

/// patches [n, 3*P*P] of all images, position_ids [n] int64, `lengths`: patches per image; images do not see
/// each other -> [n, H] with the position table added. `observe` sees "embed", "layer.<i>", "post_norm",
/// "connector".
at::Tensor vit_forward(const at::Tensor& patches, const at::Tensor& position_ids,
                       const std::vector<int64_t>& lengths, const Vit& vit, const DecoderSettings& settings,
                       const Observer& observe = {});

/// The two layers of a ViT block's MLP and of the connector: fc2(tanh_gelu(fc1(x))).
at::Tensor gelu_mlp(const at::Tensor& x, const Linear& fc1, const Linear& fc2, at::ScalarType compute);

}  // namespace synerbench::reference
