#include "reports/formats/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "harness/core/csv.h"
#include "reports/formats/format.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

/// A column of a file: what it is called, what it means, and what it holds of an entry. Names are literals
/// and the last is a plain function, since every lambda below has no state: strings and a std::function of
/// each made this the slowest file of the reports to compile.
template <class Entry>
struct Column {
  const char *prefix, *name;           // together what it is called
  const char *unit, *about, *meaning;  // the last two together what it means
  void (*write)(CsvRow&, const Entry&);
  std::string full_name() const { return std::string(prefix) + name; }
};
template <class Entry>
using Columns = std::vector<Column<Entry>>;

template <class Entry>
std::string header_of(const Columns<Entry>& columns) {
  CsvRow row;
  for (const Column<Entry>& column : columns) row.text(column.full_name());
  return row.take();
}

template <class Entry>
std::string line_of(const Columns<Entry>& columns, const Entry& entry) {
  CsvRow row;
  for (const Column<Entry>& column : columns) column.write(row, entry);
  return row.take();
}

/// A column of texts, which may come from outside: names, reasons.
template <class Entry, class Value>
Column<Entry> text(const char* name, const char* meaning, Value) {
  return {"", name,    "text",
          "", meaning, [](CsvRow& row, const Entry& e) { row.text(clean_text(Value{}(e))); }};
}

/// A column of numbers, exact; nothing: an empty field.
template <class Entry, class Value>
Column<Entry> number(const char* name, const char* unit, const char* meaning, Value) {
  return {"", name,    unit,
          "", meaning, [](CsvRow& row, const Entry& e) { row.number(std::optional<double>(Value{}(e))); }};
}

/// A column of whole numbers; nothing: an empty field.
template <class Entry, class Value>
Column<Entry> count(const char* name, const char* unit, const char* meaning, Value) {
  return {"", name, unit, "", meaning, [](CsvRow& row, const Entry& e) {
            const auto n = std::optional<int64_t>(Value{}(e));
            n ? row.count(*n) : row.none();
          }};
}

/// A column of 1 and 0.
template <class Entry, class Value>
Column<Entry> yes(const char* name, const char* meaning, Value) {
  return {"", name, "1 or 0", "", meaning, [](CsvRow& row, const Entry& e) { row.yes(Value{}(e)); }};
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
  return {
      text<Entry>("protocol", "protocol of the value, with its version",
                  [](const Entry& e) { return e.metric.protocol.id; }),
      text<Entry>("metric", "metric of that protocol", [](const Entry& e) { return e.metric.metric.name; }),
      text<Entry>("unit", "unit of the metric's values; empty: none",
                  [](const Entry& e) { return e.metric.metric.unit; }),
      text<Entry>("direction", "whether higher or lower is better",
                  [](const Entry& e) { return direction_text(e.metric.metric.direction); })};
}

