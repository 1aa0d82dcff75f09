// The tables about one task.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/numbers/case_values.h"
#include "reports/words/detail/cells.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using detail::cell;
using detail::muted;
using Style = TableCell::Style;

std::string title_of(const MetricInfo& metric) {
  return metric.label + (metric.unit.empty() ? "" : " (" + metric.unit + ")") + " " +
         arrow_of(metric.direction);
}

namespace {

int64_t most_patients(const TaskBoard& task) {
  size_t most = 0;
  for (const TaskRow& row : task.rows) most = std::max(most, row.summary.patients.size());
  return static_cast<int64_t>(most);
}

struct Axis {
  double low = 0, high = 1;
};

Axis axis_of(const TaskBoard& task) {
  Axis axis;
  bool first = true;
  for (const TaskRow& row : task.rows) {
    for (const PatientValue& patient : row.summary.patients) {
      axis.low = first ? patient.value : std::min(axis.low, patient.value);
      axis.high = first ? patient.value : std::max(axis.high, patient.value);
      first = false;
    }
  }
  return axis;
}

TableCell gain_cell(const Leaderboard& board, const TaskRow& row, int decimals, int64_t patients) {
  if (row.best_trivial) return muted("best trivial");
  if (board.models()[row.model].trivial || !row.over_best_trivial) return muted("–");
  return detail::improvement_cell(*row.over_best_trivial, decimals, patients);
}

TableCell p_cell(const TaskRow& row) {
  return row.over_best_trivial ? detail::p_cell(*row.over_best_trivial) : muted("–");
}

/// Which columns a task's table has besides those that all have.
struct Shape {
  bool gain = false, reasons = false, published = false;
};

Shape shape_of(const TaskBoard& task) {
  Shape shape;
  for (const TaskRow& row : task.rows) {
    shape.gain = shape.gain || row.over_best_trivial.has_value();
    shape.reasons = shape.reasons || !row.summary.reasons.empty();
    shape.published = shape.published || row.published.has_value();
  }
  return shape;
}

TableRow row_of_task_table(const Leaderboard& board, const TaskBoard& task, const TaskRow& row,
                           const Shape& shape, int decimals) {
  const Summary& s = row.summary;
  const Axis axis = axis_of(task);
  const auto number = [&](const std::optional<double>& v) {
    return v ? cell(format_fixed(*v, decimals)) : muted("–");
  };
  TableRow line;
  const auto add = [&](TableCell value) -> TableCell& { return line.cells.emplace_back(std::move(value)); };
  add(detail::model_cell(board.models()[row.model], row.best_trivial));
  add(detail::rank_cell(row.rank));
  TableCell& mean = add(number(s.mean));
  if (row.rank == 1) mean.style = Style::kBest;
  add(s.interval ? cell(detail::interval_text(*s.interval, decimals)) : muted(s.mean ? "one patient" : "–"));
  if (shape.gain) {  // what the table is read for stands where a narrow screen shows it
    add(gain_cell(board, row, decimals, most_patients(task)));
    add(p_cell(row));
  }
  add(number(s.sd));
  add(number(s.median));
  add(s.median ? cell(format_fixed(*s.lower_quartile, decimals) + " – " +
                      format_fixed(*s.upper_quartile, decimals))
               : muted("–"));
  add(number(s.worst)).title = s.worst_patient.empty() ? "" : "patient " + s.worst_patient;
  add(detail::coverage_cell(s.scored, s.planned));
  const std::optional<double> best_trivial =
      task.best_trivial ? task.row_of(*task.best_trivial).summary.mean : std::nullopt;
  add(cell("")).svg = detail::spread_drawing(s, axis.low, axis.high, best_trivial);
  if (shape.reasons) add(cell(detail::reasons_text(s), s.reasons.empty() ? Style::kPlain : Style::kWarning));
  if (shape.published) add(cell(row.published ? detail::published_text(*row.published) : ""));
  return line;
}

}  // namespace

Table task_table(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task) {
  const TaskRecord& record = board.tasks()[task.task];
  const int decimals = metric.metric.decimals;
  const int64_t patients = most_patients(task);
  const Shape shape = shape_of(task);
  Table table;
  table.id = "task-" + record.id;
  table.caption =
      fmt::format("{}: {} under {}; {} to {}, {}, {} case{} of {} patient{}", record.id,
                  title_of(metric.metric), metric.protocol.id, record.source, record.target, record.region,
                  record.cases, record.cases == 1 ? "" : "s", patients, patients == 1 ? "" : "s");
  table.columns = {{"Model", false},
                   {"Rank"},
                   {"Mean"},
                   {fmt::format("{:g} % interval", board.bootstrap.confidence * 100)}};
  if (shape.gain) table.columns.insert(table.columns.end(), {{"Gain over the best trivial"}, {"p (Holm)"}});
  for (const char* title : {"SD", "Median", "Quartiles", "Worst", "Scored"}) table.columns.push_back({title});
  table.columns.push_back({"Range, interval, mean", false, false, true});
  if (shape.reasons) table.columns.push_back({"Without a value", false});
  if (shape.published) table.columns.push_back({"Published", true, true});
  std::vector<PublishedFigure> figures;
  for (const TaskRow& row : task.rows) {
    table.rows.push_back(row_of_task_table(board, task, row, shape, decimals));
    table.rows.back().about = fmt::format("{}.{}", task.task, row.model);
    if (row.published) figures.push_back(*row.published);
  }
  if (shape.gain && patients < kFewestPatientsForP) {
    table.notes.push_back(fmt::format("No p: with {} patient{} no exact paired test can fall below {:.2g}.",
                                      patients, patients == 1 ? "" : "s",
                                      std::ldexp(2.0, -static_cast<int>(patients))));
  }
  if (patients == 1) table.notes.push_back("One patient: no interval, no SD and no test can be given.");
  for (const std::string& note : detail::published_notes(figures)) table.notes.push_back(note);
  return table;
}

