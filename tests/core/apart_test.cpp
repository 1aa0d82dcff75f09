#include "harness/core/apart.h"

#include <gtest/gtest.h>

#include "harness/core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing_support::error_of;

class RequireApart : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "a/mr.nii.gz", "the only copy");
    write_file(folder_ / "series/1.dcm", "a slice");
  }
  /// "" when nothing is wrong.
  std::string problem(const fs::path& out, const std::vector<ReadFrom>& inputs) const {
    try {
      require_apart(out, inputs);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_EQ(error.place(), out.string());
      return error.problem();
    }
    return "";
  }
  std::vector<ReadFrom> source() const { return {{folder_ / "a/mr.nii.gz", "the source"}}; }
  std::vector<ReadFrom> series() const { return {{folder_ / "series", "the source", true}}; }
  TempFolder folder_;
};

TEST_F(RequireApart, RefusesOutputThatIsAnInput) {
  EXPECT_EQ(problem(folder_ / "a/mr.nii.gz", source()), "is the source itself");
  EXPECT_EQ(problem(folder_ / "a/../a/./mr.nii.gz", source()), "is the source itself");
  EXPECT_EQ(problem(folder_ / "series", series()), "is the source itself");
}

TEST_F(RequireApart, FindsItThroughLinks) {
  fs::create_symlink(folder_ / "a/mr.nii.gz", folder_ / "soft.nii.gz");
  fs::create_hard_link(folder_ / "a/mr.nii.gz", folder_ / "hard.nii.gz");
  fs::create_directory_symlink(folder_ / "a", folder_ / "b");
  fs::create_directory_symlink(folder_ / "series", folder_ / "series2");
  for (const char* name : {"soft.nii.gz", "hard.nii.gz", "b/mr.nii.gz"})
    EXPECT_EQ(problem(folder_ / name, source()), "is the source itself") << name;
  EXPECT_EQ(problem(folder_ / "series2", series()), "is the source itself");
  EXPECT_EQ(problem(folder_ / "series2/new/out", series()),
            "lies in the source, " + (folder_ / "series").string());
}

TEST_F(RequireApart, RefusesOutputInsideAFolderThatIsReadAsAWhole) {
  EXPECT_EQ(problem(folder_ / "series/out", series()),
            "lies in the source, " + (folder_ / "series").string());
  EXPECT_EQ(problem(folder_ / "series/x/y/out.nii", series()),
            "lies in the source, " + (folder_ / "series").string());
  EXPECT_EQ(problem(folder_ / "series/out", {{folder_ / "series", "the run"}}), "") << "it is not closed";
}

TEST_F(RequireApart, LetsEverythingElseThrough) {
  EXPECT_EQ(problem(folder_ / "a/ct.nii.gz", source()), "");
  EXPECT_EQ(problem(folder_ / "new/deep/ct.nii.gz", source()), "");
  EXPECT_EQ(problem(folder_ / "series-out", series()), "") << "its name only begins the same";
  EXPECT_EQ(problem(folder_.path(), series()), "") << "the folder above";
  EXPECT_EQ(problem("", source()), "");
  EXPECT_EQ(problem(folder_ / "a/ct.nii.gz", {{"", "the mask"}, {folder_ / "gone", "the mask", true}}), "");
}

TEST_F(RequireApart, SaysThatNothingWasWritten) {
  EXPECT_EQ(error_of([&] { require_apart(folder_ / "a/mr.nii.gz", source()); }),
            (folder_ / "a/mr.nii.gz").string() +
                ": is the source itself\n  nothing was written; name another place to write to");
}

}  // namespace
}  // namespace synerbench
