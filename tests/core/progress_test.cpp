// What a terminal shows of long work: a line that fits, and whole lines between.
#include "harness/core/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "harness/core/utf8.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

/// stderr is a terminal of so many columns while it lives.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) {
    winsize size{24, columns, 0, 0};
    if (openpty(&near_, &far_, nullptr, nullptr, &size) != 0) return;
    fcntl(near_, F_SETFL, O_NONBLOCK);
    std::fflush(stderr);
    before_ = dup(STDERR_FILENO);
    dup2(far_, STDERR_FILENO);
  }
  ~Terminal() {
    if (before_ < 0) return;
    std::fflush(stderr);
    dup2(before_, STDERR_FILENO);
    for (const int file : {before_, near_, far_}) close(file);
  }
  bool works() const { return before_ >= 0; }
  std::string text() {
    std::string all;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(near_, buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<size_t>(n));
    return all;
  }

 private:
  int near_ = -1, far_ = -1, before_ = -1;
};

/// The lines as they stand in the end, where \r and "erase line" start one again.
std::vector<std::string> shown(const std::string& text) {
  std::vector<std::string> lines(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text.compare(i, 3, "\x1b[K") == 0) {
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
        continue;  // the terminal's own end of line
      lines.back().clear();
      i += text[i] == '\r' ? 0 : 2;
    } else if (text[i] == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += text[i];
    }
  }
  return lines;
}

void wait_for_the_next_drawing() { std::this_thread::sleep_for(std::chrono::milliseconds(120)); }

TEST(ProgressOnATerminal, NeverDrawsALineThatWraps) {
  Terminal terminal(60);
  if (!terminal.works()) GTEST_SKIP() << "no pseudo-terminal here";
  {
    Progress progress("import", 3);
    wait_for_the_next_drawing();
    progress.advance(1, "PETCT_e8c58730c6/04-23-2001-NA-PET-CT Ganzkoerper  primaer mit KM-53567");
  }
  const std::string text = terminal.text();
  size_t lines = 0;
  for (const std::string& line : shown(text)) {
    EXPECT_LT(columns_of(line), 60u) << line;
    lines += !line.empty();
  }
  EXPECT_EQ(lines, 1u) << text;
  EXPECT_THAT(text, HasSubstr("..."));
}

TEST(ProgressOnATerminal, GivesItsLineToWhatIsSaidMeanwhile) {
  Terminal terminal(60);
  if (!terminal.works()) GTEST_SKIP() << "no pseudo-terminal here";
  {
    Progress progress("run", 2);
    wait_for_the_next_drawing();
    progress.advance();
    say("note", "one case has no mask");
    wait_for_the_next_drawing();
    progress.advance();
  }
  say("done", "2 cases");
  const std::vector<std::string> lines = shown(terminal.text());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "note    one case has no mask");
  EXPECT_THAT(lines[1], testing::StartsWith("run"));
  EXPECT_EQ(lines[2], "done    2 cases");
}

}  // namespace
}  // namespace synerbench
