// Layers whose options are passed in, PatchGAN, initialization.
#include "harness/nn/layers.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "harness/nn/init.h"
#include "harness/nn/patchgan.h"
#include "harness/nn/state.h"

namespace synerbench::nn {
namespace {

at::Tensor noise(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return random_normal(shape, 0, 1, random, at::kCPU);
}

TEST(Layers, BatchNormModesUseAndMoveWhatTheirNamesSay) {
  torch::nn::BatchNorm2d norm(3);
  const at::Tensor x = noise({2, 3, 4, 4}, 1) * 2 + 1;
  const at::Tensor mean = x.mean({0, 2, 3}, true), variance = x.var({0, 2, 3}, /*unbiased=*/false, true);
  const at::Tensor normalized = (x - mean) / (variance + 1e-5).sqrt();

  LayerContext context;
  context.norm = NormMode::kBatchStats;
  EXPECT_TRUE(at::allclose(run_layer(*norm, x, context, ""), normalized, 1e-5, 1e-5));
  EXPECT_TRUE(at::equal(norm->running_mean, at::zeros({3}))) << "evaluation moved the running averages";
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 0);

  context.norm = NormMode::kTraining;
  EXPECT_TRUE(at::allclose(run_layer(*norm, x, context, ""), normalized, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(norm->running_mean, 0.1 * mean.flatten(), 1e-5, 1e-6));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);

  context.norm = NormMode::kRunningStats;
  const at::Tensor wanted = (x - norm->running_mean.reshape({1, 3, 1, 1})) /
                            (norm->running_var.reshape({1, 3, 1, 1}) + 1e-5).sqrt();
  EXPECT_TRUE(at::allclose(run_layer(*norm, x, context, ""), wanted, 1e-5, 1e-5));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
}

TEST(Layers, DropoutFollowsItsOptionAndItsSeed) {
  torch::nn::Dropout dropout(0.5);
  const at::Tensor x = at::ones({1, 1, 32, 32});
  LayerContext context;
  EXPECT_TRUE(at::equal(run_layer(*dropout, x, context, ""), x)) << "no source of masks: off";
  const auto masked = [&](uint64_t seed) {
    Random random(seed);
    context.dropout = dropout_from(random);
    return run_layer(*dropout, x, context, "");
  };
  const at::Tensor first = masked(1);
  EXPECT_TRUE(at::equal(first, masked(1)));
  EXPECT_FALSE(at::equal(first, masked(2)));
  EXPECT_TRUE(at::logical_or(first == 0, first == 2).all().item<bool>());
  EXPECT_NEAR(first.mean().item<double>(), 1.0, 4 * 1.0 / 32);  // four standard deviations
}

TEST(Layers, ObserverSeesEveryLeafUnderItsKey) {
  PatchGan network(PatchGanOptions{.input_channels = 1, .width = 2, .layers = 1});
  std::vector<std::string> keys;
  const LayerContext context{
      .norm = NormMode::kBatchStats,
      .dropout = {},
      .observe = [&](const std::string& key, const at::Tensor&) { keys.push_back(key); }};
  network->forward(noise({1, 1, 16, 16}, 1), context);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"model.0", "model.1", "model.2", "model.3", "model.4", "model.5"}));
}

TEST(Layers, UnknownKindsAreOurBug) {
  torch::nn::Linear linear(2, 2);
  EXPECT_THROW(run_layer(*linear, at::ones({1, 2}), {}, "x"), std::logic_error);
}

TEST(PatchGan, HasThePublishedSizes) {
  struct Case {
    int64_t channels, width, layers;
    Norm norm;
    int64_t parameters;
  };
  for (const Case& c :
       {Case{2, 64, 3, Norm::kBatch, 2'764'609}, Case{6, 64, 3, Norm::kBatch, 2'768'705},
        Case{1, 64, 3, Norm::kInstance, 2'762'689}, Case{3, 64, 3, Norm::kInstance, 2'764'737},
        Case{2, 8, 2, Norm::kBatch, 11'113}, Case{2, 16, 3, Norm::kBatch, 175'057}}) {
    PatchGan network(
        PatchGanOptions{.input_channels = c.channels, .width = c.width, .layers = c.layers, .norm = c.norm});
    EXPECT_EQ(parameter_count(*network), c.parameters) << c.channels << " " << c.width << " " << c.layers;
  }
}

TEST(PatchGan, HasThePublishedOutputShapes) {
  const auto logits = [](int64_t size, int64_t layers) {
    c10::NoGradGuard no_grad;
    PatchGan network(PatchGanOptions{.input_channels = 1, .width = 2, .layers = layers});
    return network->forward(at::zeros({1, 1, size, size}), {}).sizes().vec();
  };
  EXPECT_EQ(logits(256, 3), (std::vector<int64_t>{1, 1, 30, 30}));
  EXPECT_EQ(logits(64, 3), (std::vector<int64_t>{1, 1, 6, 6}));
  EXPECT_EQ(logits(64, 2), (std::vector<int64_t>{1, 1, 14, 14}));
}

TEST(InitializeNormal, HasTheStatedMomentsAndDependsOnTheSeedAlone) {
  const PatchGanOptions options{.input_channels = 2, .width = 32, .layers = 2};
  PatchGan a(options), b(options);
  Random first(7), second(7);
  initialize_normal(*a, 0.02, first);
  initialize_normal(*b, 0.02, second);
  const auto left = state_of(*a), right = state_of(*b);
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_TRUE(at::equal(left[i].tensor, right[i].tensor)) << left[i].name;
  for (const NamedTensor& named : left) {
    const at::Tensor values = named.tensor.to(at::kDouble);
    const double n = static_cast<double>(values.numel());
    if (values.dim() == 4 && n > 1000) {  // five standard errors
      EXPECT_NEAR(values.mean().item<double>(), 0, 5 * 0.02 / std::sqrt(n)) << named.name;
      EXPECT_NEAR(values.std().item<double>(), 0.02, 5 * 0.02 / std::sqrt(2 * n)) << named.name;
    } else if (named.name == "model.3.weight") {
      EXPECT_NEAR(values.mean().item<double>(), 1, 5 * 0.02 / std::sqrt(n));
      EXPECT_GT(values.std().item<double>(), 0.005);
    } else if (named.name.ends_with("bias")) {
      EXPECT_EQ(values.abs().max().item<double>(), 0) << named.name;
    }
  }
}

}  // namespace
}  // namespace synerbench::nn
