// Parity of the cached path: one layer (L2), contexts (C1), velocities (G1), sampling (G2), text (G3).
#include "reference/network/inference.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "reference/flow/sampler.h"
#include "reference/transforms/image.h"
#include "tests/reference/support/tensors.h"

namespace synerbench::reference {
namespace {

using testing::expect_close;
using testing::Fixture;
using testing::fixture_network;
using testing::manifest;
using testing::tensor_of;
using testing::WorstError;

constexpr DecoderSettings kPlain{at::kFloat};

SpecialTokens special() {
  const Json& ids = manifest().at("special_ids");
  return {ids.at("bos").get<TokenId>(), ids.at("eos").get<TokenId>(), ids.at("start_of_image").get<TokenId>(),
          ids.at("end_of_image").get<TokenId>()};
}

std::vector<TokenId> ids_of(const Fixture& f, const std::string& name) {
  const auto wide = f.integers(name);
  return {wide.begin(), wide.end()};
}

Context empty_context() { return Context(fixture_network().decoder, at::kFloat); }

/// Rows of a cache as the fixtures store them: [rows, kv heads, d].
at::Tensor rows_first(const at::Tensor& cache) { return cache.transpose(0, 1).contiguous(); }

/// A context with the first `rows` rows of the caches "<prefix>k.<layer>" and "<prefix>v.<layer>".
Context context_from(const Fixture& c1, const std::string& prefix, int64_t rows, int64_t rope) {
  Context context = empty_context();
  context.reserve(rows);
  for (size_t layer = 0; layer < fixture_network().decoder.layers.size(); ++layer) {
    const std::string i = std::to_string(layer);
    context.keys_with(layer, rows).copy_(tensor_of(c1, prefix + "k." + i).narrow(0, 0, rows).transpose(0, 1));
    context.values_with(layer, rows)
        .copy_(tensor_of(c1, prefix + "v." + i).narrow(0, 0, rows).transpose(0, 1));
  }
  context.keep(rows);
  context.advance_rope(rope);
  return context;
}

/// Main, text-free and image-free contexts of C1, G1 and G2, which share their inputs. Without the
/// autoencoder's weights (the small copy) the official caches of C1 stand in for them.
GuidedContexts contexts_of(const Fixture& f) {
  const Network& n = fixture_network();
  if (!testing::has_fixture("autoencoder weights")) {
    const Fixture c1("C1");
    const auto lengths = c1.integers("out.lens"), ropes = c1.integers("out.rope");
    const int64_t text = c1.shape("out.imgfree.k.0")[0];
    return {context_from(c1, "out.", lengths[2], ropes[2]), context_from(c1, "out.", lengths[1], ropes[1]),
            context_from(c1, "out.imgfree.", text, text)};
  }
  GuidedContexts contexts{empty_context(), empty_context(), empty_context()};
  add_vae_image(contexts.main, tensor_of(f, "in.vae_image"), tensor_of(f, "in.vae_noise"), special(), n,
                kPlain);
  add_vit_image(contexts.main, tensor_of(f, "in.vit_image"), special(), n, kPlain);
  contexts.text_free = contexts.main.fork();
  const auto ids = ids_of(f, "in.text_ids");
  add_text(contexts.main, ids, special(), n, kPlain);
  add_text(contexts.image_free, ids, special(), n, kPlain);
  return contexts;
}

TargetShape shape_of(const Fixture& f) {
  const auto size = f.integers("in.size");
  const int64_t side = fixture_network().sizes.pixels_per_token();
  return {size[0] / side, size[1] / side, special().start_of_image, special().end_of_image};
}

TEST(InferenceParity, OneLayerInBothModesWithAndWithoutACache) {
  NEEDS_FIXTURE("L2");
  const at::NoGradGuard no_grad;
  const Fixture f("L2");
  const Network& n = fixture_network();
  WorstError worst("L2_layer_infer");
  int cases = 0;
  for (const std::string& name : f.cases("in.", "hidden")) {
    const std::string in = "in." + name + ".", out = "out." + name + ".";
    const at::Tensor hidden = tensor_of(f, in + "hidden");
    const auto positions = f.integers(in + "position_ids");
    const bool generates = f.integer(in + "is_gen_mode") != 0, causal = f.integer(in + "causal") != 0;
    const int64_t rows = hidden.size(0);
    Context context = empty_context();
    if (f.has(in + "past_k")) {
      const at::Tensor k = tensor_of(f, in + "past_k").transpose(0, 1),
                       v = tensor_of(f, in + "past_v").transpose(0, 1);
      context.reserve(k.size(1));
      context.keys_with(1, k.size(1)).copy_(k);
      context.values_with(1, k.size(1)).copy_(v);
      context.keep(k.size(1));
    }
    context.advance_rope(positions[0]);
    const SplitRows split =
        generates ? SplitRows{&context, 1, rows - 2, 1, causal} : SplitRows{&context, rows, 0, 0, causal};
    ExpertRows x{hidden, {}};
    if (generates)
      x = {at::cat({hidden.narrow(0, 0, 1), hidden.narrow(0, rows - 1, 1)}), hidden.narrow(0, 1, rows - 2)};
    const ExpertRows y = read_layer(x, {&split, 1}, 1, n.decoder, kPlain);
    const at::Tensor seen =
        generates ? at::cat({y.understanding.narrow(0, 0, 1), y.generation, y.understanding.narrow(0, 1, 1)})
                  : y.understanding;
    context.keep(rows);
    expect_close(seen, f, out + "hidden", 1e-5, worst);
    expect_close(rows_first(context.keys(1)), f, out + "k", 1e-5, worst);
    expect_close(rows_first(context.values(1)), f, out + "v", 1e-5, worst);
    ++cases;
  }
  EXPECT_GE(cases, testing::at_least(6));
}

TEST(InferenceParity, ContextsAfterEachSplit) {
  NEEDS_FIXTURE("C1");
  const Fixture f("C1");
  const Network& n = fixture_network();
  WorstError worst("C1_cache");
  const bool has_vae = testing::has_fixture("autoencoder weights");
  // Without the autoencoder's weights its split comes from the fixture; the others are read on top of it.
  Context main = has_vae ? empty_context()
                         : context_from(f, "out.", f.integers("out.lens")[0], f.integers("out.rope")[0]);
  std::vector<int64_t> lengths, ropes;
  const auto note = [&] {
    lengths.push_back(main.length());
    ropes.push_back(main.rope());
  };
  if (has_vae)
    add_vae_image(main, tensor_of(f, "in.vae_image"), tensor_of(f, "in.vae_noise"), special(), n, kPlain);
  note();
  add_vit_image(main, tensor_of(f, "in.vit_image"), special(), n, kPlain);
  note();
  add_text(main, ids_of(f, "in.text_ids"), special(), n, kPlain);
  note();
  EXPECT_EQ(lengths, f.integers("out.lens"));
  EXPECT_EQ(ropes, f.integers("out.rope"));
  Context image_free = empty_context();
  add_text(image_free, ids_of(f, "in.text_ids"), special(), n, kPlain);
  for (size_t layer = 0; layer < n.decoder.layers.size(); ++layer) {
    const std::string i = std::to_string(layer);
    expect_close(rows_first(main.keys(layer)), f, "out.k." + i, 2e-5, worst);
    expect_close(rows_first(main.values(layer)), f, "out.v." + i, 2e-5, worst);
    expect_close(rows_first(image_free.keys(layer)), f, "out.imgfree.k." + i, 2e-5, worst);
    expect_close(rows_first(image_free.values(layer)), f, "out.imgfree.v." + i, 2e-5, worst);
  }
}

TEST(FlowParity, VelocitiesAndTheirGuidedCombinations) {
  NEEDS_FIXTURE("G1");
  const Fixture f("G1");
  const Network& n = fixture_network();
  WorstError worst("G1_velocity");
  GuidedContexts contexts = contexts_of(f);
  const float t = f.floats("in.t")[0];
  Context* const all[] = {&contexts.main, &contexts.text_free, &contexts.image_free};
  const auto v = velocities(tensor_of(f, "in.x_t"), t, shape_of(f), all, n, kPlain);
  expect_close(v[0], f, "out.v_main", 2e-5, worst);
  expect_close(v[1], f, "out.v_textfree", 2e-5, worst);
  expect_close(v[2], f, "out.v_imgfree", 2e-5, worst);
  // out.<type>_<text scale>_<image scale>[_min<m>]
  int combinations = 0;
  for (const std::string& name : f.names("out.")) {
    if (name.starts_with("out.v_")) continue;
    Guidance g;
    std::string rest = name.substr(4);
    bool renormed = false;
    for (const Renorm renorm : {Renorm::kTextChannel, Renorm::kGlobal, Renorm::kChannel}) {
      if (!renormed && rest.starts_with(name_of(renorm) + "_")) {
        g.renorm = renorm;
        rest = rest.substr(name_of(renorm).size() + 1);
        renormed = true;
      }
    }
    double text = 0, image = 0, least = 0;
    const int read = renormed ? std::sscanf(rest.c_str(), "%lf_%lf_min%lf", &text, &image, &least)
                              : std::sscanf(rest.c_str(), "text_%lf_img_%lf", &text, &image);
    ASSERT_GE(read, 2) << name;
    g.text_scale = text;
    g.image_scale = image;
    g.renorm_min = least;
    expect_close(guide(v[0], v[1], v[2], g), f, name, 2e-5, worst);
    ++combinations;
  }
  EXPECT_GE(combinations, testing::at_least(6));
}

TEST(FlowParity, WholeGenerationInEverySetting) {
  NEEDS_FIXTURE("G2");
  const Fixture f("G2");
  const Network& n = fixture_network();
  const TargetShape shape = shape_of(f);
  for (const bool batched : {true, false}) {
    WorstError worst(batched ? "G2_generate (one pass)" : "G2_generate (a pass per branch)");
    int cases = 0;
    for (const std::string& name : f.cases("in.", "settings")) {
      const auto v = f.doubles("in." + name + ".settings");
      SamplerSettings sampler;
      sampler.guidance = {v[0], v[1], static_cast<Renorm>(static_cast<int64_t>(v[2])), v[6], v[3], v[4]};
      sampler.shift = v[5];
      sampler.points = static_cast<int64_t>(v[7]);
      sampler.batched = batched;
      GuidedContexts contexts = contexts_of(f);
      std::vector<at::Tensor> steps;
      const at::Tensor latent =
          sample_latents(tensor_of(f, "in.init_noise"), shape, contexts, n, sampler, kPlain,
                         [&](const at::Tensor& x) { steps.push_back(x.clone()); });
      expect_close(latent, f, "out." + name + ".latent", 5e-5, worst);
      expect_close(at::stack(steps), f, "out." + name + ".x_steps", 5e-5, worst);
      ++cases;
      if (!testing::has_fixture("autoencoder weights")) continue;
      const at::Tensor pixels = decode_image(latent, shape.rows, shape.columns, n).contiguous();
      expect_close(pixels, f, "out." + name + ".pixels", 5e-5, worst);
      const float* values = pixels.data_ptr<float>();
      const Image8 picture =
          image_of_pixels({values, static_cast<size_t>(pixels.numel())}, pixels.size(1), pixels.size(2));
      const auto official = f.bytes("out." + name + ".u8");
      const auto count = static_cast<size_t>(pixels.size(1) * pixels.size(2));
      for (size_t i = 0; i < official.size(); ++i) {
        if (picture.pixels[i] == official[i]) continue;
        // Truncation turns a rounding error into a step only right at the step.
        const double scaled = (values[(i % 3) * count + i / 3] * 0.5 + 0.5) * 255.0;
        EXPECT_LE(std::abs(picture.pixels[i] - official[i]), 1) << name;
        EXPECT_LT(std::abs(scaled - std::round(scaled)), 1e-3 * 127.5) << name;
      }
    }
    EXPECT_GE(cases, testing::at_least(4));
  }
}

TEST(FlowParity, ImageGuidanceAloneChangesNothing) {
  NEEDS_FIXTURE("G2");
  const Fixture f("G2");
  if (f.has("out.text1_img2.latent")) {
    EXPECT_EQ(f.floats("out.text1_img2.latent"), f.floats("out.none_s3.latent"));
  }
  SamplerSettings sampler{6, 3.0, {1.0, 2.0, Renorm::kTextChannel}};
  GuidedContexts a = contexts_of(f), b = contexts_of(f);
  const auto run = [&](GuidedContexts& contexts) {
    return sample_latents(tensor_of(f, "in.init_noise"), shape_of(f), contexts, fixture_network(), sampler,
                          kPlain);
  };
  const at::Tensor with = run(a);
  sampler.guidance.image_scale = 1.0;
  EXPECT_TRUE(at::equal(with, run(b)));
}

TEST(TextParity, GreedyAnswersAndTheirLogits) {
  NEEDS_FIXTURE("G3");
  const Fixture f("G3");
  const Network& n = fixture_network();
  WorstError worst("G3_text");
  Context context = empty_context();
  add_vit_image(context, tensor_of(f, "in.vit_image"), special(), n, kPlain);
  add_text(context, ids_of(f, "in.text_ids"), special(), n, kPlain);
  const int64_t length = context.length();
  for (const std::string& name : f.cases("in.", "max_length")) {
    TextSettings text{f.integer("in." + name + ".max_length"), special().eos};
    if (f.has("in." + name + ".end_token"))
      text.end = static_cast<TokenId>(f.integer("in." + name + ".end_token"));
    const TextResult result = generate_text(context, text, special(), n, kPlain, nullptr, true);
    EXPECT_EQ(result.tokens, ids_of(f, "out." + name + ".tokens")) << name;
    expect_close(result.logits, f, "out." + name + ".logits", 2e-5, worst);
    EXPECT_EQ(generate_text(context, text, special(), n, kPlain).tokens, result.tokens) << name;
    EXPECT_EQ(context.length(), length);  // it read on from a copy
  }
}

TEST(SamplingTimes, GuidanceIntervalIsComparedInFloat32) {
  const Guidance g{4.0, 1.0, Renorm::kGlobal, 0.0, 0.4, 1.0};
  EXPECT_FALSE(g.active(0.4f));
  EXPECT_TRUE(static_cast<double>(0.4f) > 0.4);  // why double would say otherwise
  EXPECT_TRUE(g.active(1.0f));
  EXPECT_FALSE(Guidance{}.active(0.0f));
}

}  // namespace
}  // namespace synerbench::reference
