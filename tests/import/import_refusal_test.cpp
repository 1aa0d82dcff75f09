// Imports that are refused, and what is left of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/import/import_fixture.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace testing_support;

using Import = ImportFixture;

TEST_F(Import, ASecondBratsEditionIsRefusedBesideTheFirst) {
  const auto grid = axis_grid({6, 6, 3});
  write_volume(tree("a/BraTS2021_00000/BraTS2021_00000_t1.nii.gz"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("b/BraTS20_Training_001/BraTS20_Training_001_t1.nii"), made_mr(grid),
               PixelType::kFloat32);
  const auto root = options_.root;
  EXPECT_THAT(error_of("brats", ExitCode::kUsage), HasSubstr("several BraTS editions"));
  options_.root = root / "a";
  import("brats");
  options_.root = root / "b";
  EXPECT_THAT(error_of("brats", ExitCode::kUsage), HasSubstr("several BraTS editions"));
  EXPECT_EQ(store().cases().size(), 1U);
}

// --- trouble -----------------------------------------------------------------------------------------------

TEST_F(Import, AnEmptyMaskIsABadCase) {
  make_synthrad2023(options_.root, 1);
  write_volume(tree("Task1/brain/1BA001/mask.nii.gz"),
               make_volume(axis_grid({10, 12, 4}, "RAS"), [](int64_t, int64_t, int64_t) { return 0.F; }),
               PixelType::kUInt8);
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("no voxel inside"));
}

TEST_F(Import, TheFirstBadFileStopsTheImportAndWhatIsDoneStaysDone) {
  make_synthrad2023(options_.root, 5);
  const auto path = tree("Task1/brain/1BC003/mr.nii.gz");
  const auto good = read_file(path);
  write_file(path, good.substr(0, good.size() / 2));
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("1BC003/mr.nii.gz"));
  EXPECT_THROW(store(), Error);
  write_file(path, good);
  const auto report = import("synthrad2023");
  EXPECT_GE(report.reused, 2U);
  EXPECT_EQ(report.reused + report.imported, 5U);
  const auto resumed = contents(options_.out);
  options_.out = folder_.path() / "fresh";
  EXPECT_EQ(import("synthrad2023").imported, 5U);
  EXPECT_EQ(contents(options_.out), resumed);
}

TEST_F(Import, SkipBadListsDamagedCasesAndGoesOn) {
  make_synthrad2023(options_.root, 4);
  const auto cut = tree("Task1/brain/1BB002/ct.nii.gz");
  write_file(cut, read_file(cut).substr(0, 40));
  fs::create_directories(tree("copy/1BC003"));
  fs::copy_file(tree("Task1/brain/1BC003/ct.nii.gz"), tree("copy/1BC003/ct.nii.gz"));
  write_file(tree("Task1/brain/1BA001/strange.dat"), "x");
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("two files for CT"));
  options_.skip_bad = true;
  const auto report = import("synthrad2023");
  EXPECT_EQ(report.imported, 2U);
  ASSERT_EQ(report.skipped.size(), 2U);
  EXPECT_EQ(report.skipped[0].name, "1BB002");
  EXPECT_EQ(report.skipped[0].path, "Task1/brain/1BB002/ct.nii.gz");
  EXPECT_EQ(report.skipped[1].name, "1BC003");
  EXPECT_THAT(report.unknown, ElementsAre("Task1/brain/1BA001/strange.dat"));
  const auto csv = read_file(options_.out / "skipped-synthrad2023.csv");
  EXPECT_THAT(csv, testing::StartsWith("case,path,reason\n1BB002,Task1/brain/1BB002/ct.nii.gz,"));
  EXPECT_EQ(store().cases().size(), 2U);
  EXPECT_TRUE(store().verify().empty());
}

