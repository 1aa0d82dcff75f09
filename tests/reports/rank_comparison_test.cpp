// Ranks over tasks, against the published example and tables of Demšar 2006.
#include "reports/numbers/rank_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/reports/demo_results.h"

namespace synerbench {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pair;

// Demšar 2006, table 6: AUC of C4.5 without and with pruning (m) and cross-validated confidence (cf) on 14
// data sets. Printed values are rounded: "voting" has ranks 2 and 3 in the paper and equal values in print.
const std::vector<std::vector<double>> kDemsar = {
    {0.763, 0.768, 0.771, 0.798},  {0.599, 0.591, 0.590, 0.569}, {0.954, 0.971, 0.968, 0.967},
    {0.628, 0.661, 0.654, 0.657},  {0.882, 0.888, 0.886, 0.898}, {0.936, 0.931, 0.916, 0.931},
    {0.661, 0.668, 0.609, 0.685},  {0.583, 0.583, 0.563, 0.625}, {0.775, 0.838, 0.866, 0.875},
    {1.000, 1.000, 1.000, 1.000},  {0.940, 0.962, 0.965, 0.962}, {0.619, 0.666, 0.614, 0.669},
    {0.972, 0.981, 0.9751, 0.975}, {0.957, 0.978, 0.946, 0.970}};

TEST(RankComparison, AgreesWithDemsarsExample) {
  const RankComparison result = compare_ranks(kDemsar, Direction::kHigherIsBetter);
  EXPECT_THAT(result.mean_ranks, ElementsAre(DoubleNear(3.143, 5e-4), DoubleNear(2.000, 5e-4),
                                             DoubleNear(2.893, 5e-4), DoubleNear(1.964, 5e-4)));
  EXPECT_NEAR(result.chi_square, 9.28, 5e-3);
  ASSERT_TRUE(result.f);
  EXPECT_NEAR(*result.f, 3.69, 5e-3);
  EXPECT_LT(*result.p_f, 0.05);  // "the critical value of F(3, 39) for 0.05 is 2.85, so we reject"
  EXPECT_NEAR(f_tail(2.85, 3, 39), 0.05, 5e-4);
  EXPECT_NEAR(result.critical_difference, 1.25, 5e-3);
  EXPECT_THAT(result.order, ElementsAre(3u, 1u, 2u, 0u));
  // 3.143 - 1.964 = 1.18 is below 1.25: the test is "not powerful enough".
  EXPECT_THAT(result.groups, ElementsAre(Pair(0u, 3u)));
}

TEST(RankComparison, HasTheQuantilesOfDemsarsTable) {
  // Table 5 (a): the two-tailed Nemenyi test.
  const double at_5[] = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
  const double at_10[] = {1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920};
  for (int k = 2; k <= 10; ++k) {
    EXPECT_NEAR(nemenyi_quantile(k, 0.05), at_5[k - 2], 1.1e-3) << k;
    EXPECT_NEAR(nemenyi_quantile(k, 0.10), at_10[k - 2], 1.1e-3) << k;
  }
}

TEST(RankComparison, HasTheTailsOfTheTables) {
  EXPECT_NEAR(chi_square_tail(3.841, 1), 0.05, 1e-4);
  EXPECT_NEAR(chi_square_tail(18.307, 10), 0.05, 1e-5);
  EXPECT_NEAR(chi_square_tail(2, 2), std::exp(-1), 1e-12);
  EXPECT_EQ(chi_square_tail(0, 3), 1);
  EXPECT_NEAR(f_tail(4.965, 1, 10), 0.05, 1e-4);
  EXPECT_NEAR(f_tail(2.348, 10, 20), 0.05, 1e-4);
  EXPECT_NEAR(f_tail(0.01, 4, 4), 0.9997, 1e-3);
}

TEST(RankComparison, FollowsTheDirectionAndFindsTheGroups) {
  std::vector<std::vector<double>> values;
  for (int task = 0; task < 40; ++task) {
    const double turn = task % 2 == 0 ? 0.1 : -0.1;
    values.push_back({1 + turn, 1 - turn, 5, 6 + turn, 6 - turn});
  }
  const RankComparison lower = compare_ranks(values, Direction::kLowerIsBetter);
  EXPECT_THAT(lower.mean_ranks, ElementsAre(1.5, 1.5, 3, 4.5, 4.5));
  EXPECT_THAT(lower.groups, ElementsAre(Pair(0u, 1u), Pair(3u, 4u)));
  EXPECT_THAT(compare_ranks(values, Direction::kHigherIsBetter).mean_ranks,
              ElementsAre(4.5, 4.5, 3, 1.5, 1.5));
  // Full agreement: F would be infinite.
  EXPECT_FALSE(compare_ranks({{1, 2, 3}, {1, 2, 3}, {2, 4, 9}}, Direction::kLowerIsBetter).f);
  EXPECT_THROW(compare_ranks({{1, 2}}, Direction::kLowerIsBetter), std::invalid_argument);
}

TEST(MethodMeans, PutSeedsTogetherAndLeaveIncompleteMethodsOut) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 20;
  const Leaderboard board = make_leaderboard(join_runs({demo_run()}), {}, options);
  const MethodMeans means = complete_method_means(board, board.main());
  std::vector<std::string> labels;
  for (const SeedGroup& method : means.methods) labels.push_back(method.label);
  // CycleGAN failed on a case, SynDiff was not run on two tasks.
  EXPECT_THAT(labels, ElementsAre("Identity", "Mean image", "Straight line", "Pix2Pix", "ResViT"));
  EXPECT_EQ(means.values.size(), 22u);
}

}  // namespace
}  // namespace synerbench
