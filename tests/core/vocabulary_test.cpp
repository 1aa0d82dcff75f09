#include "harness/core/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

Vocabulary read(const std::string& text) {
  const Json json = parse_json(text, "words.json", ExitCode::kUsage);
  return vocabulary_from_json(JsonObject(json, "words.json", ""));
}
std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return "no error";
}

const char* const kAdc =
    R"({"regions": ["vocabulary-liver"], "modalities": [
        {"name": "VADC", "id": "vadc", "map": "fixed", "unit": "um2/s", "low": 0, "high": 3000,
         "plausible_low": -500, "plausible_high": 6000, "words": "apparent diffusion"},
        {"name": "VADB", "id": "vadb"}]})";

TEST(Vocabulary, AddsWordsThatAreReadLikeBuiltInOnes) {
  declare(read(kAdc), "here");
  const Modality adc = parse_modality("VADC", "place"), other = parse_modality("VADB", "place");
  EXPECT_EQ(name_of(adc), "VADC");
  EXPECT_EQ(id_of(adc), "vadc");
  EXPECT_EQ(unit_of(adc), "um2/s");
  EXPECT_TRUE(has_physical_unit(adc));
  EXPECT_FALSE(has_physical_unit(other));
  EXPECT_EQ(unit_of(other), "a.u.");
  ASSERT_NE(definition_of(adc), nullptr);
  EXPECT_EQ(definition_of(adc)->high, 3000);
  EXPECT_EQ(definition_of(Modality::kLGE), nullptr);
  const auto regions = known_regions();
  EXPECT_NE(std::find(regions.begin(), regions.end(), "vocabulary-liver"), regions.end());
  EXPECT_EQ(make_task_id("vocabulary-liver", Modality::kCT, adc), "vocabulary-liver-ct-to-vadc");
}

TEST(Vocabulary, LeavesTheBuiltInWordsAsTheyAre) {
  declare(read(kAdc), "here");
  EXPECT_EQ(all_modalities().size(), 10U);
  EXPECT_EQ(region_names().size(), 9U);
  EXPECT_THAT(known_modality_names(), testing::Contains("VADC"));
}

TEST(Vocabulary, OrdersAddedModalitiesByNameNotByWhenTheyCame) {
  declare(read(kAdc), "here");  // VADC came before VADB
  const Modality adc = parse_modality("VADC", ""), adb = parse_modality("VADB", "");
  EXPECT_TRUE(comes_before(adb, adc));
  EXPECT_FALSE(comes_before(adc, adb));
  EXPECT_TRUE(comes_before(Modality::kLGE, adb));
  EXPECT_TRUE(comes_before(Modality::kCBCT, Modality::kLGE));
  EXPECT_FALSE(comes_before(adb, adb));
}

TEST(Vocabulary, OneNameMeansOneThing) {
  declare(read(kAdc), "first.json: /vocabulary");
  EXPECT_NO_THROW(declare(read(kAdc), "again.json"));
  for (const char* other : {R"({"modalities": [{"name": "VADB", "id": "vadb2"}]})",
                            R"({"modalities": [{"name": "VADB2", "id": "vadb"}]})",
                            R"({"modalities": [{"name": "VADB", "id": "vadb", "outside": -1}]})"}) {
    try {
      declare(read(other), "second.json");
      ADD_FAILURE() << other;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_EQ(error.place(), "second.json");
      EXPECT_THAT(error.what(), HasSubstr(" in "));
      EXPECT_THAT(error.what(), HasSubstr("make the two definitions equal"));
    }
  }
}

TEST(Vocabulary, WhatIsWrittenIsReadBackEqual) {
  const Vocabulary words = read(kAdc);
  const Json json = to_json(words);
  const Vocabulary again = vocabulary_from_json(JsonObject(json, "", ""));
  EXPECT_EQ(again.regions, words.regions);
  EXPECT_EQ(again.modalities, words.modalities);
  EXPECT_EQ(to_json(again), json);
}

