#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

// The center is the worst tick, a little outside, so that lines there stay apart.
constexpr double kHole = 0.12;

/// Where values and axes lie on the disk of radius 1.
class Disk {
 public:
  Disk(size_t axes, std::vector<double> ticks, Direction direction)
      : axes_(axes), ticks_(std::move(ticks)), up_(direction == Direction::kHigherIsBetter) {}

  size_t axes() const { return axes_; }
  const std::vector<double>& ticks() const { return ticks_; }
  /// The tick in the center.
  double worst() const { return up_ ? ticks_.front() : ticks_.back(); }
  double radius(double value) const {
    const double share = (value - ticks_.front()) / (ticks_.back() - ticks_.front());
    return kHole + (1 - kHole) * (up_ ? share : 1 - share);
  }
  double angle(size_t axis) const {
    return std::numbers::pi / 2 -
           2 * std::numbers::pi * static_cast<double>(axis) / static_cast<double>(axes_);
  }

 private:
  size_t axes_;
  std::vector<double> ticks_;
  bool up_;
};

/// The disk that holds every mean that is drawn; nothing when there is none.
std::optional<Disk> disk_of(const Leaderboard& board, const MetricBoard& metric) {
  Span span;
  for (const TaskBoard& task : metric.tasks) {
    for (const TaskRow& row : task.rows) {
      if (row.summary.mean && (!board.models()[row.model].trivial || row.best_trivial))
        span.add(*row.summary.mean);
    }
  }
  if (!span.any) return std::nullopt;
  return Disk(metric.tasks.size(), nice_ticks(span.low, span.high, 5), metric.metric.direction);
}

/// One line around the disk. Values by task; two blank lines end it.
std::string line_around(const Disk& disk, const std::vector<std::optional<double>>& values) {
  std::string data;
  for (size_t i = 0; i <= disk.axes(); ++i) {
    const size_t axis = i % disk.axes();
    const std::optional<double>& value = values[axis];
    if (!value) {
      data += fmt::format("NaN NaN NaN {}\n", axis);  // two blank lines would start another block
      continue;
    }
    const double r = disk.radius(*value);
    data += fmt::format("{:.5f} {:.5f} {} {}\n", r * std::cos(disk.angle(axis)),
                        r * std::sin(disk.angle(axis)), format_exact(*value), axis);
  }
  return data + "\n\n";
}

std::vector<size_t> learned_models(const Leaderboard& board) {
  std::vector<size_t> learned;
  for (size_t m = 0; m < board.models().size(); ++m) {
    if (!board.models()[m].trivial) learned.push_back(m);
  }
  return learned;
}

/// The lines of the best trivial models and of every learned model.
std::string data_of(const MetricBoard& metric, const Disk& disk, const std::vector<size_t>& learned) {
  std::string data =
      "# x y value task; one block per line drawn, NaN where a task has no value: the line breaks there\n";
  std::vector<std::optional<double>> values;
  for (const TaskBoard& task : metric.tasks)
    values.push_back(task.best_trivial ? task.row_of(*task.best_trivial).summary.mean : std::nullopt);
  data += line_around(disk, values);
  for (const size_t m : learned) {
    values.clear();
    for (const TaskBoard& task : metric.tasks) values.push_back(task.row_of(m).summary.mean);
    data += line_around(disk, values);
  }
  return data;
}

std::string circles(const Disk& disk) {
  std::string script;
  int object = 1;
  for (const double tick : disk.ticks()) {
    const bool edge = tick == disk.ticks().back() || tick == disk.ticks().front();
    script += fmt::format(
        "set object {} circle at 0,0 size {:.5f} behind fillstyle empty border linecolor \"{}\" linewidth "
        "1\n",
        object++, disk.radius(tick), edge ? "#b5b5b5" : "#dedede");
  }
  return script;
}

std::string axes(const Leaderboard& board, const MetricBoard& metric, const Disk& disk) {
  std::string script;
  for (size_t i = 0; i < disk.axes(); ++i) {
    const double c = std::cos(disk.angle(i)), s = std::sin(disk.angle(i));
    script += fmt::format(
        "set arrow from {:.5f},{:.5f} to {:.5f},{:.5f} nohead back linecolor \"#dedede\" linewidth 1\n",
        kHole * c, kHole * s, c, s);
    script += fmt::format("set label {} at {:.5f},{:.5f} {} textcolor \"#1b1d20\"\n",
                          gp_text(board.tasks()[metric.tasks[i].task].id), 1.05 * c, 1.07 * s,
                          std::abs(c) < 0.05 ? "center"
                          : c > 0            ? "left"
                                             : "right");
  }
  return script;
}

/// Between the first two axes.
std::string tick_labels(const Disk& disk) {
  const double between = disk.angle(0) - std::numbers::pi / static_cast<double>(disk.axes());
  std::string script;
  for (const double tick : disk.ticks()) {
    script +=
        fmt::format("set label {} at {:.5f},{:.5f} center front boxed font \",10\" textcolor \"#5c6370\"\n",
                    gp_text(tick_text(tick)), disk.radius(tick) * std::cos(between),
                    disk.radius(tick) * std::sin(between));
  }
  return script;
}

std::string lines(const Leaderboard& board, const std::vector<size_t>& learned) {
  const std::vector<Look> looks = looks_of(board.models());
  std::string script =
      "plot 'radar.dat' index 0 using 1:2 with lines linecolor \"#8a9097\" linewidth 1.8 dashtype (12,7) "
      "title \"best trivial model\"";
  for (size_t i = 0; i < learned.size(); ++i) {
    script += fmt::format(
        ", \\\n  'radar.dat' index {} using 1:2 with linespoints linewidth 1.8 pointsize 0.75 {} title {}",
        i + 1, look_text(looks[learned[i]]), gp_text(board.models()[learned[i]].label));
  }
  return script + "\n";
}

}  // namespace

std::optional<Plot> radar_plot(const Leaderboard& board, const MetricBoard& metric) {
  if (metric.tasks.size() < 3) return std::nullopt;
  const std::optional<Disk> disk = disk_of(board, metric);
  if (!disk) return std::nullopt;
  const std::vector<size_t> learned = learned_models(board);
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "radar";
  d.data = {{"radar.dat", data_of(metric, *disk, learned)}};
  d.products = {"radar.svg", "radar.png", "radar.pdf"};
  d.script = script_begin("radar", 1060, 740, "One axis per task, better is further out");
  d.script +=
      "unset border\nunset tics\nset size ratio -1\nset xrange [-1.5:2.1]\nset yrange [-1.2:1.27]\nset "
      "margins 0,0,0,0\nset style textbox opaque margins 0.3,0.3 fillcolor \"#ffffff\" noborder\n";
  d.script += fmt::format("set label {} at first 0,1.22 center\n", gp_text(axis_title(metric)));
  d.script += "set key at screen 0.985,0.16 right center Left reverse samplen 2.2\n";
  d.script += circles(*disk) + axes(board, metric, *disk) + tick_labels(*disk) + lines(board, learned);
  d.script += script_end();
  plot.alt = fmt::format(
      "Radar chart with {} axes, one per task: {} of {} learned models and of the best trivial ones; the "
      "same "
      "values are in the tables.",
      disk->axes(), metric.metric.label, learned.size());
  plot.caption = fmt::format(
      "{} by task; further out is better ({}). The center is {}, not the bound of the metric. A gap: no "
      "value for that task. Dashed: the best trivial model of each task.",
      axis_title(metric), direction_text(metric.metric.direction), format_exact(disk->worst()));
  return plot;
}

}  // namespace synerbench
