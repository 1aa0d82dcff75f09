// Pix2Pix against tensors made by the published code: tests/fixtures/pix2pix/README.md says what they are.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "baselines/pix2pix/detail/trainer.h"
#include "harness/nn/state.h"
#include "harness/train/schedule.h"
#include "tests/baselines/support/conditional_gan_parity.h"

namespace synerbench {
namespace {

using nn::LayerContext;
using nn::NormMode;
using pix2pix::Trainer;
using testing_support::ParityFixture;

constexpr const char* kForward = "forward";
constexpr const char* kStep = "step";
constexpr const char* kTrace = "trace";

class Pix2PixParity : public testing_support::ConditionalGanParity<Trainer> {
 protected:
  void SetUp() override {
    fixture_ = ParityFixture::find("pix2pix");
    SYNERBENCH_NEEDS_FIXTURE(fixture_, "pix2pix");
    pix2pix::Config config;
    config.num_downs = fixture_->number("num_downs");
    config.ngf = fixture_->number("ngf");
    config.ndf = fixture_->number("ndf");
    config.n_layers_D = fixture_->number("n_layers_D");
    trainer_ = std::make_unique<Trainer>(config, "cpu");
    nn::load_network(*trainer_->generator, fixture_->file("G"));
    nn::load_network(*trainer_->discriminator, fixture_->file("D"));
  }
};

TEST_F(Pix2PixParity, ForwardInAllVariants) {
  const at::Tensor A = input(kForward, "in.A"), B = input(kForward, "in.B");
  const at::Tensor mask = input(kForward, "in.dropout_mask");
  const LayerContext running{.norm = NormMode::kRunningStats, .dropout = {}, .observe = {}};
  const LayerContext batch{.norm = NormMode::kBatchStats, .dropout = {}, .observe = {}};
  int64_t dropouts = 0;
  const LayerContext dropped{.norm = NormMode::kBatchStats,
                             .dropout =
                                 [&](const at::Tensor& input, double p) {
                                   EXPECT_EQ(input.sizes(), mask.sizes());
                                   EXPECT_EQ(p, 0.5);
                                   ++dropouts;
                                   return mask;
                                 },
                             .observe = {}};
  fixture_->expect(kForward, "out.G_eval", generate(A, running));
  fixture_->expect(kForward, "out.D_eval", judge(A, B, running));
  fixture_->expect(kForward, "out.G_train", generate(A, batch));
  fixture_->expect(kForward, "out.D_train", judge(A, B, batch));
  fixture_->expect(kForward, "out.G_train_single", generate(A.slice(0, 0, 1), batch));
  fixture_->expect(kForward, "out.G_train_dropout", generate(A, dropped));
  EXPECT_EQ(dropouts, 1);
  fixture_->expect_all_compared(kForward);
}

TEST_F(Pix2PixParity, EveryLayersOutput) {
  const at::Tensor A = input(kForward, "in.A"), B = input(kForward, "in.B");
  const auto watch = [&](const std::string& network) {
    return LayerContext{.norm = NormMode::kRunningStats,
                        .dropout = {},
                        .observe = [this, network](const std::string& key, const at::Tensor& output) {
                          // Dropout is absent in the trace.
                          if (fixture_->wants(kTrace, "trace." + network + "." + key))
                            fixture_->expect_traced(kTrace, network + "." + key, output);
                        }};
  };
  generate(A, watch("G"));
  judge(A, B, watch("D"));
  fixture_->expect_all_compared(kTrace);
}

TEST_F(Pix2PixParity, OneUpdate) {
  at::Tensor fake;
  const nn::ConditionalGanLosses losses =
      trainer_->step(input(kStep, "in.A"), input(kStep, "in.B"), /*dropout=*/{}, &fake);
  expect_update(kStep, fake, losses);
}

TEST_F(Pix2PixParity, LearningRateSchedule) {
  // The table holds the factor after k scheduler steps; the published loop steps once before the first epoch.
  const at::Tensor table = fixture_->input("lr", "table.factor_newer");
  const Schedule schedule{.kind = Schedule::Kind::kLinear, .constant = 3, .decay = 4};
  at::Tensor ours = table.clone();
  for (int64_t epoch = 0; epoch < 7; ++epoch) ours[epoch + 1] = schedule.factor(epoch);
  fixture_->expect("lr", "table.factor_newer", ours);
  fixture_->expect_all_compared("lr");
  EXPECT_EQ(schedule.factor(0), 1.0);
  EXPECT_EQ(schedule.factor(6), 0.0);
}

}  // namespace
}  // namespace synerbench
