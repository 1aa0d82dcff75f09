// BBDM as its callers see it: sizes, options, weights, training, resume.
#include "baselines/bbdm/bbdm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/safetensors.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;
using testing::HasSubstr;

const TestedMethod kMethod(bbdm_method());

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
constexpr int64_t kSide = 16;

/// Trains in milliseconds: two levels, both with attention.
const Json kMini = {{"preset", "tiny"},  {"width", 8},     {"multipliers", {1, 2}},
                    {"head_width", 8},   {"gn_groups", 4}, {"attention_factors", {2}},
                    {"sample_steps", 5}, {"lr", 1e-3}};

class Bbdm : public ModelTest {
 protected:
  TrainOptions options(const std::string& name, const Trainable& model, int64_t updates) const {
    TrainOptions options = short_training(name, model, updates);
    options.task = kTask;
    options.recipe.batch = 2;
    options.log_every = 5;
    return options;
  }
  /// A weights folder of `updates` updates.
  std::filesystem::path trained(const std::string& name, const Json& config, int64_t updates = 3) {
    const auto model = kMethod.make(config);
    train(options(name, *model, updates), *model, pairs_, none_);
    return folder_ / name;
  }
  std::vector<float> slices() const { return slices_of(pairs_); }

  const SyntheticPairs pairs_{4, kSide, 1}, none_{0, kSide, 2};
};

TEST_F(Bbdm, TinyPresetHasThePublishedSize) {
  const auto model = kMethod.make({{"preset", "tiny"}});
  const ModelInfo info = model->synthesizer().info();
  EXPECT_EQ(info.parameters, 2'961'889);
  EXPECT_EQ(info.name, "bbdm");
  EXPECT_EQ(info.label, "BBDM");
  EXPECT_FALSE(info.deterministic);
  EXPECT_EQ(info.network_evaluations, 10);
  EXPECT_EQ(info.switches.at("clip_x0"), "on");
  EXPECT_EQ(kMethod.make(model->config())->config(), model->config());
}