/// The columns of one kind of comparison; `Find` gives null where an entry has none. `what` says what is
/// compared with what.
template <class Entry, class Find>
Columns<Entry> improvement_columns(const char* name, const char* what, Find) {
  const auto part = [&]<class Value>(const char* ending, const char* unit, const char* meaning, Value) {
    return number<Entry>(ending, unit, meaning, [](const Entry& e) {
      const Improvement* gain = Find{}(e);
      return gain == nullptr ? std::nullopt : std::optional<double>(Value{}(*gain));
    });
  };
  const auto whole = [&]<class Value>(const char* ending, const char* unit, const char* meaning, Value) {
    return count<Entry>(ending, unit, meaning, [](const Entry& e) {
      const Improvement* gain = Find{}(e);
      return gain == nullptr ? std::nullopt : std::optional<int64_t>(Value{}(*gain));
    });
  };
  using I = Improvement;
  Columns<Entry> columns = {
      whole("_patients", "patients", ": those that both have", [](const I& gain) { return gain.patients; }),
      whole("_tasks", "tasks", ": those that both have", [](const I& gain) { return gain.tasks; }),
      part("", "the metric's", ": mean difference, positive where the model is better",
           [](const I& gain) { return gain.mean; }),
      part("_low", "the metric's", ": lower end of its interval",
           [](const I& gain) { return low_of(gain.interval); }),
      part("_high", "the metric's", ": upper end of its interval",
           [](const I& gain) { return high_of(gain.interval); }),
      part("_sd_ddof1", "the metric's", ": standard deviation of the patients' differences",
           [](const I& gain) { return gain.sd; }),
      part("_d_z", "", ": mean difference over that deviation", [](const I& gain) { return gain.d_z; }),
      part("_rank_biserial", "-1 to 1", ": matched rank-biserial correlation",
           [](const I& gain) { return gain.rank_biserial; }),
      part("_detectable_80", "the metric's",
           ": smallest difference that so many patients show with 80 % power",
           [](const I& gain) { return gain.detectable; }),
      part("_p", "0 to 1", ": p of the permutation of signs, two-sided",
           [](const I& gain) { return gain.p; }),
      part("_p_holm", "0 to 1", ": the same after Holm's correction",
           [](const I& gain) { return gain.p_holm; }),
      part("_p_fdr", "0 to 1", ": the same after Benjamini and Hochberg's",
           [](const I& gain) { return gain.p_fdr; }),
      part("_p_wilcoxon", "0 to 1", ": p of Wilcoxon's signed ranks, two-sided",
           [](const I& gain) { return gain.p_wilcoxon; }),
      text<Entry>("_no_p", ": why there is no p", [](const Entry& e) {
        const Improvement* gain = Find{}(e);
        return gain == nullptr ? std::string() : why_no_p(*gain);
      })};
  for (Column<Entry>& column : columns) {
    column.prefix = name;
    column.about = what;
  }
  return columns;
}

const Improvement* pointer_to(const std::optional<Improvement>& gain) { return gain ? &*gain : nullptr; }

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

