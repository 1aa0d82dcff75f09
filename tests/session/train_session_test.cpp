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

ExpectedTrainings expected_at(const Method& method, const Suite& suite, const SliceStore& store,
                              const TrainSession& session, double seconds_per_update) {
  return expected_trainings(method, suite, suite.tasks, store, session,
                            TrainingRate{.update = seconds_per_update, .validated_slice = 0});
}

TEST_F(TrainSessionTest, SaysHowLongItTakesAndAsksAboveAnHour) {
  const auto expected = [&](double rate) { return expected_at(method_, suite_, *store_, session_, rate); };
  ASSERT_EQ(expected(1).trainings.size(), 3u);
  EXPECT_EQ(expected(1).trainings[0].updates, 4);
  EXPECT_DOUBLE_EQ(expected(1).seconds, 12);
  EXPECT_EQ(describe(expected(900)),
            "about 60 min for brain-mr-to-ct, about 3.0 h for all 3 trainings (on this machine, cpu, 1 "
            "thread)");
  EXPECT_THAT(to_text(expected(900)), HasSubstr("         4  about 60 min\n"));
  EXPECT_EQ(to_json(expected(900))["trainings"][0]["updates"], 4);
  EXPECT_EQ(to_json(expected(900))["expected_seconds"], 10800);
  require_consent(expected(300), session_);  // an hour, and no more
  const std::string refusal = error_of([&] { require_consent(expected(301), session_); });
  EXPECT_THAT(refusal, HasSubstr("expected to take about 20 min for brain-mr-to-ct, about 60 min for all 3"));
  EXPECT_THAT(refusal, HasSubstr("--budget"));
  EXPECT_THAT(refusal, HasSubstr("--however-long"));
  EXPECT_FALSE(std::filesystem::exists(session_.out));
}

TEST_F(TrainSessionTest, DoesNotAskWhoStatesABudgetOrKnows) {
  session_.however_long = true;
  require_consent(expected_at(method_, suite_, *store_, session_, 1e6), session_);
  session_.however_long = false;
  session_.budget = Budget{BudgetKind::kUpdates, 5};
  const ExpectedTrainings expected = expected_at(method_, suite_, *store_, session_, 1e6);
  EXPECT_DOUBLE_EQ(expected.seconds, 15e6);
  require_consent(expected, session_);
  session_.budget = Budget{BudgetKind::kSeconds, 7};
  EXPECT_DOUBLE_EQ(expected_at(method_, suite_, *store_, session_, 1e6).seconds, 21);
}

TEST_F(TrainSessionTest, ExpectsTrainingsSideBySideToShareTheTime) {
  session_.jobs = 2;
  EXPECT_DOUBLE_EQ(expected_at(method_, suite_, *store_, session_, 1).seconds, 6);
  session_.jobs = 8;  // no shorter than the longest
  EXPECT_DOUBLE_EQ(expected_at(method_, suite_, *store_, session_, 1).seconds, 4);
}

TEST_F(TrainSessionTest, ExpectsAnEpochOfTwiceThePairsToTakeTwiceAsLong) {
  session_.recipe = {{"unit", "epochs"}, {"constant", 2}, {"decay", 0}};
  const ExpectedTrainings expected = expected_at(method_, suite_, *store_, session_, 1);
  ASSERT_EQ(expected.trainings.size(), 3u);
  EXPECT_GT(expected.trainings[0].updates, 2);
  EXPECT_EQ(expected.trainings[1].updates, expected.trainings[0].updates);  // the same patients
}

TEST_F(TrainSessionTest, DoesNotAskAgainWhatHasBegun) {
  write_file(session_.out / suite_.tasks[0].task.id / "checkpoint.safetensors", "begun");
  write_file(session_.out / suite_.tasks[1].task.id / "config.json", "{}");
  const ExpectedTrainings expected = expected_at(method_, suite_, *store_, session_, 1);
  ASSERT_EQ(expected.trainings.size(), 1u);
  EXPECT_EQ(expected.trainings[0].name, suite_.tasks[2].task.id);
  write_file(session_.out / suite_.tasks[2].task.id / "checkpoint.safetensors", "begun");
  EXPECT_TRUE(expected_at(method_, suite_, *store_, session_, 1e9).trainings.empty());
  require_consent(expected_at(method_, suite_, *store_, session_, 1e9), session_);
}

TEST_F(TrainSessionTest, AMeasurementChangesNoByteOfTheTraining) {
  train_suite(method_, suite_, {suite_.tasks[0]}, *store_, session_);
  const std::filesystem::path undisturbed = session_.out;
  session_.out = folder_ / "measured-before";
  const ExpectedTrainings expected =
      expected_trainings(method_, suite_, {suite_.tasks[0]}, *store_, session_);
  EXPECT_GT(expected.seconds, 0);
  EXPECT_FALSE(std::filesystem::exists(session_.out));
  train_suite(method_, suite_, {suite_.tasks[0]}, *store_, session_);
  EXPECT_EQ(compared_files(undisturbed), compared_files(session_.out));
}

}  // namespace
}  // namespace synerbench
