#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/utf8.h"
#include "reports/numbers/rank_comparison.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/plots.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

/// The rank of every method in a task among those that are complete there; 0 without one.
std::vector<int> ranks_in_task(const std::vector<MethodMark>& methods, const TaskBoard& task,
                               Direction direction) {
  std::vector<std::optional<double>> means;
  for (const MethodMark& method : methods) {
    const MethodMark mark = mark_of(method.method, task);
    means.push_back(mark.complete ? mark.mean : std::nullopt);
  }
  std::vector<int> ranks(methods.size(), 0);
  for (size_t i = 0; i < means.size(); ++i) {
    if (!means[i]) continue;
    ranks[i] = 1;
    for (const auto& other : means) ranks[i] += other && is_better(*other, *means[i], direction) ? 1 : 0;
  }
  return ranks;
}

}  // namespace

std::optional<Plot> ranks_plot(const Leaderboard& board, const MetricBoard& metric) {
  if (metric.averages.empty()) return std::nullopt;
  const std::vector<MethodMark> methods = method_marks(board, metric, metric.averages.back());
  if (methods.size() < 2) return std::nullopt;
  const size_t rows = methods.size();
  size_t longest = 0, longest_task = 0;
  std::string labels, tasks, data = "# column row rank share\n";
  for (size_t row = 0; row < rows; ++row) {
    const std::string label = fit_to_columns(methods[row].method.label, 34);
    longest = std::max(longest, columns_of(label));
    labels += (row == 0 ? "" : ", ") + gp_tic(label) + fmt::format(" {}", rows - row);
  }
  int columns = 0;
  for (const TaskBoard& task : metric.tasks) {
    const std::vector<int> ranks = ranks_in_task(methods, task, metric.metric.direction);
    if (std::all_of(ranks.begin(), ranks.end(), [](int rank) { return rank == 0; })) continue;
    const std::string id = fit_to_columns(board.tasks()[task.task].id, 34);
    longest_task = std::max(longest_task, columns_of(id));
    tasks += (columns == 0 ? "" : ", ") + gp_tic(id) + fmt::format(" {}", columns);
    for (size_t row = 0; row < rows; ++row) {
      if (ranks[row] > 0)
        data += fmt::format("{} {} {} {:.4f}\n", columns, rows - row, ranks[row],
                            static_cast<double>(ranks[row] - 1) / static_cast<double>(rows - 1));
    }
    ++columns;
  }
  if (columns == 0) return std::nullopt;
  const int left = static_cast<int>(longest) * 8 + 24, bottom = static_cast<int>(longest_task) * 8 + 24,
            top = 40;
  const int width = left + 32 * columns + 16, height = top + 22 * static_cast<int>(rows) + bottom;
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "ranks";
  d.data = {{"ranks.dat", data}};
  d.products = {"ranks.svg", "ranks.png", "ranks.pdf"};
  d.script = script_begin("ranks", width, height, "Rank of every method in every task");
  d.script += fmt::format(
      "unset key\nunset colorbox\nunset border\nset tics scale 0\nset palette defined (0 \"#0b4a7a\", 0.5 "
      "\"#8fb8d8\", 1 "
      "\"#f7f7f4\")\nset cbrange [0:1]\nset lmargin at screen {:.6f}\nset rmargin at screen {:.6f}\nset "
      "tmargin at screen "
      "{:.6f}\nset bmargin at screen {:.6f}\n",
      static_cast<double>(left) / width, 1 - 16.0 / width, 1 - static_cast<double>(top) / height,
      static_cast<double>(bottom) / height);
  d.script += fmt::format(
      "set xrange [-0.5:{:.1f}]\nset yrange [0.5:{:.1f}]\nset xtics rotate by 90 right ({})\nset ytics "
      "({})\nset title {}\n",
      columns - 0.5, static_cast<double>(rows) + 0.5, tasks, labels,
      gp_text("Rank by " + axis_title(metric)));
  d.script +=
      "plot 'ranks.dat' using 1:2:(0.47):(0.45):4 with boxxyerror fillstyle solid noborder linecolor "
      "palette, \\\n"
      "  'ranks.dat' using ($4<0.25 ? $1 : NaN):2:3 with labels textcolor \"#ffffff\" font \",11\", \\\n"
      "  'ranks.dat' using ($4>=0.25 ? $1 : NaN):2:3 with labels textcolor \"#1b1d20\" font \",11\"\n" +
      script_end();
  plot.alt =
      fmt::format("Heat map: ranks of {} methods in {} tasks by {}.", rows, columns, metric.metric.label);
  plot.caption = fmt::format(
      "Rank of every method in every task by {}; 1 and dark is best. Seeds of a method are one: the mean of "
      "their means. "
      "Empty: not every case is scored.",
      axis_title(metric));
  return plot;
}

