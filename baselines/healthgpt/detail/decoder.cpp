#include "baselines/healthgpt/detail/decoder.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <limits>

#include "baselines/healthgpt/detail/vocabulary.h"
#include "harness/nn/state.h"

namespace synerbench::healthgpt {
namespace {

constexpr double kRotaryBase = 10000;
constexpr double kWordBound = 0.5;  // of fresh input rows

/// cos and sin of position times frequency, [T, 1, head / 2]; computed in double and rounded once, so that a
/// position is turned the same way whatever it is computed with.
struct Rotation {
  Rotation(int64_t first, int64_t count, int64_t head, const at::Device& device) {
    const auto wide = at::TensorOptions(at::kDouble);
    const at::Tensor exponents = at::arange(0, head, 2, wide) / static_cast<double>(head);
    const at::Tensor frequencies = at::exp(exponents * -std::log(kRotaryBase));
    const at::Tensor angles = at::arange(first, first + count, wide).unsqueeze(1) * frequencies;
    cos = at::cos(angles).to(at::kFloat).to(device).unsqueeze(1);
    sin = at::sin(angles).to(at::kFloat).to(device).unsqueeze(1);
  }
  /// Value i of a head is turned with value i + head / 2. x [N, T, width].
  at::Tensor turn(const at::Tensor& x, int64_t heads) const {
    const at::Tensor by_head = x.reshape({x.size(0), x.size(1), heads, -1});
    const int64_t half = by_head.size(3) / 2;
    const at::Tensor a = by_head.narrow(3, 0, half), b = by_head.narrow(3, half, half);
    return at::cat({a * cos - b * sin, b * cos + a * sin}, 3).reshape(x.sizes());
  }
  at::Tensor cos, sin;
};

/// 0 where query t may look at position s, minus infinity behind it; [T, before + T]. A single query sees
/// everything: undefined.
at::Tensor causal_mask(int64_t before, int64_t count, const at::Device& device) {
  if (count == 1) return {};
  const at::Tensor blocked = at::full({count, before + count}, -std::numeric_limits<float>::infinity(),
                                      at::TensorOptions(at::kFloat).device(device));
  return blocked.triu(before + 1);
}

at::Tensor adapted(const Matrix& matrix, const std::shared_ptr<HLora>* plug_in, const at::Tensor& x) {
  const at::Tensor y = matrix.forward(x);
  return plug_in ? y + (*plug_in)->delta(x) : y;
}

}  // namespace

class DecoderBlock : public torch::nn::Module {
 public:
  explicit DecoderBlock(const LanguageOptions& o) : heads_(o.heads) {
    norm1_ = register_module("input_layernorm", std::make_shared<RootMeanSquareNorm>(o.width));
    const auto attention = register_module("self_attn", nn::make_holder());
    qkv_ = attention->register_module("qkv_proj", std::make_shared<Matrix>(o.width, 3 * o.width));
    output_ = attention->register_module("o_proj", std::make_shared<Matrix>(o.width, o.width));
    norm2_ = register_module("post_attention_layernorm", std::make_shared<RootMeanSquareNorm>(o.width));
    const auto mlp = register_module("mlp", nn::make_holder());
    gate_up_ = mlp->register_module("gate_up_proj", std::make_shared<Matrix>(o.width, 2 * o.mlp));
    down_ = mlp->register_module("down_proj", std::make_shared<Matrix>(o.mlp, o.width));
  }

  at::Tensor forward(const at::Tensor& input, const Rotation& rotation, const at::Tensor& mask,
                     const BlockPlugIn* plug_in, at::Tensor* keys, at::Tensor* values) const {
    const std::vector<at::Tensor> qkv =
        adapted(*qkv_, plug_in ? &plug_in->qkv : nullptr, norm1_->forward(input)).chunk(3, -1);
    const at::Tensor q = rotation.turn(qkv[0], heads_);
    at::Tensor k = rotation.turn(qkv[1], heads_), v = qkv[2];
    if (keys) {
      *keys = k = keys->defined() ? at::cat({*keys, k}, 1) : k;
      *values = v = values->defined() ? at::cat({*values, v}, 1) : v;
    }
    const at::Tensor x =
        input + adapted(*output_, plug_in ? &plug_in->output : nullptr, attend(q, k, v, heads_, mask));
    const std::vector<at::Tensor> gate_up =
        adapted(*gate_up_, plug_in ? &plug_in->gate_up : nullptr, norm2_->forward(x)).chunk(2, -1);
    return x + adapted(*down_, plug_in ? &plug_in->down : nullptr, at::silu(gate_up[0]) * gate_up[1]);
  }

