// training.csv, seeds.csv, cases.csv: how models were trained, over how many seeds, and every case by itself.
#include <fmt/ranges.h>

#include "reports/formats/detail/csv_table.h"

namespace synerbench {
namespace {

using namespace csv;

struct TrainingEntry {
  const ReportedModel& model;
  const ReportedTraining& training;
};

Columns<TrainingEntry> training_columns() {
  using T = TrainingEntry;
  return {
      text<T>("model", "its key, unique in the report", [](const T& e) { return e.model.key; }),
      text<T>("label", "as printed", [](const T& e) { return e.model.label; }),
      text<T>("covers", "what one training covers: a task, a pair of modalities, all tasks",
              [](const T& e) { return e.training.covers; }),
      text<T>("pairing", "how source and target meet in training",
              [](const T& e) { return e.training.pairing; }),
      text<T>("budget", "what the budget counts: updates, slices, seconds; recipe: the method's own length",
              [](const T& e) { return e.training.budget_kind.empty() ? "recipe" : e.training.budget_kind; }),
      count<T>("budget_per_task", "as budget says", "per task that a training covers",
               [](const T& e) {
                 return e.training.budget_kind.empty() ? std::nullopt
                                                       : std::optional<int64_t>(e.training.budget_value);
               }),
      count<T>("updates_least", "updates", "of the shortest training",
               [](const T& e) { return e.training.least_updates; }),
      count<T>("updates_most", "updates", "of the longest",
               [](const T& e) { return e.training.most_updates; }),
      count<T>("slices_least", "slices", "seen by the shortest, repetitions counted",
               [](const T& e) { return e.training.least_slices; }),
      count<T>("slices_most", "slices", "seen by the longest",
               [](const T& e) { return e.training.most_slices; }),
      count<T>("batch", "slices", "in an update", [](const T& e) { return e.training.batch; }),
      text<T>("augmentation", "of the training pairs", [](const T& e) { return e.training.augmentation; }),
      text<T>("seeds", "of weights, order and augmentation",
              [](const T& e) { return fmt::format("{}", fmt::join(e.training.seeds, " ")); }),
      text<T>("lineage", "what the weights and those they came from learned from",
              [](const T& e) { return e.model.standing.words; })};
}

/// A method that was trained from several seeds, in one task or over all.
struct SeedEntry {
  const Leaderboard& board;
  const MetricBoard& metric;
  const SeedGroup& group;
  std::string task;  // or "all"
  std::optional<SeedSpread> spread;
  std::string models() const {
    std::string keys;
    for (const size_t model : group.models) keys += (keys.empty() ? "" : " ") + board.models()[model].key;
    return keys;
  }
};

Columns<SeedEntry> seed_columns() {
  using S = SeedEntry;
  const auto part = []<class Value>(const char* name, const char* meaning, Value) {
    return number<S>(name, "the metric's", meaning, [](const S& e) {
      return e.spread ? std::optional<double>(Value{}(*e.spread)) : std::nullopt;
    });
  };
  Columns<S> columns = metric_columns<S>();
  append(
      columns,
      Columns<S>{text<S>("task", "id of the task, or all", [](const S& e) { return e.task; }),
                 text<S>("method", "as printed", [](const S& e) { return e.group.label; }),
                 text<S>("models", "their keys", [](const S& e) { return e.models(); }),
                 count<S>("seeds", "models", "trained from different seeds",
                          [](const S& e) { return static_cast<int64_t>(e.group.models.size()); }),
                 part("mean", "of the models' means", [](const SeedSpread& spread) { return spread.mean; }),
                 part("sd_ddof1", "their standard deviation, n - 1",
                      [](const SeedSpread& spread) { return spread.sd; }),
                 part("least", "the smallest", [](const SeedSpread& spread) { return spread.low; }),
                 part("most", "the largest", [](const SeedSpread& spread) { return spread.high; })});
  return columns;
}

/// A case and one of its measures; none when it has no measure at all.
struct CaseEntry {
  const CaseRecord& record;
  const Measure* measure = nullptr;
  bool scored() const { return record.status == CaseStatus::kScored; }
};

Columns<CaseEntry> case_columns() {
  using C = CaseEntry;
  return {text<C>("task", "id in the suite", [](const C& e) { return e.record.task; }),
          text<C>("model", "its key, unique in the report", [](const C& e) { return e.record.model; }),
          text<C>("case", "data set and name", [](const C& e) { return e.record.scan.text(); }),
          text<C>("patient", "whom the case is of", [](const C& e) { return e.record.scan.patient; }),
          text<C>("case_group", "stratum of the case: a center; empty: unknown",
                  [](const C& e) { return e.record.group; }),
          text<C>("status", "scored or failed", [](const C& e) { return e.scored() ? "scored" : "failed"; }),
          text<C>("reason", "why it failed", [](const C& e) { return e.scored() ? "" : e.record.reason; }),
          text<C>("protocol", "protocol of the value, with its version",
                  [](const C& e) { return e.measure ? e.measure->protocol : ""; }),
          text<C>("metric", "metric of that protocol",
                  [](const C& e) { return e.measure ? e.measure->metric : ""; }),
          number<C>("value", "the metric's", "of the case",
                    [](const C& e) { return e.measure ? e.measure->value : std::nullopt; }),
          text<C>("undefined", "why there is no value",
                  [](const C& e) { return e.measure ? e.measure->undefined : ""; }),
          count<C>(
              "count", "slices, voxels or questions",
              "behind the value: slices of a 2-D protocol, voxels in the mask of a 3-D one, questions about "
              "a patient",
              [](const C& e) { return e.measure ? std::optional<int64_t>(e.measure->count) : std::nullopt; }),
          count<C>("undefined_count", "slices", "without a value", [](const C& e) {
            return e.measure ? std::optional<int64_t>(e.measure->undefined_count) : std::nullopt;
          })};
}

}  // namespace

std::vector<CsvFile> csv::model_tables() {
  return {described("training.csv", "model that says how it was trained", training_columns()),
          described("seeds.csv", "protocol, metric, task and method that was trained from several seeds",
                    seed_columns()),
          described("cases.csv", "case and measure", case_columns())};
}

std::string training_csv(const Leaderboard& board) {
  const Columns<TrainingEntry> columns = training_columns();
  std::string out = header_of(columns);
  for (const ReportedModel& model : board.models()) {
    if (model.training) out += line_of(columns, {model, *model.training});
  }
  return out;
}

std::string seeds_csv(const Leaderboard& board) {
  const Columns<SeedEntry> columns = seed_columns();
  std::string out = header_of(columns);
  const std::vector<SeedGroup> groups = seed_groups(board.models());
  for (const MetricBoard& metric : board.metrics) {
    for (const SeedGroup& group : groups) {
      for (const TaskBoard& task : metric.tasks)
        out +=
            line_of(columns, {board, metric, group, board.tasks()[task.task].id, seed_spread(group, task)});
      if (!metric.averages.empty() && metric.tasks.size() > 1)
        out += line_of(columns, {board, metric, group, "all", seed_spread(group, metric.averages.back())});
    }
  }
  return out;
}

std::string cases_csv(const Leaderboard& board) {
  const Columns<CaseEntry> columns = case_columns();
  std::string out = header_of(columns);
  for (const CaseRecord& record : board.runs.cases) {
    if (record.measures.empty()) out += line_of(columns, {record});
    for (const Measure& measure : record.measures) out += line_of(columns, {record, &measure});
  }
  return out;
}

}  // namespace synerbench
