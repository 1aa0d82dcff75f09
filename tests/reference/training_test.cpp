// Parity of the training forward pass (F1), its gradients (F2) and the freezing rules (F3).
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <set>

#include "reference/network/forward.h"
#include "tests/reference/support/training.h"

namespace synerbench::reference {
namespace {

using testing::copy_of_fixture_network;
using testing::expect_close;
using testing::Fixture;
using testing::inputs_from;
using testing::sequence_from;
using testing::tensor_of;
using testing::WorstError;

constexpr ForwardSettings kPlain{{at::kFloat}};

/// Gradients and norms against the fixture: relative L2 per tensor, exact zeros where nothing may flow.
void expect_gradients(const Parameters& parameters, const Fixture& f, WorstError& worst, int* zeros) {
  for (const std::string& name : f.names("out.gradnorm.")) {
    const std::string key = name.substr(13);
    const double wanted = f.floats(name)[0];
    const at::Tensor gradient = parameters.gradient(key);
    const double norm = gradient.defined() ? gradient.norm().item<double>() : 0.0;
    if (wanted == 0) {
      EXPECT_EQ(norm, 0.0) << key;
      ++*zeros;
      continue;
    }
    if (key.starts_with("vit_model.") && key.ends_with("k_proj.bias")) {
      EXPECT_LT(norm, 1e-5) << key;  // mathematically zero: rounding noise on both sides
      continue;
    }
    worst.note(name, std::abs(norm - wanted) / wanted, 0);
    EXPECT_NEAR(norm / wanted, 1.0, 1e-4) << key;
    const std::string full = "out.grad." + key;
    if (!f.has(full)) continue;
    const at::Tensor official = tensor_of(f, full);
    const double error = (gradient - official).norm().item<double>() / official.norm().item<double>();
    worst.note(full, error, 0);
    EXPECT_LE(error, 1e-4) << key;
  }
}

TEST(TrainingParity, ForwardPassOfASynthesisAndACtsSample) {
  NEEDS_FIXTURE("F1");
  const at::NoGradGuard no_grad;
  const Fixture f("F1");
  const Network& n = testing::fixture_network();
  const PackedSequence s = sequence_from(f);
  WorstError worst("F1_forward");
  if (testing::has_fixture("autoencoder weights")) {
    expect_close(n.vae.latent(n.vae.moments(tensor_of(f, "in.padded_images")), tensor_of(f, "in.noise_vae")),
                 f, "out.padded_latent", 2e-5, worst);
  }
  const ForwardResult result = training_forward(s, inputs_from(f, s, n), n, kPlain,
                                                [&](const std::string& name, const at::Tensor& value) {
                                                  expect_close(value, f, "out." + name, 2e-5, worst);
                                                });
  expect_close(result.prediction, f, "out.mse_pred", 2e-5, worst);
  expect_close(result.mse, f, "out.mse", 2e-5, worst, true);
  expect_close(result.logits, f, "out.ce_logits", 2e-5, worst);
  expect_close(result.ce, f, "out.ce", 2e-5, worst);
  const at::Tensor mse = mse_loss(result), ce = ce_loss(result);
  expect_close(mse.reshape({1}), f, "out.loss_mse", 2e-5, worst);
  expect_close(ce.reshape({1}), f, "out.loss_ce", 2e-5, worst);
  expect_close((mse + ce).reshape({1}), f, "out.loss_total", 2e-5, worst);
  expect_close(ce_loss_reweighted(result, s.ce_loss_weights).reshape({1}), f, "out.loss_ce_reweighted", 2e-5,
               worst);
}

TEST(TrainingParity, GradientsOfEveryTensor) {
  NEEDS_FIXTURE("F2");
  const Fixture f1("F1"), f("F2");
  const auto n = copy_of_fixture_network();
  n->parameters.require_gradients([](Part) { return true; });
  const PackedSequence s = sequence_from(f1);
  const ForwardResult result = training_forward(s, inputs_from(f1, s, *n), *n, kPlain);
  (mse_loss(result) + ce_loss(result)).backward();
  WorstError worst("F2_gradients");
  int zeros = 0;
  expect_gradients(n->parameters, f, worst, &zeros);
  double total = 0;
  for (const auto& leaf : n->parameters.leaves()) {
    if (leaf.value.grad().defined()) total += leaf.value.grad().square().sum().item<double>();
  }
  EXPECT_NEAR(std::sqrt(total) / f.floats("out.grad_norm_total")[0], 1.0, 1e-4);
}

TEST(TrainingParity, FrozenUnderstandingTakesNoGradient) {
  NEEDS_FIXTURE("F3 frozen");
  const Fixture f1("F1"), f("F3 frozen");
  const auto n = copy_of_fixture_network();
  n->parameters.require_gradients([](Part) { return true; });
  const PackedSequence s = sequence_from(f1);
  ForwardSettings settings = kPlain;
  settings.decoder.freeze_understanding = true;
  const ForwardResult result = training_forward(s, inputs_from(f1, s, *n), *n, settings);
  (mse_loss(result) + ce_loss(result)).backward();
  WorstError worst("F3_freeze_und_gradients");
  int zeros = 0;
  expect_gradients(n->parameters, f, worst, &zeros);
  EXPECT_GT(zeros, 50);
  EXPECT_TRUE(n->parameters.gradient("language_model.lm_head.weight").defined());
}

TEST(TrainingParity, APackWithoutLatentsLeavesTheGenerationExpertAlone) {
  NEEDS_FIXTURE("F3 understanding");
  const Fixture f("F3 understanding");
  const auto n = copy_of_fixture_network();
  n->parameters.require_gradients([](Part) { return true; });
  const PackedSequence s = sequence_from(f);
  WorstError worst("F3_understanding_only");
  const ForwardResult result = training_forward(s, inputs_from(f, s, *n), *n, kPlain,
                                                [&](const std::string& name, const at::Tensor& value) {
                                                  if (f.has("out." + name))
                                                    expect_close(value, f, "out." + name, 2e-5, worst);
                                                });
  EXPECT_FALSE(result.mse.defined());
  expect_close(result.logits, f, "out.ce_logits", 2e-5, worst);
  expect_close(ce_loss(result).reshape({1}), f, "out.loss_ce", 2e-5, worst);
  ce_loss(result).backward();
  int zeros = 0;
  expect_gradients(n->parameters, f, worst, &zeros);
  EXPECT_GT(zeros, 20);
}

}  // namespace
}  // namespace synerbench::reference
