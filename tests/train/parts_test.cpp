// The loop's parts that need no LibTorch: recipe, augmentation, batches, validation, weights folder, log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/train/augment.h"
#include "harness/train/batches.h"
#include "harness/train/log.h"
#include "harness/train/recipe.h"
#include "harness/train/validate.h"
#include "harness/train/weights.h"
#include "tests/support/error_of.h"
#include "tests/support/one_pair.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
using testing_support::OnePair;
using testing_support::SyntheticPairs;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

TEST(Recipe, ComesBackFromJson) {
  Recipe recipe;
  recipe.unit = BudgetUnit::kUpdates;
  recipe.constant = 7;
  recipe.augmentation = Augmentation::kJitter;
  recipe.ema_decay = 0.995;
  const Json json = to_json(recipe);
  EXPECT_EQ(to_json(recipe_from_json(json, "here")), json);
  EXPECT_EQ(to_json(recipe_from_json(Json::object(), "here", recipe)), json);
}

TEST(Recipe, RefusesWhatItDoesNotKnow) {
  const auto refused = [](const Json& json) {
    return error_of([&] { recipe_from_json(json, "recipe"); }, ExitCode::kUsage);
  };
  EXPECT_THAT(refused({{"epoch", 3}}), HasSubstr("epoch"));
  EXPECT_THAT(refused({{"batch", 0}}), HasSubstr("/batch"));
  EXPECT_THAT(refused({{"augmentation", "flips"}}), HasSubstr("flip"));
  EXPECT_THAT(refused({{"ema_decay", 1.0}}), HasSubstr("1 is not in [0, 1)"));
  EXPECT_THAT(refused({{"constant", 0}, {"decay", 0}}), HasSubstr("a budget of 0"));
}

TEST(ResizeBicubic, ReproducesPlanesAwayFromTheBorder) {
  // A cubic convolution reproduces linear functions exactly.
  constexpr int64_t kSize = 16, kLarge = 20;
  std::vector<float> image(kSize * kSize), large(kLarge * kLarge);
  for (int64_t h = 0; h < kSize; ++h) {
    for (int64_t w = 0; w < kSize; ++w)
      image[static_cast<size_t>(h * kSize + w)] =
          0.02f * static_cast<float>(h) - 0.03f * static_cast<float>(w);
  }
  resize_bicubic(image, kSize, kSize, large, kLarge, kLarge);
  for (int64_t h = 3; h < kLarge - 3; ++h) {
    for (int64_t w = 3; w < kLarge - 3; ++w) {
      const double y = (static_cast<double>(h) + 0.5) * 0.8 - 0.5,
                   x = (static_cast<double>(w) + 0.5) * 0.8 - 0.5;
      EXPECT_NEAR(large[static_cast<size_t>(h * kLarge + w)], 0.02 * y - 0.03 * x, 1e-6);
    }
  }
}

TEST(ResizeBicubic, HasTheImageLoadersValues) {
  // A row of 4 enlarged to 6, computed by hand from Keys' kernel with a = -0.5 at the offsets 1/6, 5/6 and
  // 1/2 and the border rule; then clipped: the overshoot at the edge of the step would be 1.0625.
  const std::vector<float> row{-1, -1, 1, 1};
  std::vector<float> wide(6);
  resize_bicubic(row, 1, 4, wide, 1, 6);
  // Center of output 2 is at 5/3 in pixels edges' coordinates: neighbors 0.5, 1.5, 2.5, 3.5 at distances
  // 7/6, 1/6, 5/6, 11/6.
  const auto keys = [](double x) {
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
  };
  const double at2 = -keys(7 / 6.0) - keys(1 / 6.0) + keys(5 / 6.0) + keys(11 / 6.0);
  EXPECT_NEAR(wide[2], at2, 1e-6);
  EXPECT_NEAR(wide[3], -at2, 1e-6);
  EXPECT_EQ(wide[1], -1) << "the overshoot below -1 is clipped";
  EXPECT_EQ(wide[4], 1);
}

