#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reports/detail/plotting.h"
#include "reports/plots.h"
#include "reports/tables.h"
#include "reports/text.h"

namespace synerbench {

using namespace detail;

std::optional<Plot> radar_plot(const Leaderboard& board, const MetricBoard& metric) {
  const size_t n = metric.tasks.size();
  if (n < 3) return std::nullopt;
  Span span;
  for (const TaskBoard& task : metric.tasks) {
    for (const TaskRow& row : task.rows) {
      if (row.summary.mean && (!board.models()[row.model].trivial || row.floor)) span.add(*row.summary.mean);
    }
  }
  if (!span.any) return std::nullopt;
  const std::vector<double> ticks = nice_ticks(span.low, span.high, 5);
  const bool up = metric.metric.direction == Direction::kHigherIsBetter;
  constexpr double kHole =
      0.12;  // the centre is the worst tick, a little outside, so that lines there stay apart
  const auto radius = [&](double v) {
    const double share = (v - ticks.front()) / (ticks.back() - ticks.front());
    return kHole + (1 - kHole) * (up ? share : 1 - share);
  };
  const auto angle = [&](size_t i) {
    return std::numbers::pi / 2 - 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n);
  };
  const auto point = [&](size_t i, double r) {
    return fmt::format("{:.5f} {:.5f}", r * std::cos(angle(i)), r * std::sin(angle(i)));
  };

  std::string data =
      "# x y value task; one block per line drawn, NaN where a task has no value: the line breaks there\n";
  const auto add_line = [&](auto value_of) {
    std::vector<std::optional<double>> values;
    for (const TaskBoard& task : metric.tasks) values.push_back(value_of(task));
    for (size_t i = 0; i <= n; ++i) {
      const auto& value = values[i % n];
      data += value ? point(i % n, radius(*value)) + " " + format_exact(*value) + " " +
                          fmt::format("{}", i % n) + "\n"
                    : fmt::format("NaN NaN NaN {}\n", i % n);  // two blank lines would start another block
    }
    data += "\n\n";
  };
  add_line([&](const TaskBoard& task) {
    return task.floor ? task.row_of(*task.floor).summary.mean : std::nullopt;
  });
  std::vector<size_t> learned;
  for (size_t m = 0; m < board.models().size(); ++m) {
    if (board.models()[m].trivial) continue;
    learned.push_back(m);
    add_line([&](const TaskBoard& task) { return task.row_of(m).summary.mean; });
  }

  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "radar";
  d.data = {{"radar.dat", data}};
  d.products = {"radar.svg", "radar.png"};
  d.script = script_begin("radar", 1060, 740, "One axis per task, better is further out");
  d.script +=
      "unset border\nunset tics\nset size ratio -1\nset xrange [-1.5:2.1]\nset yrange [-1.2:1.27]\nset "
      "margins 0,0,0,0\nset style textbox opaque margins 0.3,0.3 fillcolor \"#ffffff\" noborder\n";
  d.script += fmt::format("set label {} at first 0,1.22 center\n", gp_text(axis_title(metric)));
  d.script += "set key at screen 0.985,0.16 right center Left reverse samplen 2.2\n";
  int object = 1;
  for (const double tick : ticks) {
    d.script += fmt::format(
        "set object {} circle at 0,0 size {:.5f} behind fillstyle empty border linecolor \"{}\" linewidth "
        "1\n",
        object++, radius(tick), tick == ticks.back() || tick == ticks.front() ? "#b5b5b5" : "#dedede");
  }
  for (size_t i = 0; i < n; ++i) {
    d.script +=
        fmt::format("set arrow from {} to {} nohead back linecolor \"#dedede\" linewidth 1\n",
                    fmt::format("{:.5f},{:.5f}", kHole * std::cos(angle(i)), kHole * std::sin(angle(i))),
                    fmt::format("{:.5f},{:.5f}", std::cos(angle(i)), std::sin(angle(i))));
    const double c = std::cos(angle(i)), s = std::sin(angle(i));
    d.script += fmt::format("set label {} at {:.5f},{:.5f} {} textcolor \"#1b1d20\"\n",
                            gp_text(board.tasks()[metric.tasks[i].task].id), 1.05 * c, 1.07 * s,
                            std::abs(c) < 0.05 ? "center"
                            : c > 0            ? "left"
                                               : "right");
  }
  const double between =
      angle(0) - std::numbers::pi / static_cast<double>(n);  // tick labels stand between the first two axes
  for (const double tick : ticks) {
    d.script += fmt::format(
        "set label {} at {:.5f},{:.5f} center front boxed font \",10\" textcolor \"#5c6370\"\n",
        gp_text(tick_text(tick)), radius(tick) * std::cos(between), radius(tick) * std::sin(between));
  }
  const std::vector<Look> looks = looks_of(board.models());
  d.script +=
      "plot 'radar.dat' index 0 using 1:2 with lines linecolor \"#8a9097\" linewidth 1.8 dashtype (12,7) "
      "title \"floor (best trivial)\"";
  for (size_t i = 0; i < learned.size(); ++i) {
    d.script += fmt::format(
        ", \\\n  'radar.dat' index {} using 1:2 with linespoints linewidth 1.8 pointsize 0.75 {} title {}",
        i + 1, look_text(looks[learned[i]]), gp_text(board.models()[learned[i]].label));
  }
  d.script += "\n" + script_end();
  plot.alt = fmt::format(
      "Radar chart with {} axes, one per task: {} of {} learned models and of the floor; the same values are "
      "in the tables.",
      n, metric.metric.label, learned.size());
  plot.caption = fmt::format(
      "{} by task; further out is better ({}). The centre is {}, not the bound of the metric. A gap: no "
      "value for that task. Dashed: the best trivial model of each task.",
      axis_title(metric), direction_text(metric.metric.direction),
      format_exact(up ? ticks.front() : ticks.back()));
  return plot;
}

}  // namespace synerbench
