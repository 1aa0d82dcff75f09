#include "harness/core/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using Verdict = Finding::Verdict;

TEST(Machine, ABuildWithUncommittedChangesIsNoted) {
  Json build{{"version", "0.1.0"},
             {"commit", "0123456789abcdef"},
             {"dirty", false},
             {"compiler", "GNU 12.2.0"},
             {"build", "Release"}};
  EXPECT_EQ(check_build(build).verdict, Verdict::kOk);
  EXPECT_EQ(check_build(build).detail, "0.1.0 commit 0123456789ab, GNU 12.2.0, Release");
  build["dirty"] = true;
  EXPECT_EQ(check_build(build).verdict, Verdict::kNote);
}

TEST(Machine, GnuplotIsLookedForInEveryFolderOfThePath) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "bin");
  const std::string path = "/nowhere::" + (folder / "bin").string();
  EXPECT_EQ(check_plots(path).verdict, Verdict::kNote);
  write_file(folder / "bin/gnuplot", "#!/bin/sh\n");
  std::filesystem::permissions(folder / "bin/gnuplot", std::filesystem::perms::owner_all);
  EXPECT_EQ(check_plots(path).verdict, Verdict::kOk);
  EXPECT_EQ(check_plots("").verdict, Verdict::kNote);
}

TEST(Machine, LittleSpaceIsNotedAndUnknownSpaceToo) {
  EXPECT_EQ(check_disk(4.9 * (1 << 30)).verdict, Verdict::kNote);
  EXPECT_EQ(check_disk(5.0 * (1 << 30)).verdict, Verdict::kOk);
  EXPECT_EQ(check_disk(5.0 * (1 << 30)).detail, "5.0 GiB free here");
  EXPECT_EQ(check_disk(std::nullopt).verdict, Verdict::kNote);
}

TEST(Machine, SpaceIsThatOfAFolderThatIsThere) {
  const TempFolder folder;
  EXPECT_GT(free_bytes(folder.path()).value_or(0), 0);
  EXPECT_EQ(free_bytes(folder / "none"), std::nullopt);
}

TEST(Machine, ASlowMatrixProductIsNotedAndSaysWhatMayBeBehindIt) {
  EXPECT_EQ(check_matrix_rate(40, 10, 2).verdict, Verdict::kOk);
  const Finding slow = check_matrix_rate(3, 10, 2);
  EXPECT_EQ(slow.verdict, Verdict::kNote) << "a busy machine is no reason to fail";
  EXPECT_THAT(slow.detail, HasSubstr("the machine is busy"));
  EXPECT_THAT(slow.detail, HasSubstr("libopenblas0-openmp"));
  EXPECT_FALSE(any_bad({check_matrix_rate(40, 10, 2), check_disk(1.0)}));
  EXPECT_TRUE(any_bad({slow, {"cores", Verdict::kBad, "none"}}));
}

TEST(Machine, FindingsAreLinesOrJson) {
  const std::vector<Finding> findings{check_image_files(true), check_image_files(false)};
  EXPECT_THAT(to_text(findings), HasSubstr("ok    image files     NIfTI and MetaImage through ITK\nnote  "));
  EXPECT_EQ(to_json(findings)[1]["verdict"], "note");
}

}  // namespace
}  // namespace synerbench
