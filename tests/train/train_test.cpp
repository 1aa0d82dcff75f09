// The training loop, with the smallest model that uses all of it.
#include "harness/train/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "harness/core/error.h"
#include "harness/train/weights.h"
#include "tests/support/error_of.h"
#include "tests/train/train_fixture.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using namespace testing_support;

class Train : public TrainFixture {};

TEST_F(Train, LeavesACompleteWeightsFolder) {
  const TrainReport report = run(options("a"));
  EXPECT_EQ(report.updates, 12);
  EXPECT_EQ(report.epochs, 6);
  EXPECT_EQ(report.images_seen, 36);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a/checkpoint.safetensors"));
  const WeightsConfig weights = read_weights_config(folder_ / "a", "tiny-test");
  EXPECT_EQ(weights.tasks, std::vector<std::string>{"brain-mr-to-ct"});
  ASSERT_EQ(weights.networks.size(), 2u);
  EXPECT_EQ(weights.networks[0].name, "N");
  EXPECT_FALSE(weights.networks[1].inference);
  EXPECT_EQ(weights.sha256(), report.weights_sha256);
  EXPECT_NO_THROW(weights.checked_file("N"));
  const Json config = read_json(folder_ / "a/config.json");
  EXPECT_EQ(config.at("training").at("images_seen"), 36);
  EXPECT_EQ(config.at("networks").at("N").at("parameters"), 1 * 4 * 9 + 4 + 8 + 4 + 1);
}

TEST_F(Train, Learns) {
  TrainOptions many = options("a", 150);
  many.recipe.augmentation = Augmentation::kNone;
  run(many);
  const auto losses = log_of(many.folder, "losses");
  EXPECT_LT(losses.back().at("losses").at("L1").get<double>(),
            0.5 * losses.front().at("losses").at("L1").get<double>());
  const auto validations = log_of(many.folder, "validation");
  EXPECT_GT(validations.back().at("score").get<double>(), validations.front().at("score").get<double>());
}

TEST_F(Train, TwiceGivesTheSameBytes) {
  run(options("a"));
  run(options("b"));
  EXPECT_EQ(result_in(folder_ / "a"), result_in(folder_ / "b"));
  TrainOptions other = options("c");
  other.seed = 6;
  run(other);
  EXPECT_NE(result_in(folder_ / "a").network, result_in(folder_ / "c").network);
}

TEST_F(Train, LearnsSeveralTasksAndNamesThemAll) {
  const Task pelvis{"pelvis-mr-to-ct", "pelvis", Modality::kMRI, Modality::kCT},
      back{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};
  const SyntheticPairs others(3, 32, 9);
  const std::vector<TaskPairs> training{{kTask, &pairs_}, {pelvis, &others}},
      validation{{kTask, &validation_}, {pelvis, &none_}, {back, &validation_}};
  TrainOptions several = options("a", 4);
  const auto model = make_tiny_model();
  const TrainReport report = train(several, *model, training, validation);
  EXPECT_EQ(report.updates, 4 * (2 + 1));
  EXPECT_EQ(report.images_seen, 4 * (6 + 3));
  EXPECT_EQ(read_weights_config(several.folder, "tiny-test").tasks,
            (std::vector<std::string>{"brain-mr-to-ct", "pelvis-mr-to-ct", "brain-ct-to-mr"}));
  const Json line = log_of(several.folder, "validation").back();
  const double one = line.at("tasks").at("brain-mr-to-ct").get<double>(),
               two = line.at("tasks").at("brain-ct-to-mr").get<double>();
  EXPECT_FALSE(line.at("tasks").contains("pelvis-mr-to-ct")) << "it has no validation pairs";
  EXPECT_DOUBLE_EQ(line.at("score").get<double>(), (one + two) / 2);

  TinyModelHooks hooks;
  hooks.before_update = [](int64_t update) {
    if (update == 7) throw std::runtime_error("crash");
  };
  TrainOptions stopped = options("b", 4);
  EXPECT_THROW(train(stopped, *make_tiny_model(hooks), training, validation), std::runtime_error);
  stopped.resume = true;
  train(stopped, *make_tiny_model(), training, validation);
  EXPECT_EQ(result_in(several.folder), result_in(stopped.folder));
  stopped.folder = several.folder;
  EXPECT_THAT(error_of([&] {
                train(stopped, *make_tiny_model(), {{kTask, &pairs_}}, validation);
              }),
              HasSubstr("/pairs/pelvis-mr-to-ct"));
}

