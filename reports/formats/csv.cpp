#include "reports/formats/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "harness/core/csv.h"
#include "reports/formats/format.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

/// A column of a file: its name beside what it holds of an entry.
template <class Entry>
struct Column {
  std::string name;
  std::function<void(CsvRow&, const Entry&)> write;
};
template <class Entry>
using Columns = std::vector<Column<Entry>>;

template <class Entry>
std::string header_of(const Columns<Entry>& columns) {
  CsvRow row;
  for (const Column<Entry>& column : columns) row.text(column.name);
  return row.take();
}

template <class Entry>
std::string line_of(const Columns<Entry>& columns, const Entry& entry) {
  CsvRow row;
  for (const Column<Entry>& column : columns) column.write(row, entry);
  return row.take();
}

/// A column of texts, which may come from outside: names, reasons.
template <class Entry>
Column<Entry> text(std::string name, std::function<std::string(const Entry&)> value) {
  return {std::move(name),
          [value = std::move(value)](CsvRow& row, const Entry& e) { row.text(clean_text(value(e))); }};
}

/// A column of numbers, exact; nothing: an empty field.
template <class Entry>
Column<Entry> number(std::string name, std::function<std::optional<double>(const Entry&)> value) {
  return {std::move(name), [value = std::move(value)](CsvRow& row, const Entry& e) { row.number(value(e)); }};
}

/// A column of whole numbers; nothing: an empty field.
template <class Entry>
Column<Entry> count(std::string name, std::function<std::optional<int64_t>(const Entry&)> value) {
  return {std::move(name), [value = std::move(value)](CsvRow& row, const Entry& e) {
            const std::optional<int64_t> n = value(e);
            n ? row.count(*n) : row.none();
          }};
}

/// A column of 1 and 0.
template <class Entry>
Column<Entry> yes(std::string name, std::function<bool(const Entry&)> value) {
  return {std::move(name), [value = std::move(value)](CsvRow& row, const Entry& e) { row.yes(value(e)); }};
}

std::optional<double> low_of(const std::optional<Interval>& interval) {
  return interval ? std::optional<double>(interval->low) : std::nullopt;
}

std::optional<double> high_of(const std::optional<Interval>& interval) {
  return interval ? std::optional<double>(interval->high) : std::nullopt;
}

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

/// What the lines of every table by metric begin with.
template <class Entry>
Columns<Entry> metric_columns() {
  return {text<Entry>("protocol", [](const Entry& e) { return e.metric.protocol.id; }),
          text<Entry>("metric", [](const Entry& e) { return e.metric.metric.name; }),
          text<Entry>("unit", [](const Entry& e) { return e.metric.metric.unit; }),
          text<Entry>("direction", [](const Entry& e) { return direction_text(e.metric.metric.direction); })};
}

/// The columns of one kind of comparison; `find` gives null where an entry has none.
template <class Entry>
Columns<Entry> improvement_columns(const std::string& name,
                                   std::function<const Improvement*(const Entry&)> find) {
  using Value = std::function<std::optional<double>(const Improvement&)>;
  const auto part = [&](const char* ending, Value value) {
    return number<Entry>(name + ending, [find, value = std::move(value)](const Entry& e) {
      const Improvement* gain = find(e);
      return gain == nullptr ? std::nullopt : value(*gain);
    });
  };
  const auto whole = [&](const char* ending, int64_t Improvement::*value) {
    return count<Entry>(name + ending, [find, value](const Entry& e) {
      const Improvement* gain = find(e);
      return gain == nullptr ? std::nullopt : std::optional<int64_t>(gain->*value);
    });
  };
  return {whole("_patients", &Improvement::patients),
          whole("_tasks", &Improvement::tasks),
          part("", [](const Improvement& gain) { return gain.mean; }),
          part("_low", [](const Improvement& gain) { return low_of(gain.interval); }),
          part("_high", [](const Improvement& gain) { return high_of(gain.interval); }),
          part("_sd_ddof1", [](const Improvement& gain) { return gain.sd; }),
          part("_d_z", [](const Improvement& gain) { return gain.d_z; }),
          part("_rank_biserial", [](const Improvement& gain) { return gain.rank_biserial; }),
          part("_detectable_80", [](const Improvement& gain) { return gain.detectable; }),
          part("_p", [](const Improvement& gain) { return gain.p; }),
          part("_p_holm", [](const Improvement& gain) { return gain.p_holm; }),
          part("_p_fdr", [](const Improvement& gain) { return gain.p_fdr; }),
          part("_p_wilcoxon", [](const Improvement& gain) { return gain.p_wilcoxon; }),
          text<Entry>(name + "_no_p", [find](const Entry& e) {
            const Improvement* gain = find(e);
            return gain == nullptr ? std::string() : why_no_p(*gain);
          })};
}

template <class Entry, class Row>
Columns<Entry> improvement_columns(const std::string& name, std::optional<Improvement> Row::*kind) {
  return improvement_columns<Entry>(name, [kind](const Entry& e) {
    const std::optional<Improvement>& gain = e.row.*kind;
    return gain ? &*gain : nullptr;
  });
}

using E = TaskEntry;

