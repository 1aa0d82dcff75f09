// RCD as its callers see it: configuration, labels, weights, training. Without LibTorch's headers.
#include "baselines/rcd/rcd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/train/train.h"
#include "tests/support/temp_folder.h"
#include "tests/train/derived_pairs.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::SyntheticPairs;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// A network of a few thousand parameters for 16 x 16 and up.
Json small(const std::string& core, const Json& extra = Json::object()) {
  Json config = {{"preset", "tiny"}, {"core", core},     {"ngf", 4},
                 {"ndf", 4},         {"acds_blocks", 1}, {"style_width", 8}};
  config.update(extra);
  return config;
}

std::string error_of(const std::function<void()>& action, ExitCode code = ExitCode::kUsage) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "nothing was thrown";
}

class Rcd : public testing::TestWithParam<std::string> {  // the core
 protected:
  static void SetUpTestSuite() {
    set_quiet(true);
    nn::set_compute_threads(1);
  }
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options;
    options.task = kTask;
    options.folder = folder_ / name;
    options.recipe = model.recipe();
    options.recipe.unit = BudgetUnit::kUpdates;
    options.recipe.constant = updates;
    options.recipe.decay = 0;
    options.recipe.validate_every = updates;
    options.recipe.augmentation = Augmentation::kNone;
    options.log_every = 10;
    return options;
  }
  static std::vector<float> synthesize(Synthesizer& model, const std::vector<float>& pixels, int64_t n,
                                       int64_t side = 16) {
    const std::vector<uint64_t> seeds(static_cast<size_t>(n), 1);
    std::vector<float> prediction(pixels.size());
    model.synthesize(kTask, {n, side, side, pixels}, seeds, prediction);
    return prediction;
  }
  static std::vector<float> slices() {
    const SyntheticPairs pairs(3, 16, 4);
    std::vector<float> pixels(3 * 256), unused(256);
    for (int64_t i = 0; i < 3; ++i) pairs.read(i, std::span(pixels).subspan(i * 256, 256), unused, {});
    return pixels;
  }
  TempFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(BothCores, Rcd, testing::Values("unet", "acds"),
                         [](const auto& info) { return info.param; });

TEST(RcdModel, SaysWhichPartIsAReconstruction) {
  const auto released = make_rcd({{"preset", "released"}}),
             reconstruction = make_rcd({{"preset", "official"}});
  const ModelInfo a = released->synthesizer().info(), b = reconstruction->synthesizer().info();
  EXPECT_EQ(a.parameters, 1'059'857);
  EXPECT_EQ(a.label, "RCD (released U-Net)");
  EXPECT_EQ(a.switches.at("reconstruction"), false);
  EXPECT_EQ(b.label, "RCD (reconstruction)");
  EXPECT_EQ(b.switches.at("reconstruction"), true);
  EXPECT_EQ(b.switches.at("dimensions"), 2);
  EXPECT_EQ(a.network_evaluations, 1);
  EXPECT_TRUE(b.deterministic);
}

TEST(RcdModel, PresetsHoldThePublishedSettings) {
  const Json config = make_rcd(Json::object())->config();
  EXPECT_EQ(config.at("lambda_align"), 20.0);
  EXPECT_EQ(config.at("lambda_smooth"), 10.0);
  EXPECT_EQ(config.at("integration_steps"), 7);
  EXPECT_EQ(config.at("poly_power"), 0.9);
  EXPECT_EQ(config.at("poly_period"), 200);
  EXPECT_EQ(config.at("lr"), 2e-4);
  EXPECT_EQ(config.at("flow_std"), 1e-5);
  EXPECT_EQ(make_rcd(config)->config(), config);
  const Recipe recipe = make_rcd({{"preset", "tiny"}})->recipe();
  EXPECT_EQ(recipe.constant, 200);
  EXPECT_EQ(recipe.batch, 2);
  EXPECT_EQ(recipe.augmentation, Augmentation::kFlip);
  EXPECT_EQ(recipe.pairing, Pairing::kPaired);
}

