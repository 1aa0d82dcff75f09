// The tables about the whole suite.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "metrics/questions.h"
#include "reports/words/detail/cells.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using detail::cell;
using detail::muted;
using Style = TableCell::Style;

namespace {

std::string group_title(const AverageBoard& average) {
  const size_t n = average.tasks.size();
  return fmt::format("{} ({} task{})", average.group == "all" ? "All" : average.group, n, n == 1 ? "" : "s");
}

TableCell average_cell(const AverageRow& row, const AverageBoard& average, int decimals) {
  if (!row.mean) return muted("–");
  TableCell result = cell(format_fixed(*row.mean, decimals));
  if (row.interval) result.detail = detail::interval_text(*row.interval, decimals);
  const auto all = static_cast<int64_t>(average.tasks.size());
  if (row.tasks < all)
    result.detail += (row.interval ? "\n" : "") + fmt::format("({} of {} tasks)", row.tasks, all);
  result.style = row.rank == 1 ? Style::kBest : row.complete ? Style::kPlain : Style::kWarning;
  if (!row.complete) result.title = fmt::format("{} of {} cases scored: not ranked", row.scored, row.planned);
  return result;
}

/// The figure a paper prints for a model's average over a group of tasks: tables of models x groups.
std::optional<PublishedFigure> published_average(const Leaderboard& board, const MetricBoard& metric,
                                                 const std::string& group, const std::string& model) {
  return find_published(board.published, model, group, metric.metric.name);
}

}  // namespace

namespace {

/// The one device all timed models were measured on; empty when there are several, or none.
std::string common_device(const Leaderboard& board) {
  std::string device;
  for (const ModelSpeed& speed : board.speed) {
    if (!speed.seconds_per_slice) continue;
    if (!device.empty() && device != speed.device) return "";
    device = speed.device;
  }
  return device;
}

TableRow row_of_averages(const Leaderboard& board, const MetricBoard& metric, const AverageRow& ordered) {
  const ReportedModel& model = board.models()[ordered.model];
  TableRow row;
  row.cells.push_back(detail::model_cell(model, false));
  row.cells.push_back(ordered.rank ? cell(std::to_string(*ordered.rank))
                                   : muted("–", "not ranked: not every case of every task is scored"));
  for (const AverageBoard& average : metric.averages) {
    row.cells.push_back(average_cell(average.row_of(ordered.model), average, metric.metric.decimals));
  }
  row.cells.push_back(detail::coverage_cell(ordered.scored, ordered.planned));
  row.cells.push_back(model.parameters > 0 ? cell(format_count(model.parameters)) : muted("–"));
  row.cells.push_back(model.parameters > 0 ? cell(std::to_string(model.network_evaluations)) : muted("–"));
  const ModelSpeed& speed = board.speed[ordered.model];
  row.cells.push_back(speed.seconds_per_slice ? cell(format_seconds(*speed.seconds_per_slice)) : muted("–"));
  return row;
}

}  // namespace

std::string trivial_models(const Leaderboard& board) {
  std::string labels;
  for (const ReportedModel& model : board.models()) {
    if (model.trivial) labels += (labels.empty() ? "" : ", ") + model.label;
  }
  return labels.empty() ? "none" : labels;
}

Table averages_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "averages";
  table.caption =
      fmt::format("Averages over tasks: {} under {}", title_of(metric.metric), metric.protocol.id);
  table.columns = {{"Model", false}, {"Rank"}};
  if (metric.averages.empty()) return table;
  for (const AverageBoard& average : metric.averages) table.columns.push_back({group_title(average)});
  for (const char* title : {"Cases scored", "Parameters", "Network evaluations"})
    table.columns.push_back({title});
  table.columns.push_back({fmt::format("Time per {}", counted_in(metric.protocol))});
  const std::string device = common_device(board);
  const bool with_devices =
      device.empty() && std::any_of(board.speed.begin(), board.speed.end(),
                                    [](const ModelSpeed& s) { return s.seconds_per_slice.has_value(); });
  if (with_devices) table.columns.push_back({"Timed on", false});
  std::vector<const AverageBoard*> with_figures;
  for (const AverageBoard& average : metric.averages) {
    const bool any =
        std::any_of(board.models().begin(), board.models().end(), [&](const ReportedModel& model) {
          return published_average(board, metric, average.group, model.name).has_value();
        });
    if (!any) continue;
    with_figures.push_back(&average);
    table.columns.push_back({"Published, " + average.group, true, true});
  }
  std::vector<PublishedFigure> figures;
  for (const AverageRow& ordered : metric.averages.back().rows) {
    TableRow row = row_of_averages(board, metric, ordered);
    if (with_devices) row.cells.push_back(muted(board.speed[ordered.model].device));
    for (const AverageBoard* average : with_figures) {
      const auto figure =
          published_average(board, metric, average->group, board.models()[ordered.model].name);
      row.cells.push_back(cell(figure ? detail::published_text(*figure) : ""));
      if (figure) figures.push_back(*figure);
    }
    table.rows.push_back(std::move(row));
  }
  if (!device.empty())
    table.notes.push_back("Times: " + device + "; the model alone, without reading, fitting and scoring.");
  for (const std::string& note : detail::published_notes(figures)) table.notes.push_back(note);
  return table;
}