TEST(ResizeBicubic, OfTheSameSizeIsTheIdentityAndOfASmallerOneOurBug) {
  const std::vector<float> image{0.1f, -0.5f, 0.25f, 1.0f};
  std::vector<float> same(4), smaller(1);
  resize_bicubic(image, 2, 2, same, 2, 2);
  EXPECT_EQ(same, image);
  EXPECT_THROW(resize_bicubic(image, 2, 2, smaller, 1, 1), std::logic_error);
}

TEST(Augment, TreatsSourceAndTargetAlike) {
  for (const Augmentation policy : {Augmentation::kNone, Augmentation::kFlip, Augmentation::kJitter}) {
    std::set<std::vector<float>> seen;
    for (uint64_t seed = 0; seed < 40; ++seed) {
      const SyntheticPairs pairs(1, 32, 1);
      std::vector<float> source(32 * 32), target(32 * 32);
      pairs.read(0, source, target, {});
      target = source;
      Random random(seed);
      augment(policy, source, target, 32, 32, random);
      EXPECT_EQ(source, target);
      seen.insert(source);
    }
    const size_t size = seen.size();
    if (policy == Augmentation::kNone) {
      EXPECT_EQ(size, 1u);
    } else if (policy == Augmentation::kFlip) {
      EXPECT_EQ(size, 2u);
    } else {
      EXPECT_GT(size, 20u);  // of 5 x 5 positions x 2
    }
  }
}

Recipe batches_of(int64_t batch) {
  Recipe recipe;
  recipe.batch = batch;
  return recipe;
}

TEST(Batches, VisitEveryPairOncePerEpochInAnOrderThatTheSeedDecides) {
  const SyntheticPairs pairs(7, 16, 1);
  const auto order = [&](uint64_t seed, int64_t first, int64_t updates) {
    Batches batches({{kTask, &pairs}}, seed, batches_of(3));
    EXPECT_EQ(batches.per_epoch(), 3);
    std::vector<std::vector<float>> images;
    for (int64_t u = first; u < first + updates; ++u) {
      const PairBatch batch = batches.at(u).pairs;
      for (int64_t i = 0; i < batch.n; ++i) {
        const auto image = batch.target.subspan(static_cast<size_t>(i * 256), 256);
        images.emplace_back(image.begin(), image.end());
      }
    }
    return images;
  };
  const auto first = order(1, 0, 3), second = order(1, 3, 3);
  EXPECT_EQ(first.size(), 7u);
  EXPECT_THAT(second, testing::UnorderedElementsAreArray(first));
  EXPECT_NE(first, second);
  EXPECT_EQ(second, order(1, 3, 3)) << "an epoch's order must not depend on the epochs before";
  EXPECT_NE(first, order(2, 0, 3));
}

TEST(Batches, CountTheImagesSeen) {
  const SyntheticPairs pairs(7, 16, 1);
  Batches batches({{kTask, &pairs}}, 1, batches_of(3));
  int64_t seen = 0;
  for (int64_t u = 0; u < 8; ++u) {
    EXPECT_EQ(batches.images_before(u), seen);
    seen += batches.at(u).pairs.n;
  }
}

TEST(Batches, OfSeveralTasksAreOfOneTaskEachAndVisitAllInAMixedOrder) {
  const SyntheticPairs few(5, 16, 1), many(11, 32, 2);
  const Task other{"pelvis-mr-to-ct", "pelvis", Modality::kMRI, Modality::kCT};
  Batches batches({{kTask, &few}, {other, &many}}, 1, batches_of(2));
  ASSERT_EQ(batches.per_epoch(), 3 + 6);
  int64_t seen = 0;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::map<std::string, int64_t> images;
    std::string order;
    for (int64_t i = 0; i < batches.per_epoch(); ++i) {
      EXPECT_EQ(batches.images_before(epoch * batches.per_epoch() + i), seen);
      const TaskBatch batch = batches.at(epoch * batches.per_epoch() + i);
      EXPECT_EQ(batch.pairs.width, batch.task->id == kTask.id ? 16 : 32);
      images[batch.task->id] += batch.pairs.n;
      seen += batch.pairs.n;
      order += batch.task->id == kTask.id ? 'a' : 'b';
    }
    EXPECT_EQ(images, (std::map<std::string, int64_t>{{kTask.id, 5}, {other.id, 11}}));
    EXPECT_NE(order, "aaabbbbbb");
  }
}

