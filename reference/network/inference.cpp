#include "reference/network/inference.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "harness/core/error.h"
#include "reference/mot/packing.h"
#include "reference/shape/tables.h"

namespace synerbench::reference {
namespace {

at::Tensor longs(const std::vector<int64_t>& values, const Network& network) {
  return at::tensor(values, at::TensorOptions(at::kLong)).to(network.device());
}

at::Tensor embed(std::span<const TokenId> ids, const Network& network) {
  const std::vector<int64_t> wide(ids.begin(), ids.end());
  return at::embedding(network.decoder.embedding, longs(wide, network));
}

/// [3, h, w] -> [patches, P*P*3], channel fastest.
at::Tensor patches_of(const at::Tensor& image, int64_t side) { return latent_tokens(image, side); }

/// Hidden row of one token, appended to the context.
at::Tensor read_token(Context& context, TokenId id, const Network& network, const DecoderSettings& settings) {
  const SplitRows split{&context, 1, 0, 0, /*causal=*/true, /*keep=*/true};
  const ExpertRows out = read_splits({embed({&id, 1}, network), {}}, {&split, 1}, network.decoder, settings);
  context.advance_rope(1);
  return out.understanding;
}

/// What a softmax or an argmax makes of NaN is some token, and an answer that looks like one.
[[noreturn]] void refuse_scores() {
  throw Error(ExitCode::kSomeFailed, "the model's answer", "the scores of its next word are not finite",
              "the weights may be damaged or the training diverged");
}

TokenId most_likely_token(const at::Tensor& logits) {
  const auto token = logits.argmax().item<int64_t>();  // the place of a NaN, if there is one
  if (!std::isfinite(logits[token].item<float>())) refuse_scores();
  return static_cast<TokenId>(token);
}

TokenId draw_token(const at::Tensor& logits, double temperature, Random& random) {
  const at::Tensor p = at::softmax(logits.to(at::kDouble) / temperature, -1).to(at::kCPU).contiguous();
  const double* values = p.data_ptr<double>();
  if (!std::isfinite(p.sum().item<double>())) refuse_scores();
  double left = random.uniform();
  TokenId last = 0;
  for (int64_t i = 0; i < p.numel(); ++i) {
    if (values[i] <= 0) continue;
    last = static_cast<TokenId>(i);
    left -= values[i];
    if (left < 0) break;
  }
  return last;  // rounding may leave a crumb: the last possible token
}

}  // namespace

void add_text(Context& context, std::span<const TokenId> ids, const SpecialTokens& special,
              const Network& network, const DecoderSettings& settings) {
  const at::NoGradGuard no_grad;
  std::vector<TokenId> all = {special.bos};
  all.insert(all.end(), ids.begin(), ids.end());
  all.push_back(special.eos);
  const auto count = static_cast<int64_t>(all.size());
  const SplitRows split{&context, count, 0, 0, /*causal=*/true, /*keep=*/true};
  read_splits({embed(all, network), {}}, {&split, 1}, network.decoder, settings);
  context.advance_rope(count);
}

void add_vit_image(Context& context, const at::Tensor& image, const SpecialTokens& special,
                   const Network& network, const DecoderSettings& settings) {
  const at::NoGradGuard no_grad;
  const ModelSizes& sizes = network.sizes;
  const auto [rows, columns] = vit_tokens_of(image.size(1), image.size(2), sizes);
  const at::Tensor patches = patches_of(image.to(network.device()), sizes.vit.patch);
  const at::Tensor seen = vit_forward(
      patches, longs(position_ids(rows, columns, sizes.vit.grid, sizes.interpolate_positions), network),
      {rows * columns}, network.vit, settings);
  const TokenId marks[] = {special.start_of_image, special.end_of_image};
  const at::Tensor ends = embed(marks, network);
  const at::Tensor all = at::cat({ends.narrow(0, 0, 1), seen.to(network.dtype()), ends.narrow(0, 1, 1)}, 0);
  const SplitRows split{&context, rows * columns + 2, 0, 0, /*causal=*/false, /*keep=*/true};
  read_splits({all, {}}, {&split, 1}, network.decoder, settings);
  context.advance_rope(1);
}

void add_vae_image(Context& context, const at::Tensor& image, const at::Tensor& noise,
                   const SpecialTokens& special, const Network& network, const DecoderSettings& settings) {
  const at::NoGradGuard no_grad;
  const ModelSizes& sizes = network.sizes;
  const auto [rows, columns] = vae_tokens_of(image.size(1), image.size(2), sizes);
  const at::Tensor latent =
      network.vae.latent(network.vae.moments(image.to(network.device()).unsqueeze(0)), noise);
  const at::Tensor tokens = latent_tokens(latent[0].to(at::kFloat), sizes.latent_patch);
  const at::Tensor time =
      time_embedding(at::zeros({1}, tokens.options()), network, settings.compute);  // t = 0: clean
  const at::Tensor positions =
      longs(position_ids(rows, columns, sizes.latent_grid, sizes.interpolate_positions), network);
  const TokenId marks[] = {special.start_of_image, special.end_of_image};
  const SplitRows split{&context, 1, rows * columns, 1, /*causal=*/false, /*keep=*/true};
  read_splits({embed(marks, network),
               latent_rows(tokens, time, positions, network, settings.compute).to(network.dtype())},
              {&split, 1}, network.decoder, settings);
  context.advance_rope(1);
}

TextResult generate_text(const Context& context, const TextSettings& text, const SpecialTokens& special,
                         const Network& network, const DecoderSettings& settings, Random* random,
                         bool keep_logits) {
  const at::NoGradGuard no_grad;
  SB_CHECK(text.temperature <= 0 || random, "drawing needs a random source");
  Context reading = context.fork();
  TextResult result;
  std::vector<at::Tensor> all_logits;
  TokenId token = special.bos;
  // The token of the last call is only looked at to see whether it ends the text, as in the official code.
  while (static_cast<int64_t>(result.tokens.size()) < text.max_length) {
    result.tokens.push_back(token);
    const bool last = static_cast<int64_t>(result.tokens.size()) == text.max_length;
    if (last && !keep_logits) break;
    const at::Tensor logits =
        network.decoder.head(read_token(reading, token, network, settings), settings.compute)
            .to(at::kFloat)[0];
    if (keep_logits) all_logits.push_back(logits);
    const at::Tensor allowed =
        text.tokens > 0 && text.tokens < logits.size(0) ? logits.narrow(0, 0, text.tokens) : logits;
    token =
        text.temperature > 0 ? draw_token(allowed, text.temperature, *random) : most_likely_token(allowed);
    if (token == text.end) break;
  }
  if (keep_logits && !all_logits.empty()) result.logits = at::stack(all_logits);
  return result;
}

at::Tensor decode_image(const at::Tensor& tokens, int64_t rows, int64_t columns, const Network& network) {
  const at::NoGradGuard no_grad;
  const at::Tensor latent =
      latent_from_tokens(tokens, rows, columns, network.sizes.latent_patch).unsqueeze(0);
  return network.vae.decode(latent)[0].to(at::kFloat);
}

}  // namespace synerbench::reference
