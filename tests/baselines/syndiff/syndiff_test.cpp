// SynDiff as its callers see it: configuration, weights, seeds, training. Without LibTorch's headers.
#include "baselines/syndiff/syndiff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/train/per_task_model.h"
#include "harness/train/train.h"
#include "tests/support/temp_folder.h"
#include "tests/train/derived_pairs.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::SyntheticPairs;

const Task kForward{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kBackward{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};

/// A network of a few thousand parameters for 16 x 16.
Json small(const Json& extra = Json::object()) {
  Json config = {{"preset", "tiny"}, {"pair", {"MRI", "CT"}}, {"image_size", 16}, {"nf", 8},
                 {"mult", {1, 2}},   {"blocks", 1},           {"attention", {8}}, {"ngf_D", 2},
                 {"cycle_ngf", 4},   {"cycle_blocks", 1},     {"cycle_ndf", 4},   {"cycle_layers_D", 1}};
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

class SynDiff : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    set_quiet(true);
    nn::set_compute_threads(1);
  }

  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options;
    options.folder = folder_ / name;
    options.recipe = model.recipe();
    options.recipe.unit = BudgetUnit::kUpdates;
    options.recipe.constant = updates;
    options.recipe.decay = 0;
    options.recipe.validate_every = updates;
    options.log_every = 3;
    return options;
  }
  /// Trains both directions of the pair, as the train verb does.
  TrainReport run(const TrainOptions& options, Trainable& model, const PairSource& pairs) {
    return train(options, model, {{kForward, &pairs}}, {{kForward, &validation_}, {kBackward, &way_back_}});
  }

  static std::vector<float> synthesize(Synthesizer& model, const Task& task, const std::vector<float>& pixels,
                                       const std::vector<uint64_t>& seeds, int64_t side = 16) {
    std::vector<float> prediction(pixels.size());
    model.synthesize(task, {static_cast<int64_t>(seeds.size()), side, side, pixels}, seeds, prediction);
    return prediction;
  }
  /// Three slices of 16 x 16.
  static std::vector<float> slices() {
    const SyntheticPairs pairs(3, 16, 4);
    std::vector<float> pixels(3 * 256), unused(256);
    for (int64_t i = 0; i < 3; ++i) pairs.read(i, std::span(pixels).subspan(i * 256, 256), unused, {});
    return pixels;
  }

  TempFolder folder_;
  SyntheticPairs validation_{2, 16, 2};
  testing_support::Reversed way_back_{validation_};
};

TEST_F(SynDiff, TellsWhatItIs) {
  const auto official = make_syndiff({{"pair", {"T1", "T2"}}});
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
  EXPECT_EQ(make_syndiff(config)->config(), config);
  const Recipe recipe = official->recipe();
  EXPECT_EQ(recipe.constant, 500);
  EXPECT_EQ(recipe.batch, 1);
  EXPECT_EQ(recipe.pairing, Pairing::kOtherPatient);
  EXPECT_EQ(recipe.ema_decay, 0.999);
  EXPECT_EQ(recipe.ema_start, 1);
  EXPECT_EQ(make_syndiff({{"preset", "tiny"}})->synthesizer().info().parameters, 1'351'522);
}