TEST_F(Import, AClosedFolderIsNamedAsAFolderAndNotAsACase) {
  make_synthrad2023(options_.root, 2);
  const fs::path closed = tree("Task1/brain/1BA001");
  fs::permissions(closed, fs::perms::none);
  const bool readable = ::access(closed.c_str(), R_OK) == 0;
  const std::string message = readable ? "" : error_of("synthrad2023");
  fs::permissions(closed, fs::perms::owner_all);
  if (readable) GTEST_SKIP() << "this user may list every folder";
  EXPECT_THAT(message, HasSubstr("1BA001: this folder cannot be listed (Permission denied), so the cases in "
                                 "it are not known"));
  EXPECT_THAT(message, HasSubstr("make it readable, or go on without what is in it with --skip-bad"));
}

TEST_F(Import, NothingButBadCasesIsAnErrorEvenWhenSkipping) {
  make_synthrad2023(options_.root, 1);
  write_file(tree("Task1/brain/1BA001/ct.nii.gz"), "x");
  options_.skip_bad = true;
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("none of 1 cases"));
}

TEST_F(Import, AListedFileThatIsMissingIsABadCase) {
  const auto grid = axis_grid({7, 6, 5});
  write_volume(tree("a.nii"), made_mr(grid), PixelType::kFloat32);
  write_list("case,patient,region,modality,path\nc,p,brats,T1,a.nii\nd,q,brats,T1,b.nii\n");
  EXPECT_THAT(error_of("pairs"),
              AllOf(HasSubstr("b.nii: cannot be opened (No such file"), HasSubstr("row 3 names it")));
  // A cut line ends in a name that is none of an image; a sound file that is damaged is not the list's fault.
  write_list("case,patient,region,modality,path\nc,p,brats,T1,a.n\n");
  EXPECT_THAT(error_of("pairs"), AllOf(HasSubstr("does not end in .nii"), HasSubstr("row 2 names it")));
  // It is there, and of a kind that is not read: the way out is another one.
  write_file(tree("c.mgz"), "x");
  write_list("case,patient,region,modality,path\nc,p,brats,T1,c.mgz\n");
  EXPECT_THAT(error_of("pairs"),
              AllOf(HasSubstr("convert it to .nii.gz or .mha"), HasSubstr("row 2 names it")));
  write_list("case,patient,region,modality,path\nc,p,brats,T1,A.nii\n");
  EXPECT_THAT(error_of("pairs"), HasSubstr("\"a.nii\" is there, in other letters"));
  fs::create_symlink("gone/ct.nii", tree("ln.nii"));
  write_list("case,patient,region,modality,path\nc,p,brats,T1,ln.nii\n");
  EXPECT_THAT(error_of("pairs"), AllOf(HasSubstr("it is a link to \"gone/ct.nii\", which is not there"),
                                       testing::Not(HasSubstr("in other letters"))));
  write_file(tree("M\xC3\xBCller.nii"), "x");  // one letter; in the list u and a mark that follows it
  write_list("case,patient,region,modality,path\nc,p,brats,T1,Mu\xCC\x88ller.nii\n");
  EXPECT_THAT(error_of("pairs"), HasSubstr("M\xC3\xBCller.nii\" is there: the same letters"));
  write_list("case,patient,region,modality,path\nc,p,brats,T1,Muller.nii\n");
  EXPECT_THAT(error_of("pairs"), testing::Not(HasSubstr("is there"))) << "another name";
  write_file(tree("b.nii"), "x");
  write_list("case,patient,region,modality,path\nc,p,brats,T1,a.nii\nd,q,brats,T1,b.nii\n");
  EXPECT_THAT(error_of("pairs"), testing::Not(HasSubstr("names it")));
  fs::remove(tree("b.nii"));
  options_.skip_bad = true;
  EXPECT_EQ(import("pairs").skipped.size(), 1U);
}