TEST(RcdModel, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { make_rcd(config); }); };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("rcd configuration: /preset"));
  EXPECT_THAT(refused({{"core", "acd"}}), HasSubstr("did you mean \"acds\"?"));
  EXPECT_THAT(refused({{"ngff", 8}}), HasSubstr("did you mean \"ngf\"?"));
  EXPECT_THAT(refused({{"dimensions", 4}}), HasSubstr("/dimensions"));
  EXPECT_THAT(refused({{"halvings", 0}}), HasSubstr("/halvings"));
  EXPECT_THAT(refused({{"lambda_cycle", -1}}), HasSubstr("-1 is negative"));
  EXPECT_THAT(refused({{"lr", 0}}), HasSubstr("0 is not above 0"));
  EXPECT_THAT(refused({{"domain_codes", 1}}), HasSubstr("/domain_codes"));
  EXPECT_THAT(error_of([] { make_rcd(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST(RcdModel, RefusesSlicesThatDoNotFit) {
  const auto synthesize = [](const Json& config, int64_t side) {
    return error_of([&] {
      std::vector<float> pixels(static_cast<size_t>(side * side)), prediction(pixels.size());
      const uint64_t seed = 1;
      make_rcd(config)->synthesizer().synthesize(kTask, {1, side, side, pixels}, {&seed, 1}, prediction);
    });
  };
  EXPECT_THAT(synthesize(small("unet", {{"halvings", 3}}), 20),
              HasSubstr("slices of 20 x 20\n  height and width must be multiples of 8"));
  EXPECT_THAT(synthesize(small("acds", {{"halvings", 1}}), 18), HasSubstr("multiples of 4"));
  EXPECT_THAT(synthesize(small("unet", {{"dimensions", 3}}), 16), HasSubstr("three-dimensional"));
}

TEST_P(Rcd, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  const SyntheticPairs pairs(4, 16, 1), none(0, 16, 2);
  const auto model = make_rcd(small(GetParam()));
  train(options("a", *model, 4), *model, pairs, none);
  const auto loaded = load_rcd(folder_ / "a");
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  EXPECT_EQ(loaded->info().weights_sha256.size(), 64u);
  const std::vector<float> pixels = slices(), together = synthesize(*loaded, pixels, 3);
  EXPECT_EQ(synthesize(model->synthesizer(), pixels, 3), together);
  nn::set_compute_threads(2);
  for (size_t i = 0; i < 3; ++i) {
    const std::vector<float> slice(pixels.begin() + i * 256, pixels.begin() + (i + 1) * 256);
    const std::vector<float> alone = synthesize(*loaded, slice, 1);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + i * 256)) << i;
  }
  nn::set_compute_threads(1);
  EXPECT_THAT(error_of([&] {
                load_rcd(folder_ / "a", {.switches = {{"core", "unet"}}});
              }),
              HasSubstr("is no inference switch"));
}

TEST_P(Rcd, ResumesToTheSameBytes) {
  const SyntheticPairs pairs(6, 16, 1), validation(2, 16, 2);
  const Json config = small(GetParam(), {{"poly_period", 5}});
  const auto options_for = [&](const std::string& name, int64_t checkpoint_every) {
    TrainOptions settings = options(name, *make_rcd(config), 1);
    settings.recipe.unit = BudgetUnit::kEpochs;
    settings.recipe.constant = 4;
    settings.recipe.validate_every = 2;
    settings.recipe.augmentation = Augmentation::kFlip;
    settings.checkpoint_every = checkpoint_every;
    return settings;
  };
  const auto whole = make_rcd(config);
  train(options_for("whole", 0), *whole, pairs, validation);
  TrainOptions settings = options_for("broken", 5);
  EXPECT_THROW(train(settings, *make_rcd(config), testing_support::Breaking(pairs, 15), validation),
               std::runtime_error);
  ASSERT_TRUE(std::filesystem::exists(folder_ / "broken/checkpoint.safetensors"));
  settings.resume = true;
  const auto again = make_rcd(config);
  const TrainReport report = train(settings, *again, pairs, validation);
  EXPECT_GT(report.resumed_at, 0);
  for (const NetworkHandle& handle : again->networks()) {
    const std::string file = handle.name + ".safetensors";
    EXPECT_EQ(sha256_file(folder_ / "whole" / file), sha256_file(folder_ / "broken" / file)) << file;
  }
  EXPECT_EQ(read_file(folder_ / "whole/log.jsonl"), read_file(folder_ / "broken/log.jsonl"));
}

TEST_P(Rcd, PolynomialDecayReachesZero) {
  const SyntheticPairs pairs(2, 16, 1), none(0, 16, 2);
  const auto weights_after = [&](const std::string& name, int64_t updates, const Json& extra) {
    const auto model = make_rcd(small(GetParam(), extra));
    train(options(name, *model, updates), *model, pairs, none);
    return sha256_file(folder_ / name / "R.safetensors");
  };
  const Json one = {{"poly_period", 1}, {"poly_unit", "updates"}};
  EXPECT_EQ(weights_after("one", 1, one), weights_after("three", 3, one)) << "after the period the rate is 0";
  EXPECT_NE(weights_after("plain", 3, {{"lr_schedule", "recipe"}}),
            weights_after("plain_one", 1, {{"lr_schedule", "recipe"}}));
}

TEST_P(Rcd, LearnsOnSixteenPairs) {
  const SyntheticPairs pairs(16, 32, 1), none(0, 32, 2);
  const auto model = make_rcd(small(GetParam(), {{"ngf", 8}, {"lr", 1e-3}, {"lr_schedule", "recipe"}}));
  TrainOptions settings = options("a", *model, 60);
  settings.recipe.batch = 4;
  train(settings, *model, pairs, none);
  const auto trained = load_rcd(folder_ / "a");
  const double copy = testing_support::psnr(testing_support::mean_squared_error(pairs, kTask, nullptr));
  const double learned =
      testing_support::psnr(testing_support::mean_squared_error(pairs, kTask, trained.get()));
  EXPECT_GT(learned, copy + 1) << "copying the source: " << copy << " dB";
}

}  // namespace
}  // namespace synerbench
