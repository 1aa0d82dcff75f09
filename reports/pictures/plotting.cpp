#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/pictures/detail/plotting.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {
namespace detail {

std::string gp_text(const std::string& text) { return "\"" + escape_gnuplot(text) + "\""; }

std::string gp_tic(const std::string& text) { return "\"" + escape_gnuplot_tic(text) + "\""; }

std::string gp_task_tic(const TaskRecord& task) {
  return "\"" + escape_gnuplot_tic(task.region) + "\\n" +
         escape_gnuplot_tic(task.source + "→" + task.target) + "\"";
}

std::string axis_title(const MetricBoard& metric) {
  return title_of(metric.metric) + ", " + metric.protocol.id;
}

std::string look_text(const Look& look) {
  return fmt::format("linecolor \"{}\" pointtype {}", look.color, look.point);
}

std::string tick_text(double tick) {
  std::string text = format_fixed(tick, 6);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void Span::add(double v) {
  low = any ? std::min(low, v) : v;
  high = any ? std::max(high, v) : v;
  any = true;
}

void Span::add(const Summary& summary) {
  if (summary.mean) add(*summary.mean);
  if (!summary.interval) return;
  add(summary.interval->low);
  add(summary.interval->high);
}

namespace {

/// `summary_of(model)`: mean, interval and whether it is complete.
struct Mark {
  std::optional<double> mean;
  std::optional<Interval> interval;
  bool complete = false;
};

template <class MarkOf>
MethodMark joined_mark(const SeedGroup& method, MarkOf mark_of_model) {
  MethodMark mark;
  mark.method = method;
  mark.complete = true;
  double sum = 0;
  Span span;
  for (const size_t model : method.models) {
    const Mark single = mark_of_model(model);
    mark.complete = mark.complete && single.complete;
    if (!single.mean) {
      mark.complete = false;
      return mark;
    }
    sum += *single.mean;
    span.add(*single.mean);
    mark.low = single.interval ? single.interval->low : *single.mean;
    mark.high = single.interval ? single.interval->high : *single.mean;
  }
  mark.mean = sum / static_cast<double>(method.models.size());
  mark.least = span.low;
  mark.most = span.high;
  // An interval over patients belongs to one training; the spread of several is another thing.
  if (method.models.size() > 1) mark.low = mark.high = *mark.mean;
  return mark;
}

}  // namespace

MethodMark mark_of(const SeedGroup& method, const TaskBoard& task) {
  return joined_mark(method, [&](size_t model) {
    const Summary& summary = task.row_of(model).summary;
    return Mark{summary.mean, summary.interval, summary.complete};
  });
}

MethodMark mark_of(const SeedGroup& method, const AverageBoard& average) {
  return joined_mark(method, [&](size_t model) {
    const AverageRow& row = average.row_of(model);
    return Mark{row.mean, row.interval, row.complete};
  });
}

std::vector<MethodMark> method_marks(const Leaderboard& board, const MetricBoard& metric,
                                     const AverageBoard& average) {
  std::vector<MethodMark> marks;
  for (const SeedGroup& method : methods_of(board.models())) marks.push_back(mark_of(method, average));
  const auto tier = [](const MethodMark& mark) { return !mark.mean ? 2 : mark.complete ? 0 : 1; };
  std::stable_sort(marks.begin(), marks.end(), [&](const MethodMark& a, const MethodMark& b) {
    if (tier(a) != tier(b)) return tier(a) < tier(b);
    return tier(a) < 2 && is_better(*a.mean, *b.mean, metric.metric.direction);
  });
  return marks;
}

}  // namespace detail

std::vector<double> nice_ticks(double low, double high, int count) {
  if (!(high > low)) {
    const double half = low == 0 ? 0.5 : std::abs(low) * 0.05;
    low -= half;
    high += half;
  }
  const double raw = (high - low) / count, power = std::pow(10.0, std::floor(std::log10(raw)));
  const double step = power * (raw / power <= 1.0001   ? 1
                               : raw / power <= 2.0001 ? 2
                               : raw / power <= 5.0001 ? 5
                                                       : 10);
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::floor(low / step + 1e-9)),
             last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::vector<Look> looks_of(const std::vector<ReportedModel>& models) {
  // The first seven are those of Okabe and Ito; the others keep their distance in lightness or hue. Shapes go
  // round in another rhythm, so that no two of thirty methods are drawn alike.
  static const std::vector<std::string> colors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
                                                  "#56B4E9", "#1b1d20", "#882255", "#44AA99", "#999933",
                                                  "#332288", "#EE3377", "#117733", "#AA4499", "#661100",
                                                  "#6699CC", "#C9B13C", "#33BBEE", "#AA6600", "#7A5195"};
  static const std::vector<std::string> grays = {"#8a9097", "#b4b9bf", "#636a72",
                                                 "#cfd3d7", "#4b5157", "#9fa5ab"};
  static const std::vector<int> points = {7, 5, 9, 11, 13, 15};
  std::vector<Look> looks(models.size());
  size_t learned = 0, trivial = 0;
  for (const SeedGroup& method : methods_of(models)) {
    const bool gray = models[method.models.front()].trivial;
    const size_t at = gray ? trivial++ : learned++;
    const auto& list = gray ? grays : colors;
    const Look look{list[at % list.size()], points[(at + at / list.size()) % points.size()]};
    for (const size_t model : method.models) looks[model] = look;
  }
  return looks;
}

}  // namespace synerbench
