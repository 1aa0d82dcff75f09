// The command line as people meet it: transcripts/*.txt hold commands, what they print (stdout and stderr
// together) and their exit code. Adding a case needs no C++:
//
//   $ synerbench tasks --suite quikc          $OUT is a fresh folder shared by one file's commands
//   synerbench: ...expected line...
//   [...]                                     stands for any number of lines
//   exit: 1
//
// A file that begins with "needs: import synth" is skipped where the program lacks one of these verbs (built
// without ITK). A line may hold <any> for text that varies. Regenerate by hand: a golden text is read before
// it is trusted.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

struct Step {
  int line = 0;
  std::string command;
  std::vector<std::string> expected;
  int exit_code = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

struct Script {
  std::vector<std::string> needs;  // verbs
  std::vector<Step> steps;
};

Script read_script(const fs::path& path) {
  Script script;
  auto& steps = script.steps;
  int number = 0;
  bool open = false;
  for (const auto& line : lines_of(read_file(path))) {
    ++number;
    if (number == 1 && line.rfind("needs: ", 0) == 0) {
      std::istringstream words(line.substr(7));
      for (std::string verb; words >> verb;) script.needs.push_back(verb);
    } else if (line.rfind("$ ", 0) == 0) {
      steps.push_back({number, line.substr(2), {}, 0});
      open = true;
    } else if (line.rfind("exit: ", 0) == 0) {
      steps.back().exit_code = std::stoi(line.substr(6));
      open = false;
    } else if (open) {
      steps.back().expected.push_back(line);
    }
  }
  return script;
}

bool has_verb(const std::string& verb) {
  return std::system((std::string(SYNERBENCH_BINARY) + " " + verb + " --help >/dev/null 2>&1").c_str()) == 0;
}

bool line_fits(const std::string& pattern, const std::string& line) {
  size_t at = 0, from = 0;
  bool first = true;
  while (true) {
    const size_t gap = pattern.find("<any>", from);
    const std::string part = pattern.substr(from, gap == std::string::npos ? std::string::npos : gap - from);
    const size_t found =
        first ? (line.compare(0, part.size(), part) == 0 ? 0 : std::string::npos) : line.find(part, at);
    if (found == std::string::npos) return false;
    if (gap == std::string::npos)
      return first ? line == part : part.empty() || line.size() - part.size() == line.rfind(part);
    at = found + part.size();
    from = gap + 5;
    first = false;
  }
}

// The index of the first expected line that does not fit; -1 when all do.
int first_misfit(const std::vector<std::string>& expected, const std::vector<std::string>& seen, size_t e = 0,
                 size_t s = 0) {
  for (; e < expected.size(); ++e, ++s) {
    if (expected[e] == "[...]") {
      for (size_t skip = s; skip <= seen.size(); ++skip) {
        if (first_misfit(expected, seen, e + 1, skip) < 0) return -1;
      }
      return static_cast<int>(e + 1);
    }
    if (s >= seen.size() || !line_fits(expected[e], seen[s])) return static_cast<int>(e);
  }
  return s == seen.size() ? -1 : static_cast<int>(e);
}

class Transcript : public testing::TestWithParam<fs::path> {};

TEST_P(Transcript, IsWhatTheProgramSays) {
  const Script script = read_script(GetParam());
  for (const auto& verb : script.needs) {
    if (has_verb(verb)) continue;
    ASSERT_FALSE(SYNERBENCH_HAS_ITK) << "no verb \"" << verb << "\"";
    GTEST_SKIP() << "this program has no verb \"" << verb << "\" (built without ITK)";
  }
  TempFolder out;
  for (const auto& step : script.steps) {
    const std::string shell =
        fmt::format("cd '{}' && export OUT='{}' COLUMNS=100; synerbench() {{ '{}' \"$@\"; }}; {{ {}; }} 2>&1",
                    SYNERBENCH_SOURCE_DIR, out.path().string(), SYNERBENCH_BINARY, step.command);
    std::FILE* pipe = ::popen(shell.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string text;
    char buffer[4096];
    while (const size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
    const int status = ::pclose(pipe);
    for (size_t at; (at = text.find(out.path().string())) != std::string::npos;)
      text.replace(at, out.path().string().size(), "$OUT");
    const auto seen = lines_of(text);
    const int misfit = first_misfit(step.expected, seen);
    EXPECT_LT(misfit, 0) << GetParam() << ":" << step.line << ": $ " << step.command
                         << "\nfirst line that differs: "
                         << (misfit >= 0 && misfit < static_cast<int>(step.expected.size())
                                 ? step.expected[static_cast<size_t>(misfit)]
                                 : "(more output than expected)")
                         << "\nwhole output:\n"
                         << text;
    EXPECT_EQ(WEXITSTATUS(status), step.exit_code)
        << GetParam() << ":" << step.line << ": $ " << step.command << "\n"
        << text;
  }
}

std::vector<fs::path> transcripts() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(SYNERBENCH_SOURCE_DIR) / "tests/app/transcripts"))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

INSTANTIATE_TEST_SUITE_P(CommandLine, Transcript, testing::ValuesIn(transcripts()),
                         [](const auto& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace synerbench
