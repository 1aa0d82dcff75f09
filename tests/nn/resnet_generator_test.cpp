// The ResNet generator and what came with it.
#include "harness/nn/resnet_generator.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/nn/adam.h"
#include "harness/nn/init.h"
#include "harness/nn/reflection.h"
#include "harness/nn/slices.h"
#include "harness/nn/state.h"

namespace synerbench::nn {
namespace {

at::Tensor noise(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return random_normal(shape, 0, 1, random, at::kCPU);
}

TEST(ResnetGenerator, HasThePublishedSizesAndShapes) {
  const auto parameters = [](const ResnetGeneratorOptions& options) {
    return parameter_count(*ResnetGenerator(options));
  };
  EXPECT_EQ(parameters({}), 11'365'633);
  EXPECT_EQ(parameters({.input_channels = 3, .output_channels = 3}), 11'378'179);
  EXPECT_EQ(parameters({.blocks = 6}), 7'825'153);
  EXPECT_EQ(parameters({.width = 8, .blocks = 6}), 123'361);
  c10::NoGradGuard no_grad;
  ResnetGenerator generator(ResnetGeneratorOptions{.width = 2, .blocks = 1});
  EXPECT_EQ(generator->forward(noise({2, 1, 24, 16}, 1), {}).sizes(), (std::vector<int64_t>{2, 1, 24, 16}));
}

TEST(ResnetGenerator, BatchNormTakesTheBiasesButTheLast) {
  ResnetGenerator generator(ResnetGeneratorOptions{.width = 2, .blocks = 1, .norm = Norm::kBatch});
  std::map<std::string, at::Tensor> state;
  for (const NamedTensor& named : state_of(*generator)) state[named.name] = named.tensor;
  EXPECT_FALSE(state.contains("model.1.bias"));
  EXPECT_TRUE(state.contains("model.2.running_mean"));
  EXPECT_FALSE(state.contains("model.10.conv_block.1.bias"));
  EXPECT_TRUE(state.contains("model.10.conv_block.6.weight"));
  EXPECT_TRUE(state.contains("model.18.bias"));
}

TEST(Reflection, EqualsTheFusedOne) {
  const at::Tensor weights = noise({2, 3, 5 + 4 + 1, 7 + 3 + 2}, 2);
  const auto values_and_gradients = [&](const auto& pad) {
    const at::Tensor x = noise({2, 3, 5, 7}, 1).requires_grad_(), y = pad(x);
    (y * weights).sum().backward();
    return std::pair(y.detach(), x.grad());
  };
  const std::array<int64_t, 4> padding{3, 2, 4, 1};
  const auto fused =
      values_and_gradients([&](const at::Tensor& x) { return at::reflection_pad2d(x, padding); });
  const auto lean = values_and_gradients([&](const at::Tensor& x) { return reflect(x, padding); });
  const auto slices =
      values_and_gradients([&](const at::Tensor& x) { return reflect_by_slices(x, padding); });
  EXPECT_TRUE(at::equal(lean.first, fused.first));
  EXPECT_TRUE(at::equal(lean.second, fused.second));
  EXPECT_TRUE(at::equal(slices.first, fused.first));
  EXPECT_TRUE(at::allclose(slices.second, fused.second, 1e-6, 1e-6));
  const at::Tensor x = noise({1, 1, 3, 3}, 3);
  EXPECT_TRUE(at::equal(reflect_by_slices(x, {0, 0, 0, 0}), x));
}

TEST(InitializeFanIn, IsUniformInItsBoundsAndDependsOnTheSeedAlone) {
  ResnetGenerator one(ResnetGeneratorOptions{.width = 16, .blocks = 1, .norm = Norm::kBatch}),
      other(ResnetGeneratorOptions{.width = 16, .blocks = 1, .norm = Norm::kBatch});
  Random first(5), second(5);
  initialize_fan_in(*one, first);
  initialize_normal(*other, 1, second);  // whatever was there before
  Random again(5);
  initialize_fan_in(*other, again);
  const auto a = state_of(*one), b = state_of(*other);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
  for (const NamedTensor& named : a) {
    if (named.tensor.dim() != 4 || named.tensor.numel() < 4000) continue;
    // Fan in from the second axis, as LibTorch counts it.
    const double bound = 1 / std::sqrt(static_cast<double>(named.tensor.numel() / named.tensor.size(0)));
    EXPECT_LE(named.tensor.abs().max().item<double>(), bound) << named.name;
    EXPECT_NEAR(named.tensor.std().item<double>(), bound / std::sqrt(3.0), 0.03 * bound) << named.name;
  }
}

TEST(Adam, RestartedIsANewOptimizer) {
  const auto steps = [](bool restarted) {
    at::Tensor w = at::ones({3}).requires_grad_();
    Adam adam("A", {{"w", w}}, {.lr = restarted ? 0.5 : 0.1});
    const auto step = [&](double factor) {
      adam.zero_grad();
      (w * w * factor).sum().backward();
      adam.step();
    };
    if (restarted) {
      step(3);
      step(-1);
      adam.restart();
      adam.set_base_lr(0.1);
      EXPECT_EQ(adam.lr(), 0.1);
      c10::NoGradGuard no_grad;
      w.fill_(1);
    }
    step(1);
    step(2);
    return w.detach().clone();
  };
  EXPECT_TRUE(at::equal(steps(true), steps(false)));
}

TEST(ForEachSlice, SeesOneSliceAndItsSeedAtATime) {
  const std::vector<float> pixels{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<float> prediction(8);
  const std::vector<uint64_t> seeds{11, 12};
  for_each_slice({2, 2, 2, pixels}, seeds, prediction, "cpu", [&](const at::Tensor& slice, Random& random) {
    EXPECT_EQ(slice.sizes(), (std::vector<int64_t>{1, 1, 2, 2}));
    EXPECT_EQ(random.bits(), Random(slice.flatten()[0].item<float>() == 1 ? 11 : 12).bits());
    return slice * 2;
  });
  EXPECT_EQ(prediction, (std::vector<float>{2, 4, 6, 8, 10, 12, 14, 16}));
}

}  // namespace
}  // namespace synerbench::nn
