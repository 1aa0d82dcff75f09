#include "harness/core/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

ScanHashes scans(std::set<std::string> hashes) {
  return std::make_shared<const std::set<std::string>>(std::move(hashes));
}

/// A stage on a base that saw pictures alone.
Lineage stage() {
  TrainingOrigin own;
  own.model = "synermedgen";
  own.weights_sha256 = "aaaaaaaabbbbbbbb";
  own.recipe_sha256 = "cc";
  own.store_sha256 = "dd";
  own.data_sets = {"brats", "synthrad2023"};
  own.patients_sha256 = "ee";
  own.samples = {SampleKind::kGauQuestions, SampleKind::kSynthesis};
  own.synthesis = {{"brats", "brats-t1-to-t2"}};
  own.scans = scans({"s1", "s2"});
  own.scans_sha256 = sha256_of_set(*own.scans);
  TrainingOrigin base;
  base.model = "bagel";
  base.weights_sha256 = "ffffffff00000000";
  base.samples = {SampleKind::kPictures, SampleKind::kEdits};
  return {{own, base}};
}

Lineage read(const Json& json, const std::vector<ScanHashes>& known = {}) {
  return lineage_from_json(JsonObject(json, "config.json", "/lineage", ExitCode::kBadInput), known);
}

TEST(Lineage, ComesBackWithEveryField) {
  const Json json = to_json_with_scans(stage(), "");
  const Lineage back = read(json);
  EXPECT_EQ(to_json_with_scans(back, ""), json);
  ASSERT_EQ(back.trainings.size(), 2U);
  EXPECT_EQ(*back.trainings[0].scans, *stage().trainings[0].scans);
  EXPECT_EQ(back.trainings[0].synthesis, stage().trainings[0].synthesis);
  EXPECT_EQ(back.trainings[1].scans, nullptr);
  EXPECT_EQ(back.trainings[0].title(), "synermedgen aaaaaaaa");
}

TEST(Lineage, ShortFormNamesScansByTheirHash) {
  const Json json = to_json(stage());
  EXPECT_FALSE(json.contains("scans"));
  const Lineage back = read(json);
  EXPECT_EQ(back.trainings[0].scans, nullptr);
  EXPECT_EQ(back.trainings[0].scans_sha256, stage().trainings[0].scans_sha256);
}

TEST(Lineage, TakesSetsThatStandElsewhereByTheirHash) {
  const ScanHashes own = scans({"s2", "s1"});
  const Json json = to_json_with_scans(stage(), sha256_of_set(*own));
  EXPECT_TRUE(json.at("scans").empty());
  EXPECT_EQ(read(json, {own}).trainings[0].scans, own);
  EXPECT_EQ(read(json, {scans({"s1"})}).trainings[0].scans, nullptr);
}

TEST(Lineage, DamageIsNamed) {
  Json json = to_json_with_scans(stage(), "");
  json["trainings"][1]["samples"][0] = "picture";
  EXPECT_THAT(
      error_of([&] { read(json); }, ExitCode::kBadInput),
      testing::AllOf(HasSubstr("/lineage/trainings/1/samples"), HasSubstr("did you mean \"pictures\"")));
  json = to_json_with_scans(stage(), "");
  json["scans"][stage().trainings[0].scans_sha256].push_back("s3");
  EXPECT_THAT(error_of([&] { read(json); }, ExitCode::kBadInput), HasSubstr("the scans have another hash"));
  json = to_json(stage());
  json["trainings"] = Json::array();
  EXPECT_THAT(error_of([&] { read(json); }, ExitCode::kBadInput), HasSubstr("/lineage/trainings: is empty"));
  json = to_json(stage());
  json["trainings"][0]["sampels"] = Json::array();
  EXPECT_THAT(error_of([&] { read(json); }, ExitCode::kBadInput), HasSubstr("did you mean \"samples\""));
}

TEST(Lineage, IsSaidInALine) {
  EXPECT_EQ(in_words(stage()), "gau-questions, synthesis on pictures, edits");
  Lineage unknown = stage();
  unknown.trainings[1] = {};
  unknown.trainings[1].model = "downloaded";
  unknown.trainings[1].recorded = false;
  EXPECT_EQ(in_words(unknown), "gau-questions, synthesis on weights of unknown origin");
  EXPECT_FALSE(unknown.recorded());
  EXPECT_TRUE(stage().recorded());
}

TEST(Lineage, OfWeightsPerTaskIsThatOfTheTask) {
  const auto all = std::make_shared<const Lineage>(stage());
  ModelInfo info;
  EXPECT_EQ(lineage_for(info, "a"), nullptr);
  info.lineages = {{"a", all}, {"b", std::make_shared<const Lineage>(stage())}, {"c", all}};
  EXPECT_EQ(lineage_for(info, "c"), all.get());
  EXPECT_EQ(lineage_for(info, "d"), nullptr);
  const Json json = lineages_to_json(info);
  ASSERT_EQ(json.size(), 2U) << "tasks that share weights share an entry";
  EXPECT_EQ(json[0]["tasks"], Json::array({"a", "c"}));
  EXPECT_EQ(lineages_from_json(json, "run").size(), 2U);
  info.lineages = {{"", all}};
  EXPECT_EQ(lineage_for(info, "d"), all.get());
}

}  // namespace
}  // namespace synerbench
