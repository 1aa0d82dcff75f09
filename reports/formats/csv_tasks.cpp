// leaderboard.csv, averages.csv, pairs.csv: models in tasks, in groups of tasks, and against one another.
#include <algorithm>

#include "reports/formats/detail/csv_table.h"

namespace synerbench {
namespace {

using namespace csv;

std::string reasons_of(const Summary& summary) {
  std::string text;
  for (const auto& [reason, count] : summary.reasons)
    text += (text.empty() ? "" : "; ") + fmt::format("{} x {}", count, reason);
  return text;
}

/// One model in one task under one metric.
struct TaskEntry {
  const Leaderboard& board;
  const MetricBoard& metric;
  const TaskBoard& task_board;
  const TaskRow& row;
  const TaskRecord& task() const { return board.tasks()[task_board.task]; }
  const ReportedModel& model() const { return board.models()[row.model]; }
  const Summary& summary() const { return row.summary; }
  std::string key_of(const std::optional<size_t>& model) const {
    return model ? board.models()[*model].key : "";
  }
};

constexpr const char* kOverFloor = "against the best trivial model";
constexpr const char* kOverBaseline = "against the baseline";

using E = TaskEntry;

Columns<E> place_columns() {
  return {
      text<E>("task", "id in the suite", [](const E& e) { return e.task().id; }),
      text<E>("region", "part of the body", [](const E& e) { return e.task().region; }),
      text<E>("source", "modality that is given", [](const E& e) { return e.task().source; }),
      text<E>("target", "modality that is synthesized", [](const E& e) { return e.task().target; }),
      text<E>("group", "group of tasks that is averaged", [](const E& e) { return e.task().group; }),
      text<E>("model", "its key, unique in the report", [](const E& e) { return e.model().key; }),
      text<E>("label", "as printed", [](const E& e) { return e.model().label; }),
      yes<E>("trivial", "it learns nothing, or a few numbers", [](const E& e) { return e.model().trivial; })};
}

Columns<E> coverage_columns() {
  return {
      count<E>("rank", "", "1 is best; empty: not every planned case is scored",
               [](const E& e) { return e.row.rank; }),
      yes<E>("floor", "the best trivial model of the task", [](const E& e) { return e.row.best_trivial; }),
      yes<E>("complete", "every planned case has a value", [](const E& e) { return e.summary().complete; }),
      count<E>("planned", "cases", "cases of the task", [](const E& e) { return e.summary().planned; }),
      count<E>("scored", "cases", "with a value", [](const E& e) { return e.summary().scored; }),
      count<E>("failed", "cases", "recorded as failed", [](const E& e) { return e.summary().failed; }),
      count<E>("missing", "cases", "planned, but without a record",
               [](const E& e) { return e.summary().missing; }),
      count<E>("undefined", "cases", "scored, but the metric has no value there",
               [](const E& e) { return e.summary().undefined; }),
      count<E>("undefined_slices", "slices", "left out of values that exist",
               [](const E& e) { return e.summary().undefined_slices; }),
      count<E>("patients", "patients", "behind the mean",
               [](const E& e) { return static_cast<int64_t>(e.summary().patients.size()); })};
}

Columns<E> value_columns() {
  return {number<E>("mean", "the metric's", "over patients", [](const E& e) { return e.summary().mean; }),
          number<E>("interval_low", "the metric's", "lower end of the mean's interval",
                    [](const E& e) { return low_of(e.summary().interval); }),
          number<E>("interval_high", "the metric's", "upper end of the mean's interval",
                    [](const E& e) { return high_of(e.summary().interval); }),
          number<E>("sd_ddof1", "the metric's", "standard deviation over patients, n - 1",
                    [](const E& e) { return e.summary().sd; }),
          number<E>("median", "the metric's", "over patients", [](const E& e) { return e.summary().median; }),
          number<E>("lower_quartile", "the metric's", "over patients",
                    [](const E& e) { return e.summary().lower_quartile; }),
          number<E>("upper_quartile", "the metric's", "over patients",
                    [](const E& e) { return e.summary().upper_quartile; }),
          number<E>("worst", "the metric's", "of a patient", [](const E& e) { return e.summary().worst; }),
          text<E>("worst_patient", "that patient", [](const E& e) { return e.summary().worst_patient; })};
}

Columns<E> cost_columns() {
  return {count<E>("parameters", "values", "of the network that synthesizes; the largest over the tasks",
                   [](const E& e) { return e.model().parameters; }),
          count<E>("network_evaluations", "evaluations", "of that network for a slice, or an answer",
                   [](const E& e) { return e.model().network_evaluations; }),
          number<E>("seconds_per_slice", "s",
                    "in the model alone, without reading and scoring; of questions: for one question",
                    [](const E& e) { return e.board.speed[e.row.model].seconds_per_slice; })};
}

Columns<E> published_columns() {
  return {number<E>("published_as_printed", "as printed",
                    "figure of a paper, under an unknown protocol: not comparable",
                    [](const E& e) {
                      return e.row.published ? std::optional<double>(e.row.published->value) : std::nullopt;
                    }),
          number<E>("published_scale", "", "what it is divided by to have the metric's unit",
                    [](const E& e) {
                      return e.row.published ? std::optional<double>(e.row.published->scale) : std::nullopt;
                    }),
          text<E>("published_source", "paper, and where in it", [](const E& e) {
            if (!e.row.published) return std::string();
            return e.row.published->source->paper + "; " + e.row.published->table->origin;
          })};
}

Columns<E> leaderboard_columns() {
  Columns<E> columns = metric_columns<E>();
  append(columns, place_columns());
  append(columns, coverage_columns());
  append(columns, value_columns());
  columns.push_back(text<E>("floor_model", "the best trivial model",
                            [](const E& e) { return e.key_of(e.task_board.best_trivial); }));
  append(columns, improvement_columns<E>("gain", kOverFloor,
                                         [](const E& e) { return pointer_to(e.row.over_best_trivial); }));
  columns.push_back(text<E>("baseline_model", "the model that the others are compared with",
                            [](const E& e) { return e.key_of(e.board.baseline); }));
  append(columns, improvement_columns<E>("over_baseline", kOverBaseline,
                                         [](const E& e) { return pointer_to(e.row.over_baseline); }));
  append(columns, cost_columns());
  append(columns, published_columns());
  columns.push_back(text<E>("reasons", "why cases have no value, and how many",
                            [](const E& e) { return reasons_of(e.summary()); }));
  return columns;
}

/// One model's average over a group of tasks under one metric.
struct AverageEntry {
  const Leaderboard& board;
  const MetricBoard& metric;
  const AverageBoard& average;
  const AverageRow& row;
  const ReportedModel& model;
  std::string key_of(const std::optional<size_t>& other) const {
    return other ? board.models()[*other].key : "";
  }
};

Columns<AverageEntry> average_columns() {
  using A = AverageEntry;
  Columns<A> columns = metric_columns<A>();
  append(
      columns,
      Columns<A>{
          text<A>("group", "group of tasks, or all", [](const A& e) { return e.average.group; }),
          text<A>("model", "its key, unique in the report", [](const A& e) { return e.model.key; }),
          text<A>("label", "as printed", [](const A& e) { return e.model.label; }),
          yes<A>("trivial", "it learns nothing, or a few numbers",
                 [](const A& e) { return e.model.trivial; }),
          count<A>("rank", "", "1 is best; empty: not complete", [](const A& e) { return e.row.rank; }),
          yes<A>("complete", "every planned case of every task has a value",
                 [](const A& e) { return e.row.complete; }),
          count<A>("tasks", "tasks", "with a value", [](const A& e) { return e.row.tasks; }),
          count<A>("tasks_in_group", "tasks", "that the average is over",
                   [](const A& e) { return static_cast<int64_t>(e.average.tasks.size()); }),
          count<A>("planned", "cases", "of these tasks", [](const A& e) { return e.row.planned; }),
          count<A>("scored", "cases", "with a value", [](const A& e) { return e.row.scored; }),
          number<A>("mean", "the metric's", "over the tasks' means", [](const A& e) { return e.row.mean; }),
          number<A>("interval_low", "the metric's", "lower end of the mean's interval",
                    [](const A& e) { return low_of(e.row.interval); }),
          number<A>("interval_high", "the metric's", "upper end of the mean's interval",
                    [](const A& e) { return high_of(e.row.interval); })});
  columns.push_back(text<A>("floor_model", "the best trivial model",
                            [](const A& e) { return e.key_of(e.average.best_trivial); }));
  append(columns, improvement_columns<A>("gain", kOverFloor,
                                         [](const A& e) { return pointer_to(e.row.over_best_trivial); }));
  columns.push_back(text<A>("baseline_model", "the model that the others are compared with",
                            [](const A& e) { return e.key_of(e.board.baseline); }));
  append(columns, improvement_columns<A>("over_baseline", kOverBaseline,
                                         [](const A& e) { return pointer_to(e.row.over_baseline); }));
  return columns;
}

/// One pair of models in one task or average.
struct PairEntry {
  const Leaderboard& board;
  const MetricBoard& metric;
  const ModelPair& pair;
  std::string place;  // the task's id, or the name of the average
  bool average;
  const std::optional<Improvement>& change;
};

Columns<PairEntry> pair_columns() {
  using P = PairEntry;
  Columns<P> columns = metric_columns<P>();
  append(columns,
         Columns<P>{
             text<P>("model", "the first of the pair",
                     [](const P& e) { return e.board.models()[e.pair.first].key; }),
             text<P>("against", "the second", [](const P& e) { return e.board.models()[e.pair.second].key; }),
             yes<P>("average", "over tasks; 0: of one task", [](const P& e) { return e.average; }),
             text<P>("task", "id of the task, or name of the average", [](const P& e) { return e.place; })});
  append(columns, improvement_columns<P>("difference", "the first against the second",
                                         [](const P& e) { return pointer_to(e.change); }));
  return columns;
}

}  // namespace

std::vector<CsvFile> csv::task_tables() {
  return {described("leaderboard.csv", "protocol, metric, task and model", leaderboard_columns()),
          described("averages.csv", "protocol, metric, group of tasks and model", average_columns()),
          described("pairs.csv", "pair of models and task or average, where all pairs were asked for",
                    pair_columns())};
}

std::string leaderboard_csv(const Leaderboard& board) {
  const Columns<TaskEntry> columns = leaderboard_columns();
  std::string out = header_of(columns);
  for (const MetricBoard& metric : board.metrics) {
    for (const TaskBoard& task : metric.tasks) {
      for (const TaskRow& row : task.rows) out += line_of(columns, {board, metric, task, row});
    }
  }
  return out;
}

std::string averages_csv(const Leaderboard& board) {
  const Columns<AverageEntry> columns = average_columns();
  std::string out = header_of(columns);
  for (const MetricBoard& metric : board.metrics) {
    for (const AverageBoard& average : metric.averages) {
      for (const AverageRow& row : average.rows)
        out += line_of(columns, {board, metric, average, row, board.models()[row.model]});
    }
  }
  return out;
}

std::string pairs_csv(const Leaderboard& board) {
  const Columns<PairEntry> columns = pair_columns();
  std::string out = header_of(columns);
  for (const MetricBoard& metric : board.metrics) {
    for (const ModelPair& pair : metric.pairs) {
      for (size_t i = 0; i < pair.tasks.size(); ++i) {
        const std::string& task = board.tasks()[metric.tasks[i].task].id;
        out += line_of(columns, {board, metric, pair, task, false, pair.tasks[i]});
      }
      for (size_t i = 0; i < pair.averages.size(); ++i)
        out += line_of(columns, {board, metric, pair, metric.averages[i].group, true, pair.averages[i]});
    }
  }
  return out;
}

}  // namespace synerbench
