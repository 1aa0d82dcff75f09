// RCD's released part against tensors made by the published code, in three dimensions (see the fixture's
// manifest.json).
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "baselines/rcd/detail/trainer.h"
#include "harness/nn/state.h"
#include "tests/nn/parity_fixture.h"

namespace synerbench {
namespace {

using rcd::ReleasedTrainer;
using testing_support::ParityFixture;

constexpr const char* kForward = "forward";
constexpr const char* kStep = "step";
constexpr const char* kTrace = "trace";
constexpr const char* kUnits = "units";

class RcdParity : public testing::Test {
 protected:
  void SetUp() override {
    fixture_ = ParityFixture::find("rcd");
    SYNERBENCH_NEEDS_FIXTURE(fixture_, "rcd");
    rcd::Config config = rcd::fields().read({{"preset", "released"}}, "test");
    config.ngf = fixture_->number("ngf");
    config.ndf = fixture_->number("ndf");
    config.n_layers_D = fixture_->number("n_layers_D");
    trainer_ = std::make_unique<ReleasedTrainer>(config, "cpu");
    for (const NetworkHandle& handle : trainer_->networks())
      nn::load_network(*handle.network, fixture_->file(handle.name));
  }
  rcd::Observer watch(const std::string& network) {
    return [this, network](const std::string& key, const at::Tensor& output) {
      // The published code shares one activation, traced where it runs first.
      if (fixture_->wants(kTrace, "trace." + network + "." + key))
        fixture_->expect_traced(kTrace, network + "." + key, output);
    };
  }

  std::unique_ptr<ParityFixture> fixture_;
  std::unique_ptr<ReleasedTrainer> trainer_;
};

TEST_F(RcdParity, NetworksAndEveryLayersOutput) {
  c10::NoGradGuard no_grad;
  const at::Tensor A = fixture_->input(kForward, "in.A"), B = fixture_->input(kForward, "in.B");
  fixture_->expect(kForward, "out.G", trainer_->synthesis_.G->forward(A, watch("G")));
  const rcd::Deformation deformation = trainer_->R->forward(A, B, watch("R"));
  fixture_->expect(kForward, "out.velocity", deformation.velocity);
  fixture_->expect(kForward, "out.displacement", deformation.displacement);
  fixture_->expect(kForward, "out.warped_A", rcd::warp(A, deformation.displacement));
  fixture_->expect(kForward, "out.D", trainer_->D->forward(at::cat({A, B}, 1), watch("D")));
  fixture_->expect_all_compared(kForward);
  fixture_->expect_all_compared(kTrace);
}

TEST_F(RcdParity, RegistrationInTwoAndThreeDimensions) {
  for (const std::string dimensions : {"2d", "3d"}) {
    const at::Tensor velocity = fixture_->input(kUnits, "in.velocity_" + dimensions);
    const at::Tensor image = fixture_->input(kUnits, "in.image_" + dimensions);
    fixture_->expect(kUnits, "out.warp_" + dimensions, rcd::warp(image, velocity));
    fixture_->expect(kUnits, "out.integrated_" + dimensions, rcd::integrate(velocity, 7));
    fixture_->expect(kUnits, "out.half_" + dimensions, rcd::half_size(velocity));
    fixture_->expect(kUnits, "out.double_" + dimensions, rcd::double_size(velocity));
  }
  fixture_->expect(kUnits, "loss.smooth_3d",
                   rcd::smoothness(fixture_->input(kUnits, "in.velocity_3d")).item<double>());
  fixture_->expect_all_compared(kUnits);
}

TEST_F(RcdParity, OneUpdate) {
  rcd::StepImages images;
  const Losses losses =
      trainer_->step(fixture_->input(kStep, "in.A"), fixture_->input(kStep, "in.B"), &images);
  for (const auto& [name, value] : losses) {
    if (name != "displacement") fixture_->expect(kStep, "loss." + name, value);  // ours, for the log
  }
  fixture_->expect(kStep, "out.velocity", images.deformation.velocity);
  fixture_->expect(kStep, "out.displacement", images.deformation.displacement);
  fixture_->expect(kStep, "out.o1", images.o1);
  fixture_->expect(kStep, "out.o2", images.o2);
  fixture_->expect(kStep, "out.fake_B_after_update", images.fake_after_update);
  for (const NetworkHandle& handle : trainer_->networks())
    fixture_->expect_updated(kStep, handle.name + ".", *handle.network);
  fixture_->expect_all_compared(kStep);
}

}  // namespace
}  // namespace synerbench
