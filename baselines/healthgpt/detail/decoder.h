// The causal language model: pre-norm blocks with RMS norm, rotary positions, SwiGLU; fused projections as in
// Phi-3.
#pragma once

#include <vector>

#include "baselines/healthgpt/detail/hlora.h"

namespace synerbench::healthgpt {

/// Keys and values of the positions seen so far, per layer [N, positions, width], keys already turned.
struct KeyValueCache {
  std::vector<at::Tensor> keys, values;
  int64_t length() const { return keys.empty() ? 0 : keys.front().size(1); }
};

class DecoderBlock;

/// Keys: model.layers.<i>.{input_layernorm, self_attn.qkv_proj, self_attn.o_proj, post_attention_layernorm,
/// mlp.gate_up_proj, mlp.down_proj}.weight, model.norm.weight. Words and output head are in `Words` below.
class DecoderImpl : public torch::nn::Module {
 public:
  explicit DecoderImpl(const LanguageOptions& options);
  /// inputs [N, T, width] -> normalized states [N, T, width]. Every position sees itself and what is before
  /// it. `plug_in`: added to every linear layer; null: the bare model. `cache`: the inputs continue what it
  /// holds, and are added to it; null: they are the whole.
  at::Tensor forward(const at::Tensor& inputs, const PlugInImpl* plug_in,
                     KeyValueCache* cache = nullptr) const;

 private:
  LanguageOptions options_;
  std::vector<std::shared_ptr<DecoderBlock>> blocks_;
  std::shared_ptr<RootMeanSquareNorm> norm_;
};
TORCH_MODULE(Decoder);

/// Input rows and output rows. The published system extends one table by the picture tokens; here they are
/// tables of their own, so that a stage can train them alone. Keys: model.embed_tokens.weight, lm_head.weight
/// (words); model.picture_tokens.weight, picture_head.weight.
class WordsImpl : public torch::nn::Module {
 public:
  WordsImpl(int64_t width, int64_t codes);
  at::Tensor embed(const at::Tensor& ids) const;           // int64 [...] -> [..., width]; words and pictures
  at::Tensor word_logits(const at::Tensor& states) const;  // of the words only
  at::Tensor logits(const at::Tensor& states) const;       // of all tokens
  at::Tensor code_logits(const at::Tensor& states) const;  // of the picture codes only
  /// Every picture row becomes the mean of the words' rows, as published.
  void begin_pictures();
  void freeze(bool words, bool pictures);  // true: no gradients

 private:
  int64_t codes_;
  std::shared_ptr<nn::LookupTable> embed_, pictures_;
  std::shared_ptr<Matrix> head_, picture_head_;
};
TORCH_MODULE(Words);

}  // namespace synerbench::healthgpt
