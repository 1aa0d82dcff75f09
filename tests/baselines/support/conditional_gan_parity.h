// Parity of methods whose discriminator sees source and target side by side, and whose Trainer holds both
// networks (Pix2Pix, ResViT).
#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/nn/conditional_gan.h"
#include "harness/nn/layers.h"
#include "tests/nn/parity_fixture.h"

namespace synerbench::testing_support {

template <class Trainer>
class ConditionalGanParity : public testing::Test {
 protected:
  at::Tensor input(const char* file, const char* name) const { return fixture_->input(file, name); }
  at::Tensor generate(const at::Tensor& source, const nn::LayerContext& context) {
    c10::NoGradGuard no_grad;
    return trainer_->generator->forward(source, context);
  }
  at::Tensor judge(const at::Tensor& source, const at::Tensor& target, const nn::LayerContext& context) {
    c10::NoGradGuard no_grad;
    return trainer_->discriminator->forward(at::cat({source, target}, 1), context);
  }
  /// After the trainer's update: what it reported, and both networks.
  void expect_update(const char* file, const at::Tensor& fake, const nn::ConditionalGanLosses& losses) {
    fixture_->expect(file, "out.fake_B", fake);
    fixture_->expect(file, "loss.D_fake", losses.D_fake);
    fixture_->expect(file, "loss.D_real", losses.D_real);
    fixture_->expect(file, "loss.D", losses.D);
    fixture_->expect(file, "loss.G_GAN", losses.G_GAN);
    fixture_->expect(file, "loss.G_L1", losses.G_L1);
    fixture_->expect(file, "loss.G", losses.G);
    fixture_->expect_updated(file, "G.", *trainer_->generator);
    fixture_->expect_updated(file, "D.", *trainer_->discriminator);
    fixture_->expect_all_compared(file);
  }

  std::unique_ptr<ParityFixture> fixture_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace synerbench::testing_support