 private:
  int64_t heads_;
  std::shared_ptr<RootMeanSquareNorm> norm1_, norm2_;
  std::shared_ptr<Matrix> qkv_, output_, gate_up_, down_;
};

DecoderImpl::DecoderImpl(const LanguageOptions& options) : options_(options) {
  const auto model = register_module("model", nn::make_holder());
  const auto layers = model->register_module("layers", nn::make_holder());
  for (int64_t i = 0; i < options.layers; ++i)
    blocks_.push_back(layers->register_module(std::to_string(i), std::make_shared<DecoderBlock>(options)));
  norm_ = model->register_module("norm", std::make_shared<RootMeanSquareNorm>(options.width));
}

at::Tensor DecoderImpl::forward(const at::Tensor& inputs, const PlugInImpl* plug_in,
                                KeyValueCache* cache) const {
  const int64_t before = cache ? cache->length() : 0, count = inputs.size(1);
  const Rotation rotation(before, count, options_.width / options_.heads, inputs.device());
  const at::Tensor mask = causal_mask(before, count, inputs.device());
  if (cache && cache->keys.empty()) {
    cache->keys.resize(blocks_.size());
    cache->values.resize(blocks_.size());
  }
  at::Tensor x = inputs;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->forward(x, rotation, mask, plug_in ? &plug_in->block(i) : nullptr,
                            cache ? &cache->keys[i] : nullptr, cache ? &cache->values[i] : nullptr);
  }
  return norm_->forward(x);
}

WordsImpl::WordsImpl(int64_t width, int64_t codes) : codes_(codes) {
  const int64_t words = Vocabulary::get().size(), pictures = PictureTokens{codes}.count();
  const auto model = register_module("model", nn::make_holder());
  embed_ =
      model->register_module("embed_tokens", std::make_shared<nn::LookupTable>(words, width, kWordBound));
  pictures_ = model->register_module("picture_tokens",
                                     std::make_shared<nn::LookupTable>(pictures, width, kWordBound));
  head_ = register_module("lm_head", std::make_shared<Matrix>(width, words));
  picture_head_ = register_module("picture_head", std::make_shared<Matrix>(width, pictures));
}

at::Tensor WordsImpl::embed(const at::Tensor& ids) const {
  return at::embedding(at::cat({embed_->weight(), pictures_->weight()}), ids);
}

at::Tensor WordsImpl::word_logits(const at::Tensor& states) const { return head_->forward(states); }

at::Tensor WordsImpl::logits(const at::Tensor& states) const {
  return at::cat({head_->forward(states), picture_head_->forward(states)}, -1);
}

at::Tensor WordsImpl::code_logits(const at::Tensor& states) const {
  return at::linear(states, picture_head_->weight().narrow(0, 1, codes_));
}

void WordsImpl::begin_pictures() {
  c10::NoGradGuard no_grad;
  pictures_->weight().copy_(embed_->weight().mean(0, true).expand_as(pictures_->weight()));
  picture_head_->weight().copy_(head_->weight().mean(0, true).expand_as(picture_head_->weight()));
}

void WordsImpl::freeze(bool words, bool pictures) {
  for (torch::nn::Module* module :
       {static_cast<torch::nn::Module*>(embed_.get()), static_cast<torch::nn::Module*>(head_.get())})
    nn::set_requires_grad(*module, !words);
  for (torch::nn::Module* module : {static_cast<torch::nn::Module*>(pictures_.get()),
                                    static_cast<torch::nn::Module*>(picture_head_.get())})
    nn::set_requires_grad(*module, !pictures);
}

}  // namespace synerbench::healthgpt
