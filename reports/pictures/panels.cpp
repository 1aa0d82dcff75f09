#include "reports/pictures/panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/utf8.h"
#include "reports/pictures/detail/panel_file.h"
#include "reports/pictures/detail/plotting.h"
#include "reports/pictures/window.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

namespace fs = std::filesystem;

struct ShownCase {
  Display source, target;  // of its images
  std::string name;        // "best"
  const CaseRecord* record = nullptr;
  double value = 0;                   // of the whole case
  std::optional<double> slice_value;  // of the slice that is shown
  PanelFile panel;
};

std::vector<ShownCase> choose_cases(const Leaderboard& board, const CaseIndex& index,
                                    const MetricBoard& metric, size_t task, size_t model,
                                    const std::string& window) {
  const TaskRecord& record = board.tasks()[task];
  const std::vector<PanelCase> cases = cases_with_panels(board, index, metric, task, model);
  std::vector<ShownCase> chosen;
  for (const auto& [at, name] : shown_cases(cases.size())) {
    ShownCase& shown = chosen.emplace_back();
    shown.name = name;
    shown.record = cases[at].record;
    shown.value = cases[at].value;
    shown.slice_value = kept_slice_value(board, *shown.record, metric);
    shown.panel = read_panel(board, cases[at]);
    const PanelFile& panel = shown.panel;
    shown.source = display_of(record.source, record.region, panel.source_low, panel.source_high, window);
    shown.target = display_of(record.target, record.region, panel.target_low, panel.target_high, window);
  }
  return chosen;
}

constexpr const char* kHead =
    R"gp(# {task}, {model}: source, prediction, target and error of the best, median and worst case
# Made by synerbench report. Reads the run's own panel files; run in this folder: gnuplot {name}.gp
# If the run has moved: gnuplot -e "run='/where/it/is'" {name}.gp
if (!exists("run")) run = "{run}"
set encoding utf8
set terminal pngcairo noenhanced size {width},{height} font "sans-serif,10" background "#ffffff"
set output "{name}.png"
set multiplot
unset key
unset border
unset tics
unset colorbox
grays = "set palette gray"
inverted = "set palette gray negative"
# Blue below, white at zero, red above: readable with any color vision.
diverging = "set palette defined (-1 '#053061', -0.6 '#4393c3', -0.2 '#d1e5f0', 0 '#ffffff', 0.2 '#fddbc7', 0.6 '#d6604d', 1 '#67001f')"
)gp";

/// Geometry of a figure in pixels.
struct Layout {
  int image_width = 210, image_height = 210, left = 200, top = 62, gap = 8, row_gap = 14, bottom = 64;
  int rows = 1;
  int width() const { return left + 4 * image_width + 3 * gap + 16; }
  int height() const { return top + rows * image_height + (rows - 1) * row_gap + bottom; }
  /// Screen coordinates of one image. Cases of one task may lie on different grids: each image keeps its own
  /// shape, as large as fits into its cell, and stands in the middle of it.
  std::string margins(int row, int column, double aspect) const {
    const double w = std::min<double>(image_width, image_height / aspect), h = w * aspect;
    const double l = left + column * (image_width + gap) + (image_width - w) / 2;
    const double t = height() - top - row * (image_height + row_gap) - (image_height - h) / 2;
    return fmt::format(
        "set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}\nset bmargin at screen {:.6f}\nset "
        "tmargin at screen {:.6f}\n",
        l / width(), (l + w) / width(), (t - h) / height(), t / height());
  }
  /// A horizontal color scale below the given columns.
  std::string colorbox(int first, int last) const {
    const double l = left + first * (image_width + gap) + 20,
                 r = left + last * (image_width + gap) + image_width - 20;
    return fmt::format("set colorbox horizontal user origin {:.6f},{:.6f} size {:.6f},{:.6f} noborder\n",
                       l / width(), 44.0 / height(), (r - l) / width(), 10.0 / height());
  }
};

std::string range_text(double low, double high) {
  return format_exact(low) + ":" + format_exact(high > low ? high : low + 1);
}

/// Images as large as the highest case allows.
Layout layout_of(const std::vector<ShownCase>& cases) {
  Layout layout;
  layout.rows = static_cast<int>(cases.size());
  double aspect = 0;  // of the highest
  for (const ShownCase& shown : cases) aspect = std::max(aspect, shown.panel.aspect);
  layout.image_height = std::clamp(static_cast<int>(std::lround(layout.image_width * aspect)), 40, 420);
  layout.image_width = std::clamp(static_cast<int>(std::lround(layout.image_height / aspect)), 60, 210);
  return layout;
}