TEST(Batches, OfMethodsThatSeeNoPairsTakeTheTargetFromElsewhere) {
  const SyntheticPairs pairs(8, 16, 1);  // two per patient
  // For every pair: which pair it is, by its source or its target.
  std::map<std::vector<float>, int64_t> by_source, by_target;
  for (int64_t i = 0; i < pairs.size(); ++i) {
    std::vector<float> source(256), target(256);
    pairs.read(i, source, target, {});
    by_source[source] = by_target[target] = i;
  }
  ASSERT_EQ(by_target.size(), 8u);
  for (const Pairing pairing : {Pairing::kRandomSlice, Pairing::kOtherPatient}) {
    Recipe recipe = batches_of(3);
    recipe.pairing = pairing;
    Batches batches({{kTask, &pairs}}, 1, recipe), again({{kTask, &pairs}}, 1, recipe);
    std::map<int64_t, std::set<int64_t>> partners;
    for (int64_t u = 0; u < 40 * batches.per_epoch(); ++u) {
      const PairBatch batch = batches.at(u).pairs;
      for (int64_t i = 0; i < batch.n; ++i) {
        const auto source = batch.source.subspan(static_cast<size_t>(i * 256), 256);
        const auto target = batch.target.subspan(static_cast<size_t>(i * 256), 256);
        partners[by_source.at({source.begin(), source.end()})].insert(
            by_target.at({target.begin(), target.end()}));
      }
    }
    ASSERT_EQ(partners.size(), 8u) << "every source is visited";
    for (const auto& [index, set] : partners) {
      EXPECT_EQ(set.size(), pairing == Pairing::kRandomSlice ? 8u : 6u);
      if (pairing == Pairing::kRandomSlice) continue;
      for (const int64_t partner : set) EXPECT_NE(pairs.patient_of(partner), pairs.patient_of(index));
    }
    const auto late = again.at(7).pairs.target, same = batches.at(7).pairs.target;
    EXPECT_TRUE(std::equal(late.begin(), late.end(), same.begin(), same.end()));
  }
}

TEST(Batches, RefuseOtherPatientsWhereThereIsOne) {
  const SyntheticPairs one(2, 16, 1);
  Recipe recipe = batches_of(1);
  recipe.pairing = Pairing::kOtherPatient;
  EXPECT_THROW(Batches({{kTask, &one}}, 1, recipe), Error);
}

/// Returns what a function makes of every slice's source.
class FunctionModel final : public Synthesizer {
 public:
  explicit FunctionModel(std::function<float(float)> f) : f_(std::move(f)) {}
  ModelInfo info() const override { return {}; }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    seeds_.insert(seeds_.end(), seeds.begin(), seeds.end());
    std::transform(source.pixels.begin(), source.pixels.end(), prediction.begin(), f_);
  }
  std::vector<uint64_t> seeds_;

 private:
  std::function<float(float)> f_;
};

TEST(Validate, IsHigherForBetterModelsAndRepeats) {
  const SyntheticPairs pairs(6, 32, 1);
  FunctionModel copy([](float v) { return v; }), nothing([](float) { return -1.0f; });
  const ValidationScore a = validate(copy, kTask, pairs, "synermed-2d@1", 0);
  const ValidationScore b = validate(nothing, kTask, pairs, "synermed-2d@1", 0);
  ASSERT_TRUE(a.mean && b.mean);
  EXPECT_GT(*a.mean, *b.mean);
  EXPECT_EQ(a.slices, 6);
  const std::vector<uint64_t> seeds = copy.seeds_;
  EXPECT_EQ(validate(copy, kTask, pairs, "synermed-2d@1", 0).mean, a.mean);
  EXPECT_EQ(std::vector<uint64_t>(copy.seeds_.begin() + 6, copy.seeds_.end()), seeds);
  EXPECT_EQ(std::set<uint64_t>(seeds.begin(), seeds.end()).size(), 6u);
}

