// One budget for all methods: how it is written, what it does to a recipe, what it comes to in updates, what
// is recorded.
#include "harness/train/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/train/train.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"
#include "tests/train/tiny_model.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::make_tiny_model;
using testing_support::SyntheticPairs;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

TEST(Budget, IsReadAndAnythingElseIsRefused) {
  const Budget budget = parse_budget("slices:16000", "--budget");
  EXPECT_EQ(budget.kind, BudgetKind::kSlices);
  EXPECT_EQ(budget.value, 16000);
  for (const char* text :
       {"", "slices", "slices:", "slices:0", "slices:-3", "slices:1e3", "slices:10 ", "hours:3", ":3"}) {
    try {
      parse_budget(text, "--budget");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_THAT(error.what(), HasSubstr("seconds:N"));
    }
  }
}

Recipe own_recipe() {
  Recipe recipe;  // in epochs: 100 + 100
  recipe.batch = 2;
  recipe.ema_decay = 0.999;
  recipe.ema_start = 1;
  return recipe;
}

TEST(FittedRecipe, KeepsTheProportionsAndTheExactLength) {
  const Recipe even = fitted_recipe(own_recipe(), 1001);
  EXPECT_EQ(even.unit, BudgetUnit::kUpdates);
  EXPECT_EQ(even.constant + even.decay, 1001);
  EXPECT_NEAR(static_cast<double>(even.decay), 500.5, 1);
  EXPECT_EQ(even.batch, 2);
  Recipe steady = own_recipe();
  steady.decay = 0;
  EXPECT_EQ(fitted_recipe(steady, 77).constant, 77);
  EXPECT_EQ(fitted_recipe(steady, 77).decay, 0);
  EXPECT_EQ(fitted_recipe(steady, 1).constant, 1);
  EXPECT_EQ(fitted_recipe(steady, 77).validate_every, 16);  // five times
}

TEST(FittedRecipe, LetsAnAverageLookBackATenthAtMost) {
  Recipe own = own_recipe();
  EXPECT_DOUBLE_EQ(fitted_recipe(own, 1000).ema_decay, 0.99);        // 100 updates of 1000
  EXPECT_DOUBLE_EQ(fitted_recipe(own, 1'000'000).ema_decay, 0.999);  // its own reaches less far
  own.ema_every = 8;
  EXPECT_DOUBLE_EQ(fitted_recipe(own, 1600).ema_decay, 0.95);  // 20 steps of 8
  EXPECT_EQ(fitted_recipe(own, 80).ema_decay, 0);              // a step would be all of it
  own.unit = BudgetUnit::kUpdates;
  own.constant = own.decay = 2000;
  own.ema_start = 400;
  EXPECT_EQ(fitted_recipe(own, 1000).ema_start, 100);
}

TEST(FittedRecipe, GivenFieldsWin) {
  const Recipe recipe = fitted_recipe(
      own_recipe(), 900,
      {{"constant", 2}, {"decay", 1}, {"batch", 4}, {"ema_decay", 0.9}, {"validate_every", 7}}, "here");
  EXPECT_EQ(recipe.constant, 600);
  EXPECT_EQ(recipe.decay, 300);
  EXPECT_EQ(recipe.batch, 4);
  EXPECT_EQ(recipe.ema_decay, 0.9);
  EXPECT_EQ(recipe.validate_every, 7);
  EXPECT_THROW(fitted_recipe(own_recipe(), 900, {{"batches", 4}}, "here"), Error);
}

TEST(Recipe, ThatNamesALengthIsToldFromOneThatDoesNot) {
  for (const Json& length :
       {Json{{"unit", "updates"}}, Json{{"constant", 2}}, Json{{"batch", 2}, {"decay", 1}}})
    EXPECT_TRUE(names_length(length)) << length;
  EXPECT_FALSE(names_length(Json::object()));
  EXPECT_FALSE(names_length({{"batch", 2}, {"validate_every", 7}}));
}

TEST(UpdatesForSlices, IsTheFirstUpdateThatReachesThem) {
  const SyntheticPairs five(5, 16, 1), three(3, 16, 2);
  const Task other{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};
  Recipe recipe;
  recipe.batch = 2;
  const std::vector<TaskPairs> one{{kTask, &five}}, two{{kTask, &five}, {other, &three}};
  EXPECT_EQ(updates_for_slices(one, 1, recipe, 1), 1);
  EXPECT_EQ(updates_for_slices(one, 1, recipe, 5), 3);  // 2 + 2 + 1
  EXPECT_EQ(updates_for_slices(one, 1, recipe, 6), 4);
  EXPECT_EQ(updates_for_slices(one, 1, recipe, 50), 30);
  for (int64_t slices = 1; slices <= 20; ++slices) {
    const int64_t updates = updates_for_slices(two, 3, recipe, slices);
    EXPECT_GE(Batches(two, 3, recipe).images_before(updates), slices);
    EXPECT_LT(Batches(two, 3, recipe).images_before(updates - 1), slices);
  }
}

