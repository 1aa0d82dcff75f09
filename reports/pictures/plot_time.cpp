#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/utf8.h"
#include "metrics/questions.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

struct Point {
  size_t model = 0;
  double seconds = 0, mean = 0;
  std::string label;
};

struct Box {
  double left = 0, right = 0, bottom = 0, top = 0;
  bool meets(const Box& other) const {
    return left < other.right && other.left < right && bottom < other.top && other.bottom < top;
  }
};

/// Where a label stands relative to its point.
struct Placement {
  bool right = true;  // of the point
  double lift = 0.6;  // in characters
};

/// Gives every label the first place where it meets neither the frame nor a point nor a label before it.
/// Sizes are estimates: 7.5 x 14 pixels per character on a frame of `width` x `height` pixels.
std::vector<Placement> place_labels(const std::vector<Point>& points, double x_low, double x_high,
                                    double y_low, double y_high, double width, double height) {
  const auto x = [&](const Point& p) {
    return (std::log(p.seconds) - std::log(x_low)) / (std::log(x_high) - std::log(x_low)) * width;
  };
  const auto y = [&](const Point& p) { return (p.mean - y_low) / (y_high - y_low) * height; };
  std::vector<Box> taken;
  for (const Point& p : points) taken.push_back({x(p) - 6, x(p) + 6, y(p) - 6, y(p) + 6});
  std::vector<Placement> places;
  std::vector<Placement> choices;
  for (int i = 0; i < 24; ++i) {  // near first; what stands far away gets a line to its point
    const double lift = (i % 2 == 0 ? 0.6 : -0.6) + (i % 2 == 0 ? 1 : -1) * (i / 2);
    choices.push_back({true, lift});
    choices.push_back({false, lift});
  }
  for (const Point& p : points) {
    const double length = 7.5 * static_cast<double>(columns_of(p.label));
    const auto box_of = [&](const Placement& place) {
      const double middle = y(p) + 14 * place.lift;
      return place.right ? Box{x(p) + 8, x(p) + 8 + length, middle - 7, middle + 7}
                         : Box{x(p) - 8 - length, x(p) - 8, middle - 7, middle + 7};
    };
    Placement chosen = choices.front();
    for (const Placement& choice : choices) {
      const Box box = box_of(choice);
      const bool outside = box.left < 0 || box.right > width || box.bottom < 0 || box.top > height;
      if (outside ||
          std::any_of(taken.begin(), taken.end(), [&](const Box& other) { return box.meets(other); }))
        continue;
      chosen = choice;
      break;
    }
    taken.push_back(box_of(chosen));
    places.push_back(chosen);
  }
  return places;
}

/// What is drawn, as numbers.
struct Times {
  std::string data = "# model seconds_per_slice mean low high complete\n";
  std::vector<Point> points;
  std::vector<std::string> devices;
  Span means, seconds;
};

Times times_of(const Leaderboard& board, const AverageBoard& average) {
  Times times;
  for (const SeedGroup& method : methods_of(board.models())) {
    const MethodMark mark = mark_of(method, average);
    if (!mark.mean) continue;
    const size_t m = method.models.front();
    double seconds = 0;
    bool timed = true;
    for (const size_t model : method.models) {
      const ModelSpeed& speed = board.speed[model];
      timed = timed && speed.seconds_per_slice && *speed.seconds_per_slice > 0;
      seconds += speed.seconds_per_slice.value_or(0) / static_cast<double>(method.models.size());
    }
    if (!timed) continue;
    for (const size_t model : method.models) {
      const std::string& device = board.speed[model].device;
      if (std::find(times.devices.begin(), times.devices.end(), device) == times.devices.end())
        times.devices.push_back(device);
    }
    const bool one = method.models.size() == 1;
    const double low = one ? mark.low : mark.least, high = one ? mark.high : mark.most;
    for (const double v : {*mark.mean, low, high}) times.means.add(v);
    times.seconds.add(seconds);
    times.data += fmt::format("{} {} {} {} {} {}\n", m, format_exact(seconds), format_exact(*mark.mean),
                              format_exact(low), format_exact(high), mark.complete ? 1 : 0);
    std::string label = fit_to_columns(method.label, 28);
    const AverageRow& row = average.row_of(m);
    if (row.tasks < static_cast<int64_t>(average.tasks.size()))
      label += fmt::format(" ({} of {} tasks)", row.tasks, average.tasks.size());
    times.points.push_back({m, seconds, *mark.mean, std::move(label)});
  }
  return times;
}

