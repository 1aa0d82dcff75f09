#include "harness/core/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/folder_lock.h"
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

TEST(WriteFile, IsToldBeforeLongWorkThatItWouldFail) {
  const TempFolder folder;
  require_writable(folder / "new/x");
  EXPECT_EQ(entries(folder / "new"), 0u);
  write_file(folder / "file", "old");
  require_writable(folder / "file");
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_THROW(require_writable(folder / "file/below"), Error);
  EXPECT_THROW(require_writable(folder.path()), Error) << "a folder is no file";
  EXPECT_EQ(entries(folder.path()), 2u);
}

TEST(WriteFile, WhatAKilledWriterLeftIsReplacedByTheNextOne) {
  const TempFolder folder;
  folder.write(".tmp-0-x", "half of a long file that a killed process left");
  write_file(folder / "x", "new");
  EXPECT_EQ(read_file(folder / "x"), "new");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(WriteFile, TwoWritersOfOneFileEachWriteAWholeOne) {
  const TempFolder folder;
  const std::string first(100'000, 'a'), second(70'000, 'b');
  for (int round = 0; round < 20; ++round) {
    std::thread other([&] { write_file(folder / "x", second); });
    write_file_with(folder / "x", [&](const std::filesystem::path& temporary) {
      std::ofstream(temporary, std::ios::binary) << first;
    });
    other.join();
    const std::string seen = read_file(folder / "x");
    EXPECT_TRUE(seen == first || seen == second) << seen.size();
    EXPECT_EQ(entries(folder.path()), 1u);
  }
}

TEST(TemporaryFiles, AreRemovedWhereNobodyIsAtWorkOnThem) {
  const TempFolder folder;
  write_file(folder / "sub/.tmp-0-x", "left");
  write_file(folder / "sub/.tmp-drawing/file", "left");
  write_file(folder / "sub/kept", "kept");
  write_file_with(folder / "sub/busy", [&](const std::filesystem::path& temporary) {
    std::ofstream(temporary) << "at work";
    remove_temporary_files(folder.path());
    EXPECT_TRUE(std::filesystem::exists(temporary));
  });
  EXPECT_EQ(entries(folder / "sub"), 2u);
  EXPECT_EQ(read_file(folder / "sub/busy"), "at work");
}

std::string problem_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.problem();
  }
  return "none";
}

TEST(ReadFile, WhatMayNeverEndIsRefused) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const auto& read :
       {std::function<void(const std::filesystem::path&)>([](const auto& path) { read_file(path); }),
        std::function<void(const std::filesystem::path&)>([](const auto& path) { MappedFile{path}; }),
        std::function<void(const std::filesystem::path&)>([](const auto& path) { sha256_file(path); })}) {
    EXPECT_EQ(problem_of([&] { read(folder / "pipe"); }), "is a pipe, a file is wanted");
    EXPECT_EQ(problem_of([&] { read("/dev/zero"); }), "is a device, a file is wanted");
    EXPECT_EQ(problem_of([&] { read(folder.path()); }), "is a folder, a file is wanted");
    EXPECT_EQ(problem_of([&] { read(folder / "absent"); }), "no such file");
  }
  EXPECT_NO_THROW(read_file("/proc/self/status"));  // says that it holds 0 bytes
}

TEST(ReadFile, MoreThanIsReadAtMostIsRefusedBeforeItIsRead) {
  const TempFolder folder;
  const auto path = folder.write("x", "");
  std::filesystem::resize_file(path, uintmax_t{1} << 40);  // a terabyte that takes no space
  EXPECT_EQ(problem_of([&] { read_file(path); }),
            "holds more than the 17179869184 bytes that are read at most");
  folder.write("y", "12345");
  EXPECT_EQ(read_file(folder / "y", 5), "12345");
  EXPECT_EQ(problem_of([&] { read_file(folder / "y", 4); }),
            "holds more than the 4 bytes that are read at most");
}

TEST(PathExists, SaysWhyItCannotTell) {
  const TempFolder folder;
  folder.write("file", "x");
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  EXPECT_TRUE(path_exists(folder / "file") && file_exists(folder / "file") && folder_exists(folder.path()));
  EXPECT_FALSE(path_exists(folder / "file/below") || folder_exists(folder / "file") ||
               file_exists(folder / "none"));
  EXPECT_EQ(problem_of([&] { path_exists(folder / "a"); }),
            "cannot be looked at (Too many levels of symbolic links)");
  EXPECT_EQ(problem_of([&] { path_exists(folder / std::string(300, 'x')); }),
            "cannot be looked at (File name too long)");
}

TEST(FolderLock, OneHolderAtATime) {
  const TempFolder folder;
  std::atomic<int> holders{0}, most{0}, refused{0}, held{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      try {
        const FolderLock lock(folder / "a/b", "run");
        most = std::max(most.load(), ++holders);
        ++held;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        --holders;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kUsage);
        EXPECT_EQ(error.problem(), "another run is writing here");
        ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_GE(held, 1);
  EXPECT_EQ(held + refused, 8);
  EXPECT_NO_THROW(FolderLock(folder / "a/b", "run"));
}

TEST(FolderLock, AFileInItsPlaceIsNamed) {
  const TempFolder folder;
  folder.write("file", "x");
  try {
    const FolderLock lock(folder / "file", "run");
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem(), "is a file, a folder is wanted");
    EXPECT_EQ(error.code(), ExitCode::kUsage);
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
