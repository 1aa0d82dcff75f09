// Heterogeneous low-rank adaptation (HealthGPT, Lin et al. 2025): the experts of a linear layer share one
// multiplication.
//
// For a frozen W [out, in], k experts and r rows altogether (r / k each):
//
//     route = softmax(W_r x)                     per token, W_r [k, in] without bias
//     u     = (alpha / r * k) * A x              A [r, in]
//     y     = W x + B (repeat(route, r / k) * u)         B [out, r]
//
// That is W x + (alpha / r * k) sum_i route_i B_i A_i x: a mixture of k ordinary LoRAs at the price of one.
// With k = 1 the route is 1 and it is a LoRA with scale alpha / r. Fresh: A and W_r Kaiming uniform with a =
// sqrt(5), B zero, so a fresh plug-in changes nothing. As published, the factor k is part of the scale, and
// the published settings have no dropout.
#pragma once

#include <vector>

#include "baselines/healthgpt/detail/config.h"
#include "baselines/healthgpt/detail/layers.h"

namespace synerbench::healthgpt {

/// What H-LoRA adds to one linear layer. Keys: lora_A.weight, lora_B.weight, lora_route.weight.
class HLora : public torch::nn::Module {
 public:
  HLora(int64_t input, int64_t output, const PlugInOptions& options);
  at::Tensor delta(const at::Tensor& x) const;  // [..., input] -> [..., output]

 private:
  PlugInOptions options_;
  std::shared_ptr<Matrix> a_, b_, route_;
};

/// The linear layers of a decoder block that have one.
struct BlockPlugIn {
  std::shared_ptr<HLora> qkv, output, gate_up, down;
};

/// All H-LoRAs of one task family and its projector from the vision tower: Linear, GELU, Linear. Keys as the
/// published files are nested: base_model.model.model.layers.<i>.{self_attn.qkv_proj, self_attn.o_proj,
/// mlp.gate_up_proj, mlp.down_proj}.<H-LoRA> and base_model.model.model.mm_projector.{0, 2}.{weight, bias}.
class PlugInImpl : public torch::nn::Module {
 public:
  PlugInImpl(const LanguageOptions& language, int64_t vision_width, const PlugInOptions& options);
  const BlockPlugIn& block(size_t layer) const { return blocks_[layer]; }
  at::Tensor project(const at::Tensor& features) const;  // [N, P, vision width] -> [N, P, language width]
  torch::nn::Module& projector() const { return *projector_; }
  torch::nn::Module& adapters() const { return *adapters_; }

 private:
  std::vector<BlockPlugIn> blocks_;
  std::shared_ptr<torch::nn::Module> adapters_, projector_;
  std::shared_ptr<nn::Dense> first_, second_;
};
TORCH_MODULE(PlugIn);

}  // namespace synerbench::healthgpt