Columns<E> place_columns() {
  return {text<E>("task", [](const E& e) { return e.task().id; }),
          text<E>("region", [](const E& e) { return e.task().region; }),
          text<E>("source", [](const E& e) { return e.task().source; }),
          text<E>("target", [](const E& e) { return e.task().target; }),
          text<E>("group", [](const E& e) { return e.task().group; }),
          text<E>("model", [](const E& e) { return e.model().key; }),
          text<E>("label", [](const E& e) { return e.model().label; }),
          yes<E>("trivial", [](const E& e) { return e.model().trivial; })};
}

Columns<E> coverage_columns() {
  return {count<E>("rank", [](const E& e) { return e.row.rank; }),
          yes<E>("floor", [](const E& e) { return e.row.best_trivial; }),
          yes<E>("complete", [](const E& e) { return e.summary().complete; }),
          count<E>("planned", [](const E& e) { return e.summary().planned; }),
          count<E>("scored", [](const E& e) { return e.summary().scored; }),
          count<E>("failed", [](const E& e) { return e.summary().failed; }),
          count<E>("missing", [](const E& e) { return e.summary().missing; }),
          count<E>("undefined", [](const E& e) { return e.summary().undefined; }),
          count<E>("undefined_slices", [](const E& e) { return e.summary().undefined_slices; }),
          count<E>("patients", [](const E& e) { return static_cast<int64_t>(e.summary().patients.size()); })};
}

Columns<E> value_columns() {
  return {number<E>("mean", [](const E& e) { return e.summary().mean; }),
          number<E>("interval_low", [](const E& e) { return low_of(e.summary().interval); }),
          number<E>("interval_high", [](const E& e) { return high_of(e.summary().interval); }),
          number<E>("sd_ddof1", [](const E& e) { return e.summary().sd; }),
          number<E>("median", [](const E& e) { return e.summary().median; }),
          number<E>("lower_quartile", [](const E& e) { return e.summary().lower_quartile; }),
          number<E>("upper_quartile", [](const E& e) { return e.summary().upper_quartile; }),
          number<E>("worst", [](const E& e) { return e.summary().worst; }),
          text<E>("worst_patient", [](const E& e) { return e.summary().worst_patient; })};
}

Columns<E> cost_columns() {
  return {count<E>("parameters", [](const E& e) { return e.model().parameters; }),
          count<E>("network_evaluations", [](const E& e) { return e.model().network_evaluations; }),
          number<E>("seconds_per_slice",
                    [](const E& e) { return e.board.speed[e.row.model].seconds_per_slice; })};
}

Columns<E> published_columns() {
  return {number<E>("published_as_printed",
                    [](const E& e) {
                      return e.row.published ? std::optional<double>(e.row.published->value) : std::nullopt;
                    }),
          number<E>("published_scale",
                    [](const E& e) {
                      return e.row.published ? std::optional<double>(e.row.published->scale) : std::nullopt;
                    }),
          text<E>("published_source", [](const E& e) {
            if (!e.row.published) return std::string();
            return e.row.published->source->paper + "; " + e.row.published->table->origin;
          })};
}

