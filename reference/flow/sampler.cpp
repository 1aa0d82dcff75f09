#include "reference/flow/sampler.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "harness/core/error.h"
#include "reference/shape/tables.h"

namespace synerbench::reference {
namespace {

/// What does not change from step to step.
struct Query {
  at::Tensor marks;      // [2, H] embeddings of the two marks
  at::Tensor positions;  // [tokens] int64
};

Query make_query(const TargetShape& shape, const Network& network) {
  const auto longs = [&](const std::vector<int64_t>& values) {
    return at::tensor(values, at::TensorOptions(at::kLong)).to(network.device());
  };
  return {at::embedding(network.decoder.embedding, longs({shape.start_of_image, shape.end_of_image})),
          longs(position_ids(shape.rows, shape.columns, network.sizes.latent_grid,
                             network.sizes.interpolate_positions))};
}

std::vector<at::Tensor> run(const at::Tensor& x, float t, const Query& query,
                            std::span<Context* const> contexts, const Network& network,
                            const DecoderSettings& settings) {
  const int64_t tokens = x.size(0), count = static_cast<int64_t>(contexts.size());
  const at::Tensor time = time_embedding(at::full({1}, t, x.options()), network, settings.compute);
  const at::Tensor rows =
      latent_rows(x, time, query.positions, network, settings.compute).to(network.dtype());
  std::vector<SplitRows> splits;
  for (Context* context : contexts)
    splits.push_back({context, 1, tokens, 1, /*causal=*/false, /*keep=*/false});
  const ExpertRows out = read_splits({query.marks.repeat({count, 1}), rows.repeat({count, 1})}, splits,
                                     network.decoder, settings);
  const at::Tensor velocity = network.llm2vae(out.generation, settings.compute).to(at::kFloat);
  return velocity.split(tokens, 0);
}

/// Factor that shortens `guided` to the length of `plain`: over everything, or per row.
at::Tensor length_factor(const at::Tensor& plain, const at::Tensor& guided, double least, bool per_row) {
  const auto length = [&](const at::Tensor& v) {
    return per_row ? v.norm(2, -1, /*keepdim=*/true) : v.norm();
  };
  return (length(plain) / (length(guided) + 1e-8)).clamp(least, 1.0);
}

}  // namespace

std::vector<at::Tensor> velocities(const at::Tensor& x, float t, const TargetShape& shape,
                                   std::span<Context* const> contexts, const Network& network,
                                   const DecoderSettings& settings) {
  const at::NoGradGuard no_grad;
  SB_CHECK(x.size(0) == shape.rows * shape.columns, "tokens match the image's shape");
  return run(x, t, make_query(shape, network), contexts, network, settings);
}

at::Tensor guide(const at::Tensor& main, const at::Tensor& text_free, const at::Tensor& image_free,
                 const Guidance& g) {
  if (g.text_scale <= 1.0) return main;  // image guidance alone has no effect in the official code either
  SB_CHECK(text_free.defined() && (g.image_scale <= 1.0 || image_free.defined()),
           "the branches that are used were evaluated");
  const auto with_image = [&](const at::Tensor& v) {
    return g.image_scale > 1.0 ? image_free + g.image_scale * (v - image_free) : v;
  };
  const at::Tensor text = text_free + g.text_scale * (main - text_free);
  if (g.renorm == Renorm::kTextChannel)
    return with_image(length_factor(main, text, g.renorm_min, true) * text);
  const at::Tensor both = with_image(text);
  return length_factor(main, both, g.renorm_min, g.renorm == Renorm::kChannel) * both;
}

at::Tensor sample_latents(const at::Tensor& noise, const TargetShape& shape, GuidedContexts& contexts,
                          const Network& network, const SamplerSettings& sampler,
                          const DecoderSettings& settings,
                          const std::function<void(const at::Tensor& x)>& observe) {
  const at::NoGradGuard no_grad;
  SB_CHECK(noise.size(0) == shape.rows * shape.columns && noise.size(1) == network.sizes.token_channels(),
           "noise matches the image's shape");
  const Query query = make_query(shape, network);
  const std::vector<float> times = sampling_times(sampler.points, sampler.shift);
  const Guidance& g = sampler.guidance;
  at::Tensor x = noise.to(network.device(), at::kFloat);
  if (observe) observe(x);
  for (size_t i = 0; i + 1 < times.size(); ++i) {
    const bool guided = g.active(times[i]) && g.text_scale > 1.0;
    std::vector<Context*> needed = {&contexts.main};
    if (guided) needed.push_back(&contexts.text_free);
    if (guided && g.image_scale > 1.0) needed.push_back(&contexts.image_free);
    std::vector<at::Tensor> v;
    if (sampler.batched) {
      v = run(x, times[i], query, needed, network, settings);
    } else {
      for (Context* context : needed)
        v.push_back(run(x, times[i], query, {&context, 1}, network, settings)[0]);
    }
    v.resize(3);
    const at::Tensor velocity = guided ? guide(v[0], v[1], v[2], g) : v[0];
    x = x - velocity * (times[i] - times[i + 1]);
    if (observe) observe(x);
  }
  return x;
}

}  // namespace synerbench::reference