TEST(Validate, GivesOneForThePerfectModelAndTheLeastForNaN) {
  // Source and target are functions of the tissue alone, so a table is perfect.
  const SyntheticPairs pairs(4, 32, 1);
  FunctionModel perfect([](float v) {
    return v == -1.0f ? -1.0f : v == -0.2f ? 0.1f : v == 0.6f ? -0.3f : v == 0.1f ? 0.8f : 0.4f;
  });
  EXPECT_NEAR(validate(perfect, kTask, pairs, "synermed-2d@1", 0).mean.value(), 1.0, 1e-9);
  FunctionModel broken([](float) { return std::nanf(""); });
  const ValidationScore score = validate(broken, kTask, pairs, "synermed-2d@1", 0);
  EXPECT_EQ(score.mean.value(), -1.0);
  EXPECT_EQ(score.slices, 4);
}

TEST(Validate, IsTheMeanOverPatientsNotOverSlices) {
  const SyntheticPairs pairs(3, 32, 1);  // two slices of the first patient, one of the second
  FunctionModel copy([](float v) { return v; });
  double s[3];
  for (int64_t i = 0; i < 3; ++i)
    s[i] = validate(copy, kTask, OnePair(pairs, i), "synermed-2d@1", 0).mean.value();
  ASSERT_NE(s[0], s[2]);
  EXPECT_DOUBLE_EQ(validate(copy, kTask, pairs, "synermed-2d@1", 0).mean.value(),
                   ((s[0] + s[1]) / 2 + s[2]) / 2);
}

TEST(Validate, TakesAnEvenlySpreadPart) {
  const SyntheticPairs pairs(9, 32, 1);
  FunctionModel copy([](float v) { return v; });
  EXPECT_EQ(validate(copy, kTask, pairs, "synermed-2d@1", 3).slices, 3);
  EXPECT_EQ(copy.seeds_,
            (std::vector<uint64_t>{seed_from("validation/made/p0#0"), seed_from("validation/made/p1#1"),
                                   seed_from("validation/made/p3#0")}));
}

TEST(Validate, RefusesProtocolsItCannotUse) {
  const SyntheticPairs pairs(1, 32, 1);
  FunctionModel copy([](float v) { return v; });
  for (const std::string protocol : {"synthrad2023@1", "synermed-2d@9", ""}) {
    EXPECT_THAT(error_of([&] { validate(copy, kTask, pairs, protocol, 0); }, ExitCode::kUsage),
                HasSubstr("\"" + protocol + "\" is no protocol for slices"));
  }
}

class WeightsFolder : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "G.safetensors", "content");
    config_ = {{"schema", "synerbench/weights"},
               {"schema_version", 1},
               {"method", "m"},
               {"config", Json::object()},
               {"networks", {{"G", {{"file", "G.safetensors"}}}}}};
  }
  std::string error_with(const Json& config, const std::string& method = "m") {
    write_json(folder_ / "config.json", config);
    return error_of([&] { read_weights_config(folder_.path(), method).checked_file("G"); },
                    ExitCode::kBadInput);
  }
  TempFolder folder_;
  Json config_;
};

