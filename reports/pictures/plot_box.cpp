#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/run/record.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

/// The boxes as numbers: a row of the picture per model, the best on top.
struct Boxes {
  std::string points = "# row model value\n";
  std::string boxes = "# row model least lower_quartile median upper_quartile largest\n";
  std::string tics;
  Span span;
  size_t most = 0;  // patients of a model
};

Boxes boxes_of(const Leaderboard& board, const TaskBoard& task) {
  Boxes result;
  for (size_t i = 0; i < task.rows.size(); ++i) {
    const TaskRow& row = task.rows[i];
    const Summary& s = row.summary;
    const auto y = static_cast<int>(task.rows.size() - i);
    const std::string label = board.models()[row.model].label +
                              (s.scored < s.planned ? fmt::format(" ({} of {})", s.scored, s.planned) : "");
    result.tics += (i == 0 ? "" : ", ") + gp_tic(label) + fmt::format(" {}", y);
    if (!s.mean) continue;
    const size_t n = s.patients.size();
    result.most = std::max(result.most, n);
    Span own;
    for (size_t p = 0; p < n; ++p) {
      own.add(s.patients[p].value);
      // Points are spread over the height of the box in a fixed order, so that equal values stay visible.
      const double spread =
          n < 2 ? 0 : 0.34 * (static_cast<double>((p * 7) % n) / static_cast<double>(n - 1) - 0.5);
      result.points +=
          fmt::format("{:.4f} {} {}\n", y + spread, row.model, format_exact(s.patients[p].value));
    }
    result.span.add(own.low);
    result.span.add(own.high);
    result.boxes += fmt::format("{} {} {} {} {} {} {}\n", y, row.model, format_exact(own.low),
                                format_exact(*s.lower_quartile), format_exact(*s.median),
                                format_exact(*s.upper_quartile), format_exact(own.high));
  }
  return result;
}

/// Lines, box, median and points of every model; `name` is the drawing's.
std::string draw_models(const Leaderboard& board, const std::string& name, size_t most_patients) {
  const std::vector<Look> looks = looks_of(board.models());
  std::string script = "plot \\\n";
  for (size_t m = 0; m < board.models().size(); ++m) {
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
        mine, looks[m].color, most_patients <= 30 ? "0.5" : "0.28",
        m + 1 < board.models().size() ? ", \\" : "");
  }
  return script;
}

}  // namespace

std::optional<Plot> box_plot(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task) {
  const TaskRecord& record = board.tasks()[task.task];
  const Boxes boxes = boxes_of(board, task);
  if (!boxes.span.any) return std::nullopt;
  const auto rows = static_cast<int>(task.rows.size());
  const double margin = std::max((boxes.span.high - boxes.span.low) * 0.06, 1e-6);
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "box-" + file_name_of(record.id);
  d.data = {{d.name + ".dat", boxes.boxes}, {d.name + "-points.dat", boxes.points}};
  d.products = {d.name + ".svg", d.name + ".png"};
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
