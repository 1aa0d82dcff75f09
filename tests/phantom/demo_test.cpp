#include "suites/phantom/demo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace synerbench::phantom {
namespace {

std::vector<std::string> verbs_of(const std::vector<CommandLine>& steps) {
  std::vector<std::string> verbs;
  for (const CommandLine& step : steps) verbs.push_back(step.front());
  return verbs;
}

bool has(const CommandLine& command, const std::string& word) {
  return std::find(command.begin(), command.end(), word) != command.end();
}

TEST(DemoSteps, GoTheWholeWayIntoOneFolder) {
  DemoOptions options;
  options.out = "x";
  const auto steps = demo_steps(options);
  EXPECT_EQ(verbs_of(steps),
            (std::vector<std::string>{"phantom", "import", "import", "import", "train", "run", "report"}));
  for (size_t i = 1; i <= 3; ++i) EXPECT_TRUE(has(steps[i], "x/store"));
  EXPECT_TRUE(has(steps[5], "pix2pix=pix2pix:x/weights/pix2pix"));
  EXPECT_EQ(steps[6], (CommandLine{"report", "x/run", "--out", "x/report"}));
}

TEST(DemoSteps, WithoutLearnedModelsNothingIsTrainedOrRunFromWeights) {
  DemoOptions options;
  options.can_train = false;
  const auto steps = demo_steps(options);
  EXPECT_EQ(verbs_of(steps),
            (std::vector<std::string>{"phantom", "import", "import", "import", "run", "report"}));
  for (const std::string& word : steps[4]) EXPECT_EQ(word.find("pix2pix"), std::string::npos) << word;
}

TEST(DemoSteps, AnEarlierRunIsResumedAndTheTrainingToo) {
  DemoOptions options;
  options.run_is_there = true;
  const auto steps = demo_steps(options);
  EXPECT_EQ(steps[5], (CommandLine{"run", "--resume", "runs/demo/run"}));
  EXPECT_TRUE(has(steps[4], "--resume"));
}

}  // namespace
}  // namespace synerbench::phantom
