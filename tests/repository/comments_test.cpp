// No comment runs past the limit of .clang-format, which leaves comments alone (ReflowComments: false):
// somebody has to look.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "harness/core/file.h"

namespace synerbench::house {
namespace {

namespace fs = std::filesystem;

constexpr size_t kColumns = 110;

/// Folders and files that are not clean yet. Take one out when it is; add none.
bool is_excepted(const std::string& file) {
  static const std::vector<std::string> prefixes{
      "harness/core/json.h",
      "harness/core/keys.h",
      "harness/data/model_space.h",
      "reference/family.cpp",
      "tests/reference/train_test.cpp",
      "tests/run/run_test.cpp",
  };
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return file.starts_with(prefix); });
}

size_t columns_of(const std::string& line) {  // code points of UTF-8
  return static_cast<size_t>(std::count_if(
      line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Whether a line is a comment that could be laid out shorter: one long word, such as an address, cannot.
bool is_too_long(const std::string& line) {
  if (columns_of(line) <= kColumns) return false;
  const size_t start = line.find_first_not_of(' ');
  if (line.compare(start, 2, "//") != 0) return false;
  const size_t text = line.find_first_not_of("/< ", start);
  return text != std::string::npos && line.find(' ', text) != std::string::npos;
}

TEST(Comments, StayWithinTheLimit) {
  const fs::path root = SYNERBENCH_SOURCE_DIR;
  size_t files = 0;
  for (const char* top :
       {"metrics", "harness", "suites", "reference", "baselines", "reports", "app", "tests", "benchmarks"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string ending = entry.path().extension().string();
      if (ending != ".h" && ending != ".cpp") continue;
      const std::string name = fs::relative(entry.path(), root).generic_string();
      ++files;
      if (is_excepted(name)) continue;
      std::istringstream text(read_file(entry.path()));
      std::string line;
      for (int number = 1; std::getline(text, line); ++number) {
        EXPECT_FALSE(is_too_long(line))
            << name << ":" << number << ": " << columns_of(line) << " columns; tools/relay-comments.py "
            << name << " lays it out anew";
      }
    }
  }
  EXPECT_GT(files, 300u);
}

TEST(Comments, ALongOneIsFoundAndALongAddressIsNot) {
  const std::string words = "  // " + std::string(60, 'a') + " " + std::string(60, 'b');
  EXPECT_TRUE(is_too_long(words));
  EXPECT_FALSE(is_too_long("  // https://" + std::string(120, 'a')));
  EXPECT_FALSE(is_too_long("  // " + std::string(105, 'a')));
  EXPECT_FALSE(is_too_long("  f(\"" + std::string(120, 'a') + " b\");"));
}

}  // namespace
}  // namespace synerbench::house
