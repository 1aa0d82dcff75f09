// SynDiff as its callers see it: configuration, weights, seeds, training. Without LibTorch's headers.
#include "baselines/syndiff/syndiff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/file.h"
#include "harness/train/per_task_model.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/derived_pairs.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::HasSubstr;

const TestedMethod kMethod(syndiff_method());

const Task kForward{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kBackward{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};

/// A network of a few thousand parameters for 16 x 16.
Json small(const Json& extra = Json::object()) {
  return with({{"preset", "tiny"},
               {"pair", {"MRI", "CT"}},
               {"image_size", 16},
               {"nf", 8},
               {"mult", {1, 2}},
               {"blocks", 1},
               {"attention", {8}},
               {"ngf_D", 2},
               {"cycle_ngf", 4},
               {"cycle_blocks", 1},
               {"cycle_ndf", 4},
               {"cycle_layers_D", 1}},
              extra);
}

class SynDiff : public ModelTest {
 protected:
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.log_every = 3;
    return options;
  }
  /// Trains both directions of the pair, as the train verb does.
  TrainReport train_both(const TrainOptions& options, Trainable& model, const PairSource& pairs) const {
    return train(options, model, {{kForward, &pairs}}, both_ways_);
  }
  static std::vector<float> slices() { return slices_of(SyntheticPairs(3, 16, 4)); }

  const SyntheticPairs validation_{2, 16, 2};
  const Reversed way_back_{validation_};
  const std::vector<TaskPairs> both_ways_{{kForward, &validation_}, {kBackward, &way_back_}};
};

TEST_F(SynDiff, TellsWhatItIs) {
  const auto official = kMethod.make({{"pair", {"T1", "T2"}}});
  const ModelInfo info = official->synthesizer().info();
  EXPECT_EQ(info.name, "syndiff");
  EXPECT_EQ(info.parameters, 39'725'250);
  EXPECT_EQ(info.network_evaluations, 4);
  EXPECT_FALSE(info.deterministic);
  const Json config = official->config();
  EXPECT_EQ(config.at("lr_G"), 1.6e-4);
  EXPECT_EQ(config.at("lr_D"), 1e-4);
  EXPECT_EQ(config.at("beta2"), 0.9);
  EXPECT_EQ(config.at("r1_every"), 10);
  EXPECT_EQ(config.at("lambda_L1"), 0.5);
  EXPECT_EQ(config.at("pair"), Json({"T1", "T2"}));
  EXPECT_EQ(kMethod.make(config)->config(), config);
  const Recipe recipe = official->recipe();
  EXPECT_EQ(recipe.constant, 500);
  EXPECT_EQ(recipe.batch, 1);
  EXPECT_EQ(recipe.pairing, Pairing::kOtherPatient);
  EXPECT_EQ(recipe.ema_decay, 0.999);
  EXPECT_EQ(recipe.ema_start, 1);
  EXPECT_EQ(kMethod.make({{"preset", "tiny"}})->synthesizer().info().parameters, 1'351'522);
}

