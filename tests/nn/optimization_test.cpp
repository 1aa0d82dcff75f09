// Adam, averaging, adversarial losses, image pool.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/adam.h>

#include "harness/nn/adam.h"
#include "harness/nn/ema.h"
#include "harness/nn/gan_loss.h"
#include "harness/nn/image_pool.h"
#include "tests/nn/parity_fixture.h"

namespace synerbench::nn {
namespace {

at::Tensor noise(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return random_normal(shape, 0, 1, random, at::kCPU);
}

TEST(Adam, AgreesWithLibTorchsOwn) {
  std::vector<at::Tensor> ours, theirs;
  std::vector<NamedTensor> named;
  for (uint64_t i = 0; i < 3; ++i) {
    ours.push_back(noise({5, 4}, i).set_requires_grad(true));
    theirs.push_back(ours.back().detach().clone().set_requires_grad(true));
    named.push_back({"p" + std::to_string(i), ours.back()});
  }
  Adam adam("A", named, {.lr = 1e-2, .beta1 = 0.5, .beta2 = 0.99, .eps = 1e-7});
  torch::optim::Adam reference(theirs,
                               torch::optim::AdamOptions(1e-2).betas(std::make_tuple(0.5, 0.99)).eps(1e-7));
  for (uint64_t step = 0; step < 20; ++step) {
    adam.zero_grad();
    for (size_t i = 0; i < ours.size(); ++i) {
      // The last parameter has a gradient every other step only, so its own step count lags.
      const bool used = i < 2 || step % 2 == 0;
      const at::Tensor gradient = noise({5, 4}, 100 + 10 * step + i);
      ours[i].mutable_grad() = used ? gradient : at::Tensor();
      theirs[i].mutable_grad() = used ? gradient.clone() : at::Tensor();
    }
    if (step == 10) {
      adam.set_lr(5e-3);
      static_cast<torch::optim::AdamOptions&>(reference.param_groups()[0].options()).lr(5e-3);
    }
    adam.step();
    reference.step();
    for (size_t i = 0; i < ours.size(); ++i) {
      ASSERT_TRUE(at::allclose(ours[i], theirs[i], 1e-6, 1e-7)) << "step " << step << " parameter " << i;
    }
  }
}

TEST(Adam, RefusesAParameterListedTwice) {
  const at::Tensor parameter = at::ones({2}).set_requires_grad(true);
  EXPECT_THROW(Adam("A", {{"a", parameter}, {"b", parameter}}, {}), std::logic_error);
}

TEST(Adam, GoesOnExactlyFromItsState) {
  const auto run = [](int steps, const std::vector<NamedTensor>* state, const at::Tensor& start) {
    const at::Tensor parameter = start.clone().set_requires_grad(true);
    Adam adam("A", {{"p", parameter}}, {});
    if (state) {
      const auto mine = adam.state();
      for (size_t i = 0; i < mine.size(); ++i) mine[i].tensor.copy_((*state)[i].tensor);
    }
    for (int i = 0; i < steps; ++i) {
      parameter.mutable_grad() = (parameter * 2 - 1).detach();
      adam.step();
    }
    return std::pair(parameter.detach(), adam.state());
  };
  const at::Tensor start = noise({7}, 1);
  const auto [whole, whole_state] = run(9, nullptr, start);
  const auto [half, half_state] = run(4, nullptr, start);
  const auto [rest, rest_state] = run(5, &half_state, half);
  EXPECT_TRUE(at::equal(whole, rest));
  EXPECT_EQ(rest_state.back().name, "steps");
  EXPECT_EQ(rest_state.back().tensor.item<int64_t>(), 9);
}

TEST(Ema, AveragesParametersAndCopiesBuffers) {
  const at::Tensor parameter = at::zeros({3}).set_requires_grad(true), buffer = at::zeros({3});
  Ema ema({{"p", parameter}, {"b", buffer}}, 0.9);
  parameter.detach().fill_(1);
  buffer.fill_(1);
  ema.update();
  ema.update();
  EXPECT_TRUE(at::allclose(ema.shadow()[0].tensor, at::full({3}, 1 - 0.9 * 0.9)));
  EXPECT_TRUE(at::equal(ema.shadow()[1].tensor, at::ones({3})));
  ema.swap();
  EXPECT_TRUE(at::allclose(parameter, at::full({3}, 0.19)));
  EXPECT_TRUE(at::equal(ema.shadow()[0].tensor, at::ones({3})));
  ema.swap();
  EXPECT_TRUE(at::equal(parameter, at::ones({3})));
  ema.copy_live();
  EXPECT_TRUE(at::equal(ema.shadow()[0].tensor, at::ones({3})));
}

TEST(GanLoss, HasTheValuesOfItsFormulas) {
  const at::Tensor logits = at::tensor({-1.0f, 0.0f, 2.0f});
  const auto value = [&](const std::string& name, bool real) {
    for (const auto& [known, objective] : gan_objectives())
      if (known == name) return gan_loss(objective, logits, real).item<double>();
    throw std::out_of_range(name);
  };
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  EXPECT_NEAR(value("lsgan", true), (4 + 1 + 1) / 3.0, 1e-6);
  EXPECT_NEAR(value("lsgan", false), (1 + 0 + 4) / 3.0, 1e-6);
  // Cross entropy with logits and softplus are the same function; they differ in how overflow is avoided.
  for (const std::string name : {"vanilla", "nonsat"}) {
    EXPECT_NEAR(value(name, true), (softplus(1) + softplus(0) + softplus(-2)) / 3, 1e-6) << name;
    EXPECT_NEAR(value(name, false), (softplus(-1) + softplus(0) + softplus(2)) / 3, 1e-6) << name;
  }
  EXPECT_EQ(gan_objectives().size(), 3u);
}

TEST(ImagePool, ReturnsDelayedImagesWhenTheCoinSaysSo) {
  ImagePool pool(1);
  const auto image = [](float value) { return at::full({1, 1, 2, 2}, value); };
  const auto swap = [] { return 0.9; };
  const auto keep = [] { return 0.5; };  // above 0.5 exchanges, 0.5 itself does not
  const auto slot = [](int64_t) { return int64_t{0}; };
  EXPECT_TRUE(at::equal(pool.exchange(image(1), swap, slot), image(1)));
  EXPECT_TRUE(at::equal(pool.exchange(image(2), swap, slot), image(1)));
  EXPECT_TRUE(at::equal(pool.exchange(image(3), keep, slot), image(3)));
  EXPECT_TRUE(at::equal(pool.exchange(image(4), swap, slot), image(2)));
  EXPECT_EQ(pool.images().size(), 1u);
}

TEST(ImagePool, OfCapacityZeroPassesThroughWithoutGradient) {
  ImagePool pool(0);
  Random random(1);
  const at::Tensor images = noise({2, 1, 2, 2}, 1).set_requires_grad(true);
  const at::Tensor out = pool.exchange(images, random);
  EXPECT_TRUE(at::equal(out, images));
  EXPECT_FALSE(out.requires_grad());
}

TEST(ImagePool, AgreesWithThePublishedCode) {
  const auto found = testing_support::ParityFixture::find("cyclegan");
  SYNERBENCH_NEEDS_FIXTURE(found, "cyclegan");
  testing_support::ParityFixture& fixture = *found;
  const std::string file = "pool";
  const at::Tensor images = fixture.input(file, "in.images"), coins = fixture.input(file, "in.coin"),
                   slots = fixture.input(file, "in.slot");
  ImagePool pool(fixture.input(file, "out.buffer").size(0));
  int64_t draw = 0;
  std::vector<at::Tensor> returned;
  for (int64_t i = 0; i < images.size(0); i += 2) {
    returned.push_back(pool.exchange(
        images.slice(0, i, i + 2), [&] { return coins[draw++].item<double>(); },
        [&](int64_t) { return slots[draw - 1].item<int64_t>(); }));
  }
  fixture.expect(file, "out.images", at::cat(returned, 0));
  fixture.expect(file, "out.buffer", at::cat(pool.images(), 0));
  fixture.expect_all_compared(file);
}

}  // namespace
}  // namespace synerbench::nn
