// The two ways through one CycleGAN update: several inputs as one batch, and one graph after the other.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include "baselines/cyclegan/detail/trainer.h"
#include "harness/nn/state.h"

namespace synerbench {
namespace {

using cyclegan::Config;
using cyclegan::StepImages;
using cyclegan::StepLosses;
using cyclegan::Trainer;

Config small(double lambda_identity) {
  Config config;
  config.ngf = config.ndf = 4;
  config.n_blocks = 1;
  config.n_layers_D = 1;
  config.lambda_A = 3;  // the two domains weigh differently, so that exchanging them shows
  config.lambda_B = 11;
  config.lambda_identity = lambda_identity;
  return config;
}

struct Update {
  StepLosses losses;
  StepImages images;
  std::vector<at::Tensor> gradients;
};

Update update(const Config& config, int64_t largest_batched) {
  torch::manual_seed(1);
  Trainer trainer(config, "cpu");
  trainer.largest_batched = largest_batched;
  const at::Tensor A = at::rand({2, 1, 16, 16}) * 2 - 1, B = at::rand({2, 1, 16, 16}) * 2 - 1;
  Random random(1);
  Update update;
  update.losses = trainer.step(A, B, random, &update.images);
  for (torch::nn::Module* network : std::initializer_list<torch::nn::Module*>{
           trainer.G_A.get(), trainer.G_B.get(), trainer.D_A.get(), trainer.D_B.get()}) {
    for (const at::Tensor& parameter : network->parameters()) update.gradients.push_back(parameter.grad());
  }
  const auto l1 = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().mean().item<double>();
  };
  EXPECT_NEAR(update.losses.cycle_A, config.lambda_A * l1(update.images.rec_A, A), 1e-4);
  EXPECT_NEAR(update.losses.cycle_B, config.lambda_B * l1(update.images.rec_B, B), 1e-4);
  if (config.lambda_identity > 0) {
    // Of G_A, which should leave an image of B as it is: the weight is B's.
    EXPECT_NEAR(update.losses.idt_A, config.lambda_identity * config.lambda_B * l1(update.images.idt_A, B),
                1e-4);
    EXPECT_NEAR(update.losses.idt_B, config.lambda_identity * config.lambda_A * l1(update.images.idt_B, A),
                1e-4);
  } else {
    EXPECT_EQ(update.losses.idt_A + update.losses.idt_B, 0.0);
    EXPECT_FALSE(update.images.idt_A.defined());
  }
  const StepLosses& s = update.losses;
  EXPECT_NEAR(s.G, s.G_A + s.G_B + s.cycle_A + s.cycle_B + s.idt_A + s.idt_B, 1e-5);
  return update;
}

TEST(CycleGanUpdate, IsTheSameTogetherAndInTurn) {
  for (const double lambda_identity : {0.0, 0.5}) {
    const Update together = update(small(lambda_identity), int64_t{1} << 40),
                 in_turn = update(small(lambda_identity), 0);
    EXPECT_NEAR(together.losses.G, in_turn.losses.G, 1e-5);
    EXPECT_NEAR(together.losses.D_A, in_turn.losses.D_A, 1e-6);
    EXPECT_NEAR(together.losses.D_B, in_turn.losses.D_B, 1e-6);
    ASSERT_EQ(together.gradients.size(), in_turn.gradients.size());
    double largest = 0;
    for (size_t i = 0; i < together.gradients.size(); ++i) {
      ASSERT_TRUE(in_turn.gradients[i].defined()) << i;
      const double size = together.gradients[i].abs().max().item<double>();
      largest = std::max(largest, size);
      EXPECT_LT((together.gradients[i] - in_turn.gradients[i]).abs().max().item<double>(), 1e-5 + 1e-4 * size)
          << i;
    }
    EXPECT_GT(largest, 0.1);
  }
}

}  // namespace
}  // namespace synerbench
