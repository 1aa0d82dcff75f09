#include "reference/vit/vit.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

constexpr const char* kVision = "vit_model.vision_model.";

Linear bind_linear(const Parameters& p, const std::string& name) {
  return {p.leaf(name + ".weight"), p.leaf(name + ".bias")};
}

at::Tensor vit_layer(const at::Tensor& x, const VitLayer& layer, const VitSizes& sizes,
                     const PlannedAttention& plan, const DecoderSettings& settings) {
  const int64_t n = x.size(0), d = sizes.hidden / sizes.heads;
  const at::Tensor qkv =
      layer.qkv(layer_norm(x, layer.norm1_weight, layer.norm1_bias, sizes.eps), settings.compute);
  const at::Tensor heads = qkv.view({n, 3, sizes.heads, d}).permute({1, 2, 0, 3}).contiguous();
  const at::Tensor attended = attend(heads[0], heads[1], heads[2], plan, settings.attention);
  const at::Tensor middle =
      x + layer.out(attended.transpose(0, 1).reshape({n, sizes.hidden}), settings.compute);
  const at::Tensor normed = layer_norm(middle, layer.norm2_weight, layer.norm2_bias, sizes.eps);
  return middle + gelu_mlp(normed, layer.fc1, layer.fc2, settings.compute);
}

}  // namespace

Vit bind_vit(const Parameters& p, const VitSizes& sizes) {
  const std::string vision = kVision;
  Vit v;
  v.sizes = sizes;
  v.patch_embedding = bind_linear(p, vision + "embeddings.patch_embedding");
  v.position_embedding = p.leaf(vision + "embeddings.position_embedding.weight");
  for (int64_t i = 0; i < sizes.layers; ++i) {
    const std::string prefix = fmt::format("{}encoder.layers.{}.", vision, i);
    VitLayer layer;
    layer.norm1_weight = p.leaf(prefix + "layer_norm1.weight");
    layer.norm1_bias = p.leaf(prefix + "layer_norm1.bias");
    layer.norm2_weight = p.leaf(prefix + "layer_norm2.weight");
    layer.norm2_bias = p.leaf(prefix + "layer_norm2.bias");
    layer.qkv = bind_linear(p, prefix + "self_attn.qkv_proj");
    layer.out = bind_linear(p, prefix + "self_attn.out_proj");
    layer.fc1 = bind_linear(p, prefix + "mlp.fc1");
    layer.fc2 = bind_linear(p, prefix + "mlp.fc2");
    v.layers.push_back(std::move(layer));
  }
  v.post_weight = p.leaf(vision + "post_layernorm.weight");
  v.post_bias = p.leaf(vision + "post_layernorm.bias");
  v.connector1 = bind_linear(p, "connector.fc1");
  v.connector2 = bind_linear(p, "connector.fc2");
  v.table = p.leaf(kVitTableKey);
  return v;
}

at::Tensor gelu_mlp(const at::Tensor& x, const Linear& fc1, const Linear& fc2, at::ScalarType compute) {
  return fc2(tanh_gelu(fc1(x, compute)), compute);
}

at::Tensor vit_forward(const at::Tensor& patches, const at::Tensor& position_ids,
                       const std::vector<int64_t>& lengths, const Vit& vit, const DecoderSettings& settings,
                       const Observer& observe) {
  const std::vector<SplitMode> modes(lengths.size(), SplitMode::kFull);
  const PlannedAttention plan = to_tensors(plan_attention(lengths, modes, lengths), patches.device());
  SB_CHECK(plan.length == patches.size(0), "lengths cover the patches");
  at::Tensor x =
      vit.patch_embedding(patches, settings.compute) + vit.position_embedding.index_select(0, position_ids);
  if (observe) observe("embed", x);
  for (size_t i = 0; i < vit.layers.size(); ++i) {
    x = vit_layer(x, vit.layers[i], vit.sizes, plan, settings);
    if (observe) observe(fmt::format("layer.{}", i), x);
  }
  x = layer_norm(x, vit.post_weight, vit.post_bias, vit.sizes.eps);
  if (observe) observe("post_norm", x);
  x = gelu_mlp(x, vit.connector1, vit.connector2, settings.compute);
  if (observe) observe("connector", x);
  return x + vit.table.index_select(0, position_ids);
}

}  // namespace synerbench::reference