TEST_F(WeightsFolder, MadeByHandNeedsLittle) {
  write_json(folder_ / "config.json", config_);
  const WeightsConfig weights = read_weights_config(folder_.path(), "m");
  EXPECT_EQ(weights.checked_file("G"), folder_ / "G.safetensors");
  EXPECT_EQ(network_file(folder_.path(), weights.method, "G"), folder_ / "G.safetensors");
  EXPECT_EQ(network_file(folder_ / "other.safetensors", weights.method, "G"), folder_ / "other.safetensors");
  EXPECT_EQ(weights.sha256(), combined_sha256({{"G", "G.safetensors", sha256_hex("content"), true}}));
}

TEST_F(WeightsFolder, LineageBelongsToItsWeights) {
  const std::string sha256 = sha256_hex("content");
  config_["networks"]["G"]["sha256"] = sha256;
  config_["lineage"] = {{"trainings",
                         {{{"model", "m"},
                           {"weights_sha256", combined_sha256({{"G", "G.safetensors", sha256, true}})},
                           {"samples", {"synthesis"}}}}}};
  write_json(folder_ / "config.json", config_);
  EXPECT_EQ(read_weights_config(folder_.path(), "m").lineage->trainings.front().model, "m");
  config_["lineage"]["trainings"][0]["weights_sha256"] = "another";
  EXPECT_THAT(error_with(config_), HasSubstr("/lineage: it is that of other weights"));
  EXPECT_FALSE(find_weights_config(folder_ / "none"));
  write_json(folder_ / "config.json", {{"latent_patch_size", 2}});
  EXPECT_FALSE(find_weights_config(folder_.path())) << "a checkpoint in another format";
}

TEST_F(WeightsFolder, ThatIsNotRightIsRefusedWithTheNextStep) {
  EXPECT_THAT(error_of([&] { read_weights_config(folder_ / "none", "m"); }, ExitCode::kBadInput),
              HasSubstr("config.json: there is no such file"));
  write_file(folder_ / "checkpoint.safetensors", "x");
  EXPECT_THAT(error_of([&] { read_weights_config(folder_.path(), "m"); }, ExitCode::kBadInput),
              HasSubstr("train --resume"));
  EXPECT_THAT(error_with(config_, "other"), HasSubstr("weights of \"m\", \"other\" wanted"));
  Json changed = config_;
  changed["schema"] = "synerbench/results";
  EXPECT_THAT(error_with(changed), HasSubstr("/schema"));
  changed = config_;
  changed["schema_version"] = 2;
  EXPECT_THAT(error_with(changed), HasSubstr("/schema_version"));
  changed = config_;
  changed["networks"]["G"]["file"] = "../G.safetensors";
  EXPECT_THAT(error_with(changed), HasSubstr("is not a file name"));
  changed = config_;
  changed["networks"]["G"]["sha256"] = sha256_hex("other");
  EXPECT_THAT(error_with(changed), HasSubstr("recorded in config.json"));
  changed = config_;
  changed["networks"]["G"]["file"] = "H.safetensors";
  EXPECT_THAT(error_with(changed), HasSubstr("H.safetensors: there is no such file"));
  changed = config_;
  changed["networks"] = {{"D", {{"file", "G.safetensors"}}}};
  EXPECT_THAT(error_with(changed), HasSubstr("no network \"G\""));
}

TEST(TrainLog, DropsWhatCameAfterTheCheckpointAndRefusesACutOne) {
  const TempFolder folder;
  int64_t length = 0;
  {
    TrainLog log(folder / "log.jsonl", 0);
    log.append({{"a", 1}});
    length = log.length();
    log.append({{"b", 2}});
  }
  {
    TrainLog log(folder / "log.jsonl", length);
    log.append({{"c", 3}});
  }
  const std::string text = read_file(folder / "log.jsonl");
  EXPECT_THAT(text, HasSubstr("\"a\""));
  EXPECT_THAT(text, testing::Not(HasSubstr("\"b\"")));
  EXPECT_THAT(text, HasSubstr("\"c\""));
  EXPECT_THAT(error_of([&] { TrainLog(folder / "log.jsonl", 1000); }, ExitCode::kBadInput),
              HasSubstr("the log was cut"));
}

}  // namespace
}  // namespace synerbench
