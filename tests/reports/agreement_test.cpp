#include "reports/numbers/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "reports/words/tables.h"
#include "tests/reports/demo_results.h"

namespace synerbench {
namespace {

using testing::ElementsAre;

/// Models by task: SSIM and MAE of the one value that every patient has.
struct Values {
  std::string model, task;
  double ssim, mae;
};

Leaderboard board_of(const std::vector<Values>& values) {
  RunInput run;
  run.name = "one";
  run.results.identity = {{"protocols", {"synermed-2d@1"}}};
  run.results.tasks = {{"t", "brain", "MRI", "CT", "g", "HU", -1000, 2000, 3},
                       {"u", "brain", "CT", "MRI", "g", "a.u.", 0, 1, 3}};
  for (const char* model : {"a", "b", "c"})
    run.results.models.push_back({model, demo_info(model, std::string(1, model[0] - 32), false)});
  for (const Values& v : values) {
    for (const char* patient : {"p0", "p1", "p2"}) {
      add_case(run.results, v.task, v.model, patient, v.ssim, "ssim");
      add_case(run.results, v.task, v.model, patient, v.mae, "mae");
    }
  }
  LeaderboardOptions options;
  options.bootstrap.replicates = 200;
  return make_leaderboard(join_runs({std::move(run)}), {}, options);
}

TEST(Agreement, OfTheSameOrderIsOne) {
  const auto board = board_of({{"a", "t", 0.9, 0.01},
                               {"b", "t", 0.8, 0.02},
                               {"c", "t", 0.7, 0.03},
                               {"a", "u", 0.9, 0.01},
                               {"b", "u", 0.8, 0.02},
                               {"c", "u", 0.7, 0.03}});
  const auto agreements = metric_agreements(board);
  ASSERT_EQ(agreements.size(), 1u);
  EXPECT_EQ(agreements[0].tau, 1.0);
  EXPECT_EQ(agreements[0].tasks, 2);
  EXPECT_EQ(agreements[0].other_winners, 0);
  EXPECT_FALSE(agreements[0].largest_move.has_value());
}

TEST(Agreement, NamesWhatMovesAndWhereAnotherModelWins) {
  // By SSIM a, b, c; by MAE c, a, b in the mean: c wins both tasks.
  const auto board = board_of({{"a", "t", 0.9, 0.02},
                               {"b", "t", 0.8, 0.03},
                               {"c", "t", 0.7, 0.01},
                               {"a", "u", 0.9, 0.02},
                               {"b", "u", 0.8, 0.03},
                               {"c", "u", 0.7, 0.01}});
  const auto agreement = metric_agreements(board).at(0);
  EXPECT_NEAR(agreement.tau.value(), -1.0 / 3, 1e-12);
  EXPECT_THAT(agreement.best, ElementsAre(2));
  EXPECT_THAT(agreement.best_by_main, ElementsAre(0));
  EXPECT_EQ(agreement.other_winners, 2);
  ASSERT_TRUE(agreement.largest_move.has_value());
  EXPECT_EQ(agreement.largest_move->model, 2u);
  EXPECT_EQ(agreement.largest_move->rank_by_main, 3);
  EXPECT_EQ(agreement.largest_move->rank, 1);
  const Table table = agreement_table(board);
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].cells[3].text, "-0.33");
  EXPECT_EQ(table.rows[0].cells[7].text, "C: 3 → 1");
}

TEST(Agreement, LeavesOutModelsThatLackATask) {
  const auto board = board_of({{"a", "t", 0.9, 0.02},
                               {"b", "t", 0.8, 0.03},
                               {"c", "t", 0.7, 0.01},
                               {"a", "u", 0.9, 0.02},
                               {"b", "u", 0.8, 0.03}});
  const auto agreement = metric_agreements(board).at(0);
  EXPECT_EQ(agreement.tau, 1.0);
  EXPECT_EQ(agreement.other_winners, 0);
}

TEST(Agreement, OfOneModelIsNotReported) {
  EXPECT_TRUE(metric_agreements(board_of({{"a", "t", 0.9, 0.02}, {"a", "u", 0.9, 0.02}})).empty());
}

TEST(KendallTau, AgreesWithPublishedValues) {
  // SciPy's example: kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) = -0.47140452079103173
  EXPECT_NEAR(kendall_tau({12, 2, 1, 12, 2}, {1, 4, 7, 1, 0}).value(), -0.47140452079103173, 1e-15);
  EXPECT_EQ(kendall_tau({1, 2, 3}, {3, 2, 1}), -1.0);
  EXPECT_FALSE(kendall_tau({1, 1}, {1, 2}).has_value());
  EXPECT_FALSE(kendall_tau({1}, {1}).has_value());
  EXPECT_THROW((void)kendall_tau({1, 2}, {1}), std::invalid_argument);
}

}  // namespace
}  // namespace synerbench
