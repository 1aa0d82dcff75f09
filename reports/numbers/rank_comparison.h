// Many methods over many tasks at once, by their ranks: Demšar 2006, "Statistical comparisons of classifiers
// over multiple data sets", JMLR 7.
//
// Note [Ranks over tasks] Every task ranks the methods by their means, 1 is the best, equal means share the
// average of their ranks. Friedman's test asks whether the mean ranks differ at all; Nemenyi's critical
// difference says how far two of them have to be apart. Both take the tasks as independent. Tasks of one
// suite share patients and modalities, so the difference is rather too small than too large: a diagram shows
// an order, and the paired comparison by patient (improvement.h) decides about two methods.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "reports/numbers/leaderboard.h"

namespace synerbench {

struct RankComparison {
  int64_t tasks = 0;
  std::vector<double> mean_ranks;  // per method
  // Friedman's chi square, without a correction for ties (Demšar's equation 6), and the F of Iman and
  // Davenport 1980 made from it, with k - 1 and (k - 1)(tasks - 1) degrees of freedom. Nothing where all
  // tasks agree wholly: F is then infinite.
  double chi_square = 0, p_chi_square = 1;
  std::optional<double> f, p_f;
  double critical_difference = 0;  // Nemenyi's, at 5 %
  // Runs of methods, by mean rank, of which the first and the last are less than the critical difference
  // apart; indices into the sorted order, both included; only those that are in no longer one, and of two
  // methods or more.
  std::vector<size_t> order;  // methods by mean rank, best first
  std::vector<std::pair<size_t, size_t>> groups;
};

/// values[task][method], all finite. Two tasks and two methods or more, else std::invalid_argument.
RankComparison compare_ranks(const std::vector<std::vector<double>>& values, Direction direction);

/// The quantile of Nemenyi's test: of the studentized range of k means with infinitely many degrees of
/// freedom, divided by the root of 2. k >= 2; alpha in (0, 1).
double nemenyi_quantile(int k, double alpha);

/// Upper tails.
double chi_square_tail(double x, double degrees);
double f_tail(double f, double numerator, double denominator);

/// The methods (methods_of()) that are complete in every task with a value, and their means.
struct MethodMeans {
  std::vector<SeedGroup> methods;
  std::vector<size_t> tasks;                // indices into MetricBoard::tasks
  std::vector<std::vector<double>> values;  // [task][method]; seeds are averaged
};
MethodMeans complete_method_means(const Leaderboard& board, const MetricBoard& metric);

}  // namespace synerbench