Table other_metrics_table(const Leaderboard& board, size_t task) {
  const TaskRecord& record = board.tasks()[task];
  Table table;
  table.id = "metrics-" + record.id;
  table.caption = record.id + ": all metrics, mean ± SD over patients";
  table.columns = {{"Model", false}};
  std::vector<std::pair<const MetricBoard*, const TaskBoard*>> boards;
  for (const MetricBoard& metric : board.metrics) {
    for (const TaskBoard& candidate : metric.tasks) {
      if (candidate.task != task) continue;
      boards.emplace_back(&metric, &candidate);
      table.columns.push_back({title_of(metric.metric) + ", " + metric.protocol.id});
    }
  }
  if (boards.size() < 2) return table;
  for (const TaskRow& main : boards.front().second->rows) {
    TableRow row;
    row.cells.push_back(detail::model_cell(board.models()[main.model], false));
    for (const auto& [metric, candidate] : boards) {
      const TaskRow& entry = candidate->row_of(main.model);
      const int decimals = metric->metric.decimals;
      const Summary& s = entry.summary;
      std::string text = s.mean ? format_fixed(*s.mean, decimals) : "–";
      if (s.sd) text += " ± " + format_fixed(*s.sd, decimals);
      if (s.scored < s.planned) text += fmt::format(" ({} of {})", s.scored, s.planned);
      const Style style = !s.mean                ? Style::kMuted
                          : entry.rank == 1      ? Style::kBest
                          : s.scored < s.planned ? Style::kWarning
                                                 : Style::kPlain;
      row.cells.push_back(cell(text, style, detail::reasons_text(s)));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(
      "SD over patients with n - 1. Values under different protocols are not comparable with each other.");
  return table;
}

Table worst_cases_table(const Leaderboard& board, const MetricBoard& metric) {
  const int decimals = metric.metric.decimals;
  Table table;
  table.id = "worst-cases";
  table.caption =
      fmt::format("The worst case of every task: {} under {}", title_of(metric.metric), metric.protocol.id);
  table.columns = {{"Task", false}, {"Model", false}, {"Case", false}, {"Patient", false}, {"Value"}};
  const CaseIndex index(board);
  for (const WorstCase& worst : worst_cases(board, metric, index)) {
    const CaseRecord& record = *worst.value.record;
    table.rows.push_back(
        {{cell(record.task), detail::model_cell(board.models()[worst.model], false), cell(record.scan.text()),
          cell(record.scan.patient), cell(format_fixed(worst.value.value, decimals))},
         false});
  }
  table.notes.push_back(
      std::any_of(board.models().begin(), board.models().end(), [](const auto& m) { return !m.trivial; })
          ? "Over all learned models. Every case is in cases.csv."
          : "Over all models. Every case is in cases.csv.");
  return table;
}

Table strata_table(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task) {
  const TaskRecord& record = board.tasks()[task.task];
  const int decimals = metric.metric.decimals;
  Table table;
  table.id = "groups-" + record.id;
  table.caption = fmt::format("{}: {} by group of cases", record.id, title_of(metric.metric));
  table.columns = {{"Model", false}};
  std::map<std::string, std::map<std::string, int64_t>> planned;  // group -> cases
  // (model, group) -> patient -> values.
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::vector<double>>> values;
  for (const CaseRecord& item : board.runs.cases) {
    if (item.task != record.id) continue;
    ++planned[item.group][item.scan.text()];
    const Measure* measure = find_measure(item, metric.protocol.id, metric.metric.name);
    if (measure != nullptr && measure->value)
      values[{item.model, item.group}][item.scan.patient].push_back(*measure->value);
  }
  if (planned.size() < 2) return table;
  for (const auto& [group, cases] : planned) {
    table.columns.push_back({fmt::format("{} ({} cases)", group.empty() ? "no group" : group, cases.size())});
  }
  for (const TaskRow& row : task.rows) {
    const ReportedModel& model = board.models()[row.model];
    TableRow line;
    line.cells.push_back(detail::model_cell(model, row.best_trivial));
    for (const auto& [group, cases] : planned) {
      const auto found = values.find({model.key, group});
      if (found == values.end()) {
        line.cells.push_back(muted("–"));
        continue;
      }
      double sum = 0;
      size_t scored = 0;
      for (const auto& [patient, list] : found->second) {
        double total = 0;
        for (const double v : list) total += v;
        sum += total / static_cast<double>(list.size());
        scored += list.size();
      }
      std::string text = format_fixed(sum / static_cast<double>(found->second.size()), decimals);
      if (scored < cases.size()) text += fmt::format(" ({} of {})", scored, cases.size());
      line.cells.push_back(cell(text, scored < cases.size() ? Style::kWarning : Style::kPlain));
    }
    table.rows.push_back(std::move(line));
  }
  table.notes.push_back("Means over the patients of a group: a center or data set of its own.");
  return table;
}

}  // namespace synerbench
