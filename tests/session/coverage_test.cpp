// What one training covers, and that it learns from the slices that are scored.
#include "harness/session/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace synerbench {
namespace {

SuiteTask task(const std::string& id, const std::string& region, Modality source, Modality target) {
  SuiteTask task;
  task.task = {id, region, source, target};
  return task;
}

const std::vector<SuiteTask>& tasks() {
  static const std::vector<SuiteTask> list{task("brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT),
                                           task("brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT),
                                           task("pelvis-ct-to-mr", "pelvis", Modality::kCT, Modality::kMRI),
                                           task("brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI)};
  return list;
}

TEST(Coverage, OfOneTaskEachIsAFolderEach) {
  const auto units = training_units(tasks(), Routes::kTask);
  ASSERT_EQ(units.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(units[i].folder, tasks()[i].task.id);
    EXPECT_EQ(units[i].training.size(), 1u);
    EXPECT_TRUE(units[i].others.empty());
    EXPECT_EQ(config_for(units[i], Routes::kTask, Json{{"a", 1}}), (Json{{"a", 1}}));
  }
}

TEST(Coverage, OfPairsJoinsTheTwoDirectionsOfARegion) {
  const auto units = training_units(tasks(), Routes::kPair);
  ASSERT_EQ(units.size(), 3u);  // the pelvis has no way back
  EXPECT_EQ(units[0].folder, "brain-mr-to-ct");
  ASSERT_EQ(units[0].others.size(), 1u);
  EXPECT_EQ(units[0].others[0].task.id, "brain-ct-to-mr");
  EXPECT_EQ(config_for(units[0], Routes::kPair, Json::object()), (Json{{"pair", {"MRI", "CT"}}}));
  const Json given{{"pair", {"CT", "MRI"}}};
  EXPECT_EQ(config_for(units[0], Routes::kPair, given), given);
}

TEST(Coverage, OfAllTasksIsOneTrainingInTheFolderItself) {
  const auto units = training_units(tasks(), Routes::kAll);
  ASSERT_EQ(units.size(), 1u);
  EXPECT_EQ(units[0].folder, "");
  EXPECT_EQ(units[0].training.size(), 4u);
  EXPECT_EQ(config_for(units[0], Routes::kAll, Json::object())["routes"].size(), 4u);
}

}  // namespace
}  // namespace synerbench
