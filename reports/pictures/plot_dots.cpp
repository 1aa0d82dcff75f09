#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/utf8.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

/// The dots as numbers: a column of the picture per group of the suite and for all tasks, a row per method.
struct Dots {
  std::vector<MethodMark> methods;  // best first, by the last average
  std::string data = "# column row mean low high least_seed most_seed complete\n";
  std::vector<Span> spans;  // per column
  bool any = false;
};

Dots dots_of(const Leaderboard& board, const MetricBoard& metric) {
  Dots dots;
  dots.methods = method_marks(board, metric, metric.averages.back());
  dots.spans.resize(metric.averages.size());
  for (size_t column = 0; column < metric.averages.size(); ++column) {
    for (size_t row = 0; row < dots.methods.size(); ++row) {
      const MethodMark mark = mark_of(dots.methods[row].method, metric.averages[column]);
      if (!mark.mean) continue;
      dots.any = true;
      for (const double v : {*mark.mean, mark.low, mark.high, mark.least, mark.most})
        dots.spans[column].add(v);
      dots.data += fmt::format("{} {} {} {} {} {} {} {}\n", column, row, format_exact(*mark.mean),
                               format_exact(mark.low), format_exact(mark.high), format_exact(mark.least),
                               format_exact(mark.most), mark.complete ? 1 : 0);
    }
  }
  return dots;
}

std::string draw_dots(const Leaderboard& board, const Dots& dots, size_t column) {
  const std::vector<Look> looks = looks_of(board.models());
  const size_t rows = dots.methods.size();
  std::string script;
  for (size_t row = 0; row < rows; ++row) {
    const Look& look = looks[dots.methods[row].method.models.front()];
    const std::string mine = fmt::format("($1=={} && $2=={}", column, row),
                      y = fmt::format("({})", rows - row);
    script += fmt::format(
        "{}  'dots.dat' using {} ? $4 : NaN):{}:($5-$4):(0) with vectors nohead linecolor \"{}\" "
        "linewidth 1.3, \\\n",
        row == 0 ? "plot \\\n" : ", \\\n", mine, y, look.color);
    script += fmt::format(
        "  'dots.dat' using {} && $7>$6 ? $6 : NaN):{}:($7-$6):(0) with vectors nohead linecolor "
        "\"{}\" linewidth 5, \\\n",
        mine, y, look.color);
    script += fmt::format("  'dots.dat' using {} && $8==1 ? $3 : NaN):{} with points pointsize 1.1 {}, \\\n",
                          mine, y, look_text(look));
    script += fmt::format(
        "  'dots.dat' using {} && $8==0 ? $3 : NaN):{} with points pointsize 1.1 linewidth 1.5 {}", mine, y,
        look_text({look.color, look.point - 1}));
  }
  return script + "\n";
}

}  // namespace

std::optional<Plot> dots_plot(const Leaderboard& board, const MetricBoard& metric) {
  if (metric.averages.empty()) return std::nullopt;
  const Dots dots = dots_of(board, metric);
  if (!dots.any) return std::nullopt;
  const size_t rows = dots.methods.size(), columns = metric.averages.size();
  size_t longest = 0;
  std::string labels, no_labels;
  for (size_t row = 0; row < rows; ++row) {
    const std::string label = fit_to_columns(dots.methods[row].method.label, 34);
    longest = std::max(longest, columns_of(label));
    labels += (row == 0 ? "" : ", ") + gp_tic(label) + fmt::format(" {}", rows - row);
    no_labels += fmt::format("{}\"\" {}", row == 0 ? "" : ", ", rows - row);
  }
  const int left = static_cast<int>(longest) * 8 + 24, each = 290, gap = 44;
  const int width = left + static_cast<int>(columns) * (each + gap), top = 34, bottom = 58;
  const int height = top + bottom + 22 * static_cast<int>(rows) + 10;
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "dots";
  d.data = {{"dots.dat", dots.data}};
  d.products = {"dots.svg", "dots.png", "dots.pdf"};
  d.script = script_begin("dots", width, height, "Averages over tasks, a row per method");
  d.script +=
      "set multiplot\nset border 1 linecolor \"#444444\"\nset tics nomirror out\nunset key\nset ytics scale "
      "0\n"
      "set grid xtics ytics linetype 1 linecolor \"#e3e3e3\" linewidth 1\n";
  d.script +=
      fmt::format("set yrange [0.4:{:.1f}]\nset tmargin at screen {:.6f}\nset bmargin at screen {:.6f}\n",
                  static_cast<double>(rows) + 0.6, 1 - static_cast<double>(top) / height,
                  static_cast<double>(bottom) / height);
  for (size_t column = 0; column < columns; ++column) {
    const AverageBoard& average = metric.averages[column];
    const double from = left + static_cast<double>(column) * (each + gap);
    const Span& span = dots.spans[column];
    const std::vector<double> ticks = nice_ticks(span.low, span.high, 4);
    std::string tics;
    for (const double tick : ticks)
      tics += fmt::format("{}\"{}\" {}", tics.empty() ? "" : ", ", tick_text(tick), format_exact(tick));
    d.script += fmt::format("set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}\n", from / width,
                            (from + each) / width);
    d.script += fmt::format(
        "set xrange [{}:{}]\nset xtics ({})\nset ytics ({})\nset title {} offset 0,-0.5\n",
        format_exact(ticks.front()), format_exact(ticks.back()), tics, column == 0 ? labels : no_labels,
        gp_text(fmt::format("{} ({} task{})", average.group == "all" ? "All" : average.group,
                            average.tasks.size(), average.tasks.size() == 1 ? "" : "s")));
    d.script += fmt::format("set xlabel {}\nunset arrow\n", gp_text(title_of(metric.metric)));
    if (average.best_trivial && average.row_of(*average.best_trivial).mean) {
      d.script += fmt::format(
          "set arrow from {0},graph 0 to {0},graph 1 nohead back linecolor \"#5c6370\" linewidth 1 "
          "dashtype (6,4)\n",
          format_exact(*average.row_of(*average.best_trivial).mean));
    }
    d.script += draw_dots(board, dots, column);
  }
  d.script += "unset multiplot\n" + script_end();
  plot.alt = fmt::format(
      "Dot plot: average {} of {} methods over {}; the same values are in the table of averages.",
      metric.metric.label, rows, columns == 1 ? "all tasks" : "the groups of tasks and all tasks");
  plot.caption = fmt::format(
      "{}: averages over tasks. Thin line: {:g} % interval over patients; thick line: from the least to the "
      "most of "
      "several seeds, of which the dot is the mean. Hollow: not every case is scored. Dashed: the best "
      "trivial model.",
      axis_title(metric), board.bootstrap.confidence * 100);
  return plot;
}

}  // namespace synerbench
