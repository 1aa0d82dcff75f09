// The update of a paired conditional GAN: what it moves, in which order, with which weights.
#include "harness/nn/conditional_gan.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include "harness/nn/state.h"

namespace synerbench::nn {
namespace {

/// The "generator" is an image of its own, so that its gradient is the image's.
struct Setting {
  at::Tensor source = at::rand({2, 1, 16, 16}) * 2 - 1, target = at::rand({2, 1, 16, 16}) * 2 - 1;
  at::Tensor image = (at::rand({2, 1, 16, 16}) * 2 - 1).requires_grad_();
  PatchGan discriminator{
      PatchGanOptions{.input_channels = 2, .width = 4, .layers = 1, .norm = Norm::kInstance}};
  Adam optimizer_G{"G", {{"image", image}}, {.lr = 1e-2}};
  Adam optimizer_D{"D", parameters_of(*discriminator, "D"), {.lr = 1e-2}};

  at::Tensor logits_loss(const at::Tensor& seen, bool real) {
    const LayerContext training{.norm = NormMode::kTraining, .dropout = {}, .observe = {}};
    return gan_loss(GanObjective::kLeastSquares, discriminator->forward(at::cat({source, seen}, 1), training),
                    real);
  }
  double judge(const at::Tensor& seen, bool real) {
    const c10::NoGradGuard no_grad;
    return logits_loss(seen, real).item<double>();
  }
};

TEST(ConditionalGan, StepsTheDiscriminatorFirstAndWeighsItsParts) {
  torch::manual_seed(3);
  Setting s;
  const double fake_before = s.judge(s.image, false), real_before = s.judge(s.target, true),
               as_real_before = s.judge(s.image, true);
  const at::Tensor before = s.image.detach().clone();
  ConditionalGan gan{s.discriminator, s.optimizer_G, s.optimizer_D, {GanObjective::kLeastSquares, 3, 7}};
  at::Tensor fake;
  const ConditionalGanLosses losses = gan.step(
      s.source, s.target, [&] { return s.image * 1; }, &fake);
  EXPECT_TRUE(at::equal(fake, before));
  EXPECT_FALSE(fake.requires_grad());
  EXPECT_NEAR(losses.D_fake, fake_before, 1e-6);
  EXPECT_NEAR(losses.D_real, real_before, 1e-6);
  EXPECT_NEAR(losses.D, 1.5 * (fake_before + real_before), 1e-5);
  // The generator is judged by the discriminator that has moved.
  EXPECT_NEAR(losses.G_GAN, 3 * s.judge(before, true), 1e-5);
  EXPECT_GT(std::abs(losses.G_GAN - 3 * as_real_before), 1e-3);
  EXPECT_NEAR(losses.G_L1, 7 * (before - s.target).abs().mean().item<double>(), 1e-5);
  EXPECT_NEAR(losses.G, losses.G_GAN + losses.G_L1, 1e-6);
  EXPECT_FALSE(at::equal(s.image.detach(), before));
}

TEST(ConditionalGan, TheGeneratorsStepLeavesTheDiscriminatorsGradientAlone) {
  torch::manual_seed(4);
  Setting s;
  ((s.logits_loss(s.image.detach(), false) + s.logits_loss(s.target, true)) * 0.5).backward();
  std::vector<at::Tensor> wanted;
  for (const at::Tensor& parameter : s.discriminator->parameters())
    wanted.push_back(parameter.grad().clone());
  ConditionalGan gan{s.discriminator, s.optimizer_G, s.optimizer_D, {GanObjective::kLeastSquares, 1, 100}};
  gan.step(s.source, s.target, [&] { return s.image * 1; });
  for (size_t i = 0; i < wanted.size(); ++i) {
    const at::Tensor parameter = s.discriminator->parameters()[i];
    EXPECT_TRUE(parameter.requires_grad());  // thawed again
    EXPECT_LT((parameter.grad() - wanted[i]).abs().max().item<double>(), 1e-6) << i;
  }
}

}  // namespace
}  // namespace synerbench::nn
