#include "harness/core/command_line.h"

#include <gtest/gtest.h>

#include "harness/core/child_process.h"
#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

TEST(CommandLines, AreTypedAsAShellReadsThem) {
  EXPECT_EQ(shell_text({"train", "--config", R"({"preset": "tiny"})", "--task", "brats-*"}),
            R"(train --config '{"preset": "tiny"}' --task 'brats-*')");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
}

TEST(CommandLines, ComeBackFromAShellAsTheyWere) {
  const TempFolder folder;
  for (const char* word :
       {"plain", "two words", "it's", "$HOME", "`id`", "a\\b", "\"", "*", "", "~", "#", "ä\n"}) {
    const auto log = folder / "log";
    ASSERT_EQ(run_program("sh", {"-c", "printf %s " + shell_word(word)}, folder / "", {log}), 0) << word;
    EXPECT_EQ(read_file(log), word);
  }
}

TEST(ChildProcesses, GiveTheirExitCodeOrSignal) {
  const TempFolder folder;
  EXPECT_EQ(run_program("sh", {"-c", "exit 7"}, folder / ""), 7);
  EXPECT_EQ(run_program("sh", {"-c", "kill -9 $$"}, folder / ""), 128 + 9);
  EXPECT_EQ(run_program("no-such-program-here", {}, folder / ""), -1);
}

}  // namespace
}  // namespace synerbench