TEST_F(Bbdm, PresetsHoldThePublishedSettings) {
  // Narrow, so that nothing large is made; every other field keeps the preset's value.
  const Json narrow = {{"width", 4}, {"head_width", 4}, {"gn_groups", 2}};
  const auto official = kMethod.make(narrow);
  const Json config = official->config();
  EXPECT_EQ(config.at("space"), "pixel");
  EXPECT_EQ(config.at("image_channels"), 1);
  EXPECT_EQ(config.at("condition"), "nocond");
  EXPECT_EQ(config.at("multipliers"), Json({1, 4, 8}));
  EXPECT_EQ(config.at("blocks"), 2);
  EXPECT_EQ(config.at("timesteps"), 1000);
  EXPECT_EQ(config.at("sample_steps"), 200);
  EXPECT_EQ(config.at("objective"), "grad");
  EXPECT_EQ(config.at("loss"), "l1");
  EXPECT_EQ(config.at("lr"), 1e-4);
  EXPECT_EQ(config.at("accumulate"), 2);
  EXPECT_EQ(config.at("plateau").at("patience"), 3000);
  const Recipe recipe = official->recipe();
  EXPECT_EQ(recipe.constant, 400'000);
  EXPECT_EQ(recipe.batch, 8);
  EXPECT_EQ(recipe.ema_decay, 0.995);
  EXPECT_EQ(recipe.ema_every, 16);
  const Json latent =
      kMethod
          .make(
              with(narrow, {{"preset", "f8"},
                            {"autoencoder", {{"updates", 1}, {"width", 4}, {"gn_groups", 2}, {"codes", 8}}}}))
          ->config();
  EXPECT_EQ(latent.at("accumulate"), 4);
  EXPECT_EQ(latent.at("clip_x0"), "off");
  EXPECT_EQ(latent.at("autoencoder").at("multipliers"), Json({1, 2, 2, 4}));
  EXPECT_EQ(latent.at("autoencoder").at("attention_factors"), Json::array({8}));
}

TEST_F(Bbdm, RefusesImpossibleConfigurations) {
  const auto refused = [](const Json& config) {
    return error_of([&] { kMethod.make(with(kMini, config)); });
  };
  EXPECT_THAT(refused({{"preset", "small"}}), HasSubstr("bbdm configuration: /preset"));
  EXPECT_THAT(refused({{"sampel_steps", 8}}), HasSubstr("did you mean \"sample_steps\"?"));
  EXPECT_THAT(refused({{"sample_steps", 3}}), HasSubstr("/sample_steps"));
  EXPECT_THAT(refused({{"sample_steps", 1001}}), HasSubstr("/sample_steps"));
  EXPECT_THAT(refused({{"multipliers", Json::array()}}),
              HasSubstr("/multipliers: [] is no list of whole numbers"));
  EXPECT_THAT(refused({{"multipliers", {1, 2.5}}}), HasSubstr("/multipliers"));
  EXPECT_THAT(refused({{"width", 10}}), HasSubstr("width 10 is no multiple of 4 groups"));
  EXPECT_THAT(refused({{"head_width", 6}}), HasSubstr("16 channels do not divide into attention heads of 6"));
  EXPECT_THAT(refused({{"objective", "x0"}}), HasSubstr("ysubx"));
  EXPECT_THAT(refused({{"lr", 0}}), HasSubstr("0 is not above 0"));
  EXPECT_THAT(refused({{"eta", -1}}), HasSubstr("-1 is negative"));
  EXPECT_THAT(refused({{"plateau", {{"patient", 3}}}}), HasSubstr("/plateau"));
  EXPECT_THAT(refused({{"autoencoder", Json::object()}}), HasSubstr("there are no latents in pixel space"));
  EXPECT_THAT(refused({{"space", "latent"}, {"clip_x0", "on"}}), HasSubstr("latents are not bounded"));
  EXPECT_THAT(refused({{"space", "latent"}, {"clip_x0", "off"}}), HasSubstr("neither loaded nor trained"));
  EXPECT_THAT(error_of([] { kMethod.make(kMini, "tpu"); }), HasSubstr("unknown device \"tpu\""));
}

TEST_F(Bbdm, ASlicesResultDependsNeitherOnItsBatchNorOnThreads) {
  for (const Json& fields : {Json::object(), Json{{"condition", "concat"}}, Json{{"image_channels", 3}}}) {
    SCOPED_TRACE(to_text(fields, -1));
    const auto model = kMethod.load(trained(to_text(fields, -1).substr(0, 9), with(kMini, fields)));
    expect_independent_of_batch_and_threads(*model, kTask, slices());
  }
}

TEST_F(Bbdm, OptionsDoWhatTheySay) {
  const auto folder = trained("a", kMini);
  const std::vector<float> pixels = slices();
  const auto result = [&](const Json& changes, uint64_t seed) {
    return synthesize(*kMethod.load(folder, changes), kTask, pixels, {seed, seed, seed});
  };
  const auto plain = result(Json::object(), 1);
  EXPECT_NE(result(Json::object(), 2), plain) << "the seed decides the noise";
  EXPECT_NE(result({{"sample_steps", "8"}}, 1), plain) << "texts, as a command line gives them";
  EXPECT_NE(result({{"clip_x0", "off"}}, 1), plain);
  EXPECT_EQ(result({{"eta", 0}}, 1), result({{"eta", 0}}, 2)) << "without noise the seed is not asked";
  const auto model = kMethod.load(folder, {{"samples", 4}, {"eta", 0}});
  EXPECT_EQ(model->info().network_evaluations, 20);
  EXPECT_TRUE(model->info().deterministic);
  EXPECT_THAT(error_of([&] {
                kMethod.load(folder, {{"width", 16}});
              }),
              HasSubstr("/width: is no inference option"));
  EXPECT_THAT(error_of([&] { kMethod.load(folder, {{"samples", "many"}}); }), HasSubstr("/samples"));
}

TEST_F(Bbdm, TheMeanOfManySamplesVariesLess) {
  const auto folder = trained("a", kMini);
  const std::vector<float> all = slices(), one(all.begin(), all.begin() + kSide * kSide);
  const auto spread = [&](int64_t samples) {
    const auto model = kMethod.load(folder, {{"samples", samples}, {"clip_x0", "off"}});
    std::vector<std::vector<float>> results;
    for (uint64_t seed = 1; seed <= 6; ++seed) results.push_back(synthesize(*model, kTask, one, {seed}));
    double sum = 0;
    for (size_t p = 0; p < one.size(); ++p) {
      double mean = 0, square = 0;
      for (const auto& result : results) {
        mean += result[p] / 6.0;
        square += result[p] * result[p] / 6.0;
      }
      sum += square - mean * mean;
    }
    return sum;
  };
  EXPECT_LT(spread(8), 0.5 * spread(1));
}

TEST_F(Bbdm, RefusesSlicesThatDoNotFit) {
  EXPECT_THAT(refusal_of_slice(*kMethod.load(trained("a", kMini)), kTask, 15, 16),
              HasSubstr("slices of 15 x 16\n  height and width must be multiples of 2"));
}

TEST_F(Bbdm, LoadedWeightsSynthesizeWhatTheTrainedModelDid) {
  for (const Json& fields :
       {Json{{"objective", "noise"}, {"schedule", "sin"}}, Json{{"objective", "ysubx"}, {"loss", "l2"}}}) {
    const std::string name = fields.at("objective");
    const auto model = kMethod.make(with(kMini, fields));
    TrainOptions all = options(name, *model, 5);
    all.recipe.ema_decay = 0;  // else the folder holds the average, the model its last weights
    train(all, *model, pairs_, none_);
    const auto loaded = kMethod.load(folder_ / name);
    EXPECT_EQ(synthesize(*loaded, kTask, slices(), {1, 2, 3}),
              synthesize(model->synthesizer(), kTask, slices(), {1, 2, 3}))
        << name;
    EXPECT_EQ(loaded->info().parameters, model->synthesizer().info().parameters);
  }
}

/// The tensors of a file again under other names.
void rename_keys(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::function<std::vector<std::string>(const std::string&)>& names) {
  const SafetensorsFile file(from);
  std::vector<TensorToWrite> parts;
  for (const std::string& name : file.names()) {
    const TensorView view = file.at(name);
    for (const std::string& other : names(name)) parts.push_back({other, view.dtype, view.shape, view.bytes});
  }
  write_safetensors(to, parts, {});
}

TEST_F(Bbdm, ReadsThePublishedLayoutsOfACheckpoint) {
  const auto folder = trained("a", kMini), copy = folder_ / "b";
  const auto expected = synthesize(*kMethod.load(folder), kTask, slices(), {1, 2, 3});
  write_weights_config(copy, "bbdm", kMini, {{"denoise_fn", "model.safetensors"}});
  const auto expect_equal_from = [&](const auto& names, const std::string& what) {
    std::filesystem::remove(copy / "model.safetensors");
    rename_keys(folder / "denoise_fn.safetensors", copy / "model.safetensors", names);
    EXPECT_EQ(synthesize(*kMethod.load(copy), kTask, slices(), {1, 2, 3}), expected) << what;
  };
  using Names = std::vector<std::string>;
  expect_equal_from([](const std::string& key) { return Names{key}; }, "the denoiser alone");
  expect_equal_from([](const std::string& key) { return Names{"module.module." + key}; },
                    "after training in parallel");
  expect_equal_from([](const std::string& key) { return Names{"denoise_fn." + key}; },
                    "the dictionary's model");
  expect_equal_from([](const std::string& key) { return Names{"module.denoise_fn." + key}; }, "in parallel");
  expect_equal_from(
      [](const std::string& key) {
        Names names{"ema.module.denoise_fn." + key, "model.module.denoise_fn." + key};
        if (key == "out.2.bias") names.push_back("model.module.m_t");  // a schedule table: not read
        return names;
      },
      "the whole dictionary");
  std::filesystem::remove(copy / "model.safetensors");
  rename_keys(folder / "denoise_fn.safetensors", copy / "model.safetensors", [](const std::string& key) {
    return key == "out.2.bias" ? Names{} : Names{"denoise_fn." + key};
  });
  EXPECT_THAT(error_of([&] { kMethod.load(copy); }, ExitCode::kBadInput), HasSubstr("missing: out.2.bias"));
}

// After updates 7 and 11 the model is in the middle of a sum of three gradients; the plateau is so impatient
// that its counters matter within ten steps.
TEST_F(Bbdm, ResumesToEqualBytesInTheMiddleOfASum) {
  const SyntheticPairs validation(1, kSide, 3);
  const Json config =
      with(kMini, {{"accumulate", 3}, {"sample_steps", 4}, {"plateau", {{"patience", 1}, {"cooldown", 1}}}});
  TrainOptions all = options("", *kMethod.make(config), 20);
  all.recipe.ema_start = 4;
  all.recipe.ema_every = 1;
  all.recipe.validate_every = 10;
  expect_resume_is_exact(
      {[&] { return kMethod.make(config); }, all, {{kTask, &pairs_}}, {{kTask, &validation}}}, folder_.path(),
      {{.before_update = 8, .checkpoint_every = 7}, {.before_update = 12, .checkpoint_every = 11}});
}

TEST_F(Bbdm, LearnsOnSixteenPairs) {
  const SyntheticPairs pairs(16, kSide, 1);
  const auto model = kMethod.make(with(kMini, {{"width", 16}, {"sample_steps", 10}, {"lr", 2e-3}}));
  TrainOptions all = options("a", *model, 320);
  all.recipe.batch = 8;
  all.recipe.augmentation = Augmentation::kNone;
  all.log_every = 40;
  const TrainReport report = train(all, *model, pairs, none_);
  const Json first = log_lines(folder_ / "a", "losses").front().at("losses");
  EXPECT_LT(report.losses.at(0).second, 0.6 * first.at("bridge").get<double>());
  // The mean of samples, so that drawn noise does not hide what was learned.
  const auto trained = kMethod.load(folder_ / "a", {{"samples", 4}});
  EXPECT_GT(psnr_on(pairs, kTask, trained.get()), psnr_on(pairs, kTask, nullptr));
}

}  // namespace
}  // namespace synerbench
