// The bridge's golden numbers and identities, and the networks' published sizes. No fixture is needed.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "baselines/bbdm/detail/trainer.h"
#include "harness/nn/state.h"

namespace synerbench::bbdm {
namespace {

const Bridge& standard() {
  static const Bridge bridge(1000, BridgeSchedule::kLinear, 1);
  return bridge;
}

at::Tensor noise_of(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return nn::random_normal(shape, 0, 1, random, at::kCPU);
}

TEST(BbdmBridge, HasThePublishedTables) {
  const Bridge& bridge = standard();
  EXPECT_EQ(bridge.steps(), 1000);
  const std::vector<std::tuple<size_t, double, double>> golden{
      {0, 0.001, 0.001998}, {250, 0.2507497, 0.3757486}, {499, 0.4995005, 0.4999995}, {999, 0.999, 0.001998}};
  for (const auto& [t, m, variance] : golden) {
    EXPECT_NEAR(bridge.m[t], m, 1e-6) << t;
    EXPECT_NEAR(bridge.variance[t], variance, 1e-6) << t;
  }
  EXPECT_NEAR(Bridge(1000, BridgeSchedule::kLinear, 0.25).variance[250], 0.25 * 0.3757486, 1e-6);
}

TEST(BbdmBridge, HasThePublishedStepLists) {
  const std::vector<int64_t> full = step_list(1000, 200);
  ASSERT_EQ(full.size(), 200u);
  EXPECT_EQ(std::vector<int64_t>(full.begin(), full.begin() + 5),
            (std::vector<int64_t>{999, 993, 988, 983, 978}));
  EXPECT_EQ(std::vector<int64_t>(full.end() - 4, full.end()), (std::vector<int64_t>{10, 5, 1, 0}));
  EXPECT_EQ(step_list(1000, 10), (std::vector<int64_t>{999, 874, 749, 624, 499, 374, 249, 124, 1, 0}));
  EXPECT_EQ(step_list(1000, 4), (std::vector<int64_t>{999, 499, 1, 0}));
}

TEST(BbdmBridge, HasThePublishedSamplingCoefficients) {
  const std::vector<std::tuple<int64_t, int64_t, double, double>> golden{
      {999, 994, 0.00994004, 0.9950}, {500, 495, 0.00989029, 0.990020}, {1, 0, 0.00099950, 0.500250}};
  for (const auto& [t, n, variance, kept] : golden) {
    const Bridge::Step step = standard().step(t, n);
    EXPECT_NEAR(step.variance, variance, 5e-7) << t;
    EXPECT_NEAR(step.kept, kept, 1e-4) << t;
  }
}

TEST(BbdmBridge, ExactNetworkReturnsTheTargetForAnyNumberOfSteps) {
  const at::Tensor x0 = noise_of({1, 1, 8, 8}, 1).clamp(-1, 1), y = noise_of({1, 1, 8, 8}, 2).clamp(-1, 1);
  for (const int64_t count : {4, 5, 10, 200, 1000}) {
    for (const double eta : {0.0, 1.0}) {
      const at::Tensor result = sample(
          standard(), {Objective::kGrad, false, eta}, step_list(1000, count), y,
          [&](const at::Tensor& x_t, const at::Tensor&) { return x_t - x0; },
          [&](int64_t i) {
            return noise_of({1, 1, 8, 8}, 100 + static_cast<uint64_t>(i));
          });
      EXPECT_LT((result - x0).abs().max().item<double>(), 1e-6) << count << " steps, eta " << eta;
    }
  }
}

TEST(BbdmBridge, WithoutDrawnNoiseTheDeviationShrinksByTheCoefficient) {
  // The walk starts at y, which lies 0.001 (y - x0) beside the bridge's mean at T - 1. In double, so that the
  // ratio can be read.
  const at::Tensor x0 = noise_of({1, 1, 4, 4}, 1).to(at::kDouble),
                   y = noise_of({1, 1, 4, 4}, 2).to(at::kDouble);
  const std::vector<int64_t> list = step_list(1000, 20);
  at::Tensor deviation = 0.001 * (y - x0);
  int checked = 0;
  sample(
      standard(), {Objective::kGrad, false, 0.0}, list, y,
      [&](const at::Tensor& x_t, const at::Tensor&) { return x_t - x0; },
      [](int64_t) { return at::Tensor(); },
      [&](int64_t i, const at::Tensor& x, const at::Tensor&) {
        if (i + 1 == static_cast<int64_t>(list.size())) return;
        const auto t = static_cast<size_t>(i);
        deviation = deviation * standard().step(list[t], list[t + 1]).kept;
        const double m = standard().m[static_cast<size_t>(list[t + 1])];
        EXPECT_LT((x - ((1 - m) * x0 + m * y) - deviation).abs().max().item<double>(), 1e-12) << i;
        ++checked;
      });
  EXPECT_EQ(checked, 19);
}

TEST(BbdmBridge, ClippingHoldsEveryEstimate) {
  const at::Tensor y = at::zeros({1, 1, 2, 2});
  const auto far = [](const at::Tensor& x_t, const at::Tensor&) { return x_t - 3; };  // says x0 = 3
  const auto silent = [](int64_t) { return at::zeros({1, 1, 2, 2}); };
  EXPECT_EQ(sample(standard(), {Objective::kGrad, true, 1.0}, step_list(1000, 4), y, far, silent)
                .max()
                .item<double>(),
            1);
  EXPECT_NEAR(sample(standard(), {Objective::kGrad, false, 1.0}, step_list(1000, 4), y, far, silent)
                  .max()
                  .item<double>(),
              3, 1e-6);
}

int64_t denoiser_size(const Json& json) {
  // Nothing is allocated: fresh layers are uninitialized memory.
  nn::AdmUnet denoiser(unet_options(fields().read(json, "test")));
  return nn::parameter_count(*denoiser);
}

int64_t autoencoder_size(const std::string& preset) {
  nn::VqAutoencoder autoencoder(fields().read({{"preset", preset}}, "test").autoencoder.options);
  return nn::parameter_count(*autoencoder);
}

TEST(BbdmNetworks, HaveThePublishedSizes) {
  EXPECT_EQ(denoiser_size(Json::object()), 237'086'721);
  EXPECT_EQ(denoiser_size({{"preset", "pixel-concat"}}), 237'094'787);
  EXPECT_EQ(denoiser_size({{"preset", "f4"}}), 237'091'331);
  EXPECT_EQ(denoiser_size({{"preset", "f8"}}), 237'093'636);
  EXPECT_EQ(denoiser_size({{"preset", "f16"}}), 258'105'096);
  EXPECT_EQ(denoiser_size({{"preset", "tiny"}}), 2'961'889);
  EXPECT_EQ(autoencoder_size("f4"), 55'322'782);
  EXPECT_EQ(autoencoder_size("f8"), 67'717'295);
  EXPECT_EQ(autoencoder_size("f16"), 69'593'371);
}

std::set<std::string> keys_of(torch::nn::Module& network) {
  std::set<std::string> keys;
  for (const nn::NamedTensor& named : nn::state_of(network)) keys.insert(named.name);
  return keys;
}

TEST(BbdmNetworks, HaveThePublishedKeys) {
  nn::AdmUnet denoiser(unet_options(fields().read({{"preset", "f16"}}, "test")));
  const std::set<std::string> keys = keys_of(*denoiser);
  for (const char* key : {"time_embed.0.weight", "time_embed.2.bias", "input_blocks.0.0.weight",
                          "input_blocks.1.0.in_layers.0.weight", "input_blocks.3.0.emb_layers.1.bias",
                          "input_blocks.4.0.skip_connection.weight", "input_blocks.7.1.qkv.weight",
                          "input_blocks.8.1.proj_out.bias", "middle_block.1.norm.weight",
                          "middle_block.2.out_layers.3.bias", "output_blocks.0.1.qkv.bias",
                          "output_blocks.2.2.in_layers.2.weight", "output_blocks.5.1.out_layers.0.weight",
                          "output_blocks.8.0.skip_connection.bias", "out.0.weight", "out.2.bias"}) {
    EXPECT_TRUE(keys.contains(key)) << key;
  }
  EXPECT_FALSE(keys.contains("input_blocks.9.0.in_layers.0.weight"));
  EXPECT_FALSE(keys.contains("output_blocks.9.0.in_layers.0.weight"));

  nn::VqAutoencoder autoencoder(fields().read({{"preset", "f8"}}, "test").autoencoder.options);
  const std::set<std::string> vq = keys_of(*autoencoder);
  for (const char* key :
       {"encoder.conv_in.weight", "encoder.down.0.block.1.norm1.weight",
        "encoder.down.0.downsample.conv.bias", "encoder.down.1.block.0.nin_shortcut.weight",
        "encoder.down.3.attn.1.q.weight", "encoder.mid.block_1.conv1.bias",
        "encoder.mid.attn_1.proj_out.weight", "encoder.norm_out.bias", "encoder.conv_out.weight",
        "decoder.conv_in.bias", "decoder.up.3.attn.2.k.bias", "decoder.up.3.upsample.conv.weight",
        "decoder.up.0.block.2.conv2.weight", "decoder.norm_out.weight", "decoder.conv_out.bias",
        "quantize.embedding.weight", "quant_conv.weight", "post_quant_conv.bias"}) {
    EXPECT_TRUE(vq.contains(key)) << key;
  }
  EXPECT_FALSE(vq.contains("encoder.down.3.downsample.conv.weight"));
  EXPECT_FALSE(vq.contains("decoder.up.0.upsample.conv.weight"));
}

TEST(BbdmNetworks, AreInitializedInThePublishedOrder) {
  const Config config = fields().read({{"preset", "tiny"}}, "test");
  nn::AdmUnet denoiser = make_denoiser(config, "cpu");
  Random random(7);
  initialize_denoiser(denoiser, config.init_std, random);
  const auto tensor = [&, all = denoiser->named_parameters()](const std::string& key) {
    return all[key].detach();
  };
  const auto deviation = [&](const std::string& key) { return tensor(key).std().item<double>(); };
  // The second pass overwrites the zeros of 3x3 output convolutions but leaves their zero biases, and does
  // not reach 1-D convolutions.
  EXPECT_NEAR(deviation("middle_block.0.out_layers.3.weight"), 0.02, 5e-4);
  EXPECT_EQ(tensor("middle_block.0.out_layers.3.bias").abs().max().item<double>(), 0);
  EXPECT_NEAR(deviation("middle_block.0.emb_layers.1.weight"), 0.02, 5e-4);
  EXPECT_EQ(tensor("middle_block.1.proj_out.weight").abs().max().item<double>(), 0);
  const double bound = 1 / std::sqrt(128.0);
  EXPECT_NEAR(tensor("middle_block.1.qkv.weight").abs().max().item<double>(), bound, 1e-3);
  EXPECT_NEAR(deviation("middle_block.1.qkv.weight"), bound / std::sqrt(3.0), 1e-3);
  EXPECT_GT(tensor("middle_block.0.in_layers.2.bias").abs().max().item<double>(), 0);
  EXPECT_EQ(tensor("out.0.weight").min().item<double>(), 1);
}

TEST(BbdmTrainer, SumsGradientsAndStepsWhenTheirNumberIsReached) {
  Config config = fields().read({{"width", 8},
                                 {"multipliers", {1}},
                                 {"blocks", 1},
                                 {"head_width", 8},
                                 {"gn_groups", 4},
                                 {"accumulate", 2}},
                                "test");
  Trainer trainer(config, "cpu");
  Random random(3);
  initialize_denoiser(trainer.denoiser, config.init_std, random);
  const at::Tensor x0 = noise_of({1, 1, 8, 8}, 1), y = noise_of({1, 1, 8, 8}, 2),
                   n = noise_of({1, 1, 8, 8}, 3);
  const at::Tensor t = at::full({1}, 400, at::kLong), late = at::full({1}, 900, at::kLong);
  const at::Tensor weight = trainer.denoiser->named_parameters()["out.2.weight"];
  const at::Tensor before = weight.detach().clone();
  trainer.loss(x0, y, t, n).backward();
  const at::Tensor first = weight.grad().clone();
  trainer.optimizer.zero_grad();
  trainer.loss(x0, y, late, n).backward();
  const at::Tensor second = weight.grad().clone();
  trainer.optimizer.zero_grad();

  trainer.step(x0, y, t, n);
  EXPECT_TRUE(at::equal(weight.detach(), before)) << "stepped after one of two";
  trainer.step(x0, y, late, n);
  EXPECT_FALSE(at::equal(weight.detach(), before));
  EXPECT_LT((weight.grad() - (first + second)).abs().max().item<double>(), 1e-6) << "a sum, not a mean";
  trainer.step(x0, y, t, n);
  EXPECT_LT(weight.grad().norm().item<double>(), 2 * first.norm().item<double>()) << "gradients start anew";
}

}  // namespace
}  // namespace synerbench::bbdm
