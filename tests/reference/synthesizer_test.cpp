#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "reference/manage/manage.h"
#include "reference/network/network.h"
#include "reference/reference.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using namespace reference;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// A new tiny model: random weights, so predictions mean nothing but everything else does.
const std::filesystem::path& model_folder() {
  static const TempFolder folder;
  static const bool made = [] {
    init_checkpoint(folder / "m", {.sizes = "tiny", .seed = 3});
    return true;
  }();
  static const std::filesystem::path path = folder / "m";
  (void)made;
  return path;
}

ReferenceOptions quick() {
  ReferenceOptions options;
  options.overrides = {{"points", 3}, {"vae_min", 32}, {"vae_max", 64}, {"vit_min", 28}, {"vit_max", 56}};
  return options;
}

std::vector<float> noise(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> out(count);
  for (float& v : out) v = static_cast<float>(random.uniform(-1, 1));
  return out;
}

TEST(ReferenceSynthesizer, ResultDependsOnTheSeedButNotOnTheBatch) {
  const auto model = load_reference(model_folder(), quick());
  const size_t pixels = 40 * 36;
  const std::vector<float> sources = noise(2 * pixels, 1);
  const uint64_t seeds[] = {11, 12};
  std::vector<float> both(2 * pixels), second(pixels), other(pixels);
  model->synthesize(kTask, {2, 40, 36, sources}, seeds, both);
  const std::span<const float> last = std::span(sources).subspan(pixels);
  model->synthesize(kTask, {1, 40, 36, last}, {seeds + 1, 1}, second);
  model->synthesize(kTask, {1, 40, 36, last}, {seeds, 1}, other);
  EXPECT_TRUE(std::equal(second.begin(), second.end(), both.begin() + pixels));
  EXPECT_NE(second, other);
  for (const float v : both) EXPECT_TRUE(std::isfinite(v) && v >= -1 && v <= 1);
}

TEST(ReferenceSynthesizer, InfoNamesWeightsSettingsAndCost) {
  const auto model = load_reference(model_folder(), quick());
  const ModelInfo info = model->info();
  EXPECT_EQ(info.name, "reference");
  EXPECT_FALSE(info.deterministic);
  EXPECT_EQ(info.network_evaluations, 2 * 3);  // two steps, three branches
  EXPECT_EQ(info.weights_sha256.size(), 64u);
  EXPECT_EQ(info.parameters, count_values(model_tensors(named_sizes("tiny"))) +
                                 count_values(vae_tensors(named_sizes("tiny").vae)));
  EXPECT_EQ(info.switches.at("points").get<int>(), 3);
}

TEST(ReferenceSynthesizer, EveryPresetRuns) {
  const std::vector<float> source = noise(32 * 32, 1);
  const uint64_t seed = 5;
  for (const std::string& name : preset_fields().preset_names()) {
    ReferenceOptions options = quick();
    options.preset = name;
    options.overrides["max_tokens"] = 4;
    std::vector<float> out(source.size());
    load_reference(model_folder(), options)->synthesize(kTask, {1, 32, 32, source}, {&seed, 1}, out);
    EXPECT_TRUE(std::all_of(out.begin(), out.end(), [](float v) { return std::isfinite(v); })) << name;
  }
}

TEST(ReferenceSynthesizer, BFloat16StaysCloseToFloat32) {
  const std::vector<float> source = noise(32 * 32, 1);
  const uint64_t seed = 5;
  ReferenceOptions options = quick();
  std::vector<float> wide(source.size()), half(source.size());
  load_reference(model_folder(), options)->synthesize(kTask, {1, 32, 32, source}, {&seed, 1}, wide);
  options.overrides["dtype"] = "bf16";
  load_reference(model_folder(), options)->synthesize(kTask, {1, 32, 32, source}, {&seed, 1}, half);
  double dot = 0, a = 0, b = 0;
  for (size_t i = 0; i < wide.size(); ++i) {
    dot += wide[i] * half[i];
    a += wide[i] * wide[i];
    b += half[i] * half[i];
  }
  EXPECT_GT(dot / std::sqrt(a * b), 0.99);
}

