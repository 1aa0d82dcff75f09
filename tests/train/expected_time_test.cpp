// What a training is expected to take: which updates are tried out, how long a training is, and that a
// measurement leaves no trace. No test looks at a clock.
#include "harness/train/expected_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/train/synthetic_pairs.h"
#include "tests/train/tiny_model.h"

namespace synerbench {
namespace {

using testing::ElementsAre;
using testing_support::SyntheticPairs;

class ExpectedTime : public ::testing::Test {
 protected:
  ExpectedTime() {
    recipe_.unit = BudgetUnit::kUpdates;
    recipe_.constant = 10;
    recipe_.decay = 0;
    recipe_.validate_every = 4;
  }
  const Task task_{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const SyntheticPairs pairs_{6, 16, 1}, few_{3, 16, 2};
  const std::vector<TaskPairs> training_{{task_, &pairs_}}, validation_{{task_, &few_}};
  Recipe recipe_;
};

TEST_F(ExpectedTime, CountsUpdatesAndTheSlicesOfAllValidations) {
  const auto model = testing_support::make_tiny_model();
  TrainingLength length = length_of(*model, training_, validation_, recipe_, 1, 0);
  EXPECT_EQ(length.updates, 10);
  EXPECT_EQ(length.validated_slices, 3 * 3);  // after 4, 8 and 10 updates
  length = length_of(*model, training_, validation_, recipe_, 1, 2);
  EXPECT_EQ(length.validated_slices, 3 * 2);
  recipe_.unit = BudgetUnit::kEpochs;
  length = length_of(*model, training_, validation_, recipe_, 1, 0);
  EXPECT_EQ(length.updates, 10 * 6);
}

TEST_F(ExpectedTime, CountsNoValidationOfPhasesThatSynthesizeNothing) {
  const auto model = testing_support::make_tiny_model({.phases = {{"a", 4, {}, false}, {"b", 6, {}, true}}});
  recipe_.validate_every = 1;
  EXPECT_EQ(length_of(*model, training_, validation_, recipe_, 1, 1).validated_slices, 6);
}

TEST_F(ExpectedTime, IsTheSumOfUpdatesAndValidatedSlices) {
  EXPECT_DOUBLE_EQ(seconds_of({100, 10}, {.update = 0.5, .validated_slice = 2}), 70);
}

TEST_F(ExpectedTime, TriesOneUpdateOfEachPhaseOfAShortTraining) {
  std::vector<std::string> calls;
  const auto model = testing_support::make_tiny_model(
      {.calls = &calls, .phases = {{"a", 4, {}, false}, {"none", 0, {}, false}, {"b", 6, {}, true}}});
  const TrainingRate rate = measured_rate(*model, training_, validation_, recipe_, 1, 1);
  EXPECT_THAT(calls, ElementsAre("phase 0", "update 0", "phase 2", "update 4"));
  EXPECT_GT(rate.update, 0);
  EXPECT_GT(rate.validated_slice, 0);
}

TEST_F(ExpectedTime, CostsNothingToValidateWithoutPairs) {
  const auto model = testing_support::make_tiny_model();
  EXPECT_EQ(measured_rate(*model, training_, {}, recipe_, 1, 1).validated_slice, 0);
}

}  // namespace
}  // namespace synerbench
