// Latent BBDM: the autoencoder's phases, its round trip, loading, normalized latents.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/bbdm/bbdm.h"
#include "baselines/bbdm/detail/space.h"
#include "harness/core/file.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;

const TestedMethod kMethod(bbdm_method());

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

Json mini(const Json& autoencoder) {
  Json config = {
      {"preset", "tiny-latent"}, {"width", 8}, {"multipliers", {1, 2}}, {"head_width", 8}, {"gn_groups", 4},
      {"sample_steps", 4},       {"lr", 1e-3}};
  config["autoencoder"] = {{"width", 8}, {"multipliers", {1, 2}}, {"gn_groups", 4}, {"codes", 16}};
  config["autoencoder"].update(autoencoder);
  return config;
}

class LatentBbdm : public ModelTest {
 protected:
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.task = kTask;
    options.recipe.batch = 2;
    options.recipe.ema_start = 0;
    options.recipe.ema_every = 1;
    options.log_every = 1;
    return options;
  }
  std::filesystem::path trained(const std::string& name, const Json& config, int64_t updates) {
    const auto model = kMethod.make(config);
    train(options(name, *model, updates), *model, pairs_, none_);
    return folder_ / name;
  }
  std::vector<float> synthesize_one(Synthesizer& model) const {
    return synthesize(model, kTask, slices_of(pairs_, 1), {3});
  }

  const SyntheticPairs pairs_{4, 16, 1}, none_{0, 16, 2};
};

TEST_F(LatentBbdm, TrainsTheAutoencoderFirstAndThenTheBridge) {
  const auto folder = trained("a", mini({{"updates", 3}}), 6);
  const std::vector<Json> losses = log_lines(folder, "losses");
  ASSERT_EQ(losses.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(losses[i].at("losses").at("reconstruction").get<double>() > 0, i < 3) << i;
    EXPECT_EQ(losses[i].at("losses").at("bridge").get<double>() > 0, i >= 3) << i;
  }
}

TEST_F(LatentBbdm, FrozenAutoencoderStaysWhatItWasWhenLoaded) {
  const auto first = trained("first", mini({{"updates", 4}}), 4);
  // From a folder, and from the file alone; the average of a frozen network is that network, bit for bit.
  for (const std::string& from : {first.string(), (first / "vqgan.safetensors").string()}) {
    const auto second = trained("second" + std::to_string(from.size()), mini({{"from", from}}), 5);
    EXPECT_EQ(sha256_file(second / "vqgan.safetensors"), sha256_file(first / "vqgan.safetensors"));
    // The path is needed for training only.
    EXPECT_NO_THROW(kMethod.load(second));
  }
  EXPECT_THROW(trained("third", mini({{"from", (folder_ / "none").string()}}), 1), Error);
}

TEST_F(LatentBbdm, LoadedWeightsSynthesizeWhatTheTrainedModelDid) {
  Json config = mini({{"updates", 2}});
  config["normalize_latent"] = true;
  config["statistics_updates"] = 2;
  const auto model = kMethod.make(config);
  TrainOptions all = options("a", *model, 7);
  all.recipe.ema_decay = 0;
  train(all, *model, pairs_, none_);
  const auto loaded = kMethod.load(folder_ / "a");
  EXPECT_EQ(synthesize_one(*loaded), synthesize_one(model->synthesizer()));
  EXPECT_EQ(loaded->info().label, "LBBDM");
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  for (const float value : synthesize_one(*loaded)) EXPECT_TRUE(value >= -1 && value <= 1);
}

// Broken off in the autoencoder's phase, among the statistics, and inside a sum of gradients.
TEST_F(LatentBbdm, ResumesToEqualBytesInEveryPhase) {
  Json config = mini({{"updates", 4}});
  config["normalize_latent"] = true;
  config["statistics_updates"] = 3;
  config["accumulate"] = 2;
  expect_resume_is_exact(
      {[&] { return kMethod.make(config); }, options("", *kMethod.make(config), 12), {{kTask, &pairs_}}},
      folder_.path(), {{.before_update = 2}, {.before_update = 5}, {.before_update = 8}});
}

