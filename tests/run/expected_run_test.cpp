// What a run is expected to take: arithmetic on given costs, and that trying models out leaves nothing
// behind. No test looks at a clock.
#include "harness/run/expected_run.h"

#include <gmock/gmock.h>

#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ExpectedRun : public RunFixture {};

TEST_F(ExpectedRun, IsTheSumOverItemsOfSlicesScoringAndPreparation) {
  RunOptions o = options("none");
  o.tasks = {"brain-mr-to-ct"};
  const Plan plan = plan_run(o);
  double slices = 0;
  for (const WorkItem* item : plan.shard({}))
    slices += item->model == 0 ? static_cast<double>(item->slices) : 0;
  RunCost cost;
  cost.models = {{.prepare = 3, .slice = 2, .concurrent = false}, {.slice = 4, .concurrent = true}};
  cost.scored_slice = 1;
  EXPECT_DOUBLE_EQ(seconds_of(plan, {}, cost, {5}, 1), slices * (2 + 1) + 3 * 5 + slices * (4 + 1));
  EXPECT_DOUBLE_EQ(seconds_of(plan, {}, cost, {5}, 2), slices * (2 + 0.5) + 3 * 5 + slices * (2 + 0.5));
  cost.models[0].problem = "cannot be made";
  EXPECT_DOUBLE_EQ(seconds_of(plan, {}, cost, {5}, 1), slices * (4 + 1));
}

TEST_F(ExpectedRun, SharesTheItemsOfAShard) {
  const RunOptions o = options("none");
  const Plan plan = plan_run(o);
  RunCost cost;
  cost.models = {{.slice = 1}, {.slice = 1}};
  const std::vector<int64_t> training(plan.tasks.size(), 1);
  EXPECT_DOUBLE_EQ(seconds_of(plan, {1, 2}, cost, training, 1) + seconds_of(plan, {2, 2}, cost, training, 1),
                   seconds_of(plan, {}, cost, training, 1));
}

TEST_F(ExpectedRun, TriesOutEveryModelAndSaysWhichItCouldNot) {
  RunOptions o = options("none");
  o.models = {"noisy", "fails=faulty(noisy, throw=1)"};
  const RunCost cost = measured_cost(o, test_models());
  ASSERT_EQ(cost.models.size(), 2u);
  EXPECT_EQ(cost.models[0].problem, "");
  EXPECT_TRUE(cost.models[0].concurrent);
  EXPECT_GT(cost.models[0].slice, 0);
  EXPECT_GT(cost.scored_slice, 0);
  EXPECT_THAT(cost.models[1].problem, HasSubstr("exception injected"));
  const std::string words = expected_time_of(o, test_models());
  EXPECT_THAT(words, HasSubstr("less than a minute for 1 model (on this machine, "));
  EXPECT_THAT(words, HasSubstr("not known for fails (faulty: exception injected)"));
  o.models = {"nosuch"};
  EXPECT_THAT(expected_time_of(o, test_models()), Not(HasSubstr("minute")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
}

}  // namespace
}  // namespace synerbench