TEST_F(Import, PatientsThatMayBeOneAreNoted) {
  const auto grid = axis_grid({7, 6, 5});
  for (unsigned i = 0; i < 4; ++i) {
    Volume volume = made_mr(grid);
    for (size_t v = 0; v < volume.voxels.size(); ++v)
      if (volume.voxels[v] != 0) volume.voxels[v] += static_cast<float>(v * (i + 3) % 17);
    write_volume(tree(std::to_string(i) + ".nii"), volume, PixelType::kFloat32);
  }
  const auto notes_of = [&](const char* first, const char* second) {
    write_list(std::string("case,patient,region,modality,path\na,") + first + ",brats,T1,0.nii\nb," + second +
               ",brats,T1,1.nii\n");
    options_.out = folder_.path() / (std::string("store") + first + second);
    return import("pairs").notes;
  };
  EXPECT_THAT(notes_of("P01", "p1"),
              testing::Contains(
                  HasSubstr("patients \"P01\" and \"p1\" differ in case, leading zeros, separators or")));
  EXPECT_THAT(notes_of("a_1", "a-001"), testing::Contains(HasSubstr("count as two")));
  for (const char* other : {"P_01", "P-01", "p1.", "sub-P01", "sub_p1"})
    EXPECT_THAT(notes_of("P01", other), testing::Contains(HasSubstr("count as two"))) << other;
  EXPECT_THAT(notes_of("sub-01", "01"), testing::Contains(HasSubstr("count as two")));
  EXPECT_THAT(notes_of("1-11", "11-1"), Not(testing::Contains(HasSubstr("count as two"))));
  EXPECT_THAT(notes_of("subject1", "ject1"), Not(testing::Contains(HasSubstr("count as two"))));
  EXPECT_THAT(notes_of("a10", "a100"), Not(testing::Contains(HasSubstr("count as two"))));
  EXPECT_THAT(notes_of("a1_1", "a11"), Not(testing::Contains(HasSubstr("count as two"))));
}

TEST_F(Import, UsageMistakesAreFoundBeforeAnyWork) {
  make_synthrad2023(options_.root, 1);
  options_.threads = 0;
  error_of("synthrad2023", ExitCode::kUsage);
  options_.threads = 1;
  options_.split.test = 0.5;
  error_of("synthrad2023", ExitCode::kUsage);
  options_.split.test = 0.2;
  options_.dataset = "a/b";
  error_of("synthrad2023", ExitCode::kUsage);
  options_.dataset.clear();
  options_.pixels.plane = "sagittal";
  error_of("synthrad2023", ExitCode::kUsage);
  options_.pixels.plane.clear();
  EXPECT_THAT(error_of("brats", ExitCode::kUsage),
              HasSubstr("layout \"synthrad2023\" would find 1 case here"));
  EXPECT_THAT(error_of("pairs", ExitCode::kUsage), HasSubstr("needs a list"));
  EXPECT_FALSE(fs::exists(options_.out));
}

TEST_F(Import, TheFirstBadCaseIsNamedWhateverTheThreads) {
  make_synthrad2023(options_.root, 8);
  for (const char* name : {"1BB005", "1BA004", "1BB008"})
    write_file(tree(fmt::format("Task1/brain/{}/ct.nii.gz", name)), "x");
  for (const int threads : {1, 2, 4}) {
    options_.threads = threads;
    options_.out = folder_.path() / std::to_string(threads);
    EXPECT_THAT(error_of("synthrad2023"), HasSubstr("1BA004/ct.nii.gz")) << threads;
  }
}

TEST_F(Import, ADamagedDescriptionOfASimulatedCohortIsRefused) {
  make_synthrad2023(options_.root, 1);
  write_file(options_.root.parent_path() / "cohort.json", "{\"schema\": \"synerbench/phantom-cohort\"}");
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("synerbench phantom"));
  // Cut off: simulated patients would become real ones.
  write_file(options_.root.parent_path() / "cohort.json",
             "{\"schema\": \"synerbench/phantom-cohort\", \"coh");
  EXPECT_THAT(error_of("synthrad2023"),
              HasSubstr("cohort.json: speaks of synerbench/phantom-cohort and is damaged"));
}

}  // namespace
}  // namespace synerbench
