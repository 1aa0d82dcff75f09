// The fuzz targets without libFuzzer: seeds, the corpus of what was once found, and random edits of both.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "harness/core/progress.h"
#include "harness/core/random.h"
#include "tests/data/damage.h"
#include "tests/fuzz/target.h"

namespace synerbench::fuzz {
namespace {

/// Files of tests/fuzz/corpus/TARGET, in order of name.
Seeds corpus_of(const std::string& target) {
  Seeds corpus;
  const auto folder = std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "tests/fuzz/corpus" / target;
  if (!folder_exists(folder)) return corpus;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    corpus[entry.path().filename().string()] = read_file(entry.path());
  }
  return corpus;
}

std::string shown(const std::string& input) { return printable(input, 400); }

class FuzzTarget : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    set_quiet(true);
    desk();
  }
  void expect_clean(const std::string& name, const std::string& input) {
    try {
      GetParam().one(input);
    } catch (const std::exception& error) {
      ADD_FAILURE() << name << ": " << error.what() << "\n" << shown(input);
    }
  }
};

TEST_P(FuzzTarget, TakesItsSeedsAndWhatWasFound) {
  for (const auto& [name, bytes] : GetParam().seeds()) expect_clean(name, bytes);
  for (const auto& [name, bytes] : corpus_of(GetParam().name)) {
    EXPECT_LT(bytes.size(), 10240u) << name << " is too large for the repository";
    expect_clean(name, bytes);
  }
}

TEST_P(FuzzTarget, RefusesRandomEditsInWords) {
  Random random(7);
  std::vector<std::string> inputs;
  for (const auto& [name, bytes] : GetParam().seeds()) inputs.push_back(bytes);
  for (const auto& [name, bytes] : corpus_of(GetParam().name)) inputs.push_back(bytes);
  const int64_t longest = static_cast<int64_t>(
      std::ranges::max_element(inputs, {}, [](const auto& input) { return input.size(); })->size());
  // More of them: SYNERBENCH_FUZZ_EDITS=100 times as many.
  const char* times = std::getenv("SYNERBENCH_FUZZ_EDITS");
  const int64_t edits =
      std::clamp<int64_t>(600'000 / (longest + 1), 40, 1500) * (times ? std::atoi(times) : 1);
  for (int64_t i = 0; i < edits; ++i) {
    const std::string input =
        testing::mutated(inputs[random.below(inputs.size())], inputs[random.below(inputs.size())], random);
    expect_clean("edit " + std::to_string(i), input);
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, FuzzTarget, ::testing::ValuesIn(targets()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace synerbench::fuzz
