#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

/// The bars as numbers: a row of the picture per group of the suite, a block per task, a bar per model.
struct Bars {
  std::vector<std::string> groups, tics;  // tics: those of a group's axis
  std::string data, best_trivial;         // bars.dat, bars-best-trivial.dat
  Span span;
  size_t most = 0;   // tasks in the largest group
  double width = 0;  // of a bar, in tasks
};

Bars bars_of(const Leaderboard& board, const MetricBoard& metric) {
  Bars bars;
  for (const TaskBoard& task : metric.tasks) {
    const std::string& group = board.tasks()[task.task].group;
    if (std::find(bars.groups.begin(), bars.groups.end(), group) == bars.groups.end())
      bars.groups.push_back(group);
  }
  const size_t models = board.models().size();
  bars.width = 0.84 / static_cast<double>(models);
  bars.data = "# group task model position mean low high complete\n";
  bars.best_trivial = "# group task mean_of_the_best_trivial_model\n";
  bars.tics.resize(bars.groups.size());
  for (size_t g = 0; g < bars.groups.size(); ++g) {
    size_t position = 0;
    for (const TaskBoard& task : metric.tasks) {
      const TaskRecord& record = board.tasks()[task.task];
      if (record.group != bars.groups[g]) continue;
      bars.tics[g] += (position == 0 ? "" : ", ") + gp_task_tic(record) + fmt::format(" {}", position);
      for (size_t m = 0; m < models; ++m) {
        const Summary& s = task.row_of(m).summary;
        if (!s.mean) continue;
        bars.span.add(s);
        const double x = static_cast<double>(position) - 0.42 + (static_cast<double>(m) + 0.5) * bars.width;
        bars.data += fmt::format("{} {} {} {:.5f} {} {} {} {}\n", g, position, m, x, format_exact(*s.mean),
                                 format_exact(s.interval ? s.interval->low : *s.mean),
                                 format_exact(s.interval ? s.interval->high : *s.mean), s.complete ? 1 : 0);
      }
      if (task.best_trivial)
        bars.best_trivial += fmt::format("{} {} {}\n", g, position,
                                         format_exact(*task.row_of(*task.best_trivial).summary.mean));
      bars.most = std::max(bars.most, ++position);
    }
  }
  return bars;
}

/// What is drawn in the row of one group: bars, pale ones where cases are missing, intervals, the best
/// trivial model.
std::string draw_group(const Leaderboard& board, size_t g) {
  const std::vector<Look> looks = looks_of(board.models());
  std::string script = "plot \\\n";
  for (size_t m = 0; m < board.models().size(); ++m) {
    const std::string mine = fmt::format("$1=={} && $3=={}", g, m);
    script += fmt::format(
        "  'bars.dat' using ({0} && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror "
        "linecolor \"{1}\" title {2}, \\\n",
        mine, looks[m].color, gp_text(board.models()[m].label));
    script += fmt::format(
        "  'bars.dat' using ({0} && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror "
        "linecolor \"{1}\" fillstyle solid 0.25 border linecolor \"{1}\" notitle, \\\n",
        mine, looks[m].color);
  }
  script += fmt::format(
      "  'bars.dat' using ($1=={0} && $6!=$7 ? $4 : NaN):6:(0):($7-$6) with vectors nohead linecolor "
      "\"#1b1d20\" linewidth 1.2 notitle, \\\n",
      g);
  return script +
         fmt::format(
             "  'bars-best-trivial.dat' using ($1=={0} ? $2-0.44 : NaN):3:(0.88):(0) with vectors nohead "
             "linecolor \"#1b1d20\" linewidth 1 dashtype (6,4) {1}\n",
             g, g == 0 ? "title \"best trivial model\"" : "notitle");
}

}  // namespace

std::optional<Plot> bars_plot(const Leaderboard& board, const MetricBoard& metric) {
  const Bars bars = bars_of(board, metric);
  if (!bars.span.any) return std::nullopt;
  const size_t models = board.models().size(), rows = bars.groups.size();
  const double low = std::min(0.0, bars.span.low),
               high = metric.metric.upper == 1 && bars.span.high <= 1 ? 1.0 : bars.span.high * 1.05;
  const int page_width = std::clamp(static_cast<int>(bars.most * (models * 16 + 14)) + 120, 520, 1500);
  const int row_height = 300, top = 26 * (1 + static_cast<int>(models) * 150 / page_width) + 12;
  const int height = row_height * static_cast<int>(rows) + top;

  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "bars";
  d.data = {{"bars.dat", bars.data}, {"bars-best-trivial.dat", bars.best_trivial}};
  d.products = {"bars.svg", "bars.png", "bars.pdf"};
  d.script = script_begin("bars", page_width, height, "Mean and interval of every model in every task");
  d.script += fmt::format(
      "width = {:.6f}\nset multiplot\nset style fill solid 0.85 noborder\nset yrange [{}:{}]\nset ylabel "
      "{}\n",
      bars.width, format_exact(low), format_exact(high), gp_text(axis_title(metric)));
  d.script += kAxes;
  d.script += "set xtics scale 0\nset lmargin 10\nset rmargin 2\nset bmargin 3.2\nset tmargin 2\n";
  for (size_t g = 0; g < rows; ++g) {
    const double size = static_cast<double>(row_height) / height;
    d.script += fmt::format("set size 1,{:.6f}\nset origin 0,{:.6f}\n", size,
                            size * static_cast<double>(rows - 1 - g));
    d.script +=
        fmt::format("set xrange [-0.6:{:.1f}]\nset title {} offset 0,-0.4\nset xtics ({})\nunset key\n",
                    static_cast<double>(bars.most) - 0.4, gp_text(bars.groups[g]), bars.tics[g]);
    if (g == 0)
      d.script +=
          fmt::format("set key at screen 0.5,{:.6f} center top horizontal Left reverse samplen 1 width 0.5\n",
                      1 - 6.0 / height);
    d.script += draw_group(board, g);
  }
  d.script += "unset multiplot\n" + script_end();
  plot.alt = fmt::format(
      "Bar chart: {} of {} models in {} tasks, with intervals; the same values are in the tables.",
      metric.metric.label, models, metric.tasks.size());
  plot.caption = fmt::format(
      "{}: mean over patients and {:g} % bootstrap interval. Pale bars: cases are missing. Dashed line: the "
      "best trivial model of the task.",
      axis_title(metric), board.bootstrap.confidence * 100);
  return plot;
}

}  // namespace synerbench
