// CycleGAN against tensors made by the published code.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "baselines/cyclegan/detail/trainer.h"
#include "harness/nn/state.h"
#include "tests/nn/parity_fixture.h"

namespace synerbench {
namespace {

using cyclegan::Trainer;
using testing_support::ParityFixture;

constexpr const char* kForward = "forward";
constexpr const char* kStep = "step";
constexpr const char* kTrace = "trace";
constexpr const char* kPool = "pool";

class CycleGanParity : public testing::Test {
 protected:
  void SetUp() override {
    fixture_ = ParityFixture::find("cyclegan");
    SYNERBENCH_NEEDS_FIXTURE(fixture_, "cyclegan");
    cyclegan::Config config;
    config.n_blocks = fixture_->number("n_blocks");
    config.ngf = fixture_->number("ngf");
    config.ndf = fixture_->number("ndf");
    config.n_layers_D = fixture_->number("n_layers_D");
    trainer_ = std::make_unique<Trainer>(config, "cpu");
    for (const auto& [name, network] : networks()) {
      nn::load_network(*network, fixture_->file(name));
    }
  }

  std::vector<std::pair<std::string, torch::nn::Module*>> networks() {
    return {{"G_A", trainer_->G_A.get()},
            {"G_B", trainer_->G_B.get()},
            {"D_A", trainer_->D_A.get()},
            {"D_B", trainer_->D_B.get()}};
  }

  void compare_update();

  std::unique_ptr<ParityFixture> fixture_;
  std::unique_ptr<Trainer> trainer_;
};

TEST_F(CycleGanParity, ForwardAndEveryLayersOutput) {
  const at::Tensor A = fixture_->input(kForward, "in.A");
  const auto watch = [&](const std::string& network) {
    nn::LayerContext context;
    context.observe = [this, network](const std::string& key, const at::Tensor& output) {
      fixture_->expect_traced(kTrace, network + "." + key, output);
    };
    return context;
  };
  c10::NoGradGuard no_grad;
  fixture_->expect(kForward, "out.G_A", trainer_->G_A->forward(A, watch("G_A")));
  fixture_->expect(kForward, "out.D_A", trainer_->D_A->forward(A, watch("D_A")));
  fixture_->expect_all_compared(kForward);
  fixture_->expect_all_compared(kTrace);
}

TEST_F(CycleGanParity, OneUpdate) { compare_update(); }

TEST_F(CycleGanParity, OneUpdateWithoutBatching) {
  trainer_->largest_batched = 0;
  compare_update();
}

void CycleGanParity::compare_update() {
  Random random(1);
  cyclegan::StepImages images;
  const cyclegan::StepLosses losses =
      trainer_->step(fixture_->input(kStep, "in.A"), fixture_->input(kStep, "in.B"), random, &images);
  fixture_->expect(kStep, "out.fake_A", images.fake_A);
  fixture_->expect(kStep, "out.fake_B", images.fake_B);
  fixture_->expect(kStep, "out.rec_A", images.rec_A);
  fixture_->expect(kStep, "out.rec_B", images.rec_B);
  fixture_->expect(kStep, "out.idt_A", images.idt_A);
  fixture_->expect(kStep, "out.idt_B", images.idt_B);
  fixture_->expect(kStep, "loss.G_A", losses.G_A);
  fixture_->expect(kStep, "loss.G_B", losses.G_B);
  fixture_->expect(kStep, "loss.cycle_A", losses.cycle_A);
  fixture_->expect(kStep, "loss.cycle_B", losses.cycle_B);
  fixture_->expect(kStep, "loss.idt_A", losses.idt_A);
  fixture_->expect(kStep, "loss.idt_B", losses.idt_B);
  fixture_->expect(kStep, "loss.G", losses.G);
  fixture_->expect(kStep, "loss.D_A", losses.D_A);
  fixture_->expect(kStep, "loss.D_B", losses.D_B);
  for (const auto& [name, network] : networks()) fixture_->expect_updated(kStep, name + ".", *network);
  fixture_->expect_all_compared(kStep);
}

TEST_F(CycleGanParity, ImagePool) {
  const at::Tensor images = fixture_->input(kPool, "in.images"), coins = fixture_->input(kPool, "in.coin"),
                   slots = fixture_->input(kPool, "in.slot");
  const int64_t capacity = fixture_->input(kPool, "out.buffer").size(0);
  nn::ImagePool pool(capacity);
  int64_t coin = 0, slot = 0;
  std::vector<at::Tensor> returned;
  for (int64_t i = 0; i < images.size(0); i += 2) {
    returned.push_back(pool.exchange(
        images.slice(0, i, i + 2),
        [&] {
          slot = coin;  // the j-th image after the buffer is full uses the j-th coin and the j-th slot
          return coins[coin++].item<double>();
        },
        [&](int64_t n) {
          EXPECT_EQ(n, capacity);
          return slots[slot].item<int64_t>();
        }));
  }
  EXPECT_EQ(coin, coins.size(0));
  fixture_->expect(kPool, "out.images", at::cat(returned, 0));
  fixture_->expect(kPool, "out.buffer", at::cat(pool.images(), 0));
  fixture_->expect_all_compared(kPool);
}

TEST(CycleGanSizes, AreThePublishedOnes) {
  Trainer official(cyclegan::Config{}, "cpu");
  EXPECT_EQ(nn::parameter_count(*official.G_A), 11'365'633);
  EXPECT_EQ(nn::parameter_count(*official.G_B), 11'365'633);
  EXPECT_EQ(nn::parameter_count(*official.D_A), 2'762'689);
  EXPECT_EQ(nn::parameter_count(*official.D_B), 2'762'689);
  c10::NoGradGuard no_grad;
  nn::PatchGan small(
      nn::PatchGanOptions{.input_channels = 1, .width = 2, .layers = 3, .norm = nn::Norm::kInstance});
  EXPECT_EQ(small->forward(at::zeros({1, 1, 256, 256}), {}).sizes(), (std::vector<int64_t>{1, 1, 30, 30}));
  EXPECT_EQ(small->forward(at::zeros({1, 1, 64, 64}), {}).sizes(), (std::vector<int64_t>{1, 1, 6, 6}));
}

}  // namespace
}  // namespace synerbench