/// The figure's title and those of its columns.
std::string titles(const Layout& layout, const std::string& title) {
  std::string script = fmt::format("set label 1 {} at screen 0.5,{:.6f} center font \",12\"\n",
                                   gp_text(title), 1 - 20.0 / layout.height());
  const char* const columns[] = {"source", "prediction", "target", "prediction - target"};
  for (int c = 0; c < 4; ++c) {
    const double middle = layout.left + c * (layout.image_width + layout.gap) + layout.image_width / 2.0;
    script += fmt::format("set label {} \"{}\" at screen {:.6f},{:.6f} center\n", c + 2, columns[c],
                          middle / layout.width(), 1 - 48.0 / layout.height());
  }
  return script;
}

/// What stands left of a row: which case, whose, which slice, and its value.
std::string row_labels(const Layout& layout, int row, const ShownCase& shown, const MetricInfo& metric) {
  const double middle =
      layout.height() - layout.top - row * (layout.image_height + layout.row_gap) - layout.image_height / 2.0;
  // The slice that is shown has a value of its own, where the protocol measures slices.
  const std::string slice = shown.slice_value ? "slice " + shown.panel.slice + ": " + metric.label + " " +
                                                    format_fixed(*shown.slice_value, metric.decimals)
                                              : "shown: slice " + shown.panel.slice;
  const std::string lines = shown.name + "\n" + shown.record->scan.patient + "\n" + slice +
                            "\ncase: " + metric.label + " " + format_fixed(shown.value, metric.decimals);
  std::string script;
  size_t at = 0;
  for (int i = 0; i < 4; ++i) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    std::string text = lines.substr(at, end - at);
    text = fit_to_columns(text, 30);
    script += fmt::format("set label {} {} at screen {:.6f},{:.6f} left{}\n", 10 + 4 * row + i, gp_text(text),
                          8.0 / layout.width(), (middle + 24 - 16 * i) / layout.height(),
                          i == 0 ? "" : " textcolor \"#5c6370\"");
    at = end + 1;
  }
  return script;
}

/// The four images of one case.
class RowScript {
 public:
  RowScript(const Layout& layout, int row, const PanelFile& panel, double error_end)
      : layout_(layout), row_(row), panel_(panel), error_end_(error_end) {}

  /// `run`: the folder that panel files are named from.
  std::string script(const ShownCase& shown, const fs::path& run) const {
    std::string text = fmt::format(
        "\n# {}: {}\nfile = run.\"/{}\"\nwidth = {}; height = {}\n", shown.name,
        clean_text(shown.record->scan.text()),
        escape_gnuplot(fs::absolute(panel_.path).lexically_normal().lexically_relative(run).generic_string()),
        panel_.width, panel_.height);
    text += fmt::format(
        "array target[width*height]\ni = 0\nset autoscale\nstats file binary skip={} array=(width*height) "
        "format='%float' endian=little using (i=i+1, target[i]=$1) nooutput\nset xrange "
        "[-0.5:width-0.5]\nset yrange [height-0.5:-0.5]\n",
        panel_.target_at);
    const auto palette = [](const Display& display) {
      return std::string(display.inverted ? "eval inverted" : "eval grays");
    };
    const Display &source = shown.source, &target = shown.target;
    const std::string source_range = range_text(source.low, source.high),
                      target_range = range_text(target.low, target.high);
    text += image(0, panel_.source_at, source_range, palette(source), "1",
                  scale(0, 0, source.low, source.high, panel_.source_unit));
    text += image(1, panel_.prediction_at, target_range, palette(target), "1", "");
    text += image(2, panel_.target_at, target_range, palette(target), "1",
                  scale(1, 2, target.low, target.high, panel_.target_unit));
    text += "i = 0\n";  // pixels are read in one order, in the array and in the image
    return text + image(3, panel_.prediction_at, range_text(-error_end_, error_end_), "eval diverging",
                        "(i=i+1, $1-target[i])", scale(3, 3, -error_end_, error_end_, panel_.target_unit));
  }

