// ResViT as its callers see it: settings, stages, options, weights, training. Without LibTorch's headers.
#include "baselines/resvit/resvit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/file.h"
#include "harness/nn/adam.h"
#include "harness/train/updates.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::HasSubstr;

const TestedMethod kMethod(resvit_method());

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
/// 32 x 32 pixels, 2 x 2 patches.
const Json kSmall = {
    {"preset", "tiny"}, {"image_size", 32},   {"grid", 2}, {"ngf", 4},   {"ndf", 4},
    {"mid", 16},        {"hidden", 16},       {"mlp", 32}, {"heads", 2}, {"pretrain_unit", "updates"},
    {"pretrain", 4},    {"pretrain_decay", 4}};

class ResVit : public ModelTest {
 protected:
  /// The model's own recipe (8 + 4 updates for kSmall), validated every two updates.
  TrainOptions options(const std::string& name, const Trainable& model) const {
    TrainOptions options;
    options.task = kTask;
    options.folder = folder_ / name;
    options.recipe = model.recipe();
    options.recipe.validate_every = 2;
    options.log_every = 1;
    return options;
  }
  static std::vector<float> slices() { return slices_of(SyntheticPairs(3, 32, 4)); }
  /// A folder with weights of a short training.
  std::filesystem::path trained(const Json& extra = Json::object()) {
    const auto model = kMethod.make(with(kSmall, extra));
    const TrainOptions training = options("weights", *model);
    train(training, *model, pairs_, none_);
    return training.folder;
  }

  const SyntheticPairs pairs_{6, 32, 1}, validation_{2, 32, 2}, none_{0, 32, 3};
};

