// BBDM against tensors made by the published code (see the README beside the fixtures for what they are).
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "baselines/bbdm/detail/trainer.h"
#include "harness/nn/ema.h"
#include "harness/nn/state.h"
#include "tests/nn/parity_fixture.h"

namespace synerbench {
namespace {

using bbdm::Bridge;
using bbdm::Objective;
using testing_support::ParityFixture;

constexpr const char* kModel = "model";
constexpr const char* kTables = "tables";
constexpr const char* kForward = "forward";
constexpr const char* kConcat = "concat";
constexpr const char* kObjective = "objective";
constexpr const char* kSample = "sample";
constexpr const char* kStep = "step";
constexpr const char* kTrace = "trace";
const std::string kPart = "denoise_fn.";

class BbdmParity : public testing::Test {
 protected:
  void SetUp() override {
    fixture_ = ParityFixture::find("bbdm");
    SYNERBENCH_NEEDS_FIXTURE(fixture_, "bbdm");
    config_.unet.width = fixture_->number("width");
    config_.unet.multipliers = fixture_->config().at("mult").get<std::vector<int64_t>>();
    config_.unet.blocks = fixture_->number("blocks");
    config_.unet.attention_factors = fixture_->config().at("attn").get<std::vector<int64_t>>();
    config_.unet.head_width = fixture_->number("head");
    config_.accumulate = 1;
    trainer_ = std::make_unique<bbdm::Trainer>(config_, "cpu");
    nn::load_network(*trainer_->denoiser, fixture_->file(kModel), kPart);
  }

  at::Tensor input(const char* file, const std::string& name) const { return fixture_->input(file, name); }

  std::unique_ptr<ParityFixture> fixture_;
  bbdm::Config config_;
  std::unique_ptr<bbdm::Trainer> trainer_;
};

at::Tensor tensor_of(const std::vector<double>& values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), tensor.data_ptr<double>());
  return tensor;
}

TEST_F(BbdmParity, ScheduleTables) {
  const Bridge& bridge = trainer_->bridge;
  fixture_->expect(kTables, "table.m_t", tensor_of(bridge.m));
  fixture_->expect(kTables, "table.variance_t", tensor_of(bridge.variance));
  fixture_->expect(kTables, "table.m_tminus", tensor_of(bridge.m_before));
  fixture_->expect(kTables, "table.variance_t_tminus", tensor_of(bridge.conditional_variance));
  fixture_->expect(kTables, "table.posterior_variance_t", tensor_of(bridge.posterior_variance));
  fixture_->expect(kTables, "table.m_t_sin", tensor_of(Bridge(1000, bbdm::BridgeSchedule::kSine, 1).m));
  for (const int64_t count : {200, 20, 10, 4}) {
    const std::vector<int64_t> list = bbdm::step_list(1000, count);
    at::Tensor seen = at::empty({static_cast<int64_t>(list.size())}, at::kLong);
    std::copy(list.begin(), list.end(), seen.data_ptr<int64_t>());
    fixture_->expect(kTables, "table.steps_" + std::to_string(count), seen);
  }
  const at::Tensor times = input(kTables, "table.time_embedding_t");
  fixture_->expect(kTables, "table.time_embedding_t", times);  // an input that the manifest lists as a table
  fixture_->expect(kTables, "table.time_embedding_32", nn::time_embedding(times, 32));
  fixture_->expect_all_compared(kTables);
}

TEST_F(BbdmParity, Denoiser) {
  c10::NoGradGuard no_grad;
  fixture_->expect(kForward, "out.net",
                   trainer_->denoiser->forward(input(kForward, "in.x_t"), input(kForward, "in.t")));
  fixture_->expect_all_compared(kForward);
}

TEST_F(BbdmParity, DenoiserWithTheSourceBeside) {
  config_.concat = true;
  const nn::AdmUnet denoiser = bbdm::make_denoiser(config_, "cpu");
  c10::NoGradGuard no_grad;
  for (const nn::NamedTensor& named : nn::state_of(*denoiser.ptr())) {
    const bool first = named.name == "input_blocks.0.0.weight";
    named.tensor.detach().copy_(input(first ? kConcat : kModel, kPart + named.name));
  }
  fixture_->expect(kConcat, "out.net",
                   bbdm::run_denoiser(denoiser, config_, input(kConcat, "in.x_t"),
                                      input(kConcat, "in.context"), input(kConcat, "in.t")));
  fixture_->expect_all_compared(kConcat);
}

