#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/utf8.h"
#include "metrics/statistics.h"
#include "reports/numbers/agreement.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

const MetricBoard* find_metric(const Leaderboard& board, const std::string& name) {
  for (const MetricBoard& metric : board.metrics) {
    if (metric.protocol.id == board.main().protocol.id && metric.metric.name == name) return &metric;
  }
  return nullptr;
}

}  // namespace

std::optional<Plot> calibration_plot(const Leaderboard& board) {
  const MetricBoard *ssim = find_metric(board, "ssim"), *mae = find_metric(board, "mae");
  if (ssim == nullptr || mae == nullptr || ssim->averages.empty()) return std::nullopt;
  const std::vector<MethodMark> methods = method_marks(board, *ssim, ssim->averages.back());
  const std::vector<Look> looks = looks_of(board.models());
  std::string data = "# method task mae ssim\n";
  Span errors, similarities;
  std::vector<double> taus;
  for (const TaskBoard& task : ssim->tasks) {
    const auto other = std::find_if(mae->tasks.begin(), mae->tasks.end(),
                                    [&](const TaskBoard& candidate) { return candidate.task == task.task; });
    if (other == mae->tasks.end()) continue;
    std::vector<double> a, b;
    for (size_t m = 0; m < methods.size(); ++m) {
      const MethodMark s = mark_of(methods[m].method, task), e = mark_of(methods[m].method, *other);
      if (!s.mean || !e.mean || *e.mean <= 0) continue;
      data += fmt::format("{} {} {} {}\n", m, task.task, format_exact(*e.mean), format_exact(*s.mean));
      errors.add(*e.mean);
      similarities.add(*s.mean);
      a.push_back(*s.mean);
      b.push_back(-*e.mean);
    }
    if (const auto tau = kendall_tau(a, b)) taus.push_back(*tau);
  }
  if (!errors.any) return std::nullopt;
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "calibration";
  d.data = {{"calibration.dat", data}};
  d.products = {"calibration.svg", "calibration.png", "calibration.pdf"};
  size_t longest = 0;
  for (const MethodMark& method : methods)
    longest = std::max(longest, columns_of(fit_to_columns(method.method.label, 28)));
  const int right = static_cast<int>(longest) * 8 + 50, width = 560 + right;
  const int height = std::max(440, 19 * static_cast<int>(methods.size()) + 90);
  const double margin = std::max((similarities.high - similarities.low) * 0.06, 1e-3);
  d.script = script_begin("calibration", width, height, "SSIM against MAE: a point per task and method");
  d.script += kAxes;
  // A legend of our own: gnuplot's leaves entries out where it thinks that they do not fit.
  d.script += fmt::format(
      "set grid xtics\nset logscale x\nset xrange [{}:{}]\nset yrange [{}:{}]\nset lmargin at screen "
      "{:.6f}\nset rmargin at screen {:.6f}\nunset key\n",
      format_exact(errors.low / 1.15), format_exact(errors.high * 1.15),
      format_exact(similarities.low - margin), format_exact(similarities.high + margin), 80.0 / width,
      1 - static_cast<double>(right) / width);
  std::string points;
  for (size_t m = 0; m < methods.size(); ++m) {
    const std::string look = look_text(looks[methods[m].method.models.front()]);
    d.script += fmt::format("set label {} at screen {:.6f},{:.6f} left point {} pointsize 0.8 offset 1.2,0\n",
                            gp_text(fit_to_columns(methods[m].method.label, 28)),
                            1 - static_cast<double>(right - 20) / width,
                            1 - (26 + 19 * static_cast<double>(m)) / height, look);
    points += fmt::format("  'calibration.dat' using ($1=={} ? $3 : NaN):4 with points pointsize 0.8 {}{}\n",
                          m, look, m + 1 < methods.size() ? ", \\" : "");
  }
  d.script += fmt::format("set xlabel {}\nset ylabel {}\nplot \\\n{}",
                          gp_text(axis_title(*mae) + ", logarithmic"), gp_text(axis_title(*ssim)), points);
  d.script += script_end();
  plot.alt = fmt::format("Scatter plot: SSIM against MAE, a point for each of {} methods in each task.",
                         methods.size());
  plot.caption =
      fmt::format("{} against {}: a point per task and method.", axis_title(*ssim), axis_title(*mae));
  if (!taus.empty())
    plot.caption += fmt::format(
        " Within a task the two order the methods alike when Kendall's tau is 1: its median over {} tasks is "
        "{:.2f}, the "
        "least {:.2f}.",
        taus.size(), quantile(taus, 0.5), *std::min_element(taus.begin(), taus.end()));
  return plot;
}

}  // namespace synerbench