template <class Entry>
void append(Columns<Entry>& columns, Columns<Entry> more) {
  columns.insert(columns.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Columns<E> leaderboard_columns() {
  Columns<E> columns = metric_columns<E>();
  append(columns, place_columns());
  append(columns, coverage_columns());
  append(columns, value_columns());
  columns.push_back(text<E>("floor_model", [](const E& e) { return e.key_of(e.task_board.best_trivial); }));
  append(columns, improvement_columns<E>("gain", &TaskRow::over_best_trivial));
  columns.push_back(text<E>("baseline_model", [](const E& e) { return e.key_of(e.board.baseline); }));
  append(columns, improvement_columns<E>("over_baseline", &TaskRow::over_baseline));
  append(columns, cost_columns());
  append(columns, published_columns());
  columns.push_back(text<E>("reasons", [](const E& e) { return reasons_of(e.summary()); }));
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
  append(columns,
         Columns<A>{text<A>("group", [](const A& e) { return e.average.group; }),
                    text<A>("model", [](const A& e) { return e.model.key; }),
                    text<A>("label", [](const A& e) { return e.model.label; }),
                    yes<A>("trivial", [](const A& e) { return e.model.trivial; }),
                    count<A>("rank", [](const A& e) { return e.row.rank; }),
                    yes<A>("complete", [](const A& e) { return e.row.complete; }),
                    count<A>("tasks", [](const A& e) { return e.row.tasks; }),
                    count<A>("tasks_in_group",
                             [](const A& e) { return static_cast<int64_t>(e.average.tasks.size()); }),
                    count<A>("planned", [](const A& e) { return e.row.planned; }),
                    count<A>("scored", [](const A& e) { return e.row.scored; }),
                    number<A>("mean", [](const A& e) { return e.row.mean; }),
                    number<A>("interval_low", [](const A& e) { return low_of(e.row.interval); }),
                    number<A>("interval_high", [](const A& e) { return high_of(e.row.interval); })});
  columns.push_back(text<A>("floor_model", [](const A& e) { return e.key_of(e.average.best_trivial); }));
  append(columns, improvement_columns<A>("gain", &AverageRow::over_best_trivial));
  columns.push_back(text<A>("baseline_model", [](const A& e) { return e.key_of(e.board.baseline); }));
  append(columns, improvement_columns<A>("over_baseline", &AverageRow::over_baseline));
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
         Columns<P>{text<P>("model", [](const P& e) { return e.board.models()[e.pair.first].key; }),
                    text<P>("against", [](const P& e) { return e.board.models()[e.pair.second].key; }),
                    yes<P>("average", [](const P& e) { return e.average; }),
                    text<P>("task", [](const P& e) { return e.place; })});
  append(columns,
         improvement_columns<P>("difference", [](const P& e) { return e.change ? &*e.change : nullptr; }));
  return columns;
}

struct TrainingEntry {
  const ReportedModel& model;
  const ReportedTraining& training;
};

Columns<TrainingEntry> training_columns() {
  using T = TrainingEntry;
  return {
      text<T>("model", [](const T& e) { return e.model.key; }),
      text<T>("label", [](const T& e) { return e.model.label; }),
      text<T>("covers", [](const T& e) { return e.training.covers; }),
      text<T>("pairing", [](const T& e) { return e.training.pairing; }),
      text<T>("budget",
              [](const T& e) { return e.training.budget_kind.empty() ? "recipe" : e.training.budget_kind; }),
      count<T>("budget_per_task",
               [](const T& e) {
                 return e.training.budget_kind.empty() ? std::nullopt
                                                       : std::optional<int64_t>(e.training.budget_value);
               }),
      count<T>("updates_least", [](const T& e) { return e.training.least_updates; }),
      count<T>("updates_most", [](const T& e) { return e.training.most_updates; }),
      count<T>("slices_least", [](const T& e) { return e.training.least_slices; }),
      count<T>("slices_most", [](const T& e) { return e.training.most_slices; }),
      count<T>("batch", [](const T& e) { return e.training.batch; }),
      text<T>("augmentation", [](const T& e) { return e.training.augmentation; }),
      text<T>("seeds", [](const T& e) { return fmt::format("{}", fmt::join(e.training.seeds, " ")); }),
      text<T>("lineage", [](const T& e) { return e.model.standing.words; })};
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
  const auto part = [](const char* name, double SeedSpread::*value) {
    return number<S>(name, [value](const S& e) {
      return e.spread ? std::optional<double>((*e.spread).*value) : std::nullopt;
    });
  };
  Columns<S> columns = metric_columns<S>();
  append(columns,
         Columns<S>{text<S>("task", [](const S& e) { return e.task; }),
                    text<S>("method", [](const S& e) { return e.group.label; }),
                    text<S>("models", [](const S& e) { return e.models(); }),
                    count<S>("seeds", [](const S& e) { return static_cast<int64_t>(e.group.models.size()); }),
                    part("mean", &SeedSpread::mean), part("sd_ddof1", &SeedSpread::sd),
                    part("least", &SeedSpread::low), part("most", &SeedSpread::high)});
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
  return {text<C>("task", [](const C& e) { return e.record.task; }),
          text<C>("model", [](const C& e) { return e.record.model; }),
          text<C>("case", [](const C& e) { return e.record.scan.text(); }),
          text<C>("patient", [](const C& e) { return e.record.scan.patient; }),
          text<C>("case_group", [](const C& e) { return e.record.group; }),
          text<C>("status", [](const C& e) { return e.scored() ? "scored" : "failed"; }),
          text<C>("reason", [](const C& e) { return e.scored() ? "" : e.record.reason; }),
          text<C>("protocol", [](const C& e) { return e.measure ? e.measure->protocol : ""; }),
          text<C>("metric", [](const C& e) { return e.measure ? e.measure->metric : ""; }),
          number<C>("value", [](const C& e) { return e.measure ? e.measure->value : std::nullopt; }),
          text<C>("undefined", [](const C& e) { return e.measure ? e.measure->undefined : ""; }),
          count<C>(
              "count",
              [](const C& e) { return e.measure ? std::optional<int64_t>(e.measure->count) : std::nullopt; }),
          count<C>("undefined_count", [](const C& e) {
            return e.measure ? std::optional<int64_t>(e.measure->undefined_count) : std::nullopt;
          })};
}

}  // namespace

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

ReportFormat csv_format() {
  return {
      "csv", "the numbers for spreadsheets and statistics, down to every case",
      [](const ReportContent& content) {
        const Leaderboard& board = content.board;
        std::vector<ReportFile> files{{"leaderboard.csv", leaderboard_csv(board)},
                                      {"averages.csv", averages_csv(board)},
                                      {"cases.csv", cases_csv(board)}};
        if (!board.main().pairs.empty()) files.push_back({"pairs.csv", pairs_csv(board)});
        const auto& models = board.models();
        if (std::any_of(models.begin(), models.end(), [](const auto& m) { return m.training.has_value(); })) {
          files.push_back({"training.csv", training_csv(board)});
          files.push_back({"seeds.csv", seeds_csv(board)});
        }
        return files;
      }};
}

}  // namespace synerbench