TEST_F(BbdmParity, EveryLayersOutput) {
  c10::NoGradGuard no_grad;
  trainer_->denoiser->forward(input(kForward, "in.x_t"), input(kForward, "in.t"), {},
                              [&](const std::string& key, const at::Tensor& output) {
                                fixture_->expect_traced(kTrace, key, output);
                              });
  fixture_->expect_all_compared(kTrace);
}

TEST_F(BbdmParity, TargetsAndEstimatesOfEveryObjective) {
  const Bridge& bridge = trainer_->bridge;
  const at::Tensor x0 = input(kObjective, "in.x0"), y = input(kObjective, "in.y"),
                   noise = input(kObjective, "in.noise"), net = input(kObjective, "in.net"),
                   t = input(kObjective, "in.t");
  const at::Tensor x_t = bridge.state(x0, y, t, noise);
  fixture_->expect(kObjective, "out.x_t", x_t);
  for (const Objective objective : {Objective::kGrad, Objective::kNoise, Objective::kYSubX}) {
    const std::string name = bbdm::name_of(objective);
    fixture_->expect(kObjective, "out.target_" + name, bridge.target(objective, x0, y, t, noise));
    fixture_->expect(kObjective, "out.x0_" + name, bridge.x0_from(objective, net, x_t, y, t));
  }
  fixture_->expect_all_compared(kObjective);
}

TEST_F(BbdmParity, SamplerStepByStep) {
  c10::NoGradGuard no_grad;
  const at::Tensor y = input(kSample, "in.y");
  const std::vector<int64_t> list = bbdm::step_list(1000, 6);
  at::Tensor seen = at::empty({6}, at::kLong);
  std::copy(list.begin(), list.end(), seen.data_ptr<int64_t>());
  fixture_->expect(kSample, "table.steps", seen);
  const auto network = [&](const at::Tensor& x_t, const at::Tensor& t) {
    return trainer_->denoiser->forward(x_t, t);
  };
  const auto noise = [&](int64_t i) { return input(kSample, "in.noise." + std::to_string(i)); };
  for (const bool clip : {true, false}) {
    const std::string name = clip ? "out.clipped." : "out.unclipped.";
    bbdm::sample(trainer_->bridge, {Objective::kGrad, clip, 1.0}, list, y, network, noise,
                 [&](int64_t i, const at::Tensor& x, const at::Tensor& x0) {
                   fixture_->expect(kSample, name + "x." + std::to_string(i), x);
                   fixture_->expect(kSample, name + "x0." + std::to_string(i), x0);
                 });
  }
  fixture_->expect(kSample, "out.eta0.x.5",
                   bbdm::sample(trainer_->bridge, {Objective::kGrad, false, 0.0}, list, y, network, noise));
  fixture_->expect_all_compared(kSample);
}

TEST_F(BbdmParity, OneUpdate) {
  const at::Tensor x0 = input(kStep, "in.x0"), y = input(kStep, "in.y"), t = input(kStep, "in.t"),
                   noise = input(kStep, "in.noise");
  at::Tensor estimate;
  trainer_->loss(x0, y, t, noise, &estimate);
  fixture_->expect(kStep, "out.x0", estimate);
  config_.l2 = true;
  bbdm::Trainer squared(config_, "cpu");
  nn::load_network(*squared.denoiser, fixture_->file(kModel), kPart);
  fixture_->expect(kStep, "loss.l2", squared.loss(x0, y, t, noise).item<double>());

  nn::Ema average(nn::state_of(*trainer_->denoiser), 0.995);
  fixture_->expect(kStep, "loss.l1", trainer_->step(x0, y, t, noise));
  average.update();
  fixture_->expect_updated(kStep, kPart, *trainer_->denoiser);
  for (const nn::NamedTensor& named : average.shadow()) {
    const std::string name = "ema." + kPart + named.name;
    if (fixture_->wants(kStep, name)) fixture_->expect(kStep, name, named.tensor);
  }
  fixture_->expect_all_compared(kStep);
}

}  // namespace
}  // namespace synerbench
