// CycleGAN as its callers see it: sizes, directions, weights, training. Without LibTorch's headers.
#include "baselines/cyclegan/cyclegan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/file.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/derived_pairs.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::HasSubstr;

const TestedMethod kMethod(cyclegan_method());

const Task kForth{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kBack{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};
const Json kSmall = {{"preset", "tiny"}, {"pair", {"MRI", "CT"}}, {"ngf", 4}, {"ndf", 4}, {"n_blocks", 2}};

class CycleGan : public ModelTest {
 protected:
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.recipe.constant = updates / 2;
    options.recipe.decay = updates - updates / 2;
    options.recipe.augmentation = Augmentation::kFlip;
    options.recipe.validate_every = std::max<int64_t>(updates / 2, 1);
    options.log_every = 5;
    return options;
  }
  /// So many updates with pairs of one direction, validated in both.
  Training training(const Json& config, int64_t updates) const {
    return {[config] { return kMethod.make(config); },
            options("", *kMethod.make(config), updates),
            {{kForth, &pairs_}},
            {{kForth, &validation_}, {kBack, &way_back_}}};
  }
  static std::vector<float> slices() { return slices_of(SyntheticPairs(3, 32, 4)); }

  const SyntheticPairs pairs_{6, 32, 1}, validation_{2, 32, 2};
  const Reversed way_back_{validation_};
};

