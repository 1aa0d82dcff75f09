// SynDiff against tensors made by the published code (see the fixture's manifest.json).
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "baselines/syndiff/detail/sampling.h"
#include "baselines/syndiff/detail/trainer.h"
#include "harness/nn/state.h"
#include "tests/nn/parity_fixture.h"

namespace synerbench {
namespace {

using syndiff::Diffusion;
using syndiff::Trainer;
using testing_support::ParityFixture;

constexpr const char* kForward = "forward";
constexpr const char* kSample = "sample";
constexpr const char* kStep = "step";
constexpr const char* kTables = "tables";
constexpr const char* kTrace = "trace";
constexpr const char* kUnits = "units";

at::Tensor table(const std::vector<float>& values) { return at::tensor(at::ArrayRef<float>(values)); }

class SynDiffParity : public testing::Test {
 protected:
  void SetUp() override {
    fixture_ = ParityFixture::find("syndiff");
    SYNERBENCH_NEEDS_FIXTURE(fixture_, "syndiff");
    const Json& made = fixture_->config();
    config_.image_size = fixture_->number("image");
    config_.nf = fixture_->number("nf");
    config_.mult = made.at("mult").get<std::vector<int64_t>>();
    config_.blocks = fixture_->number("blocks");
    config_.attention = made.at("attn").get<std::vector<int64_t>>();
    config_.nz = fixture_->number("nz");
    config_.z_embedding = fixture_->number("z_emb");
    config_.z_layers = fixture_->number("n_mlp");
    config_.large_discriminator = false;
    config_.ngf_D = fixture_->number("ngf_disc");
    config_.time_D = fixture_->number("t_emb");
    config_.cycle_ngf = fixture_->number("ngf_cycle");
    config_.cycle_ndf = fixture_->number("ndf_cycle");
    config_.cycle_layers_D = 2;
    trainer_ = std::make_unique<Trainer>(config_, "cpu");
    for (const Trainer::Member& member : trainer_->members())
      nn::load_network(*member.network, fixture_->file(member.name));
  }

  at::Tensor input(const char* file, const std::string& name) { return fixture_->input(file, name); }
  syndiff::Observer watch(const std::string& network) {
    return [this, network](const std::string& key, const at::Tensor& output) {
      fixture_->expect_traced(kTrace, network + "." + key, output);
    };
  }

