// What weights say about the patients and weights they come from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/train/weights.h"
#include "tests/support/error_of.h"
#include "tests/train/train_fixture.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using namespace testing_support;

class TrainLineage : public TrainFixture {};

Lineage lineage_in(const std::filesystem::path& folder) {
  return *read_weights_config(folder, "tiny-test").lineage;
}

/// A training that goes on from weights.
TinyModelHooks from(const std::filesystem::path& weights) {
  TinyModelHooks hooks;
  hooks.learns.weights = {{weights, "other weights"}};
  return hooks;
}

TEST_F(TrainLineage, RecordsWhatTheWeightsLearnedFrom) {
  TrainOptions options = this->options("a");
  options.data = {{"store", "store's hash"}, {"content", {"s1", "s2"}}};
  const TrainReport report = run(options);
  const Lineage lineage = lineage_in(options.folder);
  ASSERT_EQ(lineage.trainings.size(), 1U);
  const TrainingOrigin& own = lineage.trainings.front();
  EXPECT_EQ(own.model, "tiny-test");
  EXPECT_EQ(own.weights_sha256, report.weights_sha256);
  EXPECT_EQ(own.store_sha256, "store's hash");
  EXPECT_EQ(own.data_sets, std::vector<std::string>{"made"});
  EXPECT_EQ(own.patients_sha256, sha256_of_set({"made/p0", "made/p1", "made/p2"}));
  EXPECT_EQ(own.samples, std::vector<SampleKind>{SampleKind::kSynthesis});
  EXPECT_EQ(own.synthesis, (std::vector<LearnedRoute>{{"made", "brain-mr-to-ct"}}));
  EXPECT_EQ(*own.scans, (std::set<std::string>{"s1", "s2"}));
  EXPECT_TRUE(read_json(options.folder / "config.json").at("lineage").at("scans").empty())
      << "its own scans stand under \"data\" already";
}

TEST_F(TrainLineage, WithoutPatientsRecordsNone) {
  TinyModelHooks hooks;
  hooks.learns.samples = {SampleKind::kPictures, SampleKind::kEdits};
  hooks.phases = {{.name = "pictures", .updates = 12, .schedule = {}, .synthesizes = false}};
  TrainOptions options = this->options("a");
  options.data = {{"store", "store's hash"}, {"content", {"s1"}}};
  run(options, hooks);
  TrainingOrigin own = lineage_in(options.folder).trainings.front();
  EXPECT_TRUE(own.data_sets.empty());
  EXPECT_EQ(own.scans, nullptr);
  EXPECT_EQ(own.store_sha256, "");
  // Validation shows it patients, and chooses by them.
  hooks.phases[0].synthesizes = true;
  options.folder = folder_ / "b";
  run(options, hooks);
  own = lineage_in(options.folder).trainings.front();
  EXPECT_EQ(own.data_sets, std::vector<std::string>{"made"});
  EXPECT_EQ(own.patients_sha256, sha256_of_set({"made/p0", "made/p1"}));
}

TEST_F(TrainLineage, InheritsTheLineageOfTheWeightsItStartsFrom) {
  TrainOptions base = options("base");
  base.data = {{"content", {"s1"}}};
  run(base);
  TrainOptions stage = options("stage");
  stage.data = {{"content", {"s2"}}};
  run(stage, from(base.folder));
  const Lineage lineage = lineage_in(stage.folder);
  ASSERT_EQ(lineage.trainings.size(), 2U);
  EXPECT_EQ(to_json(Lineage{{lineage.trainings[1]}}), to_json(lineage_in(base.folder)));
  EXPECT_EQ(*lineage.trainings[1].scans, std::set<std::string>{"s1"});
  // One network of the folder is the folder's.
  run(options("network"), from(base.folder / "N.safetensors"));
  EXPECT_EQ(lineage_in(folder_ / "network").trainings.at(1).weights_sha256,
            lineage_in(base.folder).trainings.front().weights_sha256);
  // And on.
  run(options("third"), from(stage.folder));
  EXPECT_EQ(lineage_in(folder_ / "third").trainings.size(), 3U);
}

TEST_F(TrainLineage, ARecipeIsTheSameWhereverItsBaseLies) {
  run(options("base"));
  std::filesystem::copy(folder_ / "base", folder_ / "moved");
  run(options("a"), from(folder_ / "base"));
  run(options("b"), from(folder_ / "moved"));
  EXPECT_EQ(lineage_in(folder_ / "a").trainings.front().recipe_sha256,
            lineage_in(folder_ / "b").trainings.front().recipe_sha256);
  EXPECT_NE(lineage_in(folder_ / "a").trainings.front().recipe_sha256,
            lineage_in(folder_ / "base").trainings.front().recipe_sha256);
}

TEST_F(TrainLineage, SaysThatWeightsWithoutALineageHaveNone) {
  write_file(folder_ / "downloaded.safetensors", "content");
  run(options("a"), from(folder_ / "downloaded.safetensors"));
  const TrainingOrigin unknown = lineage_in(folder_ / "a").trainings.at(1);
  EXPECT_FALSE(unknown.recorded);
  EXPECT_EQ(unknown.model, "other weights");
  EXPECT_EQ(unknown.weights_sha256, sha256_hex("content"));
  // Weights of a version before lineages are read as ever.
  run(options("old"));
  Json config = read_json(folder_ / "old/config.json");
  config.erase("lineage");
  write_json(folder_ / "old/config.json", config);
  EXPECT_EQ(read_weights_config(folder_ / "old", "tiny-test").lineage, nullptr);
  run(options("b"), from(folder_ / "old"));
  EXPECT_FALSE(lineage_in(folder_ / "b").trainings.at(1).recorded);
  EXPECT_EQ(lineage_in(folder_ / "b").trainings.at(1).model, "tiny-test");
}

TEST_F(TrainLineage, DoesNotGoOnFromWeightsOfAnotherLineage) {
  run(options("base"));
  TrainOptions stage = options("stage");
  TinyModelHooks hooks = from(folder_ / "base");
  hooks.before_update = [](int64_t update) {
    if (update == 7) throw std::runtime_error("crash");
  };
  EXPECT_THROW(run(stage, hooks), std::runtime_error);
  stage.resume = true;
  Json config = read_json(folder_ / "base/config.json");
  const Json kept = config;
  config["lineage"]["trainings"][0]["data_sets"].push_back("another");
  write_json(folder_ / "base/config.json", config);
  EXPECT_THAT(error_of([&] { run(stage, from(folder_ / "base")); }, ExitCode::kUsage),
              HasSubstr("begun from weights with another lineage"));
  write_json(folder_ / "base/config.json", kept);
  EXPECT_NO_THROW(run(stage, from(folder_ / "base")));
}

}  // namespace
}  // namespace synerbench
