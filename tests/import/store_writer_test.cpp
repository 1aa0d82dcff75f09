#include "harness/data/store_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    files[entry.path().lexically_relative(folder)] =
        entry.is_regular_file() ? sha256_file(entry.path()) : "folder";
  }
  return files;
}

CaseToStore small_case(const std::string& name, float value = 1.5F) {
  CaseToStore to_store;
  to_store.name = name;
  to_store.patient = name;
  to_store.region = "brain";
  to_store.plane = "axial";
  to_store.geometry.size = {2, 2, 2};
  to_store.mask.assign(8, 255);
  to_store.mask_rule = "all";
  auto& volume = to_store.volumes.emplace_back();
  volume.modality = Modality::kT1;
  volume.voxels.assign(8, value);
  volume.source = Json{{"path", name}};
  return to_store;
}

std::string key(const std::string& text) { return sha256_hex(text); }

const Json kRules{{"resample", "refuse"}};

TEST(StoreName, IsSafeEverywhere) {
  EXPECT_TRUE(is_store_name("BraTS-GLI-00001-000"));
  for (const char* bad : {"", ".", "..", ".hidden", "-x", "a/b", "a b", "\xc3\xa4"})
    EXPECT_FALSE(is_store_name(bad)) << bad;
  EXPECT_EQ(store_name_from("03-23-2003-NA-PET-CT Ganzkoerper  primaer mit KM-10445"),
            "03-23-2003-NA-PET-CT_Ganzkoerper_primaer_mit_KM-10445");
  EXPECT_TRUE(is_store_name(store_name_from("../.. \xc3\xa4")));
}

TEST(StoreWriter, LeavesNothingButManifestAndShards) {
  const TempFolder folder;
  StoreWriter writer(folder.path() / "s", "made", kRules);
  writer.add(small_case("b"), key("b"));
  writer.add(small_case("a"), key("a"));
  EXPECT_EQ(writer.finish(), 2U);
  std::vector<std::string> names;
  for (const auto& [name, hash] : contents(folder.path() / "s")) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("manifest.json", "shards", "shards/made",
                                          "shards/made/a.safetensors", "shards/made/b.safetensors"));
  const SliceStore store(folder.path() / "s");
  EXPECT_EQ(store.cases()[0].id.text(), "made/a") << "id order, not writing order";
  EXPECT_EQ(store.mask(store.cases()[0]), std::vector<uint8_t>(8, 1)) << "mask values are 0 and 1";
}

TEST(StoreWriter, AnInterruptedImportGoesOnAndEndsWithTheSameBytes) {
  const TempFolder folder;
  const auto write = [&](StoreWriter& writer, const std::string& name) {
    if (writer.finished(name, key(name))) return false;
    writer.add(small_case(name), key(name));
    return true;
  };
  {
    StoreWriter writer(folder.path() / "whole", "made", kRules);
    for (const char* name : {"a", "b", "c"}) write(writer, name);
    writer.finish();
  }
  {
    StoreWriter writer(folder.path() / "parts", "made", kRules);
    write(writer, "c");
    // Gone without finish(), as after a kill; with the leftovers of a write that was cut.
    std::ofstream(folder.path() / "parts/shards/made/.tmp-1-0-a.safetensors") << "half";
    std::ofstream(folder.path() / "parts/.tmp-1-1-manifest.json") << "{";
    std::ofstream(folder.path() / "parts/shards/made/b.safetensors") << "shard without record";
  }
  EXPECT_THROW(SliceStore(folder.path() / "parts"), Error) << "an unfinished store is not a store";
  {
    StoreWriter writer(folder.path() / "parts", "made", kRules);
    EXPECT_TRUE(write(writer, "a"));
    EXPECT_TRUE(write(writer, "b"));
    EXPECT_FALSE(write(writer, "c")) << "must not be done again";
    writer.finish();
  }
  EXPECT_EQ(contents(folder.path() / "whole"), contents(folder.path() / "parts"));
}

TEST(StoreWriter, AFinishedStoreIsItsOwnRecord) {
  const TempFolder folder;
  const auto run = [&] {
    StoreWriter writer(folder.path() / "s", "made", kRules);
    int written = 0;
    for (const char* name : {"a", "b"}) {
      if (writer.finished(name, key(name))) continue;
      writer.add(small_case(name), key(name));
      ++written;
    }
    writer.finish();
    return written;
  };
  EXPECT_EQ(run(), 2);
  const auto before = contents(folder.path() / "s");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(contents(folder.path() / "s"), before);
}

