// Reading prompts and answering: text, ViT and VAE images into a context, text and pixels out.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "harness/core/random.h"
#include "reference/mot/context.h"
#include "reference/network/network.h"
#include "reference/tokenizer/tokenizer.h"

namespace synerbench::reference {

/// Begin mark, ids, end mark; causal.
void add_text(Context& context, std::span<const TokenId> ids, const SpecialTokens& special,
              const Network& network, const DecoderSettings& settings);

/// The image as the ViT sees it, between its marks. image [3, h, w] float32 in [-1, 1], sides multiples of
/// the patch.
void add_vit_image(Context& context, const at::Tensor& image, const SpecialTokens& special,
                   const Network& network, const DecoderSettings& settings);

/// The image as clean latents, between its marks. image [3, h, w], sides multiples of pixels_per_token().
/// `noise` [1, Z, h/D, w/D]: the autoencoder's sampling noise (official conditions are samples); undefined:
/// its mean.
void add_vae_image(Context& context, const at::Tensor& image, const at::Tensor& noise,
                   const SpecialTokens& special, const Network& network, const DecoderSettings& settings);

struct TextSettings {
  int64_t max_length = 500;  // entries of the result, the begin mark included
  TokenId end = 0;           // stops before this one
  double temperature = 0.0;  // 0: the most likely token; else softmax(logits / temperature) is drawn from
  // only ids below it are given, the others are padding of the embedding; 0: no limit
  int64_t tokens = 0;
};
struct TextResult {
  std::vector<TokenId> tokens;  // starts with the begin mark; the end mark is not in it
  at::Tensor logits;            // [calls, V] float32, also for the token that ended it; only when asked for
};
/// Reads on from a copy of `context`, token by token. `random` is used when the temperature is above 0.
/// Error(kSomeFailed) when the scores of a token are not finite: any choice among them would look like an
/// answer.
TextResult generate_text(const Context& context, const TextSettings& text, const SpecialTokens& special,
                         const Network& network, const DecoderSettings& settings, Random* random = nullptr,
                         bool keep_logits = false);

/// Latent tokens [rows*columns, C] -> pixels [3, rows*S, columns*S], unclamped float32.
at::Tensor decode_image(const at::Tensor& tokens, int64_t rows, int64_t columns, const Network& network);

}  // namespace synerbench::reference