TEST(Vocabulary, NamesUsedWordsOnly) {
  declare(read(kAdc), "here");
  const Vocabulary used = declared_among({"brain", "vocabulary-liver", "vocabulary-liver"},
                                         {Modality::kCT, parse_modality("VADB", "")});
  EXPECT_EQ(used.regions, std::vector<std::string>{"vocabulary-liver"});
  ASSERT_EQ(used.modalities.size(), 1U);
  EXPECT_EQ(used.modalities[0].name, "VADB");
  EXPECT_TRUE(declared_among({"brain"}, {Modality::kCT}).empty());
}

TEST(Vocabulary, SaysWhatIsWrongAndWhere) {
  const auto one = [](const std::string& fields) { return "{\"modalities\": [" + fields + "]}"; };
  const std::pair<std::string, const char*> wrong[] = {
      {R"({"regions": ["brain"]})", "/regions: \"brain\" is built in"},
      {R"({"regions": ["Liver"]})", "cannot stand in a task's id"},
      {R"({"regions": ["a-to-"]})", "cannot stand in a task's id"},
      {R"({"regions": ["x1", "x1"]})", "named twice"},
      {R"({"region": ["x1"]})", "did you mean \"regions\"?"},
      {one(R"({"id": "dwi"})"), "\"name\""},
      {one(R"({"name": "DWI"})"), "\"id\""},
      {one(R"({"name": "CT", "id": "ct2"})"), "/modalities/0/name: CT is built in"},
      {one(R"({"name": "CT2", "id": "ct"})"), "the id of CT"},
      {one(R"({"name": "D W", "id": "dw"})"), "no name for a modality"},
      {one(R"({"name": "DWI", "id": "dwi+"})"), "lower-case letters and digits"},
      {one(R"({"name": "DWI", "id": "dwi", "low": 3})"), "goes with \"map\": \"fixed\" only"},
      {one(R"({"name": "DWI", "id": "dwi", "unit": "HU"})"), "goes with \"map\": \"fixed\" only"},
      {one(R"({"name": "DWI", "id": "dwi", "map": "fixed", "low": 0, "high": 1})"), "is no unit"},
      {one(R"({"name": "DWI", "id": "dwi", "map": "fixed", "unit": "u", "low": 2, "high": 1})"),
       "has no width"},
      {one(R"({"name": "DWI", "id": "dwi", "plausible_low": 2, "plausible_high": 1})"), "is no range"},
      {one(R"({"name": "DWI", "id": "dwi", "words": "a\nb"})"), "cannot stand in a prompt"},
      {one(R"({"name": "DWI", "id": "dwi"}, {"name": "DWI", "id": "dwi2"})"),
       "/modalities/1/name: DWI is defined"},
      {one(R"({"name": "DWI", "id": "dwi"}, {"name": "DWJ", "id": "dwi"})"), "the id of two modalities"},
  };
  for (const auto& [text, message] : wrong) EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
}

TEST(Vocabulary, ComesFromAFileOfItsOwnOrFromOneThatHoldsIt) {
  const TempFolder folder;
  declare_vocabulary_file(folder.write("own.json", R"({"schema": "synerbench/vocabulary", "schema_version": 1,
                                                       "regions": ["vocabulary-own"]})"));
  declare_vocabulary_file(folder.write(
      "suite.json", R"({"schema": "synerbench/suite", "vocabulary": {"regions": ["vocabulary-inner"]}})"));
  EXPECT_THAT(known_regions(), testing::IsSupersetOf({"vocabulary-own", "vocabulary-inner"}));
  const auto refused = [&](const std::filesystem::path& path) -> std::string {
    try {
      declare_vocabulary_file(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage) << error.what();
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(refused(folder / "none.json"), HasSubstr("none.json"));
  EXPECT_THAT(refused(folder.write("list.json", "[]")), HasSubstr("list.json"));
  EXPECT_THAT(refused(folder.write("other.json", R"({"schema": "synerbench/suite"})")),
              HasSubstr("holds no vocabulary"));
  EXPECT_THAT(
      refused(folder.write("new.json", R"({"schema": "synerbench/vocabulary", "schema_version": 2})")),
      HasSubstr("version 2 is not understood"));
}

}  // namespace
}  // namespace synerbench
