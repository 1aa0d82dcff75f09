#include "tests/reports/golden.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "harness/core/file.h"

namespace synerbench {
namespace {

/// The part of a line around `at`, so that the mark below fits on a screen.
std::string window(const std::string& line, size_t at, size_t* mark) {
  const size_t start = at > 40 ? at - 40 : 0;
  *mark = at - start;
  return line.substr(start, 100);
}

}  // namespace

std::string first_text_difference(const std::string& expected, const std::string& seen) {
  if (expected == seen) return "";
  size_t line = 1, line_start = 0, at = 0;
  for (; at < std::min(expected.size(), seen.size()) && expected[at] == seen[at]; ++at) {
    if (expected[at] == '\n') ++line, line_start = at + 1;
  }
  const auto line_of = [&](const std::string& text) {
    return line_start > text.size()
               ? std::string()
               : text.substr(line_start, std::min(text.find('\n', line_start), text.size()) - line_start);
  };
  size_t mark = 0;
  const std::string wanted = window(line_of(expected), at - line_start, &mark),
                    got = window(line_of(seen), at - line_start, &mark);
  return fmt::format("line {}, character {}:\n  expected: {}\n  seen:     {}\n            {}^", line,
                     at - line_start + 1, wanted, got, std::string(mark, ' '));
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path path =
      std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "tests/reports/golden" / name;
  const char* update = std::getenv("SYNERBENCH_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    write_file(path, text);
    GTEST_SKIP() << "wrote " << path << "; read its diff";
  }
  ASSERT_TRUE(std::filesystem::exists(path))
      << path << " is missing; make it with SYNERBENCH_UPDATE_GOLDEN=1";
  EXPECT_EQ(first_text_difference(read_file(path), text), "") << "differs from " << path;
}

}  // namespace synerbench