  syndiff::Config config_;
  std::unique_ptr<ParityFixture> fixture_;
  std::unique_ptr<Trainer> trainer_;
};

TEST_F(SynDiffParity, CoefficientTables) {
  const Diffusion& d = trainer_->diffusion;
  fixture_->expect(kTables, "table.forward.a_s", table(d.a));
  fixture_->expect(kTables, "table.forward.a_s_cum", table(d.A));
  fixture_->expect(kTables, "table.forward.sigmas", table(d.sigma));
  fixture_->expect(kTables, "table.forward.sigmas_cum", table(d.Sigma));
  fixture_->expect(kTables, "table.posterior.betas", table(d.beta));
  fixture_->expect(kTables, "table.posterior.posterior_variance", table(d.variance));
  fixture_->expect(kTables, "table.posterior.posterior_mean_coef1", table(d.c1));
  fixture_->expect(kTables, "table.posterior.posterior_mean_coef2", table(d.c2));
  fixture_->expect(kTables, "table.posterior.posterior_log_variance_clipped", table(d.log_variance));
  const at::Tensor t = input(kTables, "table.time_embedding_t");
  fixture_->expect(kTables, "table.time_embedding_t", t);
  fixture_->expect(kTables, "table.time_embedding_16", syndiff::time_embedding(t, 16));
  fixture_->expect_all_compared(kTables);
}

TEST_F(SynDiffParity, ResamplingAndPixelNorm) {
  const at::Tensor x = input(kUnits, "in.x");
  fixture_->expect(kUnits, "out.up", syndiff::fir_up(x));
  fixture_->expect(kUnits, "out.down", syndiff::fir_down(x));
  fixture_->expect(kUnits, "out.conv_down",
                   syndiff::fir_conv_down(x, input(kUnits, "in.weight"), input(kUnits, "in.bias")));
  fixture_->expect(kUnits, "out.pixel_norm", syndiff::pixel_norm(input(kUnits, "in.z")));
  fixture_->expect_all_compared(kUnits);
}

TEST_F(SynDiffParity, NetworksAndEveryLayersOutput) {
  c10::NoGradGuard no_grad;
  const at::Tensor t = input(kForward, "in.t");
  const at::Tensor x_t = input(kForward, "in.x_t"), x_next = input(kForward, "in.x_tp1");
  fixture_->expect(
      kForward, "out.gen",
      trainer_->generators[0]->forward(input(kForward, "in.x"), t, input(kForward, "in.z"), watch("gen1")));
  fixture_->expect(kForward, "out.disc",
                   trainer_->discriminators[0]->forward(x_t, t, x_next, watch("disc1")));
  fixture_->expect(
      kForward, "out.disc_single",
      trainer_->discriminators[0]->forward(x_t.slice(0, 0, 1), t.slice(0, 0, 1), x_next.slice(0, 0, 1)));
  fixture_->expect_all_compared(kForward);
  fixture_->expect_all_compared(kTrace);
}

TEST_F(SynDiffParity, Sampling) {
  syndiff::SampleDraws draws;
  draws.start = input(kSample, "in.x_init");
  for (int64_t call = 0; call < config_.steps; ++call) {
    draws.z.push_back(input(kSample, "in.z." + std::to_string(call)));
    draws.noise.push_back(input(kSample, "in.noise." + std::to_string(call)));
  }
  const auto compare = [&](int64_t call, const at::Tensor& x0, const at::Tensor& x) {
    fixture_->expect(kSample, "out.x0." + std::to_string(call), x0);
    fixture_->expect(kSample, "out.x." + std::to_string(call), x);
  };
  const at::Tensor source = input(kSample, "in.source");
  fixture_->expect(kSample, "out.x",
                   syndiff::sample(trainer_->generators[0], trainer_->diffusion, source, draws, compare));
  fixture_->expect_all_compared(kSample);
  draws.noise.back() = at::Tensor();  // no noise in the last step: the same without
  fixture_->expect(kSample, "out.x",
                   syndiff::sample(trainer_->generators[0], trainer_->diffusion, source, draws));
}

TEST_F(SynDiffParity, OneUpdate) {
  syndiff::StepDraws draws;
  for (const std::string part : {"d", "g"}) {
    for (int m = 0; m < 2; ++m) {
      const std::string number = std::to_string(m + 1), at = "in." + part + ".";
      syndiff::Draws& d = (part == "d" ? draws.discriminator : draws.generator)[m];
      d.t = input(kStep, at + "t" + number);
      d.eps_t = input(kStep, at + "x" + number + ".eps_t");
      d.eps_next = input(kStep, at + "x" + number + ".eps_tp1");
      d.z = input(kStep, at + "z" + number);
      d.noise = input(kStep, at + "post" + number);
    }
  }
  syndiff::StepImages images;
  const Losses losses = trainer_->step({input(kStep, "in.x1"), input(kStep, "in.x2")}, draws, true, &images);
  for (const auto& [name, value] : losses) fixture_->expect(kStep, "loss." + name, value);
  for (int m = 0; m < 2; ++m) {
    const std::string image = "out.g.x" + std::to_string(m + 1);
    fixture_->expect(kStep, image + "_0_predict", images.translated[m]);
    fixture_->expect(kStep, image + "_0_predict_cycle", images.cycled[m]);
    fixture_->expect(kStep, image + "_0_predict_diff", images.predicted[m]);
    fixture_->expect(kStep, image + "_pos_sample", images.sampled[m]);
    fixture_->expect(kStep, image + "_tp1", images.x_next[m]);
  }
  for (const Trainer::Member& member : trainer_->members())
    fixture_->expect_updated(kStep, member.name + ".", *member.network);
  fixture_->expect_all_compared(kStep);
}

}  // namespace
}  // namespace synerbench