TEST(ReferenceModel, AnswersQuestionsAndReportsItsMemory) {
  ReferenceOptions options = quick();
  options.overrides["max_tokens"] = 6;
  const auto model = ReferenceModel::load(model_folder(), options);
  const SliceImage image{24, 24, noise(24 * 24, 2)};
  const std::string answer = model->ask({&image, 1}, "Which modality is this image?", 1);
  EXPECT_EQ(model->ask({&image, 1}, "Which modality is this image?", 2), answer);  // greedy
  const testing::MadePairs pairs(2, 20, 16);
  const InstanceBuilder build({{kTask, &pairs}}, {});
  Random random(1);
  const Instance cts = build.make(InstanceKind::kCts, random);
  (void)model->answer(cts, 1);
  const Json memory = model->memory(240, 240);
  EXPECT_GT(memory.at("cache_bytes").get<int64_t>(), 0);
  EXPECT_EQ(memory.at("cache_bytes_per_token").get<int64_t>(), 2 * 2 * 2 * 16 * 4);
}

TEST(ReferenceSynthesizer, WrongFoldersAndSettingsAreNamed) {
  TempFolder empty;
  EXPECT_THROW(load_reference(empty / "nothing"), Error);
  ReferenceOptions options;
  options.device = "tpu";
  EXPECT_THROW(load_reference(model_folder(), options), Error);
  options.device = "cpu";
  options.preset = "synermed";
  EXPECT_THROW(load_reference(model_folder(), options), Error);
}

TEST(ReferenceModel, ThroughTheAutoencoderIsTheRoundTripOfItsMean) {
  const auto model = ReferenceModel::load(model_folder(), quick());
  SliceImage slice{32, 32, {}};
  Random random(2);  // on the 8-bit levels that the transform rounds to
  for (int i = 0; i < 32 * 32; ++i)
    slice.pixels.push_back(static_cast<float>(random.below(256)) / 127.5f - 1.0f);
  const std::vector<float> kept = model->through_autoencoder(slice);
  ASSERT_EQ(kept.size(), slice.pixels.size());

  const at::NoGradGuard no_grad;
  const auto network = load_network(Checkpoint::open(model_folder()));
  const at::Tensor image = at::from_blob(slice.pixels.data(), {1, 1, 32, 32}).expand({1, 3, 32, 32});
  const Vae& vae = network->vae;
  const at::Tensor wanted =
      vae.decode(vae.latent(vae.moments(image), {})).mean(1).clamp(-1, 1).flatten().contiguous();
  for (size_t i = 0; i < kept.size(); ++i) ASSERT_NEAR(kept[i], wanted.data_ptr<float>()[i], 2e-5);
  EXPECT_NE(kept, slice.pixels);
}

// An argmax over NaN is a token like any other: the answer would be scored as one.
TEST(ReferenceModel, DoesNotAnswerFromWeightsThatAreNotFinite) {
  const TempFolder folder;
  std::filesystem::copy(model_folder(), folder / "m");
  std::string weights = read_file(folder / "m/ema.safetensors");
  uint64_t header = 0;
  std::memcpy(&header, weights.data(), sizeof header);
  std::fill(weights.begin() + 8 + static_cast<std::ptrdiff_t>(header), weights.end(), '\xff');
  write_file(folder / "m/ema.safetensors", weights);
  for (const double temperature : {0.0, 1.0}) {
    ReferenceOptions options = quick();
    options.overrides["max_tokens"] = 4;
    options.overrides["temperature"] = temperature;
    const auto model = ReferenceModel::load(folder / "m", options);
    EXPECT_THAT(testing_support::error_of([&] { model->ask({}, "What is it?", 1); }, ExitCode::kSomeFailed),
                ::testing::HasSubstr("not finite"))
        << temperature;
  }
}

}  // namespace
}  // namespace synerbench