TEST(StoreWriter, AChangedSourceOrADamagedShardIsDoneAgain) {
  const TempFolder folder;
  {
    StoreWriter writer(folder.path() / "s", "made", kRules);
    writer.add(small_case("a"), key("a"));
    writer.add(small_case("b"), key("b"));
    writer.finish();
  }
  std::ofstream(folder.path() / "s/shards/made/b.safetensors", std::ios::app) << "x";
  StoreWriter writer(folder.path() / "s", "made", kRules);
  EXPECT_FALSE(writer.finished("a", key("a, other bytes")));
  EXPECT_FALSE(writer.finished("b", key("b")));
  EXPECT_TRUE(writer.finished("a", key("a")));
}

TEST(StoreWriter, AnUnreadableRecordIsNoProof) {
  const TempFolder folder;
  {
    StoreWriter writer(folder.path() / "s", "made", kRules);
    writer.add(small_case("a"), key("a"));
  }
  std::ofstream(folder.path() / "s/.partial/made/a.json") << "{\"id\": \"made/a\"";
  StoreWriter writer(folder.path() / "s", "made", kRules);
  EXPECT_FALSE(writer.finished("a", key("a")));
}

TEST(StoreWriter, DatasetsShareAStoreInAnyOrder) {
  const TempFolder folder;
  const auto import = [&](const std::string& store, const std::string& dataset) {
    StoreWriter writer(folder.path() / store, dataset, kRules);
    writer.add(small_case("a"), key("a"));
    writer.finish();
  };
  import("xy", "x");
  import("xy", "y");
  import("yx", "y");
  import("yx", "x");
  EXPECT_EQ(SliceStore(folder.path() / "xy").cases().size(), 2U);
  EXPECT_EQ(contents(folder.path() / "xy"), contents(folder.path() / "yx"));
}

TEST(StoreWriter, OtherRulesForTheSameDatasetAreRefused) {
  const TempFolder folder;
  {
    StoreWriter writer(folder.path() / "s", "made", kRules);
    writer.add(small_case("a"), key("a"));
    writer.finish();
  }
  try {
    StoreWriter writer(folder.path() / "s", "made", Json{{"resample", "linear"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("other rules"));
    EXPECT_THAT(error.what(), HasSubstr("\"linear\""));
  }
}

TEST(StoreWriter, TwoAtATimeAreRefused) {
  const TempFolder folder;
  StoreWriter writer(folder.path() / "s", "made", kRules);
  EXPECT_THROW(StoreWriter(folder.path() / "s", "made", kRules), Error);
}

TEST(StoreWriter, AFolderOfSomethingElseIsLeftAlone) {
  const TempFolder folder;
  std::ofstream(folder.path() / "thesis.tex") << "x";
  const auto before = contents(folder.path());
  EXPECT_THROW(StoreWriter(folder.path(), "made", kRules), Error);
  EXPECT_THROW(StoreWriter(folder.path() / "thesis.tex", "made", kRules), Error);
  EXPECT_EQ(contents(folder.path()), before);
}

TEST(StoreWriter, APatientInTwoSplitsNeverReachesTheManifest) {
  const TempFolder folder;
  StoreWriter writer(folder.path() / "s", "made", kRules);
  auto first = small_case("a"), second = small_case("b");
  first.patient = second.patient = "same";
  second.split = Split::kTest;
  writer.add(first, key("a"));
  writer.add(second, key("b"));
  EXPECT_THROW(writer.finish(), Error);
  EXPECT_FALSE(fs::exists(folder.path() / "s/manifest.json"));
}

TEST(StoreWriter, AFailedWriteLeavesTheImportResumable) {
  for (const char* step : {"open", "write", "sync", "rename"}) {
    const TempFolder folder;
    StoreWriter writer(folder.path() / "s", "made", kRules);
    writer.add(small_case("a"), key("a"));
    set_write_fault_for_testing(step);
    EXPECT_THROW(writer.add(small_case("b"), key("b")), Error) << step;
    EXPECT_THROW(writer.finish(), Error) << step;
    set_write_fault_for_testing("");
    writer.add(small_case("b", 2.5F), key("b"));
    writer.finish();
    EXPECT_TRUE(SliceStore(folder.path() / "s").verify().empty()) << step;
  }
}

TEST(StoreWriter, LeavesVerifyToFindOneScanUnderTwoNames) {
  const TempFolder folder;
  for (const bool accepted : {false, true}) {
    const auto store = folder.path() / (accepted ? "accepted" : "not");
    Json rules = kRules;
    if (accepted) rules["accept_duplicates"] = true;
    StoreWriter writer(store, "made", rules);
    for (const char* name : {"a", "b"}) writer.add(small_case(name), key(name));
    writer.finish();
    EXPECT_EQ(SliceStore(store).verify().size(), accepted ? 0U : 1U);
  }
}

}  // namespace
}  // namespace synerbench