Table overview_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "overview";
  table.caption = fmt::format("Means by task: {} under {}", title_of(metric.metric), metric.protocol.id);
  table.columns = {{"Task", false}};
  std::vector<size_t> order(board.models().size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (!metric.averages.empty()) {
    for (size_t i = 0; i < order.size(); ++i) order[i] = metric.averages.back().rows[i].model;
  }
  for (const size_t model : order) table.columns.push_back({board.models()[model].label});
  table.columns.push_back({"Best trivial", false});
  std::string group;
  for (const TaskBoard& task : metric.tasks) {
    const TaskRecord& record = board.tasks()[task.task];
    TableRow line;
    line.rule_above = !group.empty() && group != record.group;
    group = record.group;
    line.cells.push_back(cell(record.id));
    const int decimals = metric.metric.decimals;
    for (const size_t model : order) {
      const TaskRow& row = task.row_of(model);
      const Summary& s = row.summary;
      if (!s.mean) {
        line.cells.push_back(muted(record.cases == 0 ? "no cases" : "–", detail::reasons_text(s)));
        continue;
      }
      const bool all = s.scored == s.planned;
      line.cells.push_back(
          cell(format_fixed(*s.mean, decimals) + (all ? "" : fmt::format(" ({} of {})", s.scored, s.planned)),
               row.rank == 1                   ? Style::kBest
               : !row.rank                     ? Style::kWarning
               : board.models()[model].trivial ? Style::kMuted
                                               : Style::kPlain,
               detail::reasons_text(s)));
    }
    line.cells.push_back(task.best_trivial ? muted(board.models()[*task.best_trivial].label) : muted("–"));
    table.rows.push_back(std::move(line));
  }
  table.notes.push_back(
      "Bold: best of the models with all cases scored. Best trivial: the best trivial model of the task. "
      "Trivial models here: " +
      trivial_models(board) + ".");
  return table;
}

namespace {

TableCell tested_cell(const std::optional<Improvement>& gain, int decimals, int64_t patients, size_t tasks) {
  if (!gain) return muted("–");
  TableCell result = detail::improvement_cell(*gain, decimals, patients);
  if (gain->tasks < static_cast<int64_t>(tasks))
    result.detail += fmt::format("{}({} of {} tasks)", result.detail.empty() ? "" : " ", gain->tasks, tasks);
  const std::string p = detail::p_text(*gain);
  result.detail += result.detail.empty() ? "(" + p + ")" : ", " + p;
  return result;
}

std::vector<size_t> learned_models(const Leaderboard& board, std::optional<size_t> without = {}) {
  std::vector<size_t> models;
  for (size_t model = 0; model < board.models().size(); ++model) {
    if (model != without && !board.models()[model].trivial) models.push_back(model);
  }
  return models;
}

std::string statistics_note(const std::string& family) {
  return fmt::format(
      "Interval: {}. p: {}, after Holm over {}; none for fewer than {} patients, where no exact test could "
      "show "
      "anything.",
      kIntervalMethod, kTestMethod, family, kFewestPatientsForP);
}

std::string plural_tasks(size_t n) { return fmt::format("{} task{}", n, n == 1 ? "" : "s"); }

}  // namespace

Table baseline_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "baseline";
  table.columns = {{"Task", false}};
  if (!board.baseline) return table;
  const ReportedModel& baseline = board.models()[*board.baseline];
  table.caption = fmt::format("Against the baseline {}: improvement of {} under {}, paired by patient",
                              baseline.label, title_of(metric.metric), metric.protocol.id);
  const std::vector<size_t> others = learned_models(board, board.baseline);
  for (const size_t model : others) table.columns.push_back({board.models()[model].label});
  const int decimals = metric.metric.decimals;
  for (const TaskBoard& task : metric.tasks) {
    const auto most = static_cast<int64_t>(task.row_of(*board.baseline).summary.patients.size());
    TableRow line;
    line.cells.push_back(cell(board.tasks()[task.task].id));
    for (const size_t model : others)
      line.cells.push_back(tested_cell(task.row_of(model).over_baseline, decimals, most, 1));
    table.rows.push_back(std::move(line));
  }
  for (const AverageBoard& average : metric.averages) {
    TableRow line;
    line.rule_above = &average == &metric.averages.front();
    line.cells.push_back(cell(group_title(average)));
    for (const size_t model : others) {
      const auto& gain = average.row_of(model).over_baseline;
      line.cells.push_back(tested_cell(gain, decimals, gain ? gain->patients : 0, average.tasks.size()));
    }
    table.rows.push_back(std::move(line));
  }
  table.notes.push_back("Positive: better than " + baseline.label + ". " +
                        statistics_note("the " + plural_tasks(metric.tasks.size()) +
                                        " of a column, and apart from them over its averages"));
  return table;
}

