// What `store verify` holds against a manifest: its voxels, its rules, its folder; and one scan in two
// planes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/data/content.h"
#include "tests/import/import_fixture.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testing_support;

class Verified : public ImportFixture {
 protected:
  void SetUp() override {
    make_synthrad2023(options_.root, 3);
    import("synthrad2023");
  }
  /// The problems after `edit` of the manifest's first case.
  template <class Edit>
  std::vector<std::string> after(Edit&& edit) {
    const fs::path path = options_.out / "manifest.json";
    const std::string sound = read_file(path);
    Json json = parse_json(sound, path.string());
    edit(json);
    write_json(path, json);
    const auto problems = store().verify();
    write_file(path, sound);
    return problems;
  }
};

TEST_F(Verified, AnImportRaisesNoAlarm) {
  EXPECT_THAT(store().verify(), IsEmpty());
  // Whatever the options: they stand in the rules.
  for (int way = 0; way < 4; ++way) {
    options_.out = folder_.path() / std::to_string(way);
    options_.pixels.plane = way == 0 ? "coronal" : "";
    options_.accept_odd = options_.accept_duplicates = way == 1;
    options_.split.rule = way == 2 ? SplitRule::kRanked : SplitRule::kHash;
    options_.split.salt = way == 3 ? "other" : "";
    import("synthrad2023");
    EXPECT_THAT(store().verify(), IsEmpty()) << way;
  }
}

TEST_F(Verified, EditsOfTheManifestAreSeen) {
  const auto first = [](Json& json) -> Json& { return json["cases"][0]; };
  EXPECT_THAT(after([](Json&) {}), IsEmpty());
  EXPECT_THAT(after([&](Json& json) { first(json)["region"] = "pelvis"; }),
              ElementsAre(HasSubstr("manifest.json: synthrad2023/1BA001: its import_key does not follow")));
  EXPECT_THAT(after([&](Json& json) { first(json)["group"] = "Z"; }),
              ElementsAre(HasSubstr("its import_key")));
  EXPECT_THAT(
      after([&](Json& json) { first(json)["split"] = first(json)["split"] == "train" ? "test" : "train"; }),
      ElementsAre(HasSubstr("by the rule of its data set (\"hash split v1\") in")));
  EXPECT_THAT(after([&](Json& json) { first(json)["volumes"][0]["source"]["path"] = "other.nii.gz"; }),
              ElementsAre(HasSubstr("its import_key")));
  for (const size_t volume : {0U, 1U}) {
    EXPECT_THAT(after([&](Json& json) {
                  Json& map = first(json)["volumes"][volume]["intensity"];
                  map["high"] = map["high"].get<double>() * 1.5;
                }),
                ElementsAre(HasSubstr("is shown to models by")))
        << volume;
    EXPECT_THAT(
        after([&](Json& json) { first(json)["volumes"][volume]["voxels_sha256"] = std::string(64, 'a'); }),
        ElementsAre(HasSubstr("(voxels_sha256) is not theirs")))
        << volume;
  }
  EXPECT_EQ(
      after([&](Json& json) { json["imports"]["synthrad2023"]["pixels"]["resample"] = "linear"; }).size(), 3U)
      << "rules that no case was imported by";
}

TEST_F(Verified, FilesOfNoCaseAreNamed) {
  write_file(options_.out / "shards/synthrad2023/1BA009.safetensors", "x");
  write_file(options_.out / "old/manifest.bak", "x");
  EXPECT_THAT(store().verify(), ElementsAre(HasSubstr("old/manifest.bak: no case of manifest.json"),
                                            HasSubstr("shards/synthrad2023/1BA009.safetensors: no case")));
  fs::remove_all(options_.out / "old");
  fs::remove(options_.out / "shards/synthrad2023/1BA009.safetensors");
  // What people and systems leave beside it, and what a killed import of another data set left, are none.
  write_file(options_.out / "README.md", "x");
  write_file(options_.out / ".DS_Store", "x");
  write_file(options_.out / ".partial/brats/a.json", "{}");
  write_file(options_.out / "shards/brats/a.safetensors", "x");
  EXPECT_THAT(store().verify(), IsEmpty());
}

class TwoPlanes : public ImportFixture {
 protected:
  void SetUp() override {
    const auto grid = axis_grid({12, 14, 10});
    write_volume(tree("ct.nii"), made_ct(grid), PixelType::kInt16);
    write_volume(tree("other.nii"), made_ct(grid, 3), PixelType::kInt16);
  }
  void import_as(const std::string& dataset, const std::string& plane, const std::string& split,
                 const std::string& file = "ct.nii") {
    write_list("case,patient,region,modality,path,plane,split\nc,p,thorax,CT," + file + "," + plane + "," +
               split + "\n");
    options_.dataset = dataset;
    import("pairs");
  }
};

TEST_F(TwoPlanes, HoldTheSameScan) {
  import_as("first", "axial", "train");
  import_as("apart", "coronal", "test", "other.nii");
  EXPECT_THAT(store().verify(), IsEmpty());
  try {
    import_as("second", "coronal", "test");
    FAIL() << "one scan in training and in test";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("hold the same voxels"));
  }
  const auto held = store();
  EXPECT_EQ(hashes_of(held.cases()[1].volumes[0]).size(), 1U);
  EXPECT_EQ(held.cases()[1].id.text(), "first/c");
  EXPECT_EQ(hashes_of(held.cases()[0].volumes[0]).size(), 2U) << "as older lists of scans know it";
}

// Older stores hashed a coronal case as its slices lie.
TEST_F(TwoPlanes, OfAnOlderStoreAreNoFalseAlarmAndStillCompared) {
  options_.accept_duplicates = true;
  import_as("first", "axial", "train");
  import_as("second", "coronal", "test");
  const fs::path path = options_.out / "manifest.json";
  Json json = read_json(path);
  json["imports"]["first"].erase("accept_duplicates");
  json["imports"]["second"].erase("accept_duplicates");
  Json& volume = json["cases"][1]["volumes"][0];
  volume["voxels_sha256"] = volume["slices_sha256"];
  volume.erase("slices_sha256");
  write_json(path, json);
  EXPECT_THAT(store().verify(), ElementsAre(HasSubstr("hold the same voxels")));
  options_.accept_duplicates = false;
  write_list("case,patient,region,modality,path,split\nc,p,thorax,CT,other.nii,train\n");
  options_.dataset = "third";
  EXPECT_THAT(import("pairs").notes,
              Contains(HasSubstr("1 coronal cases were imported by an older program")));
}

}  // namespace
}  // namespace synerbench