TEST_F(CycleGan, HasThePublishedSizes) {
  const auto parameters = [](const Json& config) {
    return kMethod.make(config)->synthesizer().info().parameters;
  };
  EXPECT_EQ(parameters({{"ndf", 1}}), 11'365'633);
  EXPECT_EQ(parameters({{"n_blocks", 6}, {"ndf", 1}}), 7'825'153);
  EXPECT_EQ(parameters({{"preset", "tiny"}}), 123'361);
  const ModelInfo info = kMethod.make({{"preset", "tiny"}})->synthesizer().info();
  EXPECT_EQ(info.name, "cyclegan");
  EXPECT_TRUE(info.deterministic);
  EXPECT_EQ(info.network_evaluations, 1);
}

TEST_F(CycleGan, PresetsHoldThePublishedSettings) {
  const auto model = kMethod.make({{"ngf", 1}, {"ndf", 1}});
  const Json official = model->config();
  EXPECT_EQ(official.at("n_blocks"), 9);
  EXPECT_EQ(official.at("n_layers_D"), 3);
  EXPECT_EQ(official.at("gan"), "lsgan");
  EXPECT_EQ(official.at("lambda_A"), 10.0);
  EXPECT_EQ(official.at("lambda_B"), 10.0);
  EXPECT_EQ(official.at("lambda_identity"), 0.5);
  EXPECT_EQ(official.at("pool_size"), 50);
  EXPECT_EQ(official.at("lr"), 2e-4);
  EXPECT_EQ(official.at("beta1"), 0.5);
  const Recipe recipe = model->recipe();
  EXPECT_EQ(recipe.constant, 100);
  EXPECT_EQ(recipe.decay, 100);
  EXPECT_EQ(recipe.batch, 1);
  EXPECT_EQ(recipe.augmentation, Augmentation::kJitter);
  EXPECT_EQ(recipe.pairing, Pairing::kOtherPatient);
  const auto small = kMethod.make(kSmall);
  EXPECT_EQ(kMethod.make(small->config())->config(), small->config());
}

TEST_F(CycleGan, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { kMethod.make(config); }); };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("cyclegan configuration: /preset"));
  EXPECT_THAT(refused({{"n_block", 6}}), HasSubstr("did you mean \"n_blocks\"?"));
  EXPECT_THAT(refused({{"n_blocks", 0}}), HasSubstr("/n_blocks"));
  EXPECT_THAT(refused({{"pair", {"MRI"}}}), HasSubstr("/pair: 1 modalities"));
  EXPECT_THAT(refused({{"pair", {"MRI", "MRI"}}}), HasSubstr("\"MRI\" twice"));
  EXPECT_THAT(refused({{"pair", {"MRI", "T1C"}}}), HasSubstr("did you mean \"T1c\"?"));
  EXPECT_THAT(refused({{"lambda_identity", -1}}), HasSubstr("-1 is negative"));
  EXPECT_THAT(refused({{"pool_size", -1}}), HasSubstr("/pool_size"));
  EXPECT_THAT(refused({{"lr", 0}}), HasSubstr("0 is not above 0"));
  EXPECT_THAT(refused({{"direction", "AtoB"}}), HasSubstr("/direction"));
  EXPECT_THAT(error_of([] { kMethod.make(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST_F(CycleGan, AnswersBothDirectionsFromOneTraining) {
  const auto model = kMethod.make(kSmall);
  train(options("a", *model, 4), *model, {{kForth, &pairs_}}, {});  // nothing to select by: the last weights
  const Json config = read_json(folder_ / "a/config.json");
  for (const char* name : {"G_A", "G_B"}) EXPECT_TRUE(config["networks"][name]["inference"]) << name;
  for (const char* name : {"D_A", "D_B"}) EXPECT_FALSE(config["networks"][name]["inference"]) << name;
  serve_any_task(folder_ / "a");  // of which the model refuses those of other modalities by itself

  const auto loaded = kMethod.load(folder_ / "a");
  const std::vector<float> pixels = slices();
  const auto forth = synthesize(*loaded, kForth, pixels, {1, 2, 3}),
             back = synthesize(*loaded, kBack, pixels, {1, 2, 3});
  EXPECT_NE(forth, back);
  EXPECT_EQ(forth, synthesize(model->synthesizer(), kForth, pixels, {1, 2, 3}));
  EXPECT_EQ(back, synthesize(model->synthesizer(), kBack, pixels, {1, 2, 3}));
  EXPECT_EQ(loaded->info().weights_sha256.size(), 64u);

  const auto always_back = kMethod.load(folder_ / "a", {{"direction", "B_to_A"}});
  EXPECT_EQ(synthesize(*always_back, kForth, pixels, {1, 2, 3}), back);
  EXPECT_EQ(always_back->info().switches.at("direction"), "B_to_A");

  const Task other{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
  EXPECT_THAT(error_of([&] { loaded->prepare(other, pairs_); }),
              HasSubstr("brats-t1-to-t2 is asked of weights for MRI and CT"));
  EXPECT_THAT(error_of([&] {
                synthesize(*loaded, other, pixels, {1, 2, 3});
              }),
              HasSubstr("pair of modalities"));
  EXPECT_THAT(error_of([&] {
                kMethod.load(folder_ / "a", {{"ngf", 8}});
              }),
              HasSubstr("/ngf: is no inference option"));
}

TEST_F(CycleGan, WeightsWithoutAPairNeedADirection) {
  const auto model = kMethod.make(with(kSmall, {{"pair", Json::array()}, {"direction", "A_to_B"}}));
  train(options("a", *model, 2), *model, {{kForth, &pairs_}}, {});
  const auto undecided = kMethod.load(folder_ / "a", {{"direction", "task"}});
  EXPECT_THAT(error_of([&] { undecided->prepare(kForth, pairs_); }), HasSubstr("has no \"pair\""));
  const auto decided = kMethod.load(folder_ / "a");
  EXPECT_NO_THROW(synthesize(*decided, kForth, slices(), {1, 2, 3}));
}

TEST_F(CycleGan, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  const auto model = kMethod.make(kSmall);
  Random random(5);
  model->initialize(random);
  for (const Task& task : {kForth, kBack}) {
    SCOPED_TRACE(task.id);
    expect_independent_of_batch_and_threads(model->synthesizer(), task, slices());
  }
}

TEST_F(CycleGan, RefusesSlicesThatDoNotFit) {
  EXPECT_THAT(refusal_of_slice(kMethod.make(kSmall)->synthesizer(), kForth, 34, 32),
              HasSubstr("slices of 34 x 32\n  height and width must be multiples of 4"));
}

// Twelve updates; with pools of three every later update draws from them, so a pool that is lost shows in the
// bytes.
TEST_F(CycleGan, ABrokenTrainingResumesToTheSameBytes) {
  expect_resume_is_exact(training(with(kSmall, {{"pool_size", 3}}), 12), folder_.path(),
                         {{.before_update = 4}, {.before_update = 7}});
}

TEST_F(CycleGan, PoolsAndIdentityCanBeTurnedOff) {
  const auto bytes = [&](const std::string& name, const Json& extra) {
    run(training(with(kSmall, extra), 6), folder_ / name);
    return read_file(folder_ / name / "log.jsonl");
  };
  const auto losses = [](const std::string& log) { return log.substr(log.find("\"event\":\"losses\"")); };
  const std::string plain = losses(bytes("plain", {{"pool_size", 1}}));
  EXPECT_NE(losses(bytes("no_pool", {{"pool_size", 0}})), plain);
  EXPECT_THAT(bytes("no_identity", {{"lambda_identity", 0}}), HasSubstr("\"idt_A\":0.0,"));
}

TEST_F(CycleGan, LearnsWithoutPairs) {
  const SyntheticPairs pairs(16, 32, 1);
  const auto model = kMethod.make(with(kSmall, {{"ngf", 8}, {"ndf", 8}, {"lr", 1e-3}}));
  TrainOptions training = options("a", *model, 600);
  training.log_every = 20;
  const TrainReport report = train(training, *model, {{kForth, &pairs}}, {});
  const Json first = log_lines(folder_ / "a", "losses").front();
  ASSERT_EQ(report.losses.at(2).first, "cycle_A");
  EXPECT_LT(report.losses.at(2).second, 0.4 * first.at("losses").at("cycle_A").get<double>());

  const double copy = psnr_on(pairs, kForth, nullptr),
               learned = psnr_on(pairs, kForth, &model->synthesizer());
  EXPECT_GT(learned, copy + 1) << "copying the source: " << copy;
  RecordProperty("psnr", std::to_string(learned));
}

}  // namespace
}  // namespace synerbench
