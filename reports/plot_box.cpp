#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/run/record.h"
#include "reports/detail/plotting.h"
#include "reports/plots.h"
#include "reports/tables.h"
#include "reports/text.h"

namespace synerbench {

using namespace detail;

std::optional<Plot> box_plot(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task) {
  const TaskRecord& record = board.tasks()[task.task];
  const std::vector<Look> looks = looks_of(board.models());
  Span span;
  size_t most = 0;
  std::string points = "# row model value\n",
              boxes = "# row model least lower_quartile median upper_quartile largest\n", tics;
  const auto rows = static_cast<int>(task.rows.size());
  for (int i = 0; i < rows; ++i) {
    const TaskRow& row = task.rows[static_cast<size_t>(i)];
    const Summary& s = row.summary;
    const int y = rows - i;
    tics += (i == 0 ? "" : ", ") +
            gp_tic(board.models()[row.model].label +
                   (s.scored < s.planned ? fmt::format(" ({} of {})", s.scored, s.planned) : "")) +
            fmt::format(" {}", y);
    if (!s.mean) continue;
    most = std::max(most, s.patients.size());
    Span own;
    for (size_t p = 0; p < s.patients.size(); ++p) {
      own.add(s.patients[p].value);
      // Points are spread over the height of the box in a fixed order, so that equal values stay visible.
      const double spread = s.patients.size() < 2 ? 0
                                                  : 0.34 * (static_cast<double>((p * 7) % s.patients.size()) /
                                                                static_cast<double>(s.patients.size() - 1) -
                                                            0.5);
      points += fmt::format("{:.4f} {} {}\n", y + spread, row.model, format_exact(s.patients[p].value));
    }
    span.add(own.low);
    span.add(own.high);
    boxes += fmt::format("{} {} {} {} {} {} {}\n", y, row.model, format_exact(own.low),
                         format_exact(*s.lower_quartile), format_exact(*s.median),
                         format_exact(*s.upper_quartile), format_exact(own.high));
  }
  if (!span.any) return std::nullopt;
  const double margin = std::max((span.high - span.low) * 0.06, 1e-6);
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "box-" + file_name_of(record.id);
  d.data = {{d.name + ".dat", boxes}, {d.name + "-points.dat", points}};
  d.products = {d.name + ".svg", d.name + ".png"};
  d.script = script_begin(d.name, 760, 110 + 34 * rows, "Values of the patients, a box per model");
  d.script += kAxes;
  d.script += fmt::format(
      "unset grid\nset grid xtics linetype 1 linecolor \"#e3e3e3\" linewidth 1\nset xrange [{}:{}]\nset "
      "yrange [0.3:{:.1f}]\nset ytics scale 0 ({})\nunset key\n",
      format_exact(span.low - margin), format_exact(span.high + margin), rows + 0.7, tics);
  d.script += fmt::format("set title {}\nset xlabel {}\n", gp_text(record.id),
                          gp_text(title_of(metric.metric) + ", " + metric.protocol.id));
  if (task.floor) {
    const std::string floor = format_exact(*task.row_of(*task.floor).summary.mean);
    d.script += fmt::format(
        "set arrow from {0},graph 0 to {0},graph 1 nohead back linecolor \"#5c6370\" linewidth 1 dashtype "
        "(6,4)\n",
        floor);
  }
  d.script += "plot \\\n";
  for (size_t m = 0; m < board.models().size(); ++m) {
    const std::string mine = fmt::format("($2=={} ? $1 : NaN)", m);
    d.script += fmt::format(
        "  '{0}.dat' using 3:{1}:($7-$3):(0) with vectors nohead linecolor \"{2}\" linewidth 1.3, \\\n",
        d.name, mine, looks[m].colour);
    d.script += fmt::format(
        "  '{0}.dat' using 5:{1}:4:6:($1-0.24):($1+0.24) with boxxyerror linecolor \"{2}\" linewidth 1.3 "
        "fillstyle solid 0.18 border linecolor \"{2}\", \\\n",
        d.name, mine, looks[m].colour);
    d.script += fmt::format(
        "  '{0}.dat' using 5:($2=={1} ? $1-0.24 : NaN):(0):(0.48) with vectors nohead linecolor \"{2}\" "
        "linewidth 2.6, \\\n",
        d.name, m, looks[m].colour);
    d.script += fmt::format(
        "  '{0}-points.dat' using 3:{1} with points pointtype 7 pointsize {3} linecolor \"{2}\"{4}\n", d.name,
        mine, looks[m].colour, most <= 30 ? "0.5" : "0.28", m + 1 < board.models().size() ? ", \\" : "");
  }
  d.script += script_end();
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
