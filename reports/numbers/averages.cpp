// See Note [Interval of an average] in leaderboard.h.
#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "reports/numbers/summaries.h"

namespace synerbench {

const TaskRow& TaskBoard::row_of(size_t model) const {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const TaskRow& r) { return r.model == model; });
  SB_CHECK(row != rows.end(), "every model has a row in every task");
  return *row;
}

const AverageRow& AverageBoard::row_of(size_t model) const {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const AverageRow& r) { return r.model == model; });
  SB_CHECK(row != rows.end(), "every model has a row in every average");
  return *row;
}

namespace detail {
namespace {

/// Patients by position: all that were planned in any of the tasks.
struct Population {
  std::vector<std::string> patients;        // sorted
  std::vector<std::vector<size_t>> strata;  // positions; planned in the same tasks
};

Population population_of(const std::vector<size_t>& tasks,
                         const std::vector<std::vector<std::string>>& planned_patients) {
  std::map<std::string, std::vector<size_t>> tasks_of;
  for (const size_t task : tasks) {
    for (const std::string& patient : planned_patients[task]) tasks_of[patient].push_back(task);
  }
  Population population;
  std::map<std::vector<size_t>, std::vector<size_t>> strata;
  for (const auto& [patient, signature] : tasks_of) {
    strata[signature].push_back(population.patients.size());
    population.patients.push_back(patient);
  }
  for (auto& [signature, positions] : strata) population.strata.push_back(std::move(positions));
  return population;
}

/// One model's values in one task, by position in the population.
struct TaskValues {
  std::vector<size_t> positions;
  std::vector<double> values;
};

std::vector<TaskValues> values_of(size_t model, const std::vector<const TaskBoard*>& boards,
                                  const Population& population) {
  std::vector<TaskValues> all;
  for (const TaskBoard* board : boards) {
    const Summary& summary = board->row_of(model).summary;
    if (summary.patients.empty()) continue;
    TaskValues& values = all.emplace_back();
    for (const PatientValue& patient : summary.patients) {
      const auto at =
          std::lower_bound(population.patients.begin(), population.patients.end(), patient.patient);
      SB_CHECK(at != population.patients.end() && *at == patient.patient,
               "a scored patient is a planned patient");
      values.positions.push_back(static_cast<size_t>(at - population.patients.begin()));
      values.values.push_back(patient.value);
    }
  }
  return all;
}

/// The average under the given number of draws of each patient; nothing when a task is left without any
/// patient.
std::optional<double> weighted_average(const std::vector<TaskValues>& tasks,
                                       const std::vector<uint32_t>& draws) {
  double sum = 0;
  for (const TaskValues& task : tasks) {
    double total = 0;
    uint64_t count = 0;
    for (size_t i = 0; i < task.positions.size(); ++i) {
      total += draws[task.positions[i]] * task.values[i];
      count += draws[task.positions[i]];
    }
    if (count == 0) return std::nullopt;
    sum += total / static_cast<double>(count);
  }
  return sum / static_cast<double>(tasks.size());
}

/// How often each patient is drawn, replicate after replicate.
std::vector<std::vector<uint32_t>> draw_replicates(const Population& population,
                                                   const BootstrapOptions& options) {
  Random random(options.seed);
  std::vector<std::vector<uint32_t>> replicates(static_cast<size_t>(options.replicates),
                                                std::vector<uint32_t>(population.patients.size(), 0));
  for (auto& draws : replicates) {
    for (const auto& stratum : population.strata) {
      for (size_t i = 0; i < stratum.size(); ++i) ++draws[stratum[random.below(stratum.size())]];
    }
  }
  return replicates;
}

}  // namespace

AverageBoard average_over(const std::string& group, const std::vector<size_t>& tasks,
                          const std::vector<TaskBoard>& boards,
                          const std::vector<std::vector<std::string>>& planned_patients, size_t models,
                          Direction direction, const BootstrapOptions& options) {
  std::vector<const TaskBoard*> members;
  for (const TaskBoard& board : boards) {
    if (std::find(tasks.begin(), tasks.end(), board.task) != tasks.end()) members.push_back(&board);
  }
  const Population population = population_of(tasks, planned_patients);
  const auto replicates = draw_replicates(population, options);
  AverageBoard average{group, tasks, {}};
  for (size_t model = 0; model < models; ++model) {
    AverageRow& row = average.rows.emplace_back();
    row.model = model;
    row.complete = members.size() == tasks.size();
    bool single = false;
    double sum = 0;
    for (const TaskBoard* board : members) {
      const Summary& summary = board->row_of(model).summary;
      row.planned += summary.planned;
      row.scored += summary.scored;
      row.complete = row.complete && summary.complete;
      if (!summary.mean) continue;
      ++row.tasks;
      sum += *summary.mean;
      single = single || summary.patients.size() < 2;
    }
    if (row.tasks == 0) continue;
    row.mean = sum / static_cast<double>(row.tasks);
    if (single) continue;
    const std::vector<TaskValues> values = values_of(model, members, population);
    std::vector<double> averages;
    for (const auto& draws : replicates) {
      if (const auto value = weighted_average(values, draws)) averages.push_back(*value);
    }
    if (averages.size() < 2) continue;
    const double tail = (1 - options.confidence) / 2;
    row.interval = Interval{quantile(averages, tail), quantile(averages, 1 - tail)};
  }
  rank_rows(
      average.rows, direction, [](const AverageRow& r) { return r.mean; },
      [](const AverageRow& r) { return r.complete; });
  return average;
}

}  // namespace detail
}  // namespace synerbench
