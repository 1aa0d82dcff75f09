// Pix2Pix as its callers see it: sizes, options, weights, training. Without LibTorch's headers.
#include "baselines/pix2pix/pix2pix.h"

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

const TestedMethod kMethod(pix2pix_method());

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const std::filesystem::path kFixture = SYNERBENCH_SOURCE_DIR "/tests/fixtures/pix2pix";

class Pix2Pix : public ModelTest {
 protected:
  /// The fixture's random generator as a weights folder made by hand, the way a published checkpoint is
  /// brought in.
  std::filesystem::path fixture_weights(const Json& extra = Json::object()) {
    const auto folder = folder_ / "weights";
    write_weights_config(folder, "pix2pix", with({{"num_downs", 6}, {"ngf", 6}}, extra), {{"G", ""}});
    std::filesystem::copy_file(kFixture / "G.safetensors", folder / "G.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
    return folder;
  }
  /// A training of a few seconds.
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.task = kTask;
    options.recipe.constant = updates / 2;
    options.recipe.decay = updates - updates / 2;
    options.recipe.augmentation = Augmentation::kNone;
    options.log_every = 25;
    return options;
  }
  static std::vector<float> slices() { return slices_of(SyntheticPairs(3, 64, 4)); }
};

TEST_F(Pix2Pix, HasThePublishedSizes) {
  EXPECT_EQ(kMethod.make({{"preset", "tiny"}})->synthesizer().info().parameters, 457'809);
  EXPECT_EQ(kMethod.make({{"preset", "tiny"}, {"ngf", 16}})->synthesizer().info().parameters, 1'829'025);
  const auto official = kMethod.make(Json::object());
  const ModelInfo info = official->synthesizer().info();
  EXPECT_EQ(info.parameters, 54'407'809);
  EXPECT_EQ(info.name, "pix2pix");
  EXPECT_TRUE(info.deterministic);
  EXPECT_EQ(info.network_evaluations, 1);
}

TEST_F(Pix2Pix, PresetsHoldThePublishedSettings) {
  const Json official = kMethod.make({{"preset", "official"}, {"ngf", 1}, {"ndf", 1}})->config();
  EXPECT_EQ(official.at("num_downs"), 8);
  EXPECT_EQ(official.at("n_layers_D"), 3);
  EXPECT_EQ(official.at("gan"), "vanilla");
  EXPECT_EQ(official.at("lambda_L1"), 100.0);
  EXPECT_EQ(official.at("lr"), 2e-4);
  EXPECT_EQ(official.at("beta1"), 0.5);
  EXPECT_EQ(official.at("bn_inference"), "batch_stats");
  EXPECT_EQ(official.at("dropout_inference"), "off");
  const auto tiny = kMethod.make({{"preset", "tiny"}});
  EXPECT_EQ(kMethod.make(tiny->config())->config(), tiny->config());
  const Recipe recipe = tiny->recipe();
  EXPECT_EQ(recipe.constant, 100);
  EXPECT_EQ(recipe.decay, 100);
  EXPECT_EQ(recipe.batch, 1);
  EXPECT_EQ(recipe.augmentation, Augmentation::kJitter);
}

TEST_F(Pix2Pix, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { kMethod.make(config); }); };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("pix2pix configuration: /preset"));
  EXPECT_THAT(refused({{"nfg", 8}}), HasSubstr("did you mean \"ngf\"?"));
  EXPECT_THAT(refused({{"num_downs", 4}}), HasSubstr("/num_downs"));
  EXPECT_THAT(refused({{"ngf", "8"}}), HasSubstr("/ngf"));
  EXPECT_THAT(refused({{"lr", 0}}), HasSubstr("0 is not above 0"));
  EXPECT_THAT(refused({{"beta1", 1}}), HasSubstr("1 is not in [0, 1)"));
  EXPECT_THAT(refused({{"gan", "wgan"}}), HasSubstr("lsgan"));
  EXPECT_THAT(refused({{"dropout", false}, {"dropout_inference", "on"}}),
              HasSubstr("without dropout in the network"));
  EXPECT_THAT(error_of([] { kMethod.make(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST_F(Pix2Pix, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  for (const char* bn : {"batch_stats", "running_stats"}) {
    for (const char* dropout : {"off", "on"}) {
      SCOPED_TRACE(std::string(bn) + ", dropout " + dropout);
      const auto model =
          kMethod.load(fixture_weights(), {{"bn_inference", bn}, {"dropout_inference", dropout}});
      expect_independent_of_batch_and_threads(*model, kTask, slices());
    }
  }
}

TEST_F(Pix2Pix, OptionsDoWhatTheySay) {
  const std::vector<float> pixels = slices();
  const auto under = [&](const Json& changes, uint64_t seed) {
    const auto model = kMethod.load(fixture_weights(), changes);
    return synthesize(*model, kTask, pixels, {seed, seed, seed});
  };
  const auto plain = under(Json::object(), 1);
  EXPECT_EQ(under({{"bn_inference", "batch_stats"}, {"dropout_inference", "off"}}, 2), plain);
  EXPECT_NE(under({{"bn_inference", "running_stats"}}, 1), plain);
  const auto dropped = under({{"dropout_inference", "on"}}, 1);
  EXPECT_NE(dropped, plain);
  EXPECT_EQ(under({{"dropout_inference", "on"}}, 1), dropped);
  EXPECT_NE(under({{"dropout_inference", "on"}}, 2), dropped);
  for (const float value : dropped) EXPECT_TRUE(value >= -1 && value <= 1);

  const auto model = kMethod.load(fixture_weights(), {{"dropout_inference", "on"}});
  EXPECT_FALSE(model->info().deterministic);
  EXPECT_EQ(model->info().switches.at("dropout_inference"), "on");
  EXPECT_THAT(error_of([&] {
                kMethod.load(fixture_weights(), {{"ngf", 7}});
              }),
              HasSubstr("/ngf: is no inference option"));
}

TEST_F(Pix2Pix, TheFoldersOwnOptionsHold) {
  const auto model = kMethod.load(fixture_weights({{"bn_inference", "running_stats"}}));
  EXPECT_EQ(model->info().switches.at("bn_inference"), "running_stats");
  EXPECT_EQ(model->info().weights_sha256.size(), 64u);
}

TEST_F(Pix2Pix, RefusesSlicesThatDoNotFit) {
  EXPECT_THAT(refusal_of_slice(*kMethod.load(fixture_weights()), kTask, 96, 64),
              HasSubstr("slices of 96 x 64\n  height and width must be multiples of 64"));
}

TEST_F(Pix2Pix, RefusesWeightsThatDoNotFit) {
  const auto load = [&](const Json& extra) {
    return error_of([&] { kMethod.load(fixture_weights(extra)); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(load({{"ngf", 8}}),
              HasSubstr("model.model.0.weight is [6, 1, 4, 4], the network has [8, 1, 4, 4]"));
  EXPECT_THAT(load({{"num_downs", 7}}), HasSubstr("keys missing"));
  const auto folder = fixture_weights();
  std::filesystem::copy_file(kFixture / "D.safetensors", folder / "G.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(error_of([&] { kMethod.load(folder); }, ExitCode::kBadInput),
              HasSubstr("unknown: model.0.bias"));
  write_file(folder / "G.safetensors", "\x80\x02}q");  // how a pickle begins
  EXPECT_THAT(error_of([&] { kMethod.load(folder); }, ExitCode::kBadInput), HasSubstr("G.safetensors"));
  EXPECT_THAT(error_of([&] { kMethod.load(folder_ / "none"); }, ExitCode::kBadInput),
              HasSubstr("holds no weights: neither config.json"));
}

TEST_F(Pix2Pix, LearnsOnSixteenPairs) {
  const SyntheticPairs pairs(16, 64, 1), validation(4, 64, 2);
  const auto model = kMethod.make({{"preset", "tiny"}});
  const TrainReport report = train(options("a", *model, 500), *model, pairs, validation);
  const double begin = log_lines(folder_ / "a", "losses").front().at("losses").at("G_L1").get<double>();
  const double end = report.losses.at(3).second;
  ASSERT_EQ(report.losses.at(3).first, "G_L1");
  EXPECT_LT(end, 0.4 * begin);

  const double copy = psnr_on(pairs, kTask, nullptr);
  const auto trained = kMethod.load(folder_ / "a");
  const double model_psnr = psnr_on(pairs, kTask, trained.get());
  EXPECT_GT(model_psnr, copy + 3) << "copying the source: " << copy;
  RecordProperty("psnr", std::to_string(model_psnr));
}

TEST_F(Pix2Pix, LoadedWeightsSynthesizeWhatTheTrainedModelDid) {
  const SyntheticPairs pairs(4, 64, 1), none(0, 64, 2);
  const auto model = kMethod.make({{"preset", "tiny"}, {"ngf", 4}});
  train(options("a", *model, 6), *model, pairs, none);
  const auto loaded = kMethod.load(folder_ / "a");
  EXPECT_EQ(synthesize(*loaded, kTask, slices(), {1, 2, 3}),
            synthesize(model->synthesizer(), kTask, slices(), {1, 2, 3}));
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  // A flipped bit in the file is noticed.
  flip_last_bit(folder_ / "a/G.safetensors");
  EXPECT_THAT(error_of([&] { kMethod.load(folder_ / "a"); }, ExitCode::kBadInput),
              HasSubstr("recorded in config.json"));
}

TEST_F(Pix2Pix, OtherObjectivesTrainToo) {
  const SyntheticPairs pairs(4, 64, 1), none(0, 64, 2);
  for (const std::string gan : {"lsgan", "nonsat"}) {
    const auto model = kMethod.make({{"preset", "tiny"}, {"ngf", 4}, {"gan", gan}, {"dropout", false}});
    EXPECT_NO_THROW(train(options(gan, *model, 4), *model, pairs, none));
  }
}

}  // namespace
}  // namespace synerbench
