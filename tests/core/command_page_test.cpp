// What is made from the description of a command line, on a small one. tests/app/pages.sh holds the program's
// own against bash, zsh and groff.
#include "harness/core/command_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing::Not;

CommandPage small_command() {
  CommandPage root{"tool", "Does it", "", "Exit codes: 0 ok.", {}, {}};
  root.options = {{{"-h", "--help"}, false, false, false, "", {}, "Help", ""}};
  CommandPage store{"store", "Look into a store", "Look", "Examples:\n  tool store info x", {}, {}};
  store.options = {{{"-q", "--quiet"}, false, false, false, "", {}, "No chatter", ""}};
  CommandPage info{"info", "What it holds", "", "", {}, {}};
  info.options = {{{"store"}, true, true, false, "TEXT", {}, "The store", ""},
                  {{"--plane"}, false, false, true, "TEXT", {"axial", "coronal"}, "Which 'plane'", "axial"}};
  store.inner = {info};
  root.inner = {store};
  return root;
}

TEST(BashCompletion, HasVerbsWordsOptionsAndValues) {
  const std::string script = bash_completion(small_command(), "1.2");
  EXPECT_THAT(script, HasSubstr("'') printf '%s\\n' store ;;"));
  EXPECT_THAT(script, HasSubstr("'store') printf '%s\\n' info ;;"));
  EXPECT_THAT(script, HasSubstr("'store info') printf '%s\\n' --plane --quiet ;;"));
  EXPECT_THAT(script, HasSubstr("'store info --plane') printf '%s\\n' axial coronal ;;"));
  EXPECT_THAT(script, HasSubstr("made by: synerbench completion bash"));
}

TEST(ZshCompletion, ReadsTheSameTables) {
  const std::string script = zsh_completion(small_command(), "1.2");
  EXPECT_TRUE(script.starts_with("#compdef synerbench\n")) << "compinit looks at the first line";
  EXPECT_THAT(script, HasSubstr("'store info --plane') printf '%s\\n' axial coronal ;;"));
  EXPECT_THAT(script, Not(HasSubstr("COMP_WORDS")));
}

TEST(ManPage, NamesEverythingAndEscapesWhatTroffWouldRead) {
  CommandPage root = small_command();
  root.inner[0].options.push_back({{"--odd"}, false, false, false, "N", {}, ".start \\w 'x' µ", "a-b"});
  const std::string page = man_page(root, "1.2");
  EXPECT_THAT(page, HasSubstr(".TH TOOL 1 \"\" \"tool 1.2\""));
  EXPECT_THAT(page, HasSubstr(".SH \"LOOK\""));
  EXPECT_THAT(page, HasSubstr(".SS \"tool store info\""));
  EXPECT_THAT(page, HasSubstr("\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-plane\\fR \\fITEXT\\fR"));
  EXPECT_THAT(page, HasSubstr("Known: axial, coronal. (several may be given, default axial)"));
  EXPECT_THAT(page, HasSubstr("\\&.start \\(rsw \\(aqx\\(aq \\[u00B5]"));
  EXPECT_THAT(page, HasSubstr("default a\\-b"));
  EXPECT_THAT(page, Not(HasSubstr("µ")));
}

}  // namespace
}  // namespace synerbench
