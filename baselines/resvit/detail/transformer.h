// The vision transformer that two blocks of ResViT's bottleneck share (ViT-B/16's body: pre-norm, no class
// token).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "harness/nn/layers.h"

namespace synerbench::resvit {

struct TransformerOptions {
  int64_t hidden = 768, mlp = 3072;
  int64_t layers = 12, heads = 12;  // hidden is a multiple of heads
  double dropout = 0.1;             // after each linear of the MLP; none on attention
};

/// x * mask when the context has dropout and p > 0; named "<key>.dropout" for the observer.
at::Tensor apply_dropout(const at::Tensor& x, double p, const nn::LayerContext& context,
                         const std::string& key);

class AttentionImpl : public torch::nn::Module {
 public:
  explicit AttentionImpl(const TransformerOptions& options);
  at::Tensor forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key);

 private:
  int64_t heads_;
  torch::nn::Linear query_{nullptr}, key_{nullptr}, value_{nullptr}, out_{nullptr};
};
TORCH_MODULE(Attention);

class MlpImpl : public torch::nn::Module {
 public:
  explicit MlpImpl(const TransformerOptions& options);
  at::Tensor forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key);
  /// Both linears Xavier uniform, biases N(0, 1e-6): as the published code sets them, unlike everything else.
  void initialize(Random& random);

 private:
  double dropout_;
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
};
TORCH_MODULE(Mlp);

class TransformerLayerImpl : public torch::nn::Module {
 public:
  explicit TransformerLayerImpl(const TransformerOptions& options);
  at::Tensor forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key);
  void initialize(Random& random) { ffn_->initialize(random); }

 private:
  torch::nn::LayerNorm attention_norm_{nullptr}, ffn_norm_{nullptr};
  Mlp ffn_{nullptr};
  Attention attn_{nullptr};
};
TORCH_MODULE(TransformerLayer);

/// Keys: layer.{i}.{attention_norm, ffn_norm, ffn.fc1, ffn.fc2, attn.query, attn.key, attn.value, attn.out},
/// encoder_norm.
class TransformerImpl : public torch::nn::Module {
 public:
  explicit TransformerImpl(const TransformerOptions& options);
  /// [N, tokens, hidden] -> same.
  at::Tensor forward(const at::Tensor& tokens, const nn::LayerContext& context, const std::string& key);
  /// The MLPs' own initialization; call it after nn::initialize_fan_in.
  void initialize(Random& random);

 private:
  torch::nn::ModuleList layer_;
  torch::nn::LayerNorm encoder_norm_{nullptr};
};
TORCH_MODULE(Transformer);

}  // namespace synerbench::resvit
