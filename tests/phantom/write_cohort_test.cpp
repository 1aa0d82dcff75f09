#include "suites/phantom/write_cohort.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/data/import/split.h"
#include "harness/data/volume_io.h"

namespace synerbench::phantom {
namespace {

namespace fs = std::filesystem;

/// A cohort of two patients per data set, task and region, in a folder of its own.
class WrittenCohort : public testing::Test {
 protected:
  void write(std::vector<std::string> datasets, std::vector<std::string> regions = {}) {
    options_.patients = 2;
    options_.seed = 5;
    options_.datasets = std::move(datasets);
    options_.regions = std::move(regions);
    write_cohort(root_, options_, 2);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::vector<PlannedCase> cases() const { return plan_cohort(options_); }
  Volume read(const std::string& file) const { return read_volume(root_ / file); }

  fs::path root_ =
      fs::temp_directory_path() /
      fmt::format("phantom-{}-{}", getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
  CohortOptions options_;
};

TEST_F(WrittenCohort, IsNotWrittenIntoAStoreOrARun) {
  for (const char* file : {"manifest.json", "run.json"}) {
    fs::remove_all(root_);
    write_file(root_ / file, "{}");
    EXPECT_THROW(write({"synthrad2023"}, {"brain"}), Error) << file;
    EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1) << "nothing was written";
  }
}

TEST_F(WrittenCohort, HoldsExactlyThePlannedFiles) {
  write({});
  std::set<std::string> planned{"cohort.json"}, found;
  for (const PlannedCase& one : cases()) planned.insert(one.files.begin(), one.files.end());
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (entry.is_regular_file()) found.insert(fs::relative(entry.path(), root_).string());
  }
  EXPECT_EQ(found, planned);
  for (const char* file :
       {"synthrad2023/Task1/brain/1BA001/mr.nii.gz", "synthrad2023/Task2/pelvis/2PA001/cbct.nii.gz"}) {
    EXPECT_TRUE(found.count(file)) << file;
  }
}

TEST_F(WrittenCohort, ImagesOfASynthRadCaseShareOneGridAndTheMaskHoldsTheBody) {
  write({"synthrad2023", "synthrad2025"}, {"brain", "pelvis", "abdomen"});
  {
    for (const PlannedCase& one : cases()) {
      const Volume moving = read(one.files[0]), ct = read(one.files[1]), mask = read(one.files[2]);
      EXPECT_TRUE(same_grid(moving.geometry, ct.geometry)) << one.id;
      EXPECT_TRUE(same_grid(mask.geometry, ct.geometry)) << one.id;
      int64_t inside = 0, tissue = 0, tissue_inside = 0;
      for (size_t v = 0; v < mask.voxels.size(); ++v) {
        ASSERT_TRUE(mask.voxels[v] == 0 || mask.voxels[v] == 1);
        inside += mask.voxels[v] == 1;
        if (ct.voxels[v] > 0) {
          ++tissue;
          tissue_inside += mask.voxels[v] == 1;
        }
      }
      EXPECT_GT(inside, 0) << one.id;
      EXPECT_LT(inside, static_cast<int64_t>(mask.voxels.size())) << one.id;
      // The couch lies outside, and a CBCT's field of view may cut the body.
      EXPECT_GT(tissue_inside, tissue * 8 / 10) << one.id;
      const auto [low, high] = std::minmax_element(ct.voxels.begin(), ct.voxels.end());
      EXPECT_GE(*low, -1024) << one.id;
      EXPECT_LE(*high, 3071) << one.id;
      EXPECT_LT(*low, -980) << one.id;
    }
  }
}

TEST_F(WrittenCohort, PatientsDifferInImageSize) {
  write({"synthrad2023"});
  std::set<std::array<int64_t, 3>> sizes;
  for (const PlannedCase& one : cases()) sizes.insert(read(one.files[1]).geometry.size);
  EXPECT_GT(sizes.size(), 3u);
}

TEST_F(WrittenCohort, AutoPetKeepsCtOnItsOwnGridAndTheRestOnThePetGrid) {
  write({"autopet"});
  for (const PlannedCase& one : cases()) {
    EXPECT_NE(one.folder.find("  "), std::string::npos) << "the archive's study names have double spaces";
    const Volume ct = read(one.files[0]), ctres = read(one.files[1]), pet = read(one.files[2]),
                 suv = read(one.files[3]), seg = read(one.files[4]);
    EXPECT_TRUE(same_grid(ctres.geometry, suv.geometry));
    EXPECT_TRUE(same_grid(pet.geometry, suv.geometry));
    EXPECT_TRUE(same_grid(seg.geometry, suv.geometry));
    EXPECT_FALSE(same_grid(ct.geometry, suv.geometry));
    // SUV is activity times one factor.
    double factor = 0;
    for (size_t v = 0; v < suv.voxels.size(); ++v) {
      ASSERT_GE(suv.voxels[v], 0);
      if (suv.voxels[v] < 1) continue;
      if (factor == 0) factor = suv.voxels[v] / pet.voxels[v];
      ASSERT_NEAR(suv.voxels[v] / pet.voxels[v] / factor, 1, 1e-5);
    }
    EXPECT_GT(factor, 0);
  }
}

TEST_F(WrittenCohort, BratsIsStrippedAndLabeledInBothNamings) {
  write({"brats"});
  for (const PlannedCase& one : cases()) {
    std::vector<Volume> images;
    for (const std::string& file : one.files) images.push_back(read(file));
    std::set<float> labels(images[4].voxels.begin(), images[4].voxels.end());
    const std::set<float> allowed =
        one.edition == "2021" ? std::set<float>{0, 1, 2, 4} : std::set<float>{0, 1, 2, 3};
    for (float label : labels) EXPECT_TRUE(allowed.count(label)) << one.id << " " << label;
    EXPECT_GT(labels.size(), 1u) << one.id;
    EXPECT_EQ(axes_of(images[0].geometry), one.edition == "2021" ? "LPS" : "RAS");
    for (size_t m = 0; m < 4; ++m) {
      EXPECT_TRUE(same_grid(images[m].geometry, images[0].geometry));
      EXPECT_EQ(images[m].voxels.front(), 0) << "skull-stripped: background is exactly 0";
    }
  }
}

TEST_F(WrittenCohort, MyopsHasFewThickSlicesAndKnownLabels) {
  write({"myops"});
  for (const PlannedCase& one : cases()) {
    const Volume c0 = read(one.files[0]), de = read(one.files[1]), gd = read(one.files[3]);
    EXPECT_TRUE(same_grid(c0.geometry, de.geometry));
    EXPECT_GE(c0.geometry.size[2], 2);
    EXPECT_LE(c0.geometry.size[2], 6);
    EXPECT_GE(c0.geometry.spacing[2], 12);
    for (float label : gd.voxels) {
      ASSERT_TRUE((std::set<float>{0, 200, 500, 600, 1220, 2221}.count(label))) << label;
    }
  }
}

TEST_F(WrittenCohort, IsTheSameToTheByteOnOneThread) {
  write({}, {"brain", "wb", "heart"});
  const fs::path again = root_.string() + "-again";
  write_cohort(again, options_, 1);
  int compared = 0;
  for (const PlannedCase& one : cases()) {
    for (const std::string& file : one.files) {
      EXPECT_EQ(sha256_file(again / file), sha256_file(root_ / file)) << file;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20);
  fs::remove_all(again);
}

TEST_F(WrittenCohort, SaysWhatItHolds) {
  write({"myops"});
  const Json json = read_json(root_ / "cohort.json");
  EXPECT_EQ(json["schema"], "synerbench/phantom-cohort");
  EXPECT_EQ(json["size"], "tiny");
  EXPECT_EQ(json["cases"].size(), plan_cohort(options_).size());
}

TEST_F(WrittenCohort, StandsAloneInItsFolder) {
  const auto refusal = [&](const CohortOptions& options) -> std::string {
    try {
      write_cohort(root_, options, 1);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.what();
    }
    return "";
  };
  const auto contents = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(root_))
      if (entry.is_regular_file()) files[entry.path().string()] = sha256_file(entry.path());
    return files;
  };
  write({"myops"});
  const auto whole = contents();
  EXPECT_EQ(refusal(options_), "") << "the same words again";
  EXPECT_EQ(contents(), whole);

