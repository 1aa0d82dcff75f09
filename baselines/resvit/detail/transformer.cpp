#include "baselines/resvit/detail/transformer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/nn/tensors.h"

namespace synerbench::resvit {
namespace {

/// Shows a leaf's output to the observer, if there is one.
at::Tensor seen(const nn::LayerContext& context, const std::string& key, const char* name,
                const at::Tensor& output) {
  if (context.observe) context.observe(key + "." + name, output);
  return output;
}

torch::nn::LayerNorm layer_norm(int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}).eps(1e-6));
}

}  // namespace

at::Tensor apply_dropout(const at::Tensor& x, double p, const nn::LayerContext& context,
                         const std::string& key) {
  return seen(context, key, "dropout", context.dropout && p > 0 ? x * context.dropout(x, p) : x);
}

AttentionImpl::AttentionImpl(const TransformerOptions& options) : heads_(options.heads) {
  SB_CHECK(options.hidden % options.heads == 0, "heads divide the width");
  const auto linear = [&](const char* name) {
    return register_module(name, torch::nn::Linear(options.hidden, options.hidden));
  };
  query_ = linear("query");
  key_ = linear("key");
  value_ = linear("value");
  out_ = linear("out");
}

at::Tensor AttentionImpl::forward(const at::Tensor& x, const nn::LayerContext& context,
                                  const std::string& key) {
  const int64_t n = x.size(0), tokens = x.size(1), width = x.size(2);
  const auto heads = [&](torch::nn::Linear& linear, const char* name) {
    return seen(context, key, name, linear->forward(x))
        .view({n, tokens, heads_, width / heads_})
        .transpose(1, 2);
  };
  // The scale goes to the queries, of which there are fewer than scores.
  const at::Tensor q = heads(query_, "query") * (1 / std::sqrt(static_cast<double>(width / heads_)));
  const at::Tensor k = heads(key_, "key"), v = heads(value_, "value");
  const at::Tensor weights =
      seen(context, key, "softmax", at::softmax(at::matmul(q, k.transpose(-2, -1)), -1));
  seen(context, key, "attn_dropout", weights);  // rate 0 in every published configuration
  const at::Tensor mixed = at::matmul(weights, v).transpose(1, 2).reshape({n, tokens, width});
  const at::Tensor output = seen(context, key, "out", out_->forward(mixed));
  return seen(context, key, "proj_dropout", output);
}

MlpImpl::MlpImpl(const TransformerOptions& options) : dropout_(options.dropout) {
  fc1_ = register_module("fc1", torch::nn::Linear(options.hidden, options.mlp));
  fc2_ = register_module("fc2", torch::nn::Linear(options.mlp, options.hidden));
}

at::Tensor MlpImpl::forward(const at::Tensor& x, const nn::LayerContext& context, const std::string& key) {
  at::Tensor y = at::gelu(seen(context, key, "fc1", fc1_->forward(x)));
  y = apply_dropout(y, dropout_, context, key);
  return apply_dropout(seen(context, key, "fc2", fc2_->forward(y)), dropout_, context, key);
}

void MlpImpl::initialize(Random& random) {
  c10::NoGradGuard no_grad;
  for (torch::nn::Linear* linear : {&fc1_, &fc2_}) {
    const at::Tensor weight = (*linear)->weight, bias = (*linear)->bias;
    const double bound = std::sqrt(6.0 / static_cast<double>(weight.size(0) + weight.size(1)));
    at::Tensor values = at::empty(weight.sizes(), at::kFloat);
    float* out = values.data_ptr<float>();
    for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(random.uniform(-bound, bound));
    weight.copy_(values);
    bias.copy_(nn::random_normal(bias.sizes(), 0, 1e-6, random, at::kCPU));
  }
}

TransformerLayerImpl::TransformerLayerImpl(const TransformerOptions& options) {
  attention_norm_ = register_module("attention_norm", layer_norm(options.hidden));
  ffn_norm_ = register_module("ffn_norm", layer_norm(options.hidden));
  ffn_ = register_module("ffn", Mlp(options));
  attn_ = register_module("attn", Attention(options));
}

at::Tensor TransformerLayerImpl::forward(const at::Tensor& x, const nn::LayerContext& context,
                                         const std::string& key) {
  const at::Tensor y = x + attn_->forward(seen(context, key, "attention_norm", attention_norm_->forward(x)),
                                          context, key + ".attn");
  return y + ffn_->forward(seen(context, key, "ffn_norm", ffn_norm_->forward(y)), context, key + ".ffn");
}

TransformerImpl::TransformerImpl(const TransformerOptions& options) {
  layer_ = register_module("layer", torch::nn::ModuleList());
  for (int64_t i = 0; i < options.layers; ++i) layer_->push_back(TransformerLayer(options));
  encoder_norm_ = register_module("encoder_norm", layer_norm(options.hidden));
}

at::Tensor TransformerImpl::forward(const at::Tensor& tokens, const nn::LayerContext& context,
                                    const std::string& key) {
  at::Tensor x = tokens;
  for (size_t i = 0; i < layer_->size(); ++i) {
    x = layer_->at<TransformerLayerImpl>(i).forward(x, context, key + ".layer." + std::to_string(i));
  }
  return seen(context, key, "encoder_norm", encoder_norm_->forward(x));
}

void TransformerImpl::initialize(Random& random) {
  for (size_t i = 0; i < layer_->size(); ++i) layer_->at<TransformerLayerImpl>(i).initialize(random);
}

}  // namespace synerbench::resvit
