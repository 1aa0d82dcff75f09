#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/detail/plotting.h"
#include "reports/plots.h"
#include "reports/tables.h"
#include "reports/text.h"

namespace synerbench {

using namespace detail;

std::optional<Plot> bars_plot(const Leaderboard& board, const MetricBoard& metric) {
  std::vector<std::string> groups;
  for (const TaskBoard& task : metric.tasks) {
    const std::string& group = board.tasks()[task.task].group;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  const std::vector<Look> looks = looks_of(board.models());
  const size_t models = board.models().size();
  const double width = 0.84 / static_cast<double>(models);
  Span span;
  size_t most = 0;
  std::string data = "# group task model position mean low high complete\n", floors;
  std::vector<std::string> tics(groups.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    size_t position = 0;
    for (const TaskBoard& task : metric.tasks) {
      const TaskRecord& record = board.tasks()[task.task];
      if (record.group != groups[g]) continue;
      tics[g] += (position == 0 ? "" : ", ") + gp_task_tic(record) + fmt::format(" {}", position);
      for (size_t m = 0; m < models; ++m) {
        const Summary& s = task.row_of(m).summary;
        if (!s.mean) continue;
        span.add(s);
        const double x = static_cast<double>(position) - 0.42 + (static_cast<double>(m) + 0.5) * width;
        data += fmt::format("{} {} {} {:.5f} {} {} {} {}\n", g, position, m, x, format_exact(*s.mean),
                            format_exact(s.interval ? s.interval->low : *s.mean),
                            format_exact(s.interval ? s.interval->high : *s.mean), s.complete ? 1 : 0);
      }
      if (task.floor)
        floors +=
            fmt::format("{} {} {}\n", g, position, format_exact(*task.row_of(*task.floor).summary.mean));
      most = std::max(most, ++position);
    }
  }
  if (!span.any) return std::nullopt;
  const double low = std::min(0.0, span.low),
               high = metric.metric.upper == 1 && span.high <= 1 ? 1.0 : span.high * 1.05;
  const int page_width = std::clamp(static_cast<int>(most * (models * 16 + 14)) + 120, 520, 1500);
  const int row_height = 300, top = 26 * (1 + static_cast<int>(models) * 150 / page_width) + 12;
  const int height = row_height * static_cast<int>(groups.size()) + top;

  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "bars";
  d.data = {{"bars.dat", data}, {"bars-floor.dat", "# group task mean_of_the_floor\n" + floors}};
  d.products = {"bars.svg", "bars.png"};
  d.script = script_begin("bars", page_width, height, "Mean and interval of every model in every task");
  d.script += fmt::format(
      "width = {:.6f}\nset multiplot\nset style fill solid 0.85 noborder\nset yrange [{}:{}]\nset ylabel "
      "{}\n",
      width, format_exact(low), format_exact(high), gp_text(axis_title(metric)));
  d.script += kAxes;
  d.script += "set xtics scale 0\nset lmargin 10\nset rmargin 2\nset bmargin 3.2\nset tmargin 2\n";
  for (size_t g = 0; g < groups.size(); ++g) {
    const double size = static_cast<double>(row_height) / height;
    d.script += fmt::format("set size 1,{:.6f}\nset origin 0,{:.6f}\n", size,
                            size * static_cast<double>(groups.size() - 1 - g));
    d.script +=
        fmt::format("set xrange [-0.6:{:.1f}]\nset title {} offset 0,-0.4\nset xtics ({})\nunset key\n",
                    static_cast<double>(most) - 0.4, gp_text(groups[g]), tics[g]);
    if (g == 0)
      d.script +=
          fmt::format("set key at screen 0.5,{:.6f} center top horizontal Left reverse samplen 1 width 0.5\n",
                      1 - 6.0 / height);
    d.script += "plot \\\n";
    for (size_t m = 0; m < models; ++m) {
      const std::string mine = fmt::format("$1=={} && $3=={}", g, m);
      d.script += fmt::format(
          "  'bars.dat' using ({0} && $8==1 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror "
          "linecolor \"{1}\" title {2}, \\\n",
          mine, looks[m].colour, gp_text(board.models()[m].label));
      d.script += fmt::format(
          "  'bars.dat' using ({0} && $8==0 ? $4 : NaN):(0):($4-width/2):($4+width/2):(0):5 with boxxyerror "
          "linecolor \"{1}\" fillstyle solid 0.25 border linecolor \"{1}\" notitle, \\\n",
          mine, looks[m].colour);
    }
    d.script += fmt::format(
        "  'bars.dat' using ($1=={0} && $6!=$7 ? $4 : NaN):6:(0):($7-$6) with vectors nohead linecolor "
        "\"#1b1d20\" linewidth 1.2 notitle, \\\n",
        g);
    d.script += fmt::format(
        "  'bars-floor.dat' using ($1=={0} ? $2-0.44 : NaN):3:(0.88):(0) with vectors nohead linecolor "
        "\"#1b1d20\" linewidth 1 dashtype (6,4) {1}\n",
        g, g == 0 ? "title \"floor\"" : "notitle");
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
