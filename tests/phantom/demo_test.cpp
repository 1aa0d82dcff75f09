#include "suites/phantom/demo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

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
  TempFolder temp;
  DemoOptions options;
  options.out = temp.path();
  options.shipped = {"A=pix2pix:weights/a", "B=synermedgen:weights/b"};
  options.zero_shot = {"B=synermedgen:weights/b"};
  const auto steps = demo_steps(options);
  EXPECT_EQ(verbs_of(steps), (std::vector<std::string>{"phantom", "import", "import", "import", "run",
                                                       "report", "run", "report", "train", "run", "report"}));
  for (size_t i = 1; i <= 3; ++i) EXPECT_TRUE(has(steps[i], temp / "store"));
  EXPECT_TRUE(has(steps[4], "A=pix2pix:weights/a"));
  EXPECT_TRUE(has(steps[4], "oracle:" + (temp / "phantom/oracle").string()));
  EXPECT_TRUE(has(steps[5], temp / "report")) << "what README and the demo's last line name";
  EXPECT_TRUE(has(steps[6], "zero-shot"));
  EXPECT_FALSE(has(steps[6], "A=pix2pix:weights/a")) << "it learned from pairs";
  EXPECT_FALSE(has(steps[6], "oracle:" + (temp / "phantom/oracle").string()));
  EXPECT_TRUE(has(steps[9], "pix2pix=pix2pix:" + (temp / "weights/pix2pix").string()));
}

TEST(DemoSteps, WithoutShippedWeightsTheLiveOnesAreTheTable) {
  TempFolder temp;
  DemoOptions options;
  options.out = temp.path();
  const auto steps = demo_steps(options);
  EXPECT_EQ(verbs_of(steps),
            (std::vector<std::string>{"phantom", "import", "import", "import", "train", "run", "report"}));
  EXPECT_TRUE(has(steps[6], temp / "report"));
}

TEST(DemoSteps, WithoutLearnedModelsNothingIsTrainedOrRunFromWeights) {
  TempFolder temp;
  DemoOptions options;
  options.out = temp.path();
  options.can_train = false;
  const auto steps = demo_steps(options);
  EXPECT_EQ(verbs_of(steps),
            (std::vector<std::string>{"phantom", "import", "import", "import", "run", "report"}));
  for (const std::string& word : steps[4]) EXPECT_EQ(word.find("pix2pix"), std::string::npos) << word;
}

TEST(DemoSteps, WhatAnEarlierCallFinishedIsNotDoneAgain) {
  TempFolder temp;
  DemoOptions options;
  options.out = temp.path();
  for (const char* file : {"phantom/cohort.json", "store/manifest.json", "run/run.json"})
    write_file(temp / file, "{}");
  const auto steps = demo_steps(options);
  EXPECT_EQ(verbs_of(steps),
            (std::vector<std::string>{"import", "import", "import", "train", "run", "report"}));
  EXPECT_EQ(steps[4], (CommandLine{"run", "--resume", temp / "run"}));
  EXPECT_TRUE(has(steps[3], "--resume"));
}

}  // namespace
}  // namespace synerbench::phantom
