// A training that is killed (SIGKILL) again and again ends in the bytes of one that is not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "harness/core/file.h"
#include "harness/core/random.h"
#include "tests/support/temp_folder.h"

extern char** environ;

namespace synerbench {
namespace {

pid_t start_training(const std::filesystem::path& folder) {
  const std::string program = PIX2PIX_TRAIN_ONCE, argument = folder.string();
  char* const arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>(argument.c_str()),
                             nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) != 0) return -1;
  return child;
}

/// Bytes of the log so far: tells that the training moves.
int64_t log_size(const std::filesystem::path& folder) {
  std::error_code none;
  const auto size = std::filesystem::file_size(folder / "log.jsonl", none);
  return none ? 0 : static_cast<int64_t>(size);
}

TEST(Pix2PixTraining, KilledAgainAndAgainEndsInTheSameBytes) {
  const TempFolder folder;
  const auto whole = folder / "whole", killed = folder / "killed";
  int status = 0;
  pid_t child = start_training(whole);
  ASSERT_GT(child, 0);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);

  // Each round waits for the log to grow (the 120 updates write 18 lines of losses and 4 of validations), a
  // random moment more, and kills. Rounds that get no further are possible and harmless; the last one is left
  // alone.
  Random random(3);
  int kills = 0;
  for (int round = 0; round < 6; ++round) {
    const int64_t before = log_size(killed);
    child = start_training(killed);
    ASSERT_GT(child, 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (log_size(killed) <= before && ::waitpid(child, &status, WNOHANG) == 0 &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(150)));
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && !std::filesystem::exists(killed / "config.json")) ++kills;
  }
  EXPECT_GE(kills, 2) << "the training was over too soon to be killed";
  child = start_training(killed);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  for (const char* name : {"G.safetensors", "D.safetensors", "config.json", "log.jsonl"}) {
    EXPECT_EQ(sha256_file(whole / name), sha256_file(killed / name)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(killed / "checkpoint.safetensors"));
}

}  // namespace
}  // namespace synerbench
