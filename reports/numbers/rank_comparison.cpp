#include "reports/numbers/rank_comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace synerbench {
namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// Upper regularized incomplete gamma function: the series below the mode, Lentz's continued fraction above
/// (Abramowitz and Stegun 6.5.29 and 6.5.31).
double gamma_tail(double a, double x) {
  if (x <= 0) return 1;
  const double front = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < 10000 && term > sum * 1e-16; ++n) sum += term *= x / (a + n);
    return 1 - front * sum;
  }
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, h = d;
  for (int n = 1; n < 10000; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = an * d + b;
    d = 1 / (std::abs(d) < kTiny ? kTiny : d);
    c = b + an / c;
    c = std::abs(c) < kTiny ? kTiny : c;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return front * h;
}

/// Regularized incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8).
double beta_share(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta_share(1 - x, b, a);
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x)) /
      a;
  constexpr double kTiny = 1e-300;
  double c = 1, d = 1 / std::max(std::abs(1 - (a + b) * x / (a + 1)), kTiny), h = d;
  for (int m = 1; m < 10000; ++m) {
    for (const double an : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 + an * d;
      d = 1 / (std::abs(d) < kTiny ? kTiny : d);
      c = 1 + an / c;
      c = std::abs(c) < kTiny ? kTiny : c;
      h *= d * c;
    }
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return front * h;
}

/// P(range of k standard normal values <= q) = k times the integral of phi(z) (Phi(z) - Phi(z - q))^(k - 1).
double range_cdf(double q, int k) {
  constexpr int kSteps = 4000;  // of Simpson's rule, even
  constexpr double kLow = -8.5;
  const double high = 8.5, h = (high - kLow) / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double z = kLow + i * h, weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
    sum += weight * density * std::pow(normal_cdf(z) - normal_cdf(z - q), k - 1);
  }
  return k * sum * h / 3;
}

/// 1 is the best; equal values share the average of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values, Direction direction) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return is_better(values[a], values[b], direction); });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i + 1;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (size_t j = i; j < end; ++j) ranks[order[j]] = (static_cast<double>(i + end) + 1) / 2;
    i = end;
  }
  return ranks;
}

}  // namespace

double chi_square_tail(double x, double degrees) { return gamma_tail(degrees / 2, x / 2); }

double f_tail(double f, double numerator, double denominator) {
  if (f <= 0) return 1;
  return beta_share(denominator / (denominator + numerator * f), denominator / 2, numerator / 2);
}

double nemenyi_quantile(int k, double alpha) {
  if (k < 2 || !(alpha > 0 && alpha < 1)) throw std::invalid_argument("two methods or more, alpha in (0, 1)");
  double low = 0, high = 20;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (range_cdf(middle, k) < 1 - alpha ? low : high) = middle;
  }
  return (low + high) / 2 / std::sqrt(2.0);
}

RankComparison compare_ranks(const std::vector<std::vector<double>>& values, Direction direction) {
  if (values.size() < 2 || values.front().size() < 2)
    throw std::invalid_argument("ranks over tasks need two tasks and two methods");
  RankComparison result;
  const size_t methods = values.front().size();
  const auto k = static_cast<double>(methods), n = static_cast<double>(values.size());
  result.tasks = static_cast<int64_t>(values.size());
  result.mean_ranks.assign(methods, 0);
  for (const auto& task : values) {
    if (task.size() != methods) throw std::invalid_argument("every task has one value per method");
    const std::vector<double> ranks = ranks_of(task, direction);
    for (size_t m = 0; m < methods; ++m) result.mean_ranks[m] += ranks[m];
  }
  for (double& rank : result.mean_ranks) rank /= n;
  double squares = 0;
  for (const double rank : result.mean_ranks) squares += rank * rank;
  result.chi_square = std::max(0.0, 12 * n / (k * (k + 1)) * (squares - k * (k + 1) * (k + 1) / 4));
  result.p_chi_square = chi_square_tail(result.chi_square, k - 1);
  const double left = n * (k - 1) - result.chi_square;
  if (left > 1e-9 * n * k) {
    result.f = (n - 1) * result.chi_square / left;
    result.p_f = f_tail(*result.f, k - 1, (k - 1) * (n - 1));
  }
  result.critical_difference =
      nemenyi_quantile(static_cast<int>(methods), 0.05) * std::sqrt(k * (k + 1) / (6 * n));
  result.order.resize(methods);
  std::iota(result.order.begin(), result.order.end(), size_t{0});
  std::stable_sort(result.order.begin(), result.order.end(),
                   [&](size_t a, size_t b) { return result.mean_ranks[a] < result.mean_ranks[b]; });
  size_t reached = 0;  // the last method that an earlier group holds
  for (size_t first = 0; first < methods; ++first) {
    size_t last = first;
    while (last + 1 < methods &&
           result.mean_ranks[result.order[last + 1]] - result.mean_ranks[result.order[first]] <
               result.critical_difference)
      ++last;
    if (last > first && (result.groups.empty() || last > reached)) {
      result.groups.emplace_back(first, last);
      reached = last;
    }
  }
  return result;
}

MethodMeans complete_method_means(const Leaderboard& board, const MetricBoard& metric) {
  MethodMeans result;
  for (size_t t = 0; t < metric.tasks.size(); ++t) {
    const auto& rows = metric.tasks[t].rows;
    if (std::any_of(rows.begin(), rows.end(),
                    [](const TaskRow& row) { return row.summary.mean.has_value(); }))
      result.tasks.push_back(t);
  }
  result.values.resize(result.tasks.size());
  for (const SeedGroup& method : methods_of(board.models())) {
    std::vector<double> means;
    for (const size_t t : result.tasks) {
      double sum = 0;
      bool complete = true;
      for (const size_t model : method.models) {
        const Summary& summary = metric.tasks[t].row_of(model).summary;
        complete = complete && summary.complete && summary.mean;
        sum += summary.mean.value_or(0);
      }
      if (complete) means.push_back(sum / static_cast<double>(method.models.size()));
    }
    if (means.size() != result.tasks.size()) continue;
    result.methods.push_back(method);
    for (size_t i = 0; i < means.size(); ++i) result.values[i].push_back(means[i]);
  }
  return result;
}

}  // namespace synerbench
