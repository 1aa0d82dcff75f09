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
  static const std::vector<Look> learned = {{"#0072B2", 7},  {"#D55E00", 5},  {"#009E73", 9}, {"#CC79A7", 11},
                                            {"#E69F00", 13}, {"#56B4E9", 15}, {"#1b1d20", 7}};
  static const std::vector<Look> trivial = {{"#8a9097", 7}, {"#b4b9bf", 5}, {"#636a72", 9}, {"#cfd3d7", 11}};
  std::vector<Look> looks;
  size_t colors = 0, grays = 0;
  for (const ReportedModel& model : models) {
    looks.push_back(model.trivial ? trivial[grays++ % trivial.size()] : learned[colors++ % learned.size()]);
  }
  return looks;
}

}  // namespace synerbench