TEST_F(ResVit, PresetsHoldThePublishedSettings) {
  const auto model = kMethod.make({{"preset", "tiny"}});
  const Json tiny = model->config();
  EXPECT_EQ(tiny.at("gan"), "lsgan");
  EXPECT_EQ(tiny.at("lambda_adv"), 1.0);
  EXPECT_EQ(tiny.at("lambda_L1"), 100.0);
  EXPECT_EQ(tiny.at("lr"), 1e-3);
  EXPECT_EQ(tiny.at("pretrain_lr"), 2e-4);
  EXPECT_EQ(tiny.at("dropout"), 0.1);
  EXPECT_EQ(tiny.at("bn_inference"), "batch_stats");
  EXPECT_EQ(tiny.at("dropout_inference"), "off");
  EXPECT_EQ(kMethod.make(tiny)->config(), tiny);
  const ModelInfo info = model->synthesizer().info();
  EXPECT_EQ(info.parameters, 654'001);
  EXPECT_EQ(info.name, "resvit");
  EXPECT_EQ(info.switches.at("vit"), "random");
  EXPECT_EQ(info.switches.at("stages"), 2);
  EXPECT_TRUE(info.deterministic);

  const Recipe recipe = model->recipe();  // 50 + 50 epochs of pre-training, then 25 + 25
  EXPECT_EQ(recipe.unit, BudgetUnit::kEpochs);
  EXPECT_EQ(recipe.constant, 125);
  EXPECT_EQ(recipe.decay, 25);
  EXPECT_EQ(recipe.batch, 1);
  EXPECT_EQ(recipe.augmentation, Augmentation::kFlip);
  const Recipe convolutional = kMethod.make({{"preset", "tiny"}, {"variant", "res_cnn"}})->recipe();
  EXPECT_EQ(convolutional.constant, 50);
  EXPECT_EQ(convolutional.decay, 50);
}

TEST_F(ResVit, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { kMethod.make(config); }); };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("resvit configuration: /preset"));
  EXPECT_THAT(refused({{"hiden", 64}}), HasSubstr("did you mean \"hidden\"?"));
  EXPECT_THAT(refused({{"grid", 8}}), HasSubstr("/grid: 8 patches along a side of 256 pixels\n"
                                                "  the patch size must be 1: grid = image_size / 16"));
  EXPECT_THAT(refused({{"preset", "tiny"}, {"image_size", 128}}),
              HasSubstr("a grid of 4 needs image_size 64"));
  EXPECT_THAT(refused({{"heads", 5}}), HasSubstr("/heads: 5 heads do not divide a width of 768"));
  EXPECT_THAT(refused({{"dropout", 1}}), HasSubstr("1 is not in [0, 1)"));
  EXPECT_THAT(refused({{"lambda_adv", -1}}), HasSubstr("-1 is negative"));
  EXPECT_THAT(refused({{"pretrain", -1}}), HasSubstr("/pretrain"));
  EXPECT_THAT(refused({{"pretrain_unit", "steps"}}), HasSubstr("/pretrain_unit"));
  EXPECT_THAT(refused({{"variant", "res_cnn"}, {"dropout_inference", "on"}}), HasSubstr("without dropout"));
  EXPECT_THAT(refused({{"variant", "res_cnn"}, {"vit_weights", "x"}}), HasSubstr("has no transformer"));
  EXPECT_THAT(refused({{"vit_weights", "nowhere.safetensors"}}),
              HasSubstr("/vit_weights: \"nowhere.safetensors\" is not there"));
  EXPECT_THAT(error_of([] { kMethod.make(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
  write_file(folder_ / "vit.safetensors", "other bytes");
  EXPECT_THAT(
      refused(with(kSmall, {{"vit_weights", (folder_ / "vit.safetensors").string()}, {"vit_sha256", "0a"}})),
      HasSubstr("another file than the configuration was written for"));
}

TEST_F(ResVit, GoesThroughBothStagesInOneTraining) {
  const auto model = kMethod.make(kSmall);
  const TrainOptions training = options("a", *model);
  EXPECT_EQ(training.recipe.constant, 10);
  EXPECT_EQ(training.recipe.decay, 2);
  train(training, *model, pairs_, validation_);
  const std::vector<Json> validations = log_lines(folder_ / "a", "validation");
  for (const Json& line : validations) {
    // Not in the first stage, nor at its end: the transformer has learned nothing then.
    EXPECT_EQ(line.at("phase"), "transformer") << line;
    EXPECT_GT(line.at("update"), 8) << line;
  }
  EXPECT_EQ(validations.size(), 2u);
  const Json config = read_json(folder_ / "a/config.json");
  EXPECT_GT(config.at("selection").at("update"), 8);
  EXPECT_NO_THROW(kMethod.load(folder_ / "a"));
}

// The learning rates of all updates: both stages have their own rate and decay, whatever they count in.
TEST_F(ResVit, EachStageHasItsOwnRates) {
  const std::vector<TaskPairs> pairs{{kTask, &pairs_}};
  const auto rates_of = [&](const Json& changes, int64_t batch) {
    const auto model = kMethod.make(with(kSmall, changes));
    Recipe recipe = model->recipe();
    recipe.batch = batch;
    Updates updates(*model, pairs, recipe, /*seed=*/1);
    updates.initialize();
    std::vector<double> rates;
    for (int64_t update = 0; update < updates.total(); ++update) {
      updates.make(update);
      rates.push_back(model->optimizers()[0]->lr());
      EXPECT_EQ(rates.back(), model->optimizers()[1]->lr());
    }
    return rates;
  };
  const double first = 2e-4, second = 1e-3;
  const std::vector<double> rates = rates_of(Json::object(), 1);
  ASSERT_EQ(rates.size(), 12u);
  const std::vector<double> epochs = rates_of({{"pretrain_unit", "epochs"}}, 3);  // of two updates
  ASSERT_EQ(epochs.size(), 24u);
  for (size_t i = 0; i < 24; ++i) EXPECT_EQ(epochs[i], rates[i / 2]) << i;
  const std::vector<double> wanted{
      first,         first,          first,          first * 4 / 5,
      first * 3 / 5, first * 2 / 5,  first * 1 / 5,  0,   // 4 + 4
      second,        second * 2 / 3, second * 1 / 3, 0};  // 2 + 2, decay begins one early
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(rates[i], wanted[i], 1e-12) << i;
}

TEST_F(ResVit, RecipesThatDecayTooEarlyAreRefused) {
  const auto model = kMethod.make(kSmall);
  TrainOptions training = options("a", *model);
  training.recipe.constant = 6;
  training.recipe.decay = 6;
  EXPECT_THAT(error_of([&] { train(training, *model, pairs_, none_); }),
              HasSubstr("/pretrain: the recipe's learning rate falls after 5 of 8 updates of pre-training"));
}

TEST_F(ResVit, WeightsOfTheFirstStageAreRefused) {
  const auto model = kMethod.make(kSmall);
  TrainOptions training = options("a", *model);
  training.recipe.constant = 7;
  training.recipe.decay = 0;
  train(training, *model, pairs_, none_);
  EXPECT_THAT(error_of([&] { kMethod.load(folder_ / "a"); }, ExitCode::kBadInput),
              HasSubstr("the weights of update 7 are of the first stage, which ends after 8"));
}

TEST_F(ResVit, StagesOfEpochsTrainToo) {
  const Json epochs = with(kSmall, {{"pretrain_unit", "epochs"}, {"pretrain", 1}, {"pretrain_decay", 1}});
  const auto model = kMethod.make(epochs);
  TrainOptions training = options("a", *model);
  training.recipe.batch = 2;
  training.recipe.validate_every = 1;
  const TrainReport report = train(training, *model, pairs_, validation_);
  EXPECT_EQ(report.updates, 4 * 3);
  EXPECT_GT(report.selected_update, 2 * 3);
  EXPECT_NO_THROW(kMethod.load(folder_ / "a"));
}

// Broken off in the first stage, in its last update (7: the checkpoint is of before the change), and in the
// second stage at once and later.
TEST_F(ResVit, ABrokenTrainingResumesToTheSameBytes) {
  expect_resume_is_exact(
      {[] { return kMethod.make(kSmall); },
       options("", *kMethod.make(kSmall)),
       {{kTask, &pairs_}},
       {{kTask, &validation_}}},
      folder_.path(),
      {{.before_update = 3}, {.before_update = 7}, {.before_update = 8}, {.before_update = 10}});
}

TEST_F(ResVit, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  const auto folder = trained();
  for (const char* bn : {"batch_stats", "running_stats"}) {
    for (const char* dropout : {"off", "on"}) {
      SCOPED_TRACE(std::string(bn) + ", dropout " + dropout);
      const auto model = kMethod.load(folder, {{"bn_inference", bn}, {"dropout_inference", dropout}});
      expect_independent_of_batch_and_threads(*model, kTask, slices());
    }
  }
}

TEST_F(ResVit, OptionsDoWhatTheySay) {
  const auto folder = trained();
  const std::vector<float> pixels = slices();
  const auto under = [&](const Json& changes, uint64_t seed) {
    const auto model = kMethod.load(folder, changes);
    return synthesize(*model, kTask, pixels, {seed, seed, seed});
  };
  const auto plain = under(Json::object(), 1);
  EXPECT_EQ(under({{"bn_inference", "batch_stats"}, {"dropout_inference", "off"}}, 2), plain);
  EXPECT_NE(under({{"bn_inference", "running_stats"}}, 1), plain);
  const auto dropped = under({{"dropout_inference", "on"}}, 1);
  EXPECT_NE(dropped, plain);
  EXPECT_EQ(under({{"dropout_inference", "on"}}, 1), dropped);
  EXPECT_NE(under({{"dropout_inference", "on"}}, 2), dropped);
  const auto model = kMethod.load(folder, {{"dropout_inference", "on"}});
  EXPECT_FALSE(model->info().deterministic);
  EXPECT_EQ(model->info().switches.at("dropout_inference"), "on");
  EXPECT_THAT(error_of([&] {
                kMethod.load(folder, {{"grid", 4}});
              }),
              HasSubstr("/grid: is no inference option"));
}

TEST_F(ResVit, LoadedWeightsSynthesizeWhatTheTrainedModelDid) {
  for (const char* variant : {"resvit", "res_cnn"}) {
    const auto model = kMethod.make(with(kSmall, {{"variant", variant}}));
    const TrainOptions training = options(variant, *model);
    train(training, *model, pairs_, none_);
    const auto loaded = kMethod.load(training.folder);
    EXPECT_EQ(synthesize(*loaded, kTask, slices(), {1, 2, 3}),
              synthesize(model->synthesizer(), kTask, slices(), {1, 2, 3}));
    EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
    EXPECT_EQ(loaded->info().switches.at("variant"), variant);
  }
}

TEST_F(ResVit, RefusesSlicesThatDoNotFit) {
  const std::vector<float> pixels(48 * 32);
  std::vector<float> prediction(pixels.size());
  const uint64_t seed = 1;
  const auto with_transformer = kMethod.make(with(kSmall, {{"pretrain", 0}, {"pretrain_decay", 0}}));
  EXPECT_THAT(refusal_of_slice(with_transformer->synthesizer(), kTask, 48, 32),
              HasSubstr("slices of 48 x 32\n  the position table is for 32 x 32"));
  Random random(1);
  EXPECT_THAT(error_of([&] {
                with_transformer->train_step(kTask, {1, 48, 32, pixels, pixels}, random);
              }),
              HasSubstr("/image_size: 32, the slices are 48 x 32"));
  const auto convolutional = kMethod.make(with(kSmall, {{"variant", "res_cnn"}}));
  EXPECT_NO_THROW(
      convolutional->synthesizer().synthesize(kTask, {1, 48, 32, pixels}, {&seed, 1}, prediction));
  const auto two_sources = kMethod.make(with(kSmall, {{"input_channels", 2}}));
  EXPECT_THAT(error_of([&] {
                two_sources->train_step(kTask, {1, 32, 48, pixels, pixels}, random);
              }),
              HasSubstr("/input_channels: 2, but a task has one source"));
}

TEST_F(ResVit, LearnsOnSixteenPairs) {
  const SyntheticPairs pairs(16, 64, 1);
  const auto model = kMethod.make(
      {{"preset", "tiny"}, {"pretrain_unit", "updates"}, {"pretrain", 60}, {"pretrain_decay", 60}});
  TrainOptions training = options("a", *model);
  training.log_every = 20;
  training.recipe.augmentation = Augmentation::kNone;
  const TrainReport report = train(training, *model, pairs, none_);
  const double begin = log_lines(folder_ / "a", "losses").front().at("losses").at("G_L1").get<double>();
  ASSERT_EQ(report.losses.at(3).first, "G_L1");
  EXPECT_LT(report.losses.at(3).second, 0.6 * begin);
  const auto loaded = kMethod.load(folder_ / "a");
  const double copy = psnr_on(pairs, kTask, nullptr), learned = psnr_on(pairs, kTask, loaded.get());
  EXPECT_GT(learned, copy + 3) << "copying the source: " << copy;
  RecordProperty("psnr", std::to_string(learned));
}

}  // namespace
}  // namespace synerbench
