// SynDiff's parts: tables, identities, sizes, gradients. Nothing is read from disk.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>

#include "baselines/syndiff/detail/sampling.h"
#include "baselines/syndiff/detail/trainer.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"
#include "harness/nn/tensors.h"

namespace synerbench {
namespace {

using namespace syndiff;

at::Tensor noise(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return nn::random_normal(shape, 0, 1, random, at::kCPU);
}

double worst(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

Config tiny(const Json& extra = Json::object()) {
  Json json = {{"preset", "tiny"}};
  json.update(extra);
  return fields().read(json, "test");
}

class SynDiffParts : public testing::Test {
 protected:
  static void SetUpTestSuite() { nn::set_compute_threads(1); }
};

TEST_F(SynDiffParts, TablesAreThoseOfThePublishedSchedule) {
  const Diffusion d(4, 0.1, 20);
  const auto near = [](const std::vector<float>& seen, std::vector<double> wanted, double tolerance = 1e-6) {
    ASSERT_EQ(seen.size(), wanted.size());
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(seen[i], wanted[i], tolerance) << i;
  };
  near(d.beta, {0.4782553, 0.8492060, 0.9564177, 0.9874039});
  near(d.A, {1, 0.72231897, 0.28049236, 0.05855663, 0.00657195});
  near(d.Sigma, {0, 0.69156005, 0.95985626, 0.99828409, 0.99997840});
  near(d.variance, {0, 0.4408191, 0.8842024, 0.9840607});
  near(d.c1, {1, 0.6657784, 0.2691909, 0.0578215});
  near(d.c2, {0, 0.2015763, 0.1930008, 0.1118523});
  EXPECT_NEAR(d.sigma[0], 1e-4, 1e-9);
  // Note [SynDiff in float32]
  EXPECT_EQ(d.a[0], 1.0f);
  EXPECT_EQ(d.A[0], 1.0f);
  EXPECT_EQ(d.Sigma[0], 0.0f);
}

TEST_F(SynDiffParts, PosteriorAtTheLastStepIsTheCleanImage) {
  const Diffusion d(4, 0.1, 20);
  const at::Tensor x0 = noise({2, 1, 8, 8}, 1), x1 = noise({2, 1, 8, 8}, 2), eps = noise({2, 1, 8, 8}, 3);
  const at::Tensor t = at::tensor(at::ArrayRef<int64_t>({0, 2}));
  const at::Tensor x = d.posterior(x0, x1, t, eps);
  EXPECT_TRUE(at::equal(x[0], x0[0]));
  EXPECT_LT(worst(x[1], 0.2691909 * x0[1] + 0.1930008 * x1[1] + std::sqrt(0.8842024) * eps[1]), 2e-6);
  // And a training pair begins at the clean image.
  const Diffusion::Pair pair = d.draw(x0, t, eps, x1);
  EXPECT_TRUE(at::equal(pair.x_t[0], x0[0]));
}

TEST_F(SynDiffParts, TheTwoStepsOfATrainingPairMakeTheCumulativeOne) {
  // x_{t+1} has the variance of one step from x_0: A_{t+1} = a_{t+1} A_t, Sigma_{t+1}^2 = a_{t+1}^2 Sigma_t^2
  // + sigma_{t+1}^2.
  const Diffusion d(7, 0.1, 20);
  for (size_t i = 1; i < d.A.size(); ++i) {
    EXPECT_NEAR(d.A[i], d.a[i] * d.A[i - 1], 1e-6);
    EXPECT_NEAR(d.Sigma[i] * d.Sigma[i],
                d.a[i] * d.a[i] * d.Sigma[i - 1] * d.Sigma[i - 1] + d.sigma[i] * d.sigma[i], 1e-6);
  }
}

TEST_F(SynDiffParts, ResamplingKeepsAConstantAwayFromTheBorder) {
  const at::Tensor constant = at::full({1, 3, 12, 10}, 0.7);
  EXPECT_LT(worst(fir_up(constant).slice(2, 1, -1).slice(3, 1, -1), at::full({1, 3, 22, 18}, 0.7)), 1e-6);
  EXPECT_LT(worst(fir_down(constant).slice(2, 1, -1).slice(3, 1, -1), at::full({1, 3, 4, 3}, 0.7)), 1e-6);
  const at::Tensor both = fir_down(fir_up(constant));
  ASSERT_EQ(both.sizes(), constant.sizes());
  EXPECT_LT(worst(both.slice(2, 1, -1).slice(3, 1, -1), constant.slice(2, 1, -1).slice(3, 1, -1)), 1e-6);
  EXPECT_GT(worst(both, constant), 0.01) << "the border sees the zeros outside";
}

TEST_F(SynDiffParts, ResamplingAgreesWithTheDoubleLoop) {
  const at::Tensor x = noise({1, 1, 6, 8}, 4);
  const auto at_or_zero = [&](int64_t h, int64_t w) {
    return h < 0 || w < 0 || h >= 6 || w >= 8 ? 0.0 : x[0][0][h][w].item<double>();
  };
  const double taps[] = {1, 3, 3, 1};
  const at::Tensor down = fir_down(x), up = fir_up(x);
  for (int64_t h = 0; h < 3; ++h) {
    for (int64_t w = 0; w < 4; ++w) {
      double sum = 0;
      for (int64_t i = 0; i < 4; ++i)
        for (int64_t j = 0; j < 4; ++j)
          sum += taps[i] * taps[j] / 64 * at_or_zero(2 * h + i - 1, 2 * w + j - 1);
      EXPECT_NEAR((down[0][0][h][w].item<double>()), sum, 1e-6);
    }
  }
  // Up: even outputs weigh the pixel before with 1/4, odd ones the pixel behind; the pixel itself with 3/4.
  for (int64_t h = 0; h < 12; ++h) {
    for (int64_t w = 0; w < 16; ++w) {
      const int64_t row = h / 2, column = w / 2, next_row = row + (h % 2 ? 1 : -1),
                    next_column = column + (w % 2 ? 1 : -1);
      const double wanted = 0.5625 * at_or_zero(row, column) + 0.1875 * at_or_zero(next_row, column) +
                            0.1875 * at_or_zero(row, next_column) +
                            0.0625 * at_or_zero(next_row, next_column);
      EXPECT_NEAR((up[0][0][h][w].item<double>()), wanted, 1e-6);
    }
  }
}

TEST_F(SynDiffParts, HasThePublishedNumbersOfParameters) {
  const Config official = fields().read(Json::object(), "test");
  EXPECT_EQ(nn::parameter_count(*Generator(generator_options(official))), 39'725'250);
  EXPECT_EQ(nn::parameter_count(*Discriminator(DiscriminatorOptions{})), 27'736'705);
  EXPECT_EQ(nn::parameter_count(*nn::ResnetGenerator(
                nn::ResnetGeneratorOptions{.width = official.cycle_ngf, .blocks = official.cycle_blocks})),
            7'825'153);
  EXPECT_EQ(nn::parameter_count(*nn::PatchGan(nn::PatchGanOptions{.input_channels = 1,
                                                                  .width = official.cycle_ndf,
                                                                  .layers = official.cycle_layers_D,
                                                                  .norm = nn::Norm::kInstance})),
            2'762'689);
  Trainer trainer(tiny(), "cpu");
  std::map<std::string, int64_t> counts;
  for (const Trainer::Member& member : trainer.members())
    counts[member.name] = nn::parameter_count(*member.network);
  for (const char* name : {"gen1", "gen2"}) EXPECT_EQ(counts.at(name), 1'351'522);
  for (const char* name : {"disc1", "disc2"}) EXPECT_EQ(counts.at(name), 200'257);
  for (const char* name : {"cyc12", "cyc21"}) EXPECT_EQ(counts.at(name), 123'361);
}

TEST_F(SynDiffParts, HasThePublishedKeys) {
  Generator generator(generator_options(fields().read(Json::object(), "test")));
  std::set<std::string> modules, keys;
  for (const nn::NamedTensor& named : nn::state_of(*generator)) {
    keys.insert(named.name);
    if (named.name.starts_with("all_modules."))
      modules.insert(named.name.substr(12, named.name.find('.', 12) - 12));
  }
  EXPECT_EQ(modules.size(), 56u);
  for (const int pyramid : {6, 10, 14, 18, 24})
    EXPECT_TRUE(keys.contains("all_modules." + std::to_string(pyramid) + ".Conv2d_0.weight")) << pyramid;
  for (const char* key :
       {"all_modules.0.weight", "all_modules.2.bias", "all_modules.3.GroupNorm_0.style.weight",
        "all_modules.3.Conv_0.weight", "all_modules.3.Dense_0.bias", "all_modules.5.Conv_2.weight",
        "all_modules.28.NIN_3.W", "all_modules.28.GroupNorm_0.weight", "all_modules.54.weight",
        "all_modules.55.bias", "z_transform.1.weight", "z_transform.7.bias"})
    EXPECT_TRUE(keys.contains(key)) << key;
  Discriminator large{DiscriminatorOptions{}};
  std::set<std::string> large_keys;
  for (const nn::NamedTensor& named : nn::state_of(*large)) large_keys.insert(named.name);
  for (const char* key :
       {"t_embed.main.2.weight", "start_conv.weight", "conv6.conv2.0.bias", "conv1.dense_t1.weight",
        "conv3.skip.0.weight", "final_conv.weight", "end_linear.bias"})
    EXPECT_TRUE(large_keys.contains(key)) << key;
  EXPECT_FALSE(large_keys.contains("conv1.skip.0.bias"));
}

TEST_F(SynDiffParts, GeneratorKeepsTheShapeAndBeginsNearZero) {
  Generator generator(generator_options(tiny()));
  Random random(1);
  generator->initialize(random);
  c10::NoGradGuard no_grad;
  const at::Tensor t = at::tensor(at::ArrayRef<int64_t>({0, 3}));
  const at::Tensor y = generator->forward(noise({2, 2, 64, 64}, 2), t, noise({2, 16}, 3));
  EXPECT_EQ(y.sizes(), at::IntArrayRef({2, 2, 64, 64}));
  EXPECT_LT(y.abs().max().item<double>(), 1e-3) << "the head is initialized near zero";
  const at::Tensor wide = generator->forward(noise({1, 2, 32, 40}, 2), t.slice(0, 0, 1), noise({1, 16}, 3));
  EXPECT_EQ(wide.sizes(), at::IntArrayRef({1, 2, 32, 40}));
}

TEST_F(SynDiffParts, StyleOfOneSampleDoesNotTouchTheOther) {
  Generator generator(generator_options(tiny({{"mult", {1, 2}}})));
  Random random(1);
  generator->initialize(random);
  for (const nn::NamedTensor& named : nn::parameters_of(*generator))  // make every layer count
    named.tensor.detach().add_(0.02 * noise(named.tensor.sizes(), seed_from(named.name)));
  c10::NoGradGuard no_grad;
  const at::Tensor x = noise({2, 2, 16, 16}, 2), z = noise({2, 16}, 3);
  const at::Tensor t = at::tensor(at::ArrayRef<int64_t>({1, 2}));
  const at::Tensor together = generator->forward(x, t, z);
  for (int64_t i = 0; i < 2; ++i) {
    const at::Tensor alone =
        generator->forward(x.slice(0, i, i + 1), t.slice(0, i, i + 1), z.slice(0, i, i + 1));
    EXPECT_LT(worst(alone[0], together[i]), 1e-5) << i;
  }
  EXPECT_GT(worst(generator->forward(x, t, noise({2, 16}, 5)), together), 1e-3) << "z has no effect";
  EXPECT_GT(worst(generator->forward(x, t + 1, z), together), 1e-4) << "t has no effect";
}

TEST_F(SynDiffParts, MinibatchDeviationIsThatOfItsGroup) {
  const at::Tensor x = noise({8, 3, 4, 4}, 6);
  const at::Tensor y = with_minibatch_deviation(x);
  ASSERT_EQ(y.sizes(), at::IntArrayRef({8, 4, 4, 4}));
  EXPECT_TRUE(at::equal(y.slice(1, 0, 3), x));
  // Groups of four: samples 0, 2, 4, 6 and 1, 3, 5, 7.
  for (int64_t i = 0; i < 8; ++i) {
    at::Tensor group = at::stack({x[i % 2], x[i % 2 + 2], x[i % 2 + 4], x[i % 2 + 6]});
    const double wanted = (group.var(at::IntArrayRef{0}, false) + 1e-8).sqrt().mean().item<double>();
    EXPECT_LT(worst(y[i][3], at::full({4, 4}, wanted)), 1e-6) << i;
  }
  EXPECT_NEAR(with_minibatch_deviation(x.slice(0, 0, 1))[0][3][0][0].item<double>(), 1e-4, 1e-9);
  for (const int64_t n : {2, 3, 5, 6, 7}) {
    const at::Tensor some = with_minibatch_deviation(noise({n, 2, 4, 4}, 7));
    EXPECT_EQ(some.size(0), n);
    if (n == 5 || n == 7) {
      EXPECT_NEAR((some[n - 1][2][0][0].item<double>()), 1e-4, 1e-9) << "groups of one";
    }
  }
}

TEST_F(SynDiffParts, DiscriminatorsReachOnePixelAtTheirLeastSize) {
  c10::NoGradGuard no_grad;
  const at::Tensor t = at::tensor(at::ArrayRef<int64_t>({1, 3}));
  for (const auto& [size, side] :
       {std::pair{DiscriminatorSize::kSmall, 8}, {DiscriminatorSize::kLarge, 64}}) {
    Discriminator discriminator(DiscriminatorOptions{.size = size, .ngf = 2, .time_width = 8});
    const at::Tensor logits =
        discriminator->forward(noise({2, 1, side, side}, 1), t, noise({2, 1, side, side}, 2));
    EXPECT_EQ(logits.sizes(), at::IntArrayRef({2, 1}));
  }
}

TEST_F(SynDiffParts, TheGradientPenaltyIsDifferentiable) {
  // Central difference of |d D / d x_t|^2 along a weight of the first down block: the second derivative
  // arrives through the FIR filter.
  Discriminator discriminator(
      DiscriminatorOptions{.size = DiscriminatorSize::kSmall, .ngf = 2, .time_width = 8});
  for (const nn::NamedTensor& named : nn::parameters_of(*discriminator))
    named.tensor.detach().copy_(0.3 * noise(named.tensor.sizes(), seed_from(named.name)));
  discriminator->to(at::kDouble);
  const at::Tensor next = noise({2, 1, 16, 16}, 2).to(at::kDouble);
  const at::Tensor t = at::tensor(at::ArrayRef<int64_t>({1, 3}));
  at::Tensor weight;
  for (const nn::NamedTensor& named : nn::parameters_of(*discriminator))
    if (named.name == "conv2.conv1.0.weight") weight = named.tensor;
  const auto penalty = [&] {
    const at::Tensor x = noise({2, 1, 16, 16}, 1).to(at::kDouble).requires_grad_();
    const at::Tensor gradient =
        torch::autograd::grad({discriminator->forward(x, t, next).sum()}, {x}, {}, true, true)[0];
    return gradient.pow(2).sum();
  };
  penalty().backward();
  const double derivative = weight.grad()[1][0][1][1].item<double>(), step = 1e-5;
  const auto moved = [&](double by) {
    weight.detach()[1][0][1][1].add_(by);
    const double value = penalty().item<double>();
    weight.detach()[1][0][1][1].sub_(by);
    return value;
  };
  EXPECT_GT(std::abs(derivative), 1e-6);
  EXPECT_NEAR((moved(step) - moved(-step)) / (2 * step), derivative, 1e-5 * std::abs(derivative) + 1e-8);
}

TEST_F(SynDiffParts, FreshWeightsAreThePublishedOnes) {
  Trainer trainer(tiny(), "cpu");
  Random random(3);
  trainer.initialize(random);
  std::map<std::string, at::Tensor> gen, disc;
  for (const nn::NamedTensor& named : nn::state_of(*trainer.generators[0])) gen[named.name] = named.tensor;
  for (const nn::NamedTensor& named : nn::state_of(*trainer.discriminators[0]))
    disc[named.name] = named.tensor;
  const at::Tensor style = gen.at("all_modules.3.GroupNorm_0.style.bias");
  EXPECT_TRUE(at::equal(style, at::cat({at::ones({16}), at::zeros({16})})));
  // Uniform: the bound is sqrt(3 / fan), fan the mean of 9 * 16 and 9 * 16.
  const at::Tensor conv = gen.at("all_modules.3.Conv_0.weight");
  EXPECT_NEAR(conv.abs().max().item<double>(), std::sqrt(3.0 / 144), 2e-3);
  EXPECT_NEAR(conv.std().item<double>(), std::sqrt(1.0 / 144), 4e-3);
  EXPECT_LT(gen.at("all_modules.3.Conv_1.weight").abs().max().item<double>(), 1e-5);
  EXPECT_LT(disc.at("conv2.conv2.0.weight").abs().max().item<double>(), 1e-5);
  EXPECT_LT(disc.at("final_conv.weight").abs().max().item<double>(), 1e-5);
  EXPECT_GT(disc.at("conv2.conv1.0.weight").abs().max().item<double>(), 1e-2);
  for (const auto& [key, tensor] : gen) {
    if (key.ends_with("NIN_0.W")) {
      EXPECT_NEAR(tensor.abs().max().item<double>(), std::sqrt(0.3 / static_cast<double>(tensor.size(0))),
                  2e-2)
          << key;
    }
    if (key.ends_with("NIN_3.W")) {
      EXPECT_LT(tensor.abs().max().item<double>(), 1e-4) << key;
    }
  }
}

/// The gradients and losses of one update from fixed weights.
struct Update {
  Losses losses;
  std::map<std::string, at::Tensor> gradients;
};

Update one_update(const Config& config, bool penalize) {
  Trainer trainer(config, "cpu");
  Random random(3);
  trainer.initialize(random);
  const std::array<at::Tensor, 2> x{at::tanh(noise({2, 1, 64, 64}, 1)), at::tanh(noise({2, 1, 64, 64}, 2))};
  Random draws(5);
  Update update{trainer.step(x, draw_step(config, x[0].sizes(), draws, at::kCPU), penalize), {}};
  for (const Trainer::Member& member : trainer.members())
    for (const nn::NamedTensor& named : nn::parameters_of(*member.network))
      update.gradients[member.name + "." + named.name] = named.tensor.grad().clone();
  return update;
}

TEST_F(SynDiffParts, ThePenaltyActsOnTheDiffusiveDiscriminatorsOnly) {
  const Update without = one_update(tiny(), false), with = one_update(tiny(), true);
  EXPECT_EQ(without.losses.size(), with.losses.size());
  for (size_t i = 0; i < with.losses.size(); ++i) {
    EXPECT_EQ(without.losses[i].first, with.losses[i].first);
    if (with.losses[i].first == "grad_penalty") {
      EXPECT_EQ(without.losses[i].second, 0);
      EXPECT_GT(with.losses[i].second, 0);
    }
  }
  bool changed = false;
  for (const auto& [key, gradient] : with.gradients) {
    if (key.starts_with("dcyc")) {
      EXPECT_TRUE(at::equal(gradient, without.gradients.at(key))) << key;
    }
    if (key.starts_with("disc")) changed = changed || !at::equal(gradient, without.gradients.at(key));
  }
  EXPECT_TRUE(changed);
}

TEST_F(SynDiffParts, NoLossSeesAPair) {
  // With the second modality exchanged between the samples of the batch, the per-modality terms keep their
  // values: only minibatch statistics mix samples, and those do not depend on the order.
  const Config config = tiny();
  Trainer trainer(config, "cpu");
  Random random(3);
  trainer.initialize(random);
  const at::Tensor x1 = at::tanh(noise({2, 1, 64, 64}, 1)), x2 = at::tanh(noise({2, 1, 64, 64}, 2));
  Random draws(5);
  StepDraws paired = draw_step(config, x1.sizes(), draws, at::kCPU);
  StepDraws exchanged = paired;
  for (auto* part : {&exchanged.discriminator, &exchanged.generator}) {
    Draws& d = (*part)[1];
    for (at::Tensor* tensor : {&d.t, &d.eps_t, &d.eps_next, &d.z, &d.noise}) *tensor = tensor->flip(0);
  }
  const Losses a = trainer.step({x1, x2}, paired, true);
  Trainer again(config, "cpu");
  Random same(3);
  again.initialize(same);
  const Losses b = again.step({x1, x2.flip(0)}, exchanged, true);
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i].second, b[i].second, 1e-5 * std::abs(a[i].second) + 1e-7) << a[i].first;
}

}  // namespace
}  // namespace synerbench