template <class Entry>
void append(Columns<Entry>& columns, Columns<Entry> more) {
  columns.insert(columns.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
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

/// One model in one task (or the average) in one run of a history.
struct PointEntry {
  const History& metric;  // has protocol and metric, as a MetricBoard has
  const History& history;
  const HistorySeries& series;
  const HistoryPoint& point;
  const HistoryRun& run;
};

Columns<PointEntry> point_columns() {
  using P = PointEntry;
  Columns<P> columns = metric_columns<P>();
  append(
      columns,
      Columns<P>{
          text<P>("task", "id in the suite, or all: the average over tasks",
                  [](const P& e) { return e.series.task; }),
          text<P>("model", "its key, the same in all runs",
                  [](const P& e) { return e.history.models[e.series.model].key; }),
          text<P>("label", "as printed", [](const P& e) { return e.history.models[e.series.model].label; }),
          count<P>("position", "", "of the run in the order of time, from 1",
                   [](const P& e) { return static_cast<int64_t>(e.point.run) + 1; }),
          text<P>("run", "name of its folder", [](const P& e) { return e.run.name; }),
          text<P>("date", "when it was done, UTC; empty: not known", [](const P& e) { return e.run.date; }),
          text<P>("version", "of the program", [](const P& e) { return e.run.version; }),
          text<P>("commit", "the program was built from", [](const P& e) { return e.run.commit; }),
          count<P>("planned", "cases", "of the task", [](const P& e) { return e.point.planned; }),
          count<P>("scored", "cases", "with a value", [](const P& e) { return e.point.scored; }),
          yes<P>("complete", "every planned case has a value", [](const P& e) { return e.point.complete; }),
          count<P>("tasks", "tasks", "that the mean is over", [](const P& e) { return e.point.tasks; }),
          count<P>("patients", "patients", "behind the mean", [](const P& e) { return e.point.patients; }),
          number<P>("mean", "the metric's", "over patients; of an average over the tasks' means",
                    [](const P& e) { return e.point.mean; }),
          number<P>("interval_low", "the metric's", "lower end of the mean's interval",
                    [](const P& e) { return low_of(e.point.interval); }),
          number<P>("interval_high", "the metric's", "upper end of the mean's interval",
                    [](const P& e) { return high_of(e.point.interval); })});
  return columns;
}

/// What changed in one model and task between two runs of a history.
struct ChangeEntry {
  const History& metric;
  const History& history;
  const HistorySeries& series;
  const HistoryChange& change;
};

Columns<ChangeEntry> change_columns() {
  using C = ChangeEntry;
  Columns<C> columns = metric_columns<C>();
  append(
      columns,
      Columns<C>{
          text<C>("task", "id in the suite, or all: the average over tasks",
                  [](const C& e) { return e.series.task; }),
          text<C>("model", "its key, the same in all runs",
                  [](const C& e) { return e.history.models[e.series.model].key; }),
          text<C>("from", "the earlier run", [](const C& e) { return e.history.runs[e.change.from].name; }),
          text<C>("from_date", "when it was done",
                  [](const C& e) { return e.history.runs[e.change.from].date; }),
          text<C>("to", "the later run", [](const C& e) { return e.history.runs[e.change.to].name; }),
          text<C>("to_date", "when it was done", [](const C& e) { return e.history.runs[e.change.to].date; }),
          yes<C>("whole", "from the first run to the last; 0: between runs that follow one another",
                 [](const C& e) { return e.change.whole; }),
          text<C>("verdict", "unchanged, not shown, too small, step, not judged",
                  [](const C& e) { return name_of(e.change.verdict); }),
          number<C>("limit", "0 to 1", "that p was held against, after Tarone and Holm",
                    [](const C& e) { return e.change.limit; }),
          number<C>("from_mean", "the metric's", "in the earlier run, of the patients that both have",
                    [](const C& e) { return e.change.from_mean; }),
          number<C>("to_mean", "the metric's", "in the later run, of the same patients",
                    [](const C& e) { return e.change.to_mean; })});
  append(columns, improvement_columns<C>("change", "the later run against the earlier",
                                         [](const C& e) { return &e.change.change; }));
  return columns;
}

}  // namespace

template <class Entry>
static CsvFile described(std::string name, std::string rows, const Columns<Entry>& columns) {
  CsvFile file{std::move(name), std::move(rows), {}};
  for (const Column<Entry>& column : columns)
    file.columns.push_back({column.full_name(), *column.unit == 0 ? "-" : column.unit,
                            std::string(column.about) + column.meaning});
  return file;
}

std::vector<CsvFile> csv_dictionary() {
  return {described("leaderboard.csv", "protocol, metric, task and model", leaderboard_columns()),
          described("averages.csv", "protocol, metric, group of tasks and model", average_columns()),
          described("pairs.csv", "pair of models and task or average, where all pairs were asked for",
                    pair_columns()),
          described("training.csv", "model that says how it was trained", training_columns()),
          described("seeds.csv", "protocol, metric, task and method that was trained from several seeds",
                    seed_columns()),
          described("cases.csv", "case and measure", case_columns()),
          described("history.csv", "model, task (or all) and run of a history", point_columns()),
          described("steps.csv",
                    "model, task (or all) and pair of runs of a history that follow one another, and of the "
                    "first and the last",
                    change_columns())};
}

std::string csv_dictionary_text() {
  std::string text;
  for (const CsvFile& file : csv_dictionary()) {
    text += fmt::format("## {}\n\nA row per {}.\n\n| column | unit | meaning |\n| --- | --- | --- |\n",
                        file.name, file.rows);
    for (const CsvColumn& column : file.columns)
      text += fmt::format("| `{}` | {} | {} |\n", column.name, column.unit, column.meaning);
    text += "\n";
  }
  return text;
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

std::string history_csv(const History& history) {
  const Columns<PointEntry> columns = point_columns();
  std::string out = header_of(columns);
  for (const HistorySeries& series : history.series) {
    for (const HistoryPoint& point : series.points)
      out += line_of(columns, {history, history, series, point, history.runs[point.run]});
  }
  return out;
}

std::string steps_csv(const History& history) {
  const Columns<ChangeEntry> columns = change_columns();
  std::string out = header_of(columns);
  for (const HistorySeries& series : history.series) {
    for (const HistoryChange& change : series.changes)
      out += line_of(columns, {history, history, series, change});
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
      },
      [](const HistoryContent& content) -> std::vector<ReportFile> {
        return {{"history.csv", history_csv(content.history)}, {"steps.csv", steps_csv(content.history)}};
      }};
}

}  // namespace synerbench