TEST_F(Train, FollowsTheScheduleInEpochsAndInUpdates) {
  std::vector<double> rates;
  TinyModelHooks hooks;
  hooks.learning_rates = &rates;
  run(options("epochs", 2, 2), hooks);
  const auto near = [](double v) { return testing::DoubleNear(0.02 * v, 1e-12); };
  EXPECT_THAT(rates, testing::ElementsAre(near(1), near(1), near(2 / 3.0), near(2 / 3.0), near(1 / 3.0),
                                          near(1 / 3.0), near(0), near(0)));
  rates.clear();
  TrainOptions updates = options("updates", 2, 3);
  updates.recipe.unit = BudgetUnit::kUpdates;
  const TrainReport report = run(updates, hooks);
  EXPECT_THAT(rates, testing::ElementsAre(near(1), near(0.75), near(0.5), near(0.25), near(0)));
  EXPECT_EQ(report.updates, 5);
  EXPECT_EQ(report.epochs, 3);
  EXPECT_EQ(report.images_seen, 6 + 6 + 4);
}

// See Note [Learning rates].
TEST_F(Train, MultipliesTheRecipesFactorAndTheModelsOwnRule) {
  std::vector<double> rates;
  TinyModelHooks hooks;
  hooks.learning_rates = &rates;
  const auto near = [](double v) { return testing::DoubleNear(0.02 * v, 1e-12); };
  TrainOptions options = this->options("own", 1, 3);  // epochs of two updates, at 3/4, 1/2, 1/4 and 0
  options.log_every = 1;
  hooks.schedule = {.kind = Schedule::Kind::kPolynomial, .unit = BudgetUnit::kEpochs, .length = 2};
  run(options, hooks);
  EXPECT_THAT(rates, testing::ElementsAre(near(0.75), near(0.75), near(0.25), near(0.25), near(0), near(0),
                                          near(0), near(0)));
  const std::vector<Json> lines = log_of(options.folder, "losses");
  ASSERT_EQ(lines.size(), rates.size());
  for (size_t i = 0; i < rates.size(); ++i)
    EXPECT_NEAR(lines[i].at("lr_factor").get<double>(), rates[i] / 0.02, 1e-12) << i;

  rates.clear();
  hooks.schedule.unit = BudgetUnit::kUpdates;
  options = this->options("updates", 2);
  run(options, hooks);
  EXPECT_THAT(rates, testing::ElementsAre(near(1), near(0.5), near(0), near(0)));
}

TEST_F(Train, CountsAPhasesScheduleFromThePhasesFirstUnit) {
  std::vector<double> rates;
  std::vector<std::string> calls;
  TinyModelHooks hooks;
  hooks.learning_rates = &rates;
  hooks.calls = &calls;
  using Kind = Schedule::Kind;
  hooks.phases = {
      {"first", 4, {.kind = Kind::kLinear, .unit = BudgetUnit::kEpochs, .constant = 1, .decay = 1}, false},
      {"none", 0, {}, false},
      {"second", 4, {.kind = Kind::kPolynomial, .length = 4}, true}};
  hooks.schedule = {.kind = Kind::kPolynomial, .length = 1};  // of trainings without phases
  const TrainOptions options = this->options("a", 4);
  run(options, hooks);
  const auto near = [](double v) { return testing::DoubleNear(0.02 * v, 1e-12); };
  EXPECT_THAT(rates, testing::ElementsAre(near(0.5), near(0.5), near(0), near(0), near(1), near(0.75),
                                          near(0.5), near(0.25)));
  std::erase_if(calls, [](const std::string& call) { return !call.starts_with("phase"); });
  EXPECT_THAT(calls, testing::ElementsAre("phase 0", "phase 2"));
  for (const Json& line : log_of(options.folder, "validation")) EXPECT_EQ(line.at("phase"), "second");
}

TEST_F(Train, CallsTheModelsHooksInOrder) {
  std::vector<std::string> calls;
  run(options("a", 2), {.calls = &calls});
  EXPECT_THAT(calls,
              testing::ElementsAre("update 0", "update 1", "epoch 0", "update 2", "update 3", "epoch 1"));
}