std::string draw_labels(const Leaderboard& board, const std::vector<Point>& points,
                        const std::vector<Placement>& places) {
  std::string script;
  for (size_t i = 0; i < points.size(); ++i) {
    const Point& p = points[i];
    script += fmt::format("set label {} at {},{} {} offset {},{} textcolor \"{}\"\n", gp_text(p.label),
                          format_exact(p.seconds), format_exact(p.mean), places[i].right ? "left" : "right",
                          places[i].right ? "1" : "-1", places[i].lift,
                          board.models()[p.model].trivial ? "#5c6370" : "#1b1d20");
    if (std::abs(places[i].lift) > 1) {
      script += fmt::format(
          "set arrow from {0},{1} rto character {2},{3} nohead back linecolor \"#9aa0a6\" "
          "linewidth 0.8\n",
          format_exact(p.seconds), format_exact(p.mean), places[i].right ? "0.9" : "-0.9", places[i].lift);
    }
  }
  return script;
}

/// Intervals, and a point per model: hollow when not every case is scored.
std::string draw_points(const Leaderboard& board, const std::vector<Point>& points) {
  const std::vector<Look> looks = looks_of(board.models());
  std::string script =
      "plot 'time.dat' using ($4!=$5 ? $2 : NaN):4:(0):($5-$4) with vectors nohead linecolor \"#9aa0a6\" "
      "linewidth 1.5";
  for (const Point& p : points) {
    const Look& look = looks[p.model];
    script +=
        fmt::format(", \\\n  'time.dat' using ($1=={0} && $6==1 ? $2 : NaN):3 with points pointsize 1.3 {1}",
                    p.model, look_text(look));
    script += fmt::format(
        ", \\\n  'time.dat' using ($1=={0} && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 "
        "{1}",
        p.model, look_text({look.color, look.point - 1}));  // the same shape, hollow
  }
  return script + "\n";
}

}  // namespace

std::optional<Plot> time_plot(const Leaderboard& board, const MetricBoard& metric) {
  if (metric.averages.empty()) return std::nullopt;
  const AverageBoard& average = metric.averages.back();
  const Times times = times_of(board, average);
  if (times.points.empty()) return std::nullopt;
  const double margin = std::max((times.means.high - times.means.low) * 0.12, 1e-3);
  const double x_low = times.seconds.low / 3, x_high = times.seconds.high * 3,
               y_low = times.means.low - margin, y_high = times.means.high + margin;
  const bool one_device = times.devices.size() == 1 && !times.devices[0].empty();

  const char* what = counted_in(metric.protocol);
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "time";
  d.data = {{"time.dat", times.data}};
  d.products = {"time.svg", "time.png", "time.pdf"};
  const bool many = times.points.size() > 10;  // labels need room
  const double width = many ? 1000 : 820, height = many ? 700 : 480;
  d.script = script_begin("time", static_cast<int>(width), static_cast<int>(height),
                          fmt::format("Average over all tasks against the time for one {}", what));
  d.script += kAxes;
  d.script += fmt::format(
      "set grid xtics\nset logscale x\nset xrange [{}:{}]\nset yrange [{}:{}]\nset micro\nset format x "
      "\"%.0s %cs\"\nset mxtics 10\nunset key\n",
      format_exact(x_low), format_exact(x_high), format_exact(y_low), format_exact(y_high));
  d.script += fmt::format(
      "set xlabel {}\nset ylabel {}\n",
      gp_text(fmt::format("time per {}", what) + (one_device ? " (" + times.devices[0] + ")" : "")),
      gp_text("average " + axis_title(metric)));
  d.script += draw_labels(board, times.points,
                          place_labels(times.points, x_low, x_high, y_low, y_high, width - 120, height - 80));
  d.script += draw_points(board, times.points) + script_end();
  plot.alt = fmt::format(
      "Scatter plot: average {} of {} models against their time per {}; the same values are in the table "
      "of averages.",
      metric.metric.label, times.points.size(), what);
  plot.caption = fmt::format(
      "{}, average over {} task{}, against the time for one {} (logarithmic). Vertical line: {:g} % "
      "interval, or least and most of several seeds. Hollow: not every case is scored.",
      axis_title(metric), average.tasks.size(), average.tasks.size() == 1 ? "" : "s", what,
      board.bootstrap.confidence * 100);
  return plot;
}

}  // namespace synerbench
