// Blocks of the diffusion models: plain layers, the U-Net's parts that fixtures cannot see, the plateau
// schedule.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/nn/adm_unet.h"
#include "harness/nn/state.h"

namespace synerbench::nn {
namespace {

AdmUnetOptions small() {
  AdmUnetOptions options;
  options.width = 8;
  options.multipliers = {1, 2};
  options.blocks = 1;
  options.head_width = 8;
  options.groups = 4;
  return options;
}

TEST(PlainLayers, FreshWeightsComeFromTheSeedAlone) {
  AdmUnet a(small()), b(small());
  Random first(5), second(5), third(6);
  reset_layers(*a, first);
  reset_layers(*b, second);
  const auto equal = [&] {
    const auto x = state_of(*a), y = state_of(*b);
    for (size_t i = 0; i < x.size(); ++i) {
      if (!at::equal(x[i].tensor, y[i].tensor)) return false;
    }
    return true;
  };
  EXPECT_TRUE(equal());
  reset_layers(*b, third);
  EXPECT_FALSE(equal());
}

TEST(PlainLayers, AreUniformWithinOneOverTheRootOfTheFanIn) {
  Convolution convolution({.input = 16, .output = 64});
  Dense dense(144, 64);
  Random random(1);
  convolution.reset(random);
  dense.reset(random);
  for (const at::Tensor& tensor :
       {convolution.parameters()[0], convolution.parameters()[1], dense.parameters()[0]}) {
    EXPECT_LE(tensor.abs().max().item<double>(), 1.0 / 12);  // fan in 16 * 9 = 144
    EXPECT_GT(tensor.abs().max().item<double>(), 0.9 / 12);
    EXPECT_NEAR(tensor.mean().item<double>(), 0, 0.03);
  }
  Convolution silent({.input = 4, .output = 4, .zeros = true});
  silent.reset(random);
  for (const at::Tensor& tensor : silent.parameters()) EXPECT_EQ(tensor.abs().sum().item<double>(), 0);
}

TEST(AdmUnet, FreshNetworkWithSilentOutputGivesZeros) {
  AdmUnet network(small());
  Random random(1);
  reset_layers(*network, random);
  c10::NoGradGuard no_grad;
  const at::Tensor out =
      network->forward(random_normal({2, 1, 6, 4}, 0, 1, random, at::kCPU), at::tensor({3.0f, 9.0f}));
  EXPECT_EQ(out.sizes(), at::IntArrayRef({2, 1, 6, 4}));
  EXPECT_EQ(out.abs().max().item<double>(), 0);
}

TEST(AdmUnet, TimeAndLabelReachTheOutput) {
  AdmUnetOptions options = small();
  options.labels = 3;
  AdmUnet network(options);
  Random random(1);
  reset_layers(*network, random);
  redraw_layers(*network, 0.1, random);
  c10::NoGradGuard no_grad;
  const at::Tensor x = random_normal({1, 1, 8, 8}, 0, 1, random, at::kCPU);
  const auto run = [&](float t, int64_t label) {
    return network->forward(x, at::full({1}, t), at::full({1}, label, at::kLong));
  };
  EXPECT_TRUE(at::equal(run(5, 1), run(5, 1)));
  EXPECT_FALSE(at::equal(run(5, 1), run(6, 1)));
  EXPECT_FALSE(at::equal(run(5, 1), run(5, 2)));
}

TEST(AdmUnet, NamesTheSettingThatDoesNotFit) {
  EXPECT_EQ(trouble_with(small()), "");
  AdmUnetOptions options = small();
  options.groups = 3;
  EXPECT_EQ(trouble_with(options), "width 8 is no multiple of 3 groups");
  options = small();
  options.head_width = 12;
  EXPECT_EQ(trouble_with(options), "16 channels do not divide into attention heads of 12");
  options = small();
  options.attention_factors = {1};
  options.head_width = 16;  // fits the middle, not the first level
  EXPECT_EQ(trouble_with(options), "8 channels do not divide into attention heads of 16");
}

TEST(TimeEmbedding, IsCosinesThenSines) {
  const at::Tensor e = time_embedding(at::tensor({0.0f, 2.0f}), 4);
  const double slow = std::exp(-std::log(10000.0) / 2);
  const std::vector<double> wanted{
      1, 1, 0, 0, std::cos(2.0), std::cos(2 * slow), std::sin(2.0), std::sin(2 * slow)};
  for (int64_t i = 0; i < 8; ++i)
    EXPECT_NEAR(e.reshape({-1})[i].item<double>(), wanted[static_cast<size_t>(i)], 1e-6) << i;
}

}  // namespace
}  // namespace synerbench::nn
