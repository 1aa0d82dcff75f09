#include "reference/stages/optimizer.h"

#include <gtest/gtest.h>

#include "harness/train/schedule.h"

#include "tests/reference/support/training.h"

namespace synerbench::reference {
namespace {

using testing::copy_of_fixture_network;
using testing::Fixture;
using testing::tensor_of;
using testing::WorstError;

/// The fixture's own rule: eps 1e-15 turns a gradient of rounding size into a full step, so a few entries may
/// differ more.
void expect_weights(const at::Tensor& seen, const Fixture& f, const std::string& name, WorstError& worst) {
  const at::Tensor difference = (seen - tensor_of(f, name)).abs().flatten();
  const auto sorted = std::get<0>(difference.sort());
  const int64_t last_close = static_cast<int64_t>(0.999 * static_cast<double>(difference.numel() - 1));
  worst.note(name, sorted[last_close].item<double>(), 0);
  EXPECT_LE(sorted[last_close].item<double>(), 1e-5) << name;
  EXPECT_LE(sorted[difference.numel() - 1].item<double>(), 2e-3) << name;
}

TEST(OptimizerParity, ThreeUpdatesOfTheTrainLoop) {
  NEEDS_FIXTURE("F4");
  const Fixture f1("F1"), f("F4");
  const auto n = copy_of_fixture_network();
  n->parameters.require_gradients([](Part) { return true; });
  const auto hyper = f.doubles("in.hyper");  // lr, warm-up, EMA decay, clip, beta1, beta2, eps
  OptimizerSettings settings;
  settings.lr = hyper[0];
  settings.ema_decay = hyper[2];
  settings.clip = hyper[3];
  settings.beta1 = hyper[4];
  settings.beta2 = hyper[5];
  settings.eps = hyper[6];
  const Schedule schedule{.warmup = static_cast<int64_t>(hyper[1])};
  AdamW optimizer("adamw", n->parameters, settings);
  PackedSequence s = testing::sequence_from(f1);
  PackedInputs inputs = testing::inputs_from(f1, s, *n);
  WorstError worst("F4_optimizer");
  const auto rates = f.doubles("out.lr");
  const auto norms = f.floats("out.grad_norm"), losses = f.floats("out.loss_mse_ce");
  for (size_t k = 0; k < rates.size(); ++k) {
    const std::string step = "step" + std::to_string(k) + ".";
    inputs.noise = tensor_of(f, "in." + step + "noise");
    s.timesteps = f.floats("in." + step + "timesteps");
    const ForwardResult result = training_forward(s, inputs, *n, {{at::kFloat}});
    const at::Tensor mse = mse_loss(result), ce = ce_loss(result);
    EXPECT_NEAR(mse.item<double>() / losses[2 * k], 1.0, 1e-4);
    EXPECT_NEAR(ce.item<double>() / losses[2 * k + 1], 1.0, 1e-4);
    (mse + ce).backward();
    const double norm = optimizer.gradient_norm();
    EXPECT_NEAR(norm / norms[k], 1.0, 1e-4);
    optimizer.set_lr(schedule.rate(optimizer.base_lr(), static_cast<int64_t>(k)));
    EXPECT_EQ(optimizer.lr(), rates[k]);
    optimizer.step(norm);
    for (const std::string& name : f.names("out." + step + "w.")) {
      expect_weights(n->parameters.value(name.substr(12)), f, name, worst);
    }
    for (const std::string& name : f.names("out." + step + "ema.")) {
      const std::string key = name.substr(14);
      expect_weights(n->parameters.rows_of(key, optimizer.average(n->parameters.leaf_of(key))), f, name,
                     worst);
    }
  }
  EXPECT_EQ(optimizer.updates(), 3);
}

TEST(AdamW, StateRestoresTheNextUpdateExactly) {
  NEEDS_FIXTURE("F1");
  const Fixture f1("F1");
  const auto a = copy_of_fixture_network(), b = copy_of_fixture_network();
  for (const auto& n : {a.get(), b.get()})
    n->parameters.require_gradients([](Part part) { return part == Part::kGeneration; });
  OptimizerSettings settings;
  AdamW first("adamw", a->parameters, settings), second("adamw", b->parameters, settings);
  const PackedSequence s = testing::sequence_from(f1);
  const auto update = [&](Network& n, AdamW& optimizer) {
    mse_loss(training_forward(s, testing::inputs_from(f1, s, n), n, {{at::kFloat}})).backward();
    optimizer.step(optimizer.gradient_norm());
  };
  update(*a, first);
  update(*a, first);
  const auto from = first.state(), to = second.state();
  ASSERT_EQ(from.size(), to.size());
  for (size_t i = 0; i < from.size(); ++i) at::Tensor(to[i].tensor).copy_(from[i].tensor);
  second.restored();
  for (size_t i = 0; i < a->parameters.leaves().size(); ++i) {
    b->parameters.leaves()[i].value.detach().copy_(a->parameters.leaves()[i].value.detach());
  }
  update(*a, first);
  update(*b, second);
  for (size_t i = 0; i < a->parameters.leaves().size(); ++i) {
    EXPECT_TRUE(at::equal(a->parameters.leaves()[i].value, b->parameters.leaves()[i].value))
        << a->parameters.leaves()[i].name;
  }
}

}  // namespace
}  // namespace synerbench::reference