std::optional<Plot> difference_plot(const Leaderboard& board, const MetricBoard& metric) {
  const MethodMeans means = complete_method_means(board, metric);
  if (means.methods.size() < 3 || means.tasks.size() < 5) return std::nullopt;
  const RankComparison comparison = compare_ranks(means.values, metric.metric.direction);
  const std::vector<Look> looks = looks_of(board.models());
  const size_t k = means.methods.size(), half = (k + 1) / 2;
  size_t longest = 0;
  std::vector<std::string> labels;
  for (const SeedGroup& method : means.methods) {
    labels.push_back(fit_to_columns(method.label, 28));
    longest = std::max(longest, columns_of(labels.back()));
  }
  // In rows below the axis: the bars of the groups, then the names, half of them on each side.
  const double bars = 0.45 * static_cast<double>(comparison.groups.size()) + 0.7;
  const double below = bars + static_cast<double>(half) + 0.6, above = 3;
  const int side = static_cast<int>(longest + 7) * 8 + 20, row_height = 24;
  const int width = 2 * side + 520, height = static_cast<int>(std::lround((below + above) * row_height)) + 30;
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = "difference";
  std::string data = "# method mean_rank\n", script;
  const auto arrow = [&](const std::string& from, const std::string& to, const std::string& color,
                         double line) {
    script += fmt::format("set arrow from {} to {} nohead linecolor \"{}\" linewidth {:g}\n", from, to, color,
                          line);
  };
  const auto at = [](double x, double y) { return fmt::format("first {:.6f},first {:.6f}", x, y); };
  const auto text = [&](const std::string& words, const std::string& place, const char* align) {
    script += fmt::format("set label {} at {} {}\n", gp_text(words), place, align);
  };
  const auto last = static_cast<double>(k);
  arrow(at(1, 0), at(last, 0), "#1b1d20", 1.5);
  const size_t step = k <= 12 ? 1 : 2;
  for (size_t rank = 1; rank <= k; rank += step) {
    const auto x = static_cast<double>(rank);
    arrow(at(x, 0), at(x, 0.25), "#1b1d20", 1.2);
    text(std::to_string(rank), at(x, 0.7), "center");
  }
  const double cd = comparison.critical_difference, cd_end = std::min(1 + cd, last);
  arrow(at(1, 1.5), at(cd_end, 1.5), "#1b1d20", 2);
  arrow(at(1, 1.35), at(1, 1.65), "#1b1d20", 1.5);
  if (1 + cd <= last) arrow(at(cd_end, 1.35), at(cd_end, 1.65), "#1b1d20", 1.5);
  text(fmt::format("critical difference {:.2f}", cd), at(1, 2.2), "left");
  for (size_t i = 0; i < k; ++i) {
    const size_t method = comparison.order[i];
    const double rank = comparison.mean_ranks[method];
    const bool left = i < half;
    const double y = -bars - static_cast<double>(left ? i : k - 1 - i) - 0.3;
    const std::string color = looks[means.methods[method].models.front()].color;
    arrow(at(rank, 0), at(rank, y), color, 1.3);
    arrow(at(rank, y), fmt::format("graph {:d},first {:.6f}", left ? 0 : 1, y), color, 1.3);
    text(left ? fmt::format("{}  {:.2f}", labels[method], rank)
              : fmt::format("{:.2f}  {}", rank, labels[method]),
         fmt::format("graph {},first {:.6f}", left ? "-0.012" : "1.012", y), left ? "right" : "left");
    data += fmt::format("\"{}\" {}\n", escape_gnuplot(means.methods[method].label), format_exact(rank));
  }
  double y = -0.45;
  for (const auto& [first, end] : comparison.groups) {
    arrow(at(comparison.mean_ranks[comparison.order[first]] - 0.06, y),
          at(comparison.mean_ranks[comparison.order[end]] + 0.06, y), "#1b1d20", 4);
    y -= 0.45;
  }
  d.data = {{"difference.dat", data}};
  d.products = {"difference.svg", "difference.png", "difference.pdf"};
  d.script = script_begin("difference", width, height, "Mean ranks over tasks and their critical difference");
  d.script += fmt::format(
      "unset key\nunset border\nunset tics\nset xrange [1:{}]\nset yrange [{:.3f}:{:.3f}]\nset lmargin "
      "at screen {:.6f}\nset rmargin at screen {:.6f}\nset tmargin at screen {:.6f}\nset bmargin at "
      "screen {:.6f}\n",
      k, -below, above, static_cast<double>(side) / width, 1 - static_cast<double>(side) / width,
      1 - 8.0 / height, 8.0 / height);
  d.script += script + "plot NaN\n" + script_end();
  plot.alt = fmt::format("Critical-difference diagram: mean ranks of {} methods over {} tasks.", k,
                         means.tasks.size());
  const std::string f =
      comparison.f ? fmt::format("F = {:.2f}, {}", *comparison.f,
                                 (*comparison.p_f < 0.001 ? "p " : "p = ") + format_p(*comparison.p_f))
                   : "all tasks agree";
  plot.caption = fmt::format(
      "Mean ranks over {} tasks by {} (Demšar 2006). A bar joins methods that are less than Nemenyi's "
      "critical difference "
      "apart (5 %). Friedman's chi square {:.1f}, {}; after Iman and Davenport {}. Both take the tasks as "
      "independent, which "
      "tasks of one suite are not: two methods are compared by patient, in the tables. Methods without a "
      "value for every "
      "case are left out.",
      means.tasks.size(), axis_title(metric), comparison.chi_square,
      (comparison.p_chi_square < 0.001 ? "p " : "p = ") + format_p(comparison.p_chi_square), f);
  return plot;
}

}  // namespace synerbench