Table average_gains_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "average-gains";
  table.caption = fmt::format("Averages over tasks: gain of {} under {} over the best trivial model",
                              title_of(metric.metric), metric.protocol.id);
  table.columns = {{"Model", false}};
  for (const AverageBoard& average : metric.averages) {
    table.columns.push_back(
        {group_title(average) +
         (average.best_trivial ? ", over " + board.models()[*average.best_trivial].label : "")});
  }
  for (const size_t model : learned_models(board)) {
    TableRow line;
    line.cells.push_back(detail::model_cell(board.models()[model], false));
    bool any = false;
    for (const AverageBoard& average : metric.averages) {
      const auto& gain = average.row_of(model).over_best_trivial;
      any = any || gain.has_value();
      line.cells.push_back(
          tested_cell(gain, metric.metric.decimals, gain ? gain->patients : 0, average.tasks.size()));
    }
    if (any) table.rows.push_back(std::move(line));
  }
  table.notes.push_back(
      "Paired by patient: a patient counts once, with all its tasks. The best trivial model of an average is "
      "one "
      "model for all its tasks. " +
      statistics_note("the averages of a row"));
  return table;
}

Table pairs_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "pairs";
  table.caption = fmt::format("All pairs of models: difference of {} under {}, paired by patient",
                              title_of(metric.metric), metric.protocol.id);
  table.columns = {{"Model", false}, {"Against", false}};
  for (const AverageBoard& average : metric.averages) table.columns.push_back({group_title(average)});
  const bool single = metric.averages.empty();
  if (single) {
    for (const TaskBoard& task : metric.tasks) table.columns.push_back({board.tasks()[task.task].id});
  }
  for (const ModelPair& pair : metric.pairs) {
    TableRow line;
    line.cells = {detail::model_cell(board.models()[pair.first], false),
                  detail::model_cell(board.models()[pair.second], false)};
    for (size_t i = 0; i < pair.averages.size(); ++i) {
      const auto& change = pair.averages[i];
      line.cells.push_back(tested_cell(change, metric.metric.decimals, change ? change->patients : 0,
                                       metric.averages[i].tasks.size()));
    }
    if (single) {
      for (const auto& change : pair.tasks)
        line.cells.push_back(tested_cell(change, metric.metric.decimals, change ? change->patients : 0, 1));
    }
    table.rows.push_back(std::move(line));
  }
  table.notes.push_back("Positive: the first is better. Every task by itself is in pairs.csv. " +
                        statistics_note(fmt::format("the {} pairs of a column", metric.pairs.size())));
  return table;
}

Table failures_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "failures";
  table.caption = "Cases without a value";
  table.columns = {{"Task", false}, {"Model", false}, {"Scored"},        {"Failed"},
                   {"No record"},   {"Undefined"},    {"Reasons", false}};
  for (const TaskBoard& task : metric.tasks) {
    for (const TaskRow& row : task.rows) {
      const Summary& s = row.summary;
      if (s.scored == s.planned) continue;
      table.rows.push_back({{cell(board.tasks()[task.task].id),
                             detail::model_cell(board.models()[row.model], row.best_trivial),
                             detail::coverage_cell(s.scored, s.planned), cell(std::to_string(s.failed)),
                             cell(std::to_string(s.missing)), cell(std::to_string(s.undefined)),
                             cell(detail::reasons_text(s))},
                            false});
    }
  }
  return table;
}

Table published_table(const Published& published, const PublishedTable& source) {
  Table table;
  std::string metrics, units;
  for (const std::string& metric : source.metrics) {
    metrics += (metrics.empty() ? "" : ", ") + metric;
    units += (units.empty() ? "" : "; ") + metric + ": " + published.unit_of(metric);
  }
  table.id = "published-" + source.id;
  table.caption = "Published, " + source.id + ": " + metrics;
  table.columns = {{"Name", false}};
  for (const std::string& column : source.columns) table.columns.push_back({column, true, true});
  for (const PublishedTable::Row& row : source.rows) {
    TableRow line;
    line.cells.push_back(cell(row.name));
    for (const double value : row.values) line.cells.push_back(cell(format_fixed(value, source.decimals)));
    table.rows.push_back(std::move(line));
  }
  table.notes.push_back("Source: " + published.paper + "; " + source.origin + ".");
  table.notes.push_back("Units as the source gives them: " + units + ".");
  if (!source.note.empty()) table.notes.push_back(source.note);
  return table;
}

}  // namespace synerbench