TEST_F(Train, KeepsTheWeightsOfTheBestValidation) {
  // A model that gets worse: after update 4 the losses are followed uphill by a huge rate.
  TrainOptions options = this->options("a", 12);
  options.recipe.ema_decay = 0;
  options.recipe.validate_every = 1;
  const TrainReport report = run(options, {.lr = 0.5});
  const auto validations = log_of(options.folder, "validation");
  ASSERT_EQ(validations.size(), 12u);
  double best = -2;
  int64_t at = 0;
  for (const Json& line : validations) {
    const double score = line.at("score").get<double>();
    EXPECT_EQ(line.at("best").get<bool>(), score > best);
    if (score > best) {
      best = score;
      at = line.at("update").get<int64_t>();
    }
  }
  EXPECT_EQ(report.selected_update, at);
  EXPECT_EQ(report.selected_score, best);
  ASSERT_LT(at, 24) << "the last one was the best: nothing was tested";
  // The same training cut there ends with the same weights.
  TrainOptions cut = options;
  cut.folder = folder_ / "cut";
  cut.recipe.constant = at / 2;
  run(cut, {.lr = 0.5});
  EXPECT_EQ(read_file(cut.folder / "N.safetensors"), read_file(options.folder / "N.safetensors"));
  EXPECT_EQ(read_file(cut.folder / "H.safetensors"), read_file(options.folder / "H.safetensors"));
}

TEST_F(Train, WithoutValidationPairsKeepsTheLastWeights) {
  const auto model = make_tiny_model();
  const TrainReport report = train(options("a"), *model, pairs_, none_);
  EXPECT_EQ(report.selected_update, 12);
  EXPECT_FALSE(report.selected_score.has_value());
  EXPECT_EQ(read_json(folder_ / "a/config.json").at("selection").at("rule"), "last update");
}

TEST_F(Train, AveragingChangesTheWeightsAndStartsWhenTold) {
  TrainOptions plain = options("plain");
  plain.recipe.ema_decay = 0;
  run(plain);
  run(options("averaged"));
  EXPECT_NE(read_file(folder_ / "plain/N.safetensors"), read_file(folder_ / "averaged/N.safetensors"));
  TrainOptions late = options("late");
  late.recipe.ema_start = 12;  // never: every average is a copy
  run(late);
  EXPECT_EQ(read_file(folder_ / "plain/N.safetensors"), read_file(folder_ / "late/N.safetensors"));
}

TEST_F(Train, LogHoldsMeansOverItsUpdates) {
  run(options("a"));
  const auto losses = log_of(folder_ / "a", "losses");
  ASSERT_EQ(losses.size(), 3u);  // after 5, 10 and the last, 12th update
  EXPECT_EQ(losses[1].at("update"), 10);
  EXPECT_EQ(losses[1].at("over"), 5);
  EXPECT_EQ(losses[1].at("losses").at("counter"), 8);  // mean of 6..10
  EXPECT_EQ(losses[2].at("over"), 2);
  EXPECT_EQ(losses[2].at("losses").at("counter"), 11.5);
  EXPECT_EQ(log_of(folder_ / "a", "start").size(), 1u);
}

TEST_F(Train, StopsAtALossThatIsNotFinite) {
  TinyModelHooks hooks;
  hooks.change_losses = [](Losses& losses) {
    if (losses[1].second == 8) losses[0].second = std::nan("");
  };
  EXPECT_THAT(error_of([&] { run(options("a"), hooks); }, ExitCode::kSomeFailed),
              HasSubstr("training tiny-test on brain-mr-to-ct: loss L1 is nan at update 7"));
}

TEST_F(Train, RefusesToTrainOnNothing) {
  const auto model = make_tiny_model();
  EXPECT_THAT(error_of([&] { train(options("a"), *model, none_, validation_); }, ExitCode::kBadInput),
              HasSubstr("there are no training pairs"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

TEST_F(Train, SideBySideInTwoThreadsGivesTheSameBytesAsAlone) {
  TrainOptions first = options("alone-1", 20), second = options("alone-2", 20);
  second.seed = 77;
  run(first);
  run(second);
  TrainOptions a = first, b = second;
  a.folder = folder_ / "beside-1";
  b.folder = folder_ / "beside-2";
  std::thread other([&] { run(a); });
  run(b);
  other.join();
  EXPECT_EQ(result_in(first.folder), result_in(a.folder));
  EXPECT_EQ(result_in(second.folder), result_in(b.folder));
}

}  // namespace
}  // namespace synerbench