  CohortOptions other = options_;
  other.seed = 6;
  EXPECT_THAT(refusal(other), testing::HasSubstr("holds another cohort: its seed is 5, 6 is wanted"));
  other = options_;
  other.datasets = {"brats"};
  EXPECT_THAT(refusal(other), testing::HasSubstr("it has other cases"));
  EXPECT_EQ(contents(), whole) << "nothing was written";

  // Killed before its description, and half of an image: the same words end with the same bytes.
  const fs::path image = root_ / cases().front().files.front();
  fs::remove(root_ / "cohort.json");
  fs::remove(image);
  write_file(image.parent_path() / ".tmp-x", "half");
  EXPECT_EQ(refusal(options_), "");
  fs::remove(image.parent_path() / ".tmp-x");
  EXPECT_EQ(contents(), whole);

  // Other words after it was killed: its cases lie there.
  fs::remove(root_ / "cohort.json");
  EXPECT_THAT(refusal(other), testing::HasSubstr("is of no case of this cohort"));
  write_file(root_ / "cohort.json", "{");
  EXPECT_THAT(refusal(options_), testing::HasSubstr("nobody knows which cohort lies here"));
}

TEST(Misregistration, HasASize) {
  for (const double mm : {std::nan(""), HUGE_VAL, -2.0, 500.0}) {
    CohortOptions options;
    options.misregistration = {Misregistration::Kind::kRigid, mm};
    try {
      plan_cohort(options);
      ADD_FAILURE() << mm;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_THAT(error.what(), testing::HasSubstr("give 0 to 50"));
    }
  }
  for (const double mm : {0.0, 2.0, 50.0}) {
    CohortOptions options;
    options.misregistration = {Misregistration::Kind::kElastic, mm};
    EXPECT_FALSE(plan_cohort(options).empty());
  }
}

TEST(PatientNumbers, FillAllThreeSplitsOfTheImportersHashRule) {
  std::map<std::string, std::map<Split, std::set<std::string>>> found;
  for (const PlannedCase& one : plan_cohort({})) {
    found[one.dataset + one.edition + one.region][hash_split({}, one.dataset, one.patient)].insert(
        one.patient);
  }
  EXPECT_EQ(found.size(), 14u);
  for (const auto& [group, splits] : found) {
    size_t patients = 0;
    for (const auto& [split, names] : splits) patients += names.size();
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      EXPECT_TRUE(splits.count(split)) << group << " has nobody in " << name_of(split);
    }
    EXPECT_NEAR(static_cast<double>(splits.at(Split::kTest).size()) / static_cast<double>(patients), 0.2, 0.1)
        << group;
  }
}

}  // namespace
}  // namespace synerbench::phantom
