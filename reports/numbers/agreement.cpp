#include "reports/numbers/agreement.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace synerbench {
namespace {

const TaskBoard* board_of(const MetricBoard& metric, size_t task) {
  const auto found = std::find_if(metric.tasks.begin(), metric.tasks.end(),
                                  [&](const TaskBoard& board) { return board.task == task; });
  return found == metric.tasks.end() ? nullptr : &*found;
}

/// Larger is better, whatever the metric.
double goodness(const MetricBoard& metric, double mean) {
  return metric.metric.direction == Direction::kHigherIsBetter ? mean : -mean;
}

/// Two metrics on the tasks that both have.
struct SharedTasks {
  std::vector<const TaskBoard*> main, other;
  std::vector<size_t> models;  // with a mean in all of them under both
};

SharedTasks shared_tasks(const Leaderboard& board, const MetricBoard& other) {
  SharedTasks shared;
  for (const TaskBoard& task : board.main().tasks) {
    const TaskBoard* same = board_of(other, task.task);
    if (same == nullptr) continue;
    shared.main.push_back(&task);
    shared.other.push_back(same);
  }
  for (size_t model = 0; model < board.models().size(); ++model) {
    const auto usable = [&](const TaskBoard* task) {
      const Summary& summary = task->row_of(model).summary;
      return summary.complete && summary.mean.has_value();
    };
    if (std::all_of(shared.main.begin(), shared.main.end(), usable) &&
        std::all_of(shared.other.begin(), shared.other.end(), usable)) {
      shared.models.push_back(model);
    }
  }
  return shared;
}

std::vector<double> means_over(const std::vector<const TaskBoard*>& tasks, const std::vector<size_t>& models,
                               const MetricBoard& metric) {
  std::vector<double> means;
  for (const size_t model : models) {
    double sum = 0;
    for (const TaskBoard* task : tasks) sum += *task->row_of(model).summary.mean;
    means.push_back(goodness(metric, sum / static_cast<double>(tasks.size())));
  }
  return means;
}

std::vector<size_t> best_of(const std::vector<double>& values, const std::vector<size_t>& models) {
  const double best = *std::max_element(values.begin(), values.end());
  std::vector<size_t> names;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == best) names.push_back(models[i]);
  }
  return names;
}

int rank_in(const std::vector<double>& values, size_t i) {
  return 1 + static_cast<int>(std::count_if(values.begin(), values.end(),
                                            [&](double value) { return value > values[i]; }));
}

std::optional<MetricAgreement::Move> largest_move(const std::vector<double>& main,
                                                  const std::vector<double>& other,
                                                  const std::vector<size_t>& models) {
  std::optional<MetricAgreement::Move> largest;
  for (size_t i = 0; i < models.size(); ++i) {
    const MetricAgreement::Move move{models[i], rank_in(main, i), rank_in(other, i)};
    const int distance = std::abs(move.rank - move.rank_by_main);
    if (distance == 0) continue;
    if (!largest || distance > std::abs(largest->rank - largest->rank_by_main)) largest = move;
  }
  return largest;
}

std::optional<MetricAgreement> agreement_of(const Leaderboard& board, size_t index) {
  const MetricBoard& main_metric = board.main();
  const MetricBoard& metric = board.metrics[index];
  const SharedTasks shared = shared_tasks(board, metric);
  if (shared.main.empty() || shared.models.size() < 2) return std::nullopt;
  const std::vector<double> by_main = means_over(shared.main, shared.models, main_metric);
  const std::vector<double> by_other = means_over(shared.other, shared.models, metric);
  MetricAgreement agreement;
  agreement.metric = index;
  agreement.tasks = static_cast<int64_t>(shared.main.size());
  agreement.tau = kendall_tau(by_main, by_other);
  agreement.best = best_of(by_other, shared.models);
  agreement.best_by_main = best_of(by_main, shared.models);
  agreement.largest_move = largest_move(by_main, by_other, shared.models);
  for (size_t t = 0; t < shared.main.size(); ++t) {
    const auto winners = [&](const TaskBoard* task, const MetricBoard& rules) {
      return best_of(means_over({task}, shared.models, rules), shared.models);
    };
    agreement.other_winners += winners(shared.main[t], main_metric) != winners(shared.other[t], metric);
  }
  return agreement;
}

int sign(double value) { return (value > 0) - (value < 0); }

}  // namespace

std::vector<MetricAgreement> metric_agreements(const Leaderboard& board) {
  std::vector<MetricAgreement> agreements;
  for (size_t i = 1; i < board.metrics.size(); ++i) {
    if (auto agreement = agreement_of(board, i)) agreements.push_back(std::move(*agreement));
  }
  return agreements;
}

std::optional<double> kendall_tau(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) throw std::invalid_argument("kendall_tau: lists of different lengths");
  double agreeing = 0, apart_in_a = 0, apart_in_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = i + 1; j < a.size(); ++j) {
      const int in_a = sign(a[i] - a[j]), in_b = sign(b[i] - b[j]);
      agreeing += in_a * in_b;
      apart_in_a += in_a != 0;
      apart_in_b += in_b != 0;
    }
  }
  if (apart_in_a == 0 || apart_in_b == 0) return std::nullopt;
  return agreeing / std::sqrt(apart_in_a * apart_in_b);
}

}  // namespace synerbench
