#include "harness/core/file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/core/error.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

size_t entries(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteFile, MakesFoldersAndReadsBack) {
  TempFolder folder;
  write_file(folder / "a/b/c.txt", "hello");
  EXPECT_EQ(read_file(folder / "a/b/c.txt"), "hello");
}

class WriteFileFault : public testing::TestWithParam<const char*> {};

TEST_P(WriteFileFault, LeavesTheOldFileAndNoRemains) {
  TempFolder folder;
  write_file(folder / "x", "old");
  set_write_fault_for_testing(GetParam());
  EXPECT_THROW(write_file(folder / "x", "new"), Error);
  set_write_fault_for_testing("");
  EXPECT_EQ(read_file(folder / "x"), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}
INSTANTIATE_TEST_SUITE_P(AtEveryStep, WriteFileFault, testing::Values("open", "write", "sync", "rename"));

TEST(WriteFile, SaysWhereItCouldNotWrite) {
  TempFolder folder;
  write_file(folder / "file", "x");
  try {
    write_file(folder / "file/below/a-file", "y");
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("file/below/a-file"), std::string::npos);
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
  }
}

TEST(ReadFile, NamesAMissingFile) {
  try {
    read_file("/nowhere/at/all");
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem(), "no such file");
  }
}

TEST(MappedFile, ShowsTheBytesAndTakesEmptyFiles) {
  TempFolder folder;
  write_file(folder / "x", "abc");
  write_file(folder / "empty", "");
  const MappedFile file(folder / "x");
  ASSERT_EQ(file.bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>(file.bytes()[2]), 'c');
  EXPECT_EQ(MappedFile(folder / "empty").bytes().size(), 0u);
  EXPECT_THROW(MappedFile{folder.path()}, Error);
}

TEST(Sha256, MatchesThePublishedVectors) {  // FIPS 180-2, appendix B
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace synerbench