TEST_F(SynDiff, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { kMethod.make(config); }); };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("syndiff configuration: /preset"));
  EXPECT_THAT(refused({{"fn", 8}}), HasSubstr("did you mean \"nf\"?"));
  EXPECT_THAT(refused({{"nf", 6}}), HasSubstr("/nf: 6 is no multiple of 4"));
  EXPECT_THAT(refused({{"mult", Json::array()}}), HasSubstr("/mult: 0 levels"));
  EXPECT_THAT(refused({{"mult", {1, 0}}}), HasSubstr("no list of whole numbers"));
  EXPECT_THAT(refused({{"mult", 2}}), HasSubstr("no list of whole numbers"));
  EXPECT_THAT(refused({{"image_size", 72}}), HasSubstr("72 cannot be halved 5 times"));
  EXPECT_THAT(refused({{"time_D", 7}}), HasSubstr("7 is odd"));
  EXPECT_THAT(refused({{"beta_max", 0.05}}), HasSubstr("below beta_min"));
  EXPECT_THAT(refused({{"lr_G", 0}}), HasSubstr("0 is not above 0"));
  EXPECT_THAT(refused({{"r1_gamma", -1}}), HasSubstr("-1 is negative"));
  EXPECT_THAT(refused({{"discriminator", "medium"}}), HasSubstr("large"));
  EXPECT_THAT(refused({{"pair", {"T1"}}}), HasSubstr("1 modalities"));
  EXPECT_THAT(refused({{"pair", {"T1", "T1"}}}), HasSubstr("two different modalities"));
  EXPECT_THAT(refused({{"pair", {"T1", "T1C"}}}), HasSubstr("did you mean \"T1c\"?"));
  EXPECT_THAT(error_of([] { kMethod.make(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST_F(SynDiff, KnowsTheDirectionFromThePairAndRefusesOthers) {
  const auto model = kMethod.make(small());
  Random random(1);
  model->initialize(random);
  // Fresh heads are near zero: train a little so that the two generators differ visibly.
  train_both(options("a", *model, 3), *model, SyntheticPairs(4, 16, 1));
  const std::vector<float> pixels = slices();
  Synthesizer& both = model->synthesizer();
  EXPECT_NE(synthesize(both, kForward, pixels, {1, 2, 3}), synthesize(both, kBackward, pixels, {1, 2, 3}));
  const Task other{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
  EXPECT_THAT(error_of([&] { synthesize(both, other, pixels, {1, 2, 3}); }), HasSubstr("not of T1 and T2"));
  const auto unbound = kMethod.make({{"preset", "tiny"}});
  EXPECT_THAT(error_of([&] {
                synthesize(unbound->synthesizer(), kForward, pixels, {1, 2, 3});
              }),
              HasSubstr("/pair: is missing"));
  const SyntheticPairs pairs(3, 16, 4);
  EXPECT_THAT(error_of([&] {
                train(options("back", *model, 1), *model, {{kBackward, &pairs}}, {});
              }),
              HasSubstr("batches go from the pair's first modality to its second"));
}

TEST_F(SynDiff, ASlicesResultDependsOnItsSeedOnly) {
  const auto model = kMethod.make(small());
  train_both(options("a", *model, 6), *model, SyntheticPairs(4, 16, 1));
  const auto loaded = kMethod.load(folder_ / "a");
  const std::vector<float> pixels = slices();
  const std::vector<float> together = expect_independent_of_batch_and_threads(*loaded, kForward, pixels);
  for (size_t i = 0; i < 3; ++i) {
    std::vector<uint64_t> seeds{11, 12, 13};
    seeds[i] = 99;
    const std::vector<float> other = synthesize(*loaded, kForward, pixels, seeds);
    for (size_t slice = 0; slice < 3; ++slice) {
      const auto at = static_cast<std::ptrdiff_t>(slice) * 256;
      EXPECT_EQ(std::equal(other.begin() + at, other.begin() + at + 256, together.begin() + at), slice != i)
          << "seed " << i << ", slice " << slice;
    }
  }
}

TEST_F(SynDiff, LoadsWhatItLeft) {
  const auto model = kMethod.make(small());
  train_both(options("a", *model, 4), *model, SyntheticPairs(4, 16, 1));
  const auto loaded = kMethod.load(folder_ / "a");
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  EXPECT_EQ(loaded->info().weights_sha256.size(), 64u);
  // One folder serves both directions of the pair.
  const auto by_task =
      load_per_task(folder_ / "a", "syndiff", [](const auto& folder) { return kMethod.load(folder); });
  for (const Task& task : {kForward, kBackward}) {
    by_task->prepare(task, validation_);
    EXPECT_EQ(synthesize(*by_task, task, slices(), {1, 2, 3}),
              synthesize(*loaded, task, slices(), {1, 2, 3}));
  }
  EXPECT_THAT(error_of([&] {
                kMethod.load(folder_ / "a", {{"steps", "2"}});
              }),
              HasSubstr("is no inference option"));
  flip_last_bit(folder_ / "a/gen2.safetensors");
  EXPECT_THAT(error_of([&] { kMethod.load(folder_ / "a"); }, ExitCode::kBadInput),
              HasSubstr("recorded in config.json"));
}

TEST_F(SynDiff, LoadsPublishedCheckpointsUnderTheirOwnKeys) {
  const std::filesystem::path published =
      std::filesystem::path(SYNERBENCH_SHARED_DIR) / "data/parity/baselines/syndiff";
  if (!std::filesystem::exists(published / "gen1.safetensors"))
    GTEST_SKIP() << "no parity fixture of syndiff";
  const auto folder = folder_ / "converted";
  write_weights_config(folder, "syndiff",
                       {{"pair", {"T1", "T2"}},
                        {"image_size", 32},
                        {"nf", 8},
                        {"mult", {1, 2, 2}},
                        {"blocks", 1},
                        {"nz", 12},
                        {"z_embedding", 16}},
                       {{"gen1", ""}, {"gen2", ""}});
  for (const char* name : {"gen1.safetensors", "gen2.safetensors"})
    std::filesystem::copy_file(published / name, folder / name);
  const auto model = kMethod.load(folder);
  std::vector<float> pixels(32 * 32, 0.25f);
  const Task task{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
  const std::vector<float> prediction = synthesize(*model, task, pixels, {1});
  EXPECT_NE(*std::min_element(prediction.begin(), prediction.end()),
            *std::max_element(prediction.begin(), prediction.end()));
}

TEST_F(SynDiff, RefusesSlicesThatDoNotFit) {
  const auto model = kMethod.make(small({{"mult", {1, 2, 2}}, {"attention", {4}}}));
  EXPECT_THAT(refusal_of_slice(model->synthesizer(), kForward, 18, 18),
              HasSubstr("slices of 18 x 18\n  height and width must be multiples of 4"));
  const SyntheticPairs twelve(4, 12, 4);
  EXPECT_THAT(error_of([&] { train_both(options("a", *model, 1), *model, twelve); }),
              HasSubstr("multiples of 8"));
}

TEST_F(SynDiff, ResumesToTheSameBytes) {
  const SyntheticPairs pairs(6, 16, 1);
  const auto configuration = small({{"r1_every", 4}, {"cosine_period", 3}});
  TrainOptions settings = options("", *kMethod.make(configuration), 11);
  settings.recipe.unit = BudgetUnit::kEpochs;
  settings.recipe.constant = 4;  // of 3 updates
  settings.recipe.batch = 2;
  settings.recipe.ema_decay = 0.9;
  settings.recipe.validate_every = 2;
  expect_resume_is_exact(
      {[&] { return kMethod.make(configuration); }, settings, {{kForward, &pairs}}, both_ways_},
      folder_.path(), {{.before_update = 7, .checkpoint_every = 5}});
}

/// What the loop sets before, and the model makes of it in, the first update of each epoch.
TEST_F(SynDiff, CosineLowersTheRatesOverItsPeriod) {
  const SyntheticPairs pairs(4, 16, 1);
  const auto sha_after = [&](const std::string& name, const Json& extra) {
    const auto model = kMethod.make(small(extra));
    TrainOptions settings = options(name, *model, 2);
    settings.recipe.unit = BudgetUnit::kEpochs;
    settings.recipe.constant = 2;
    settings.recipe.batch = 4;
    settings.recipe.validate_every = 5;
    train_both(settings, *model, pairs);
    return sha256_file(folder_ / name / "cyc12.safetensors");
  };
  // With a period of one epoch and lr_min 0 the second epoch runs at rate 0: it changes nothing but the
  // average.
  const std::string annealed = sha_after("annealed", {{"cosine_period", 1}, {"lr_min", 0}});
  EXPECT_EQ(annealed,
            sha_after("by_update", {{"cosine_period", 1}, {"lr_min", 0}, {"cosine_unit", "updates"}}));
  EXPECT_NE(annealed, sha_after("long", {{"cosine_period", 500}}));
  EXPECT_NE(sha_after("plain", {{"lr_schedule", "recipe"}}), annealed);
}

TEST_F(SynDiff, LearnsOnSixteenSlices) {
  // 16 x 16 and 80 updates are a smoke test: cycle and L1 losses must fall, everything must stay finite.
  const SyntheticPairs pairs(16, 16, 1);
  const auto model = kMethod.make(small({{"lr_schedule", "recipe"}, {"lr_G", 1e-3}, {"lr_D", 5e-4}}));
  TrainOptions settings = options("a", *model, 80);
  settings.recipe.batch = 4;
  settings.log_every = 10;
  train_both(settings, *model, pairs);
  const std::vector<Json> lines = log_lines(folder_ / "a", "losses");
  ASSERT_EQ(lines.size(), 8u);
  for (const char* name : {"errG1_L1", "errG2_L1", "errG1_cycle", "errG2_cycle"})
    EXPECT_LT(lines.back().at("losses").at(name).get<double>(),
              0.7 * lines.front().at("losses").at(name).get<double>())
        << name;
}

}  // namespace
}  // namespace synerbench
