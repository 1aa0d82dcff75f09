// RCD as its callers see it: configuration, labels, weights, training. Without LibTorch's headers.
#include "baselines/rcd/rcd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/file.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::HasSubstr;

const TestedMethod kMethod(rcd_method());

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// A network of a few thousand parameters for 16 x 16 and up.
Json small(const std::string& core, const Json& extra = Json::object()) {
  return with(
      {{"preset", "tiny"}, {"core", core}, {"ngf", 4}, {"ndf", 4}, {"acds_blocks", 1}, {"style_width", 8}},
      extra);
}

class Rcd : public ModelTest, public testing::WithParamInterface<std::string> {  // the core
 protected:
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.task = kTask;
    options.recipe.augmentation = Augmentation::kNone;
    options.log_every = 10;
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(BothCores, Rcd, testing::Values("unet", "acds"),
                         [](const auto& info) { return info.param; });

TEST(RcdModel, SaysWhichPartIsAReconstruction) {
  const auto released = kMethod.make({{"preset", "released"}}),
             reconstruction = kMethod.make({{"preset", "official"}});
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
  const Json config = kMethod.make(Json::object())->config();
  EXPECT_EQ(config.at("lambda_align"), 20.0);
  EXPECT_EQ(config.at("lambda_smooth"), 10.0);
  EXPECT_EQ(config.at("integration_steps"), 7);
  EXPECT_EQ(config.at("poly_power"), 0.9);
  EXPECT_EQ(config.at("poly_period"), 200);
  EXPECT_EQ(config.at("lr"), 2e-4);
  EXPECT_EQ(config.at("flow_std"), 1e-5);
  EXPECT_EQ(kMethod.make(config)->config(), config);
  const Recipe recipe = kMethod.make({{"preset", "tiny"}})->recipe();
  EXPECT_EQ(recipe.constant, 200);
  EXPECT_EQ(recipe.batch, 2);
  EXPECT_EQ(recipe.augmentation, Augmentation::kFlip);
  EXPECT_EQ(recipe.pairing, Pairing::kPaired);
}

TEST(RcdModel, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { kMethod.make(config); }); };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("rcd configuration: /preset"));
  EXPECT_THAT(refused({{"core", "acd"}}), HasSubstr("did you mean \"acds\"?"));
  EXPECT_THAT(refused({{"ngff", 8}}), HasSubstr("did you mean \"ngf\"?"));
  EXPECT_THAT(refused({{"dimensions", 4}}), HasSubstr("/dimensions"));
  EXPECT_THAT(refused({{"halvings", 0}}), HasSubstr("/halvings"));
  EXPECT_THAT(refused({{"lambda_cycle", -1}}), HasSubstr("-1 is negative"));
  EXPECT_THAT(refused({{"lr", 0}}), HasSubstr("0 is not above 0"));
  EXPECT_THAT(refused({{"domain_codes", 1}}), HasSubstr("/domain_codes"));
  EXPECT_THAT(error_of([] { kMethod.make(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST(RcdModel, RefusesSlicesThatDoNotFit) {
  const auto refused = [](const Json& config, int64_t side) {
    return refusal_of_slice(kMethod.make(config)->synthesizer(), kTask, side, side);
  };
  EXPECT_THAT(refused(small("unet", {{"halvings", 3}}), 20),
              HasSubstr("slices of 20 x 20\n  height and width must be multiples of 8"));
  EXPECT_THAT(refused(small("acds", {{"halvings", 1}}), 18), HasSubstr("multiples of 4"));
  EXPECT_THAT(refused(small("unet", {{"dimensions", 3}}), 16), HasSubstr("three-dimensional"));
}

TEST_P(Rcd, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  const SyntheticPairs pairs(4, 16, 1), none(0, 16, 2);
  const auto model = kMethod.make(small(GetParam()));
  train(options("a", *model, 4), *model, pairs, none);
  const auto loaded = kMethod.load(folder_ / "a");
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  EXPECT_EQ(loaded->info().weights_sha256.size(), 64u);
  const std::vector<float> pixels = slices_of(SyntheticPairs(3, 16, 4));
  EXPECT_EQ(expect_independent_of_batch_and_threads(*loaded, kTask, pixels),
            synthesize(model->synthesizer(), kTask, pixels, {11, 12, 13}));
  EXPECT_THAT(error_of([&] {
                kMethod.load(folder_ / "a", {{"core", "unet"}});
              }),
              HasSubstr("is no inference option"));
}

TEST_P(Rcd, ResumesToTheSameBytes) {
  const SyntheticPairs pairs(6, 16, 1), validation(2, 16, 2);
  const Json config = small(GetParam(), {{"poly_period", 5}});
  TrainOptions settings = options("", *kMethod.make(config), 1);
  settings.recipe.unit = BudgetUnit::kEpochs;
  settings.recipe.constant = 4;  // of 3 updates
  settings.recipe.validate_every = 2;
  settings.recipe.augmentation = Augmentation::kFlip;
  expect_resume_is_exact(
      {[&] { return kMethod.make(config); }, settings, {{kTask, &pairs}}, {{kTask, &validation}}},
      folder_.path(), {{.before_update = 7, .checkpoint_every = 5}});
}

TEST_P(Rcd, PolynomialDecayReachesZero) {
  const SyntheticPairs pairs(2, 16, 1), none(0, 16, 2);
  const auto weights_after = [&](const std::string& name, int64_t updates, const Json& extra) {
    const auto model = kMethod.make(small(GetParam(), extra));
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
  const auto model = kMethod.make(small(GetParam(), {{"ngf", 8}, {"lr", 1e-3}, {"lr_schedule", "recipe"}}));
  TrainOptions settings = options("a", *model, 60);
  settings.recipe.batch = 4;
  train(settings, *model, pairs, none);
  const auto trained = kMethod.load(folder_ / "a");
  const double copy = psnr_on(pairs, kTask, nullptr), learned = psnr_on(pairs, kTask, trained.get());
  EXPECT_GT(learned, copy + 1) << "copying the source: " << copy << " dB";
}

}  // namespace
}  // namespace synerbench
