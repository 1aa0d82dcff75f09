// kill -9 during an import: the child is this program again, so that no thread of the parent is inherited.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "harness/core/error.h"
#include "harness/data/import/import.h"
#include "tests/import/made_trees.h"
#include "tests/support/make_store.h"

extern char** environ;

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

ImportOptions options_for(const fs::path& root, const fs::path& out) {
  ImportOptions options;
  options.layout = "synthrad2023";
  options.root = root;
  options.out = out;
  options.threads = 2;
  return options;
}

// Runs only as the child of the tests below.
TEST(ImportChild, DISABLED_Imports) {
  auto options = options_for(std::getenv("SYNERBENCH_TEST_ROOT"), std::getenv("SYNERBENCH_TEST_OUT"));
  std::atomic<int> left{std::atoi(std::getenv("SYNERBENCH_TEST_CASES"))};
  options.after_case = [&](const std::string&) {
    if (--left == 0) ::raise(SIGKILL);
  };
  import_dataset(options);
}

pid_t spawn_import(const fs::path& root, const fs::path& out, int kill_after_cases) {
  ::setenv("SYNERBENCH_TEST_ROOT", root.c_str(), 1);
  ::setenv("SYNERBENCH_TEST_OUT", out.c_str(), 1);
  ::setenv("SYNERBENCH_TEST_CASES", std::to_string(kill_after_cases).c_str(), 1);
  std::string program = fs::read_symlink("/proc/self/exe").string();
  std::string filter = "--gtest_filter=ImportChild.DISABLED_Imports",
              also = "--gtest_also_run_disabled_tests";
  char* arguments[] = {program.data(), filter.data(), also.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  EXPECT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(ImportKilled, AfterAnyCaseGoesOnAndEndsWithTheSameBytes) {
  const TempFolder folder;
  make_synthrad2023(folder.path() / "tree", 4, {24, 24, 6});
  import_dataset(options_for(folder.path() / "tree", folder.path() / "whole"));
  const auto whole = contents(folder.path() / "whole");
  for (int cases = 1; cases <= 4; ++cases) {
    const auto out = folder.path() / fmt::format("killed-{}", cases);
    const int status = wait_for(spawn_import(folder.path() / "tree", out, cases));
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "ended with " << (WIFSIGNALED(status) ? "signal " : "exit code ")
        << (WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    EXPECT_FALSE(fs::exists(out / "manifest.json"));
    const auto report = import_dataset(options_for(folder.path() / "tree", out));
    EXPECT_GE(report.reused, static_cast<size_t>(cases)) << "finished cases must not be done again";
    EXPECT_EQ(report.reused + report.imported, 4U);
    EXPECT_EQ(contents(out), whole) << cases;
  }
}

TEST(ImportKilled, AtAnyMomentAndAgainEndsWithTheSameBytes) {
  const TempFolder folder;
  make_synthrad2023(folder.path() / "tree", 6, {32, 32, 8});
  import_dataset(options_for(folder.path() / "tree", folder.path() / "whole"));
  const auto whole = contents(folder.path() / "whole");
  // Longer and longer lives, so that deaths fall into every phase; each import goes on in the same folder.
  const auto out = folder.path() / "killed";
  int deaths = 0;
  for (int milliseconds = 5;; milliseconds += 5) {
    const pid_t child = spawn_import(folder.path() / "tree", out, -1);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(child, SIGKILL);
    const int status = wait_for(child);
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ++deaths;
    ASSERT_LT(milliseconds, 10000);
  }
  EXPECT_GT(deaths, 0);
  EXPECT_EQ(contents(out), whole) << deaths << " deaths";
}

}  // namespace
}  // namespace synerbench
