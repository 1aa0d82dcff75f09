// The version stands in one place, the first lines of CMakeLists.txt. Files that other programs read repeat
// it.
#include <gtest/gtest.h>

#include <regex>

#include "harness/core/file.h"
#include "harness/core/provenance.h"

namespace synerbench {
namespace {

/// What a pattern's group finds first in a file of the repository; empty when it finds nothing.
std::string found(const char* file, const char* pattern) {
  const std::string text = read_file(std::filesystem::path(SYNERBENCH_SOURCE_DIR) / file);
  std::smatch match;
  return std::regex_search(text, match, std::regex(pattern)) ? match[1].str() : "";
}

TEST(Version, IsTheSameEverywhere) {
  const std::string version = found("CMakeLists.txt", R"(project\(SynerBench VERSION ([0-9.]+))");
  ASSERT_FALSE(version.empty());
  EXPECT_EQ(build_provenance()["version"], version) << "what --version prints and every run records";
  EXPECT_EQ(found("pyproject.toml", R"(\nversion = "([^"]*)\")"), version);
  EXPECT_EQ(found("CITATION.cff", R"(\nversion: ([^\n]*)\n)"), version);
  // "## 0.2": the newest changes are those of this version, whatever its last number.
  const std::string newest = found("CHANGELOG.md", R"(\n## ([0-9.]+))");
  EXPECT_EQ(version.substr(0, newest.size()) + ".", newest + ".");
  EXPECT_EQ(version.substr(newest.size()).substr(0, 1), ".");
}

}  // namespace
}  // namespace synerbench
