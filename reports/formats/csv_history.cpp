// history.csv, steps.csv: models in the runs of a history, and what changed between them.
#include "reports/formats/detail/csv_table.h"

namespace synerbench {
namespace {

using namespace csv;

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

std::vector<CsvFile> csv::history_tables() {
  return {described("history.csv", "model, task (or all) and run of a history", point_columns()),
          described("steps.csv",
                    "model, task (or all) and pair of runs of a history that follow one another, and of the "
                    "first and the last",
                    change_columns())};
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

}  // namespace synerbench
