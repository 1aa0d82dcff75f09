#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/run/record.h"
#include "metrics/statistics.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

/// The boxes as numbers: a row of the picture per method, the best on top.
struct Boxes {
  std::string points = "# row model value\n";
  std::string boxes = "# row model least lower_quartile median upper_quartile largest\n";
  std::string tics;
  Span span;
  size_t most = 0;  // patients of a model
  size_t rows = 0;
};

/// Methods by the place of their best model in the task's order.
std::vector<SeedGroup> methods_in_order(const Leaderboard& board, const TaskBoard& task) {
  std::vector<SeedGroup> ordered, methods = methods_of(board.models());
  for (const TaskRow& row : task.rows) {
    const auto at = std::find_if(methods.begin(), methods.end(), [&](const SeedGroup& method) {
      return std::find(method.models.begin(), method.models.end(), row.model) != method.models.end();
    });
    if (at == methods.end()) continue;
    ordered.push_back(std::move(*at));
    methods.erase(at);
  }
  return ordered;
}

/// One value per patient: the mean over the seeds that have one.
std::vector<double> patients_of_method(const SeedGroup& method, const TaskBoard& task) {
  std::map<std::string, std::pair<double, int>> sums;
  for (const size_t model : method.models) {
    for (const PatientValue& patient : task.row_of(model).summary.patients) {
      auto& [sum, n] = sums[patient.patient];
      sum += patient.value;
      ++n;
    }
  }
  std::vector<double> values;
  for (const auto& [patient, sum] : sums) values.push_back(sum.first / sum.second);
  return values;
}

Boxes boxes_of(const Leaderboard& board, const TaskBoard& task) {
  Boxes result;
  const std::vector<SeedGroup> methods = methods_in_order(board, task);
  result.rows = methods.size();
  for (size_t i = 0; i < methods.size(); ++i) {
    const size_t model = methods[i].models.front();
    const auto y = static_cast<int>(methods.size() - i);
    int64_t scored = 0, planned = 0;
    for (const size_t seed : methods[i].models) {
      scored += task.row_of(seed).summary.scored;
      planned += task.row_of(seed).summary.planned;
    }
    const std::string label =
        methods[i].label + (scored < planned ? fmt::format(" ({} of {})", scored, planned) : "") +
        (methods[i].models.size() > 1 ? fmt::format(" ({} seeds)", methods[i].models.size()) : "");
    result.tics += (i == 0 ? "" : ", ") + gp_tic(label) + fmt::format(" {}", y);
    const std::vector<double> values = patients_of_method(methods[i], task);
    if (values.empty()) continue;
    const size_t n = values.size();
    result.most = std::max(result.most, n);
    Span own;
    for (size_t p = 0; p < n; ++p) {
      own.add(values[p]);
      // Points are spread over the height of the box in a fixed order, so that equal values stay visible.
      const double spread =
          n < 2 ? 0 : 0.34 * (static_cast<double>((p * 7) % n) / static_cast<double>(n - 1) - 0.5);
      result.points += fmt::format("{:.4f} {} {}\n", y + spread, model, format_exact(values[p]));
    }
    result.span.add(own.low);
    result.span.add(own.high);
    result.boxes += fmt::format("{} {} {} {} {} {} {}\n", y, model, format_exact(own.low),
                                format_exact(quantile(values, 0.25)), format_exact(quantile(values, 0.5)),
                                format_exact(quantile(values, 0.75)), format_exact(own.high));
  }
  return result;
}

/// Lines, box, median and points of every model; `name` is the drawing's.
std::string draw_models(const Leaderboard& board, const std::string& name, size_t most_patients) {
  const std::vector<Look> looks = looks_of(board.models());
  std::string script = "plot \\\n";
  const std::vector<SeedGroup> methods = methods_of(board.models());
  for (size_t i = 0; i < methods.size(); ++i) {
    const size_t m = methods[i].models.front();
    const std::string mine = fmt::format("($2=={} ? $1 : NaN)", m);
    script += fmt::format(
        "  '{0}.dat' using 3:{1}:($7-$3):(0) with vectors nohead linecolor \"{2}\" linewidth 1.3, \\\n", name,
        mine, looks[m].color);
    script += fmt::format(
        "  '{0}.dat' using 5:{1}:4:6:($1-0.24):($1+0.24) with boxxyerror linecolor \"{2}\" linewidth 1.3 "
        "fillstyle solid 0.18 border linecolor \"{2}\", \\\n",
        name, mine, looks[m].color);
    script += fmt::format(
        "  '{0}.dat' using 5:($2=={1} ? $1-0.24 : NaN):(0):(0.48) with vectors nohead linecolor \"{2}\" "
        "linewidth 2.6, \\\n",
        name, m, looks[m].color);
    script += fmt::format(
        "  '{0}-points.dat' using 3:{1} with points pointtype 7 pointsize {3} linecolor \"{2}\"{4}\n", name,
        mine, looks[m].color, most_patients <= 30 ? "0.5" : "0.28", i + 1 < methods.size() ? ", \\" : "");
  }
  return script;
}

}  // namespace

std::optional<Plot> box_plot(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task) {
  const TaskRecord& record = board.tasks()[task.task];
  const Boxes boxes = boxes_of(board, task);
  if (!boxes.span.any) return std::nullopt;
  const auto rows = static_cast<int>(boxes.rows);
  const double margin = std::max((boxes.span.high - boxes.span.low) * 0.06, 1e-6);
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "box-" + file_name_of(record.id);
  d.data = {{d.name + ".dat", boxes.boxes}, {d.name + "-points.dat", boxes.points}};
  d.products = {d.name + ".svg", d.name + ".png", d.name + ".pdf"};
  d.script = script_begin(d.name, 760, 110 + 34 * rows, "Values of the patients, a box per model");
  d.script += kAxes;
  d.script += fmt::format(
      "unset grid\nset grid xtics linetype 1 linecolor \"#e3e3e3\" linewidth 1\nset xrange [{}:{}]\nset "
      "yrange [0.3:{:.1f}]\nset ytics scale 0 ({})\nunset key\n",
      format_exact(boxes.span.low - margin), format_exact(boxes.span.high + margin), rows + 0.7, boxes.tics);
  d.script += fmt::format("set title {}\nset xlabel {}\n", gp_text(record.id),
                          gp_text(title_of(metric.metric) + ", " + metric.protocol.id));
  if (task.best_trivial) {
    d.script += fmt::format(
        "set arrow from {0},graph 0 to {0},graph 1 nohead back linecolor \"#5c6370\" linewidth 1 dashtype "
        "(6,4)\n",
        format_exact(*task.row_of(*task.best_trivial).summary.mean));
  }
  d.script += draw_models(board, d.name, boxes.most) + script_end();
  plot.alt =
      fmt::format("Box plot: {} of the patients in {}, one box per model; the same values are in the table.",
                  metric.metric.label, record.id);
  plot.caption = fmt::format(
      "{} in {}: patients (points), quartiles and median (box), least and largest (line). Dashed: mean of "
      "the best trivial model.",
      title_of(metric.metric), record.id);
  return plot;
}

}  // namespace synerbench