TEST(LatentSpace, NormalizesEachSideByItsOwnStatistics) {
  bbdm::StatisticsCollector collector(2);
  at::Tensor targets = at::zeros({2, 2, 1, 2}), sources = at::ones({1, 2, 1, 1});
  targets[0][0].fill_(3);  // channel 0: 3, 3, -1, -1
  targets[1][0].fill_(-1);
  collector.add(targets.narrow(0, 0, 1), bbdm::Side::kTarget);
  collector.add(targets.narrow(0, 1, 1), bbdm::Side::kTarget);
  collector.add(sources, bbdm::Side::kSource);
  bbdm::LatentStatistics statistics(2);
  collector.finish(statistics);
  EXPECT_EQ(statistics.target_mean[0][0].item<double>(), 1);
  EXPECT_EQ(statistics.target_std[0][0].item<double>(), 2);
  EXPECT_EQ(statistics.source_mean[0][1].item<double>(), 1);
  EXPECT_GT(statistics.source_std[0][1].item<double>(), 0) << "a constant channel must not divide by zero";
  std::vector<std::string> keys;
  for (const nn::NamedTensor& named : nn::state_of(statistics)) keys.push_back(named.name);
  EXPECT_THAT(
      keys, testing::ElementsAre("ori_latent_mean", "ori_latent_std", "cond_latent_mean", "cond_latent_std"));
}

TEST(VqAutoencoder, QuantizesToTheNearestCode) {
  nn::VqAutoencoder autoencoder(nn::VqAutoencoderOptions{.image_channels = 1,
                                                         .width = 4,
                                                         .multipliers = {1, 2},
                                                         .blocks = 1,
                                                         .attention_factors = {},
                                                         .latent_channels = 2,
                                                         .code_channels = 2,
                                                         .codes = 5,
                                                         .groups = 2});
  Random random(1);
  nn::reset_layers(*autoencoder, random);
  const at::Tensor latents = nn::random_normal({2, 2, 3, 4}, 0, 0.2, random, at::kCPU);
  const nn::Quantized codes = autoencoder->quantize(latents);
  const at::Tensor table = autoencoder->codebook().detach();
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t p = 0; p < 12; ++p) {
      const at::Tensor latent = latents[n].reshape({2, 12}).select(1, p);
      const int64_t nearest = (table - latent).square().sum(1).argmin().item<int64_t>();
      EXPECT_EQ(codes.indices[n].reshape({12})[p].item<int64_t>(), nearest);
      EXPECT_TRUE(at::equal(codes.values[n].detach().reshape({2, 12}).select(1, p), table[nearest]));
    }
  }
  EXPECT_EQ(autoencoder->encode(at::zeros({1, 1, 8, 12})).sizes(), at::IntArrayRef({1, 2, 4, 6}));
  EXPECT_EQ(autoencoder->decode(codes.values).sizes(), at::IntArrayRef({2, 1, 6, 8}));
}

TEST(VqAutoencoder, LearnsToReconstruct) {
  nn::set_compute_threads(1);
  bbdm::AutoencoderConfig config;
  config.options = {.image_channels = 1,
                    .width = 16,
                    .multipliers = {1, 2},
                    .blocks = 1,
                    .attention_factors = {},
                    .latent_channels = 3,
                    .code_channels = 3,
                    .codes = 64,
                    .groups = 4};
  config.lr = 2e-3;
  nn::VqAutoencoder autoencoder(config.options);
  Random random(1);
  nn::reset_layers(*autoencoder, random);
  bbdm::AutoencoderTrainer trainer(config, autoencoder);
  const SyntheticPairs pairs(4, 16, 1);
  at::Tensor slices = at::empty({4, 1, 16, 16}), unused = at::empty({16, 16});
  for (int64_t i = 0; i < 4; ++i)
    pairs.read(i, {slices.data_ptr<float>() + i * 256, 256}, {unused.data_ptr<float>(), 256}, {});
  const double first = trainer.step(slices, random).reconstruction;
  double last = 0;
  for (int i = 0; i < 300; ++i) last = trainer.step(slices, random).reconstruction;
  EXPECT_LT(last, 0.25 * first) << "from " << first;
  const at::Tensor indices = autoencoder->quantize(autoencoder->encode(slices)).indices.reshape({-1});
  EXPECT_GT(std::get<0>(at::_unique(indices)).numel(), 4) << "codes in use";
}

}  // namespace
}  // namespace synerbench