TEST_F(SynDiff, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) { return error_of([&] { make_syndiff(config); }); };
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
  EXPECT_THAT(refused({{"r1_gamma", -1}}), HasSubstr("-1 is not 0 or more"));
  EXPECT_THAT(refused({{"discriminator", "medium"}}), HasSubstr("large"));
  EXPECT_THAT(refused({{"pair", {"T1"}}}), HasSubstr("1 modalities"));
  EXPECT_THAT(refused({{"pair", {"T1", "T1"}}}), HasSubstr("two different modalities"));
  EXPECT_THAT(refused({{"pair", {"T1", "T1C"}}}), HasSubstr("did you mean \"T1c\"?"));
  EXPECT_THAT(error_of([] { make_syndiff(Json::object(), "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST_F(SynDiff, KnowsTheDirectionFromThePairAndRefusesOthers) {
  const auto model = make_syndiff(small());
  Random random(1);
  model->initialise(random);
  // Fresh heads are near zero: train a little so that the two generators differ visibly.
  run(options("a", *model, 3), *model, SyntheticPairs(4, 16, 1));
  const std::vector<float> pixels = slices();
  Synthesizer& both = model->synthesizer();
  EXPECT_NE(synthesize(both, kForward, pixels, {1, 2, 3}), synthesize(both, kBackward, pixels, {1, 2, 3}));
  const Task other{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
  EXPECT_THAT(error_of([&] { synthesize(both, other, pixels, {1, 2, 3}); }), HasSubstr("not of T1 and T2"));
  const auto unbound = make_syndiff({{"preset", "tiny"}});
  EXPECT_THAT(error_of([&] {
                synthesize(unbound->synthesizer(), kForward, pixels, {1, 2, 3});
              }),
              HasSubstr("/pair: is missing"));
  const PairBatch batch{3, 16, 16, pixels, pixels};
  EXPECT_THAT(error_of([&] { model->train_step(kBackward, batch, random); }),
              HasSubstr("batches go from the pair's first modality to its second"));
}

TEST_F(SynDiff, ASlicesResultDependsOnItsSeedOnly) {
  const auto model = make_syndiff(small());
  run(options("a", *model, 6), *model, SyntheticPairs(4, 16, 1));
  const auto loaded = load_syndiff(folder_ / "a");
  const std::vector<float> pixels = slices();
  const std::vector<float> together = synthesize(*loaded, kForward, pixels, {11, 12, 13});
  nn::set_compute_threads(2);
  for (size_t i = 0; i < 3; ++i) {
    const std::vector<float> slice(pixels.begin() + i * 256, pixels.begin() + (i + 1) * 256);
    const std::vector<float> alone = synthesize(*loaded, kForward, slice, {11 + i});
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + i * 256)) << i;
    EXPECT_NE(synthesize(*loaded, kForward, slice, {99}), alone) << "the seed has no effect";
  }
  nn::set_compute_threads(1);
  EXPECT_EQ(synthesize(*loaded, kForward, pixels, {11, 12, 13}), together);
  for (const float value : together) EXPECT_TRUE(value >= -1 && value <= 1);
}

TEST_F(SynDiff, LoadsWhatItLeft) {
  const auto model = make_syndiff(small());
  run(options("a", *model, 4), *model, SyntheticPairs(4, 16, 1));
  const auto loaded = load_syndiff(folder_ / "a");
  EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  EXPECT_EQ(loaded->info().weights_sha256.size(), 64u);
  // One folder serves both directions of the pair.
  const auto by_task =
      load_per_task(folder_ / "a", "syndiff", [](const auto& folder) { return load_syndiff(folder); });
  for (const Task& task : {kForward, kBackward}) {
    by_task->prepare(task, validation_);
    EXPECT_EQ(synthesize(*by_task, task, slices(), {1, 2, 3}),
              synthesize(*loaded, task, slices(), {1, 2, 3}));
  }
  EXPECT_THAT(error_of([&] {
                load_syndiff(folder_ / "a", {.switches = {{"steps", "2"}}});
              }),
              HasSubstr("is no inference switch"));
  std::string bytes = read_file(folder_ / "a/gen2.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(folder_ / "a/gen2.safetensors", bytes);
  EXPECT_THAT(error_of([&] { load_syndiff(folder_ / "a"); }, ExitCode::kBadInput),
              HasSubstr("recorded in config.json"));
}

TEST_F(SynDiff, LoadsPublishedCheckpointsUnderTheirOwnKeys) {
  const std::filesystem::path published =
      std::filesystem::path(SYNERBENCH_SHARED_DIR) / "data/parity/baselines/syndiff";
  if (!std::filesystem::exists(published / "gen1.safetensors"))
    GTEST_SKIP() << "no parity fixture of syndiff";
  const auto folder = folder_ / "converted";
  std::filesystem::create_directories(folder);
  for (const char* name : {"gen1.safetensors", "gen2.safetensors"})
    std::filesystem::copy_file(published / name, folder / name);
  write_json(
      folder / "config.json",
      {{"schema", "synerbench/weights"},
       {"schema_version", 1},
       {"method", "syndiff"},
       {"config",
        {{"pair", {"T1", "T2"}},
         {"image_size", 32},
         {"nf", 8},
         {"mult", {1, 2, 2}},
         {"blocks", 1},
         {"nz", 12},
         {"z_embedding", 16}}},
       {"networks", {{"gen1", {{"file", "gen1.safetensors"}}}, {"gen2", {{"file", "gen2.safetensors"}}}}}});
  const auto model = load_syndiff(folder);
  std::vector<float> pixels(32 * 32, 0.25f);
  const Task task{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};
  const std::vector<float> prediction = synthesize(*model, task, pixels, {1}, 32);
  EXPECT_NE(*std::min_element(prediction.begin(), prediction.end()),
            *std::max_element(prediction.begin(), prediction.end()));
}

TEST_F(SynDiff, RefusesSlicesThatDoNotFit) {
  const auto model = make_syndiff(small({{"mult", {1, 2, 2}}, {"attention", {4}}}));
  std::vector<float> pixels(18 * 18);
  EXPECT_THAT(error_of([&] { synthesize(model->synthesizer(), kForward, pixels, {1}, 18); }),
              HasSubstr("slices of 18 x 18\n  height and width must be multiples of 4"));
  std::vector<float> twelve(12 * 12);
  Random random(1);
  EXPECT_THAT(error_of([&] {
                model->train_step(kForward, {1, 12, 12, twelve, twelve}, random);
              }),
              HasSubstr("multiples of 8"));
}

TEST_F(SynDiff, ResumesToTheSameBytes) {
  const SyntheticPairs pairs(6, 16, 1);
  const auto configuration = small({{"r1_every", 4}, {"cosine_period", 3}});
  const auto options_for = [&](const std::string& name, int64_t checkpoint_every) {
    TrainOptions settings = options(name, *make_syndiff(configuration), 11);
    settings.recipe.unit = BudgetUnit::kEpochs;
    settings.recipe.constant = 4;
    settings.recipe.batch = 2;
    settings.recipe.ema_decay = 0.9;
    settings.recipe.validate_every = 2;
    settings.checkpoint_every = checkpoint_every;
    return settings;
  };
  const auto whole = make_syndiff(configuration);
  run(options_for("whole", 0), *whole, pairs);

  // The same training, broken off at update 8 of 12 and taken up by a new process's model.
  TrainOptions settings = options_for("broken", 5);
  EXPECT_THROW(run(settings, *make_syndiff(configuration), testing_support::Breaking(pairs, 30)),
               std::runtime_error);
  ASSERT_TRUE(std::filesystem::exists(folder_ / "broken/checkpoint.safetensors"));
  settings.resume = true;
  const TrainReport report = run(settings, *make_syndiff(configuration), pairs);
  EXPECT_GT(report.resumed_at, 0);
  EXPECT_LT(report.resumed_at, 12);
  for (const char* name : {"gen1", "gen2", "cyc12", "cyc21", "disc1", "disc2", "dcyc1", "dcyc2"}) {
    const std::string file = std::string(name) + ".safetensors";
    EXPECT_EQ(sha256_file(folder_ / "whole" / file), sha256_file(folder_ / "broken" / file)) << name;
  }
  EXPECT_EQ(read_file(folder_ / "whole/log.jsonl"), read_file(folder_ / "broken/log.jsonl"));
}

/// What the loop sets before, and the model makes of it in, the first update of each epoch.
TEST_F(SynDiff, CosineLowersTheRatesOverItsPeriod) {
  const SyntheticPairs pairs(4, 16, 1);
  const auto sha_after = [&](const std::string& name, const Json& extra) {
    const auto model = make_syndiff(small(extra));
    TrainOptions settings = options(name, *model, 2);
    settings.recipe.unit = BudgetUnit::kEpochs;
    settings.recipe.constant = 2;
    settings.recipe.batch = 4;
    settings.recipe.validate_every = 5;
    run(settings, *model, pairs);
    return sha256_file(folder_ / name / "cyc12.safetensors");
  };
  // With a period of one epoch and lr_min 0 the second epoch runs at rate 0: it changes nothing but the average.
  const std::string annealed = sha_after("annealed", {{"cosine_period", 1}, {"lr_min", 0}});
  EXPECT_EQ(annealed,
            sha_after("by_update", {{"cosine_period", 1}, {"lr_min", 0}, {"cosine_unit", "updates"}}));
  EXPECT_NE(annealed, sha_after("long", {{"cosine_period", 500}}));
  EXPECT_NE(sha_after("plain", {{"lr_schedule", "recipe"}}), annealed);
}

TEST_F(SynDiff, LearnsOnSixteenSlices) {
  // 16 x 16 and 80 updates are a smoke test: cycle and L1 losses must fall, everything must stay finite.
  const SyntheticPairs pairs(16, 16, 1);
  const auto model = make_syndiff(small({{"lr_schedule", "recipe"}, {"lr_G", 1e-3}, {"lr_D", 5e-4}}));
  TrainOptions settings = options("a", *model, 80);
  settings.recipe.batch = 4;
  settings.log_every = 10;
  run(settings, *model, pairs);
  const std::string log = read_file(folder_ / "a/log.jsonl");
  std::vector<Json> lines;
  for (size_t begin = 0; begin < log.size();) {
    const size_t end = log.find('\n', begin);
    const Json line = parse_json(log.substr(begin, end - begin), "log");
    if (line.at("event") == "losses") lines.push_back(line.at("losses"));
    begin = end + 1;
  }
  ASSERT_EQ(lines.size(), 8u);
  for (const char* name : {"errG1_L1", "errG2_L1", "errG1_cycle", "errG2_cycle"})
    EXPECT_LT(lines.back().at(name).get<double>(), 0.7 * lines.front().at(name).get<double>()) << name;
}

}  // namespace
}  // namespace synerbench
