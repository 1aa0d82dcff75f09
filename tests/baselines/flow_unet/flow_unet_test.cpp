// The flow U-Net: its flow against closed forms, routes, options, weights, training, resume.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "baselines/flow_unet/detail/trainer.h"
#include "baselines/flow_unet/flow_unet.h"
#include "harness/nn/state.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;
using flow_unet::Solver;
using testing::HasSubstr;

const TestedMethod kMethod(flow_unet_method());

const Task kThere{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kBack{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};
constexpr int64_t kSide = 16;

const Json kMini = {{"preset", "tiny"},      {"width", 8},
                    {"multipliers", {1, 2}}, {"head_width", 8},
                    {"gn_groups", 4},        {"attention_factors", {2}},
                    {"sample_steps", 3},     {"routes", {"brain-mr-to-ct", "brain-ct-to-mr"}}};

at::Tensor noise_of(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return nn::random_normal(shape, 0, 1, random, at::kCPU);
}

TEST(Flow, StateRunsStraightFromNoiseToTheTarget) {
  const at::Tensor target = noise_of({3, 1, 2, 2}, 1), noise = noise_of({3, 1, 2, 2}, 2);
  const at::Tensor x = flow_unet::state_at(target, noise, at::tensor({0.0f, 1.0f, 0.25f}));
  EXPECT_TRUE(at::equal(x[0], noise[0]));
  EXPECT_TRUE(at::equal(x[1], target[1]));
  // Along the line the state moves with the velocity that is learned.
  EXPECT_TRUE(at::allclose(x[2], noise[2] + 0.25 * flow_unet::velocity_of(target, noise)[2]));
}

TEST(Flow, BothSolversFollowAConstantVelocityExactly) {
  const at::Tensor target = noise_of({1, 1, 4, 4}, 1), noise = noise_of({1, 1, 4, 4}, 2);
  for (const Solver solver : {Solver::kEuler, Solver::kHeun}) {
    for (const int64_t steps : {1, 2, 7}) {
      const at::Tensor end = flow_unet::integrate(solver, steps, false, noise,
                                                  [&](const at::Tensor&, double) { return target - noise; });
      EXPECT_LT((end - target).abs().max().item<double>(), 1e-6) << flow_unet::name_of(solver) << steps;
    }
  }
}

TEST(Flow, SolversConvergeAtTheirOrder) {
  // dx/dt = x + t has the solution (x0 + 1) e^t - t - 1.
  const auto error = [](Solver solver, int64_t steps) {
    const at::Tensor start = at::full({1, 1, 1, 1}, 0.5, at::kDouble);
    const at::Tensor end = flow_unet::integrate(solver, steps, false, start,
                                                [](const at::Tensor& x, double t) { return x + t; });
    return std::abs(end.item<double>() - (1.5 * std::exp(1.0) - 2));
  };
  EXPECT_NEAR(error(Solver::kEuler, 64) / error(Solver::kEuler, 128), 2, 0.1);
  EXPECT_NEAR(error(Solver::kHeun, 64) / error(Solver::kHeun, 128), 4, 0.2);
}

TEST(Flow, KnownTargetIsReachedExactlyWithoutAskingAtTheEnd) {
  const at::Tensor target = noise_of({1, 1, 4, 4}, 1), noise = noise_of({1, 1, 4, 4}, 2);
  for (const Solver solver : {Solver::kEuler, Solver::kHeun}) {
    int64_t asked = 0;
    const at::Tensor end = flow_unet::integrate(solver, 4, true, noise, [&](const at::Tensor& x, double t) {
      ++asked;
      EXPECT_LT(t, 1);
      return flow_unet::velocity_toward(target, x, at::full({1}, t, at::kFloat));
    });
    EXPECT_LT((end - target).abs().max().item<double>(), 1e-6);
    EXPECT_EQ(asked, flow_unet::evaluations(solver, 4, true));
  }
  const at::Tensor t = at::tensor({0.3f}), x = flow_unet::state_at(target, noise, t);
  EXPECT_TRUE(at::allclose(flow_unet::velocity_toward(target, x, t), flow_unet::velocity_of(target, noise),
                           1e-5, 1e-5));
}

TEST(Flow, TimesLieBetweenZeroAndOne) {
  for (const bool logit_normal : {false, true}) {
    Random random(1);
    const at::Tensor t = flow_unet::draw_times(4000, logit_normal, random);
    EXPECT_TRUE(t.min().item<double>() >= 0 && t.max().item<double>() <= 1);
    EXPECT_NEAR(t.mean().item<double>(), 0.5, 0.02);
    EXPECT_NEAR(t.std().item<double>(), logit_normal ? 0.208 : 0.289, 0.01);
  }
}

class FlowUnet : public ModelTest {
 protected:
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.recipe.batch = 2;
    options.recipe.ema_decay = 0;
    return options;
  }
  std::filesystem::path trained(const std::string& name, const Json& config, int64_t updates = 4) {
    const auto model = kMethod.make(config);
    train(options(name, *model, updates), *model, {{kThere, &pairs_}, {kBack, &others_}}, {});
    return folder_ / name;
  }
  std::vector<float> slices() const { return slices_of(pairs_); }

  const SyntheticPairs pairs_{4, kSide, 1}, others_{4, kSide, 5};
};

