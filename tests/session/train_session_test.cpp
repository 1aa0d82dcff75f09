// Training a method over a suite: what it learns from, how long, what is recorded.
#include "harness/session/train_session.h"

#include <gmock/gmock.h>

#include "harness/run/suite_pairs.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"
#include "tests/train/tiny_model.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;
using testing_support::make_tiny_model;

class TrainSessionTest : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    set_quiet(true);
    store_ = std::make_unique<SliceStore>(folder_ / "store");
    suite_ = load_suite((folder_ / "suite.json").string());
    session_.out = folder_ / "weights";
    session_.recipe = {{"unit", "updates"}, {"constant", 4}, {"decay", 0}, {"validate_every", 2}};
    method_.name = "tiny-test";
    method_.training = MethodTraining{};
    method_.training->make = [](const Json&, const std::string&, const std::string&) {
      return make_tiny_model();
    };
  }
  std::unique_ptr<SliceStore> store_;
  Suite suite_;
  TrainSession session_;
  Method method_;
};

TEST_F(TrainSessionTest, LeavesAFolderAndAnOutcomePerUnit) {
  session_.budget = Budget{BudgetKind::kUpdates, 3};
  const std::vector<Json> outcomes = train_suite(method_, suite_, suite_.tasks, *store_, session_);
  ASSERT_EQ(outcomes.size(), suite_.tasks.size());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i]["task"], suite_.tasks[i].task.id);
    EXPECT_EQ(outcomes[i]["updates"], 3);
    EXPECT_TRUE(std::filesystem::exists(session_.out / suite_.tasks[i].task.id / "config.json"));
  }
}

TEST_F(TrainSessionTest, LearnsFromTheSlicesThatTheSuiteScores) {
  std::vector<double> shares;
  for (const StoredCase* stored_case : store_->cases_for(suite_.tasks[0].task, Split::kTrain)) {
    for (const double share : foreground_shares(store_->mask(*stored_case), stored_case->shape))
      shares.push_back(share);
  }
  std::sort(shares.begin(), shares.end());
  suite_.min_foreground = shares[shares.size() / 2];
  const TrainingUnit unit = training_units(suite_.tasks, Routes::kTask).front();
  train_unit(method_, unit, suite_, *store_, session_);
  const Json config = read_json(session_.out / unit.folder / "config.json");
  const SuitePairs scored = read_suite_pairs(suite_, *store_, Split::kTrain, {{suite_.tasks[0].task.id}, {}});
  EXPECT_EQ(config["training"]["pairs"]["count"], scored.size());
  EXPECT_LT(scored.size(), static_cast<int64_t>(shares.size()));
}

TEST_F(TrainSessionTest, RefusesAnAverageThatDoesNotFitUnlessABudgetFitsIt) {
  session_.recipe["ema_decay"] = 0.9999;
  const TrainingUnit unit = training_units(suite_.tasks, Routes::kTask).front();
  EXPECT_THAT(error_of([&] { train_unit(method_, unit, suite_, *store_, session_); }),
              HasSubstr("an average over 10000 updates"));
}

}  // namespace
}  // namespace synerbench