TEST(UpdatesForSeconds, GrowWithTheSecondsAndAreMeasuredOnScratchModels) {
  const SyntheticPairs pairs(4, 32, 1);
  std::vector<int64_t> lengths;
  const ScratchTraining scratch{[&](int64_t updates) {
                                  lengths.push_back(updates);
                                  return make_tiny_model();
                                },
                                [](const Trainable&, int64_t updates) { return fitted_recipe({}, updates); }};
  const auto updates = [&](double seconds) {
    return updates_for_seconds(scratch, {{kTask, &pairs}}, 1, "cpu", 1, seconds);
  };
  const int64_t one = updates(1), eight = updates(8);
  EXPECT_GT(one, 20);
  EXPECT_GT(eight, 3 * one);  // 8 times, but for the noise of a busy machine
  EXPECT_LT(eight, 24 * one);
  EXPECT_GE(lengths.size(), 2u);
  EXPECT_EQ(lengths[1], 2 * lengths[0]);
}

class RecordedBudget : public testing::Test {
 protected:
  TrainOptions options(const ResolvedBudget& budget) {
    TrainOptions options;
    options.task = kTask;
    options.folder = temp_.path() / "w";
    options.recipe = fitted_recipe({}, budget.updates);
    options.budget = budget;
    return options;
  }
  TempFolder temp_;
  SyntheticPairs pairs_{4, 32, 1};
};

TEST_F(RecordedBudget, IsInTheWeightsAndInTheCheckpointOfAnUnfinishedTraining) {
  const ResolvedBudget budget{{BudgetKind::kSeconds, 60}, 2, 6};
  TrainOptions unfinished = options(budget);
  unfinished.checkpoint_every = 2;
  testing_support::TinyModelHooks hooks;
  hooks.before_update = [](int64_t update) {
    if (update == 3) throw std::runtime_error("crash");
  };
  EXPECT_THROW(train(unfinished, *make_tiny_model(hooks), pairs_, SyntheticPairs(0, 32, 1)),
               std::runtime_error);
  EXPECT_EQ(recorded_budget(unfinished.folder, budget.budget, 2)->updates, 6);

  TrainOptions resumed = options(budget);
  resumed.resume = true;
  EXPECT_EQ(train(resumed, *make_tiny_model(), pairs_, SyntheticPairs(0, 32, 1)).updates, 6);
  EXPECT_EQ(recorded_budget(resumed.folder, budget.budget, 2)->updates, 6);
  const Json config = read_json(resumed.folder / "config.json");
  EXPECT_EQ(config["training"]["budget"],
            (Json{{"kind", "seconds"}, {"value", 60}, {"tasks", 2}, {"updates", 6}}));
  // Resuming a finished training compares the budget, too.
  EXPECT_EQ(train(resumed, *make_tiny_model(), pairs_, SyntheticPairs(0, 32, 1)).resumed_at, 6);
  TrainOptions other = options({{BudgetKind::kSeconds, 90}, 2, 6});
  other.resume = true;
  try {
    train(other, *make_tiny_model(), pairs_, SyntheticPairs(0, 32, 1));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/budget/value: 60, now 90"));
  }
}

TEST_F(RecordedBudget, OfAnotherBudgetOrOfNoneIsNothing) {
  const ResolvedBudget budget{{BudgetKind::kUpdates, 6}, 1, 6};
  EXPECT_FALSE(recorded_budget(temp_.path() / "w", budget.budget, 1));
  train(options(budget), *make_tiny_model(), pairs_, SyntheticPairs(0, 32, 1));
  EXPECT_TRUE(recorded_budget(temp_.path() / "w", budget.budget, 1));
  EXPECT_FALSE(recorded_budget(temp_.path() / "w", budget.budget, 2));
  EXPECT_FALSE(recorded_budget(temp_.path() / "w", {BudgetKind::kSlices, 6}, 1));
  EXPECT_FALSE(recorded_budget(temp_.path() / "w", {BudgetKind::kUpdates, 7}, 1));
}

}  // namespace
}  // namespace synerbench
