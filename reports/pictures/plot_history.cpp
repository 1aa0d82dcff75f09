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

bool takes_a_step(const HistorySeries& series) {
  return std::any_of(series.changes.begin(), series.changes.end(),
                     [](const HistoryChange& c) { return c.verdict == StepVerdict::kStep; });
}

/// As many series as can be told apart: those with a step first, then the best of the newest values.
std::vector<const HistorySeries*> shown_series(const History& history, const std::string& task) {
  std::vector<const HistorySeries*> all;
  for (const HistorySeries& series : history.series) {
    if (series.task == task) all.push_back(&series);
  }
  std::stable_sort(all.begin(), all.end(), [&](const HistorySeries* a, const HistorySeries* b) {
    if (takes_a_step(*a) != takes_a_step(*b)) return takes_a_step(*a);
    return is_better(*a->points.back().mean, *b->points.back().mean, history.metric.direction);
  });
  if (all.size() > kMostMethodsInBars) all.resize(kMostMethodsInBars);
  std::sort(all.begin(), all.end(),
            [](const HistorySeries* a, const HistorySeries* b) { return a->model < b->model; });
  return all;
}

/// A tic per run: its day, or its place where that is not known; at most about 15 of them.
std::string run_tics(const History& history) {
  const size_t every = (history.runs.size() + 14) / 15;
  std::string tics;
  for (size_t run = 0; run < history.runs.size(); run += every) {
    const HistoryRun& at = history.runs[run];
    const std::string text = at.date.empty() ? fit_to_columns(at.name, 14) : at.date.substr(0, 10);
    tics += (tics.empty() ? "" : ", ") + gp_tic(text) + fmt::format(" {}", run);
  }
  return tics;
}

}  // namespace

std::optional<Plot> history_plot(const History& history, const std::string& task) {
  const std::vector<const HistorySeries*> shown = shown_series(history, task);
  if (shown.empty()) return std::nullopt;
  const std::vector<Look> looks = looks_of(history.models);
  const std::string name = "history-" + task;
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = name;
  Span span;
  std::string data = "# model position run mean low high step\n", script;
  const double apart = std::min(0.06, 0.4 / static_cast<double>(shown.size()));
  for (size_t s = 0; s < shown.size(); ++s) {
    const HistorySeries& series = *shown[s];
    for (const HistoryPoint& point : series.points) {
      const double low = point.interval ? point.interval->low : *point.mean,
                   high = point.interval ? point.interval->high : *point.mean;
      for (const double v : {*point.mean, low, high}) span.add(v);
      const bool step =
          std::any_of(series.changes.begin(), series.changes.end(), [&](const HistoryChange& c) {
            return !c.whole && c.to == point.run && c.verdict == StepVerdict::kStep;
          });
      const double x = static_cast<double>(point.run) +
                       (static_cast<double>(s) - static_cast<double>(shown.size() - 1) / 2) * apart;
      data += fmt::format("{} {:.4f} {} {} {} {} {}\n", s, x, point.run + 1, format_exact(*point.mean),
                          format_exact(low), format_exact(high), step ? 1 : 0);
    }
    data += "\n\n";  // a block each: gnuplot's `index`, so that lines do not run from model to model
    const Look& look = looks[series.model];
    const std::string file = fmt::format("  {} index {} using ", gp_text(name + ".dat"), s);
    script += (s == 0 ? "plot \\\n" : ", \\\n") + file +
              fmt::format("2:5:(0):($6-$5) with vectors nohead linecolor \"{}\" linewidth 1 notitle, \\\n",
                          look.color) +
              file +
              fmt::format("2:4 with linespoints linewidth 1.6 pointsize 0.9 {} title {}, \\\n",
                          look_text(look), gp_text(fit_to_columns(history.models[series.model].label, 34))) +
              file +
              fmt::format(
                  "($7==1 ? $2 : NaN):4 with points pointtype 6 pointsize 2.4 linewidth 1.6 "
                  "linecolor \"#1b1d20\" notitle",
                  look.color);
  }
  const int width = std::clamp(260 + static_cast<int>(history.runs.size()) * 70, 640, 1500);
  const int keys = (static_cast<int>(shown.size()) + 3) / 4, height = 330 + 20 * keys;
  d.data = {{name + ".dat", data}};
  d.products = {name + ".svg", name + ".png", name + ".pdf"};
  d.script = script_begin(name, width, height, "Values over time, a line per model");
  const std::vector<double> ticks = nice_ticks(span.low, span.high, 5);
  std::string tics;
  for (const double tick : ticks)
    tics += fmt::format("{}\"{}\" {}", tics.empty() ? "" : ", ", tick_text(tick), format_exact(tick));
  d.script += kAxes;
  d.script += fmt::format(
      "set xrange [-0.5:{:.1f}]\nset yrange [{}:{}]\nset ytics ({})\nset xtics rotate by 35 right ({})\n"
      "set ylabel {}\nset key outside top center horizontal Left reverse samplen 2 width 1 maxrows {}\n",
      static_cast<double>(history.runs.size()) - 0.5, format_exact(ticks.front()), format_exact(ticks.back()),
      tics, run_tics(history), gp_text(fmt::format("{}, {}", title_of(history.metric), history.protocol.id)),
      keys);
  d.script += script + "\n" + script_end();
  size_t all = 0;
  for (const HistorySeries& series : history.series) all += series.task == task ? 1 : 0;
  plot.alt = fmt::format("Line plot: {} of {} models over {} runs; the same values are in the table.",
                         history.metric.label, shown.size(), history.runs.size());
  plot.caption = fmt::format(
      "{}: mean and {:g} % interval over patients, oldest run left. A ring: a step from the run before. "
      "Lines are moved apart a little, so that intervals can be seen.{}",
      task == "all" ? "Average over tasks" : task, history.bootstrap.confidence * 100,
      all > shown.size()
          ? fmt::format(" {} of {} models: those with a step, then the best of the newest run.", shown.size(),
                        all)
          : "");
  return plot;
}

}  // namespace synerbench