TEST_F(FlowUnet, SizesOfThePresets) {
  // BBDM's 2,961,889, 288 for the source's channel, and 66,304 for each attention block at the deepest level.
  constexpr int64_t kTinySize = 2'961'889 + 288 + 3 * 66'304;
  EXPECT_EQ(kMethod.make({{"preset", "tiny"}})->synthesizer().info().parameters, kTinySize);
  const auto tiny = kMethod.make(with({{"preset", "tiny"}}, {{"routes", {"a", "b", "c"}}}));
  const ModelInfo info = tiny->synthesizer().info();
  EXPECT_EQ(info.parameters, kTinySize + 3 * 128);  // a row per route
  EXPECT_EQ(info.network_evaluations, 10);
  EXPECT_FALSE(info.deterministic);
  EXPECT_EQ(kMethod.make(tiny->config())->config(), tiny->config());
  nn::AdmUnet official(flow_unet::unet_options(flow_unet::fields().read(Json::object(), "test")));
  EXPECT_EQ(nn::parameter_count(*official), 136'964'609);
}

TEST_F(FlowUnet, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) {
    return error_of([&] { kMethod.make(with(kMini, config)); });
  };
  EXPECT_THAT(refused({{"preset", "large"}}), HasSubstr("flow_unet configuration: /preset"));
  EXPECT_THAT(refused({{"route", Json::array()}}), HasSubstr("did you mean \"routes\"?"));
  EXPECT_THAT(refused({{"routes", {"a", "a"}}}), HasSubstr("/routes: a task is named twice"));
  EXPECT_THAT(refused({{"sampler", "rk4"}}), HasSubstr("heun"));
  EXPECT_THAT(refused({{"sample_steps", 0}}), HasSubstr("/sample_steps"));
  EXPECT_THAT(refused({{"gn_groups", 3}}), HasSubstr("width 8 is no multiple of 3 groups"));
  EXPECT_THAT(refused({{"lr", -1}}), HasSubstr("-1 is not above 0"));
}

TEST_F(FlowUnet, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  expect_independent_of_batch_and_threads(*kMethod.load(trained("a", kMini)), kThere, slices());
}

TEST_F(FlowUnet, RouteSeedAndOptionsMatter) {
  const auto folder = trained("a", with(kMini, {{"lr", 0.01}}), 8);
  serve_any_task(folder);  // of which the model refuses what is not among its routes by itself
  const std::vector<float> pixels = slices();
  const auto result = [&](const Task& task, const Json& changes, uint64_t seed) {
    return synthesize(*kMethod.load(folder, changes), task, pixels, {seed, seed, seed});
  };
  const auto plain = result(kThere, Json::object(), 1);
  EXPECT_NE(result(kBack, Json::object(), 1), plain) << "the route is not asked";
  EXPECT_NE(result(kThere, Json::object(), 2), plain) << "the seed decides the noise";
  EXPECT_NE(result(kThere, {{"sampler", "heun"}}, 1), plain);
  EXPECT_NE(result(kThere, {{"sample_steps", "4"}}, 1), plain) << "texts, as a command line gives them";
  EXPECT_NE(result(kThere, {{"samples", 2}}, 1), plain);
  EXPECT_EQ(kMethod.load(folder, {{"sampler", "heun"}, {"samples", 2}})->info().network_evaluations, 10);
  const Task unknown{"pelvis-mr-to-ct", "pelvis", Modality::kMRI, Modality::kCT};
  EXPECT_THAT(error_of([&] { result(unknown, Json::object(), 1); }),
              HasSubstr("no route for task \"pelvis-mr-to-ct\""));
  EXPECT_THAT(error_of([&] { kMethod.load(folder, {{"routes", 1}}); }), HasSubstr("is no inference option"));
}

TEST_F(FlowUnet, LoadedWeightsSynthesizeWhatTheTrainedModelDid) {
  const auto model = kMethod.make(
      with(kMini, {{"time_sampling", "logit_normal"}, {"prediction", "velocity"}, {"loss", "velocity"}}));
  train(options("a", *model, 5), *model, {{kThere, &pairs_}, {kBack, &others_}}, {});
  const auto loaded = kMethod.load(folder_ / "a");
  for (const Task& task : {kThere, kBack})
    EXPECT_EQ(synthesize(*loaded, task, slices(), {1, 2, 3}),
              synthesize(model->synthesizer(), task, slices(), {1, 2, 3}));
}

TEST_F(FlowUnet, OneModelWithoutRoutesServesAnyTask) {
  const auto model = kMethod.make(with(kMini, {{"routes", Json::array()}}));
  Random random(1);
  model->initialize(random);
  EXPECT_EQ(synthesize(model->synthesizer(), kThere, slices(), {1, 2, 3}),
            synthesize(model->synthesizer(), kBack, slices(), {1, 2, 3}));
}

TEST_F(FlowUnet, ResumesToEqualBytes) {
  TrainOptions all = options("", *kMethod.make(kMini), 12);
  all.recipe.ema_decay = 0.9;
  all.recipe.ema_start = 3;
  expect_resume_is_exact({[] { return kMethod.make(kMini); }, all, {{kThere, &pairs_}, {kBack, &others_}}},
                         folder_.path(), {{.before_update = 2}, {.before_update = 7}});
}

}  // namespace
}  // namespace synerbench