 private:
  std::string image(int column, uint64_t skip, const std::string& range, const std::string& palette,
                    const std::string& value, const std::string& scale) const {
    std::string text = layout_.margins(row_, column, panel_.aspect) + "set cbrange [" + range + "]\n" +
                       palette + "\n" + scale;
    text += fmt::format(
        "plot file binary skip={} array=(width,height) format='%float' endian=little using {} with image\n",
        skip, value);
    // Drawn once: every plot of a multiplot would draw them again.
    if (row_ == 0 && column == 0) text += "unset label\n";
    if (!scale.empty()) text += "unset colorbox\nunset cblabel\n";
    return text;
  }

  /// The color scale of columns `first` to `end`; below the last row only.
  std::string scale(int first, int end, double low, double high, const std::string& label) const {
    if (row_ + 1 != layout_.rows) return "";
    const std::string tics = fmt::format("(\"{0}\" {0}, \"{1}\" {1}, \"{2}\" {2})", format_exact(low),
                                         format_exact((low + high) / 2), format_exact(high));
    return layout_.colorbox(first, end) + "set cbtics scale 0.4 offset 0,0.6 font \",9\" " + tics +
           "\nset cblabel " + gp_text(label) + " offset 0,1.1 font \",9\"\n";
  }

  const Layout& layout_;
  int row_;
  const PanelFile& panel_;
  double error_end_;
};

Plot panel_plot(const Leaderboard& board, const MetricBoard& metric, const TaskRecord& task,
                const ReportedModel& model, const std::vector<ShownCase>& cases, double error_end,
                const fs::path& folder) {
  const Layout layout = layout_of(cases);
  Plot plot;
  Drawing& d = plot.drawing;
  d.name = file_name_of(model.key);
  d.products = {d.name + ".png"};
  const fs::path run = fs::absolute(board.runs.runs[model.run].folder).lexically_normal();
  d.variables = {{"run", run.string()}};
  const fs::path from = fs::absolute(folder).lexically_normal();
  d.script = fmt::format(fmt::runtime(kHead), fmt::arg("task", clean_text(task.id)),
                         fmt::arg("model", clean_text(model.label)), fmt::arg("name", d.name),
                         fmt::arg("run", escape_gnuplot(run.lexically_relative(from).generic_string())),
                         fmt::arg("width", layout.width()), fmt::arg("height", layout.height()));
  d.script += titles(layout, task.id + ", " + model.label);
  for (int r = 0; r < layout.rows; ++r)
    d.script += row_labels(layout, r, cases[static_cast<size_t>(r)], metric.metric);
  for (int r = 0; r < layout.rows; ++r) {
    const ShownCase& shown = cases[static_cast<size_t>(r)];
    d.script += RowScript(layout, r, shown.panel, error_end).script(shown, run);
  }
  d.script += "unset multiplot\nset output\n";
  plot.alt = fmt::format("Images of {} by {}: source, prediction, target and error of {} case{}.", task.id,
                         model.label, cases.size(), cases.size() == 1 ? "" : "s");
  const auto shown_as = [](const char* image, const Display& display) {
    return display.name.empty() ? "" : fmt::format(" {}: {}.", image, display.name);
  };
  plot.caption = fmt::format(
      "{}, {}: one slice of each case; cases by {} of the whole case.{}{} Error: prediction - target in {}, "
      "the same "
      "scale for all models of the task, saturated beyond ±{}.",
      task.id, model.label, title_of(metric.metric), shown_as("Source", cases.front().source),
      shown_as("Prediction and target", cases.front().target), cases.front().panel.target_unit,
      format_exact(error_end));
  return plot;
}

}  // namespace

TaskPanels make_panels(const Leaderboard& board, const MetricBoard& metric, const TaskBoard& task,
                       const fs::path& folder, const std::string& window) {
  const TaskRecord& record = board.tasks()[task.task];
  const CaseIndex index(board);
  TaskPanels panels;
  panels.task = task.task;
  std::vector<std::pair<size_t, std::vector<ShownCase>>> all;
  std::vector<double> errors;
  for (const TaskRow& row : task.rows) {
    std::vector<ShownCase> cases = choose_cases(board, index, metric, task.task, row.model, window);
    if (cases.empty()) continue;
    for (ShownCase& shown : cases) {
      errors.insert(errors.end(), shown.panel.errors.begin(), shown.panel.errors.end());
      shown.panel.errors.clear();
    }
    all.emplace_back(row.model, std::move(cases));
  }
  const double error_end = error_end_of(errors);
  for (const auto& [model, cases] : all) {
    panels.entries.push_back(
        {model, panel_plot(board, metric, record, board.models()[model], cases, error_end, folder)});
  }
  return panels;
}

}  // namespace synerbench
