#include "reports/pictures/case_images.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "reports/pictures/detail/panel_file.h"
#include "reports/pictures/window.h"

namespace synerbench {

using namespace detail;

namespace {

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  const int code =
      compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), 9);
  SB_CHECK(code == Z_OK, "zlib cannot deflate: " + std::to_string(code));
  out.resize(size);
  return out;
}

std::string inflated(const std::string& bytes, size_t size) {
  std::string out(size, '\0');
  uLongf length = static_cast<uLongf>(size);
  const int code = uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                              reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  SB_CHECK(code == Z_OK && length == size, "zlib cannot inflate: " + std::to_string(code));
  return out;
}

/// The panels of a task that may be shown, best first for every model.
struct TaskShown {
  std::map<size_t, std::vector<PanelCase>> cases;  // model -> all with a panel
  double error_end = 1;
};

ImageRange range_of(const Display& display, double low, double high, const std::string& unit) {
  return {display.low, display.high, low, high, display.inverted, display.name, unit};
}

class Collector {
 public:
  Collector(const Leaderboard& board, const MetricBoard& metric, const CaseImageOptions& options)
      : board_(board), metric_(metric), options_(options), index_(board) {}

  CaseImages collect(std::vector<std::string>& remarks) {
    for (const WindowInfo& window : ct_windows())
      result_.windows.push_back({window.name, window.low, window.high});
    for (const TaskBoard& task : metric_.tasks) {
      throw_if_interrupted();
      try {
        survey(task);
      } catch (const Error& error) {
        shown_.erase(task.task);
        remarks.push_back("No images of " + board_.tasks()[task.task].id + " in the page: " +
                          std::filesystem::path(error.place()).filename().string() + ": " + error.problem());
      }
    }
    for (const WorstCase& worst : worst_cases(board_, metric_, index_))
      take(worst.task, worst.model, worst.value.record);
    // Rank by rank over all tasks, so that no task takes the room of another; learned models first.
    for (const bool trivial : {false, true}) {
      for (size_t place = 0; place < board_.models().size(); ++place) {
        for (const TaskBoard& task : metric_.tasks) take_shown(task, place, trivial);
      }
    }
    std::sort(result_.views.begin(), result_.views.end(), [](const CaseView& a, const CaseView& b) {
      return std::tie(a.task, a.model, a.scan) < std::tie(b.task, b.model, b.scan);
    });
    return std::move(result_);
  }

 private:
  /// The scale of the errors is that of the panels: best, median and worst of all models.
  void survey(const TaskBoard& task) {
    TaskShown& shown = shown_[task.task];
    std::vector<double> errors;
    for (size_t model = 0; model < board_.models().size(); ++model) {
      auto cases = cases_with_panels(board_, index_, metric_, task.task, model);
      for (const auto& [at, name] : shown_cases(cases.size())) {
        std::vector<PanelSlice> others;  // read here, too, so that take() meets no damage
        const PanelFile panel = read_panel(board_, cases[at], nullptr, &others);
        errors.insert(errors.end(), panel.errors.begin(), panel.errors.end());
      }
      if (!cases.empty()) shown.cases[model] = std::move(cases);
    }
    if (shown.cases.empty()) {
      shown_.erase(task.task);
      return;
    }
    shown.error_end = error_end_of(errors);
  }

  /// Best, median and worst of the `place`-th learned or trivial model of a task.
  void take_shown(const TaskBoard& task, size_t place, bool trivial) {
    const auto shown = shown_.find(task.task);
    if (shown == shown_.end()) return;
    size_t seen = 0;
    for (const TaskRow& row : task.rows) {
      if (board_.models()[row.model].trivial != trivial || seen++ != place) continue;
      const auto cases = shown->second.cases.find(row.model);
      if (cases == shown->second.cases.end()) return;
      for (const auto& [at, name] : shown_cases(cases->second.size()))
        take(task.task, row.model, cases->second[at].record);
    }
  }

  void take(size_t task, size_t model, const CaseRecord* record) {
    const auto shown = shown_.find(task);
    if (shown == shown_.end()) return;
    const auto cases = shown->second.cases.find(model);
    if (cases == shown->second.cases.end()) return;
    const auto item = std::find_if(cases->second.begin(), cases->second.end(),
                                   [&](const PanelCase& candidate) { return candidate.record == record; });
    if (item == cases->second.end() || !taken_.insert(record).second) return;
    if (bytes_ >= options_.most_bytes) {
      ++result_.left_out;
      return;
    }
    PanelSlice main;
    std::vector<PanelSlice> slices;
    const PanelFile panel = read_panel(board_, *item, &main.pixels, &slices);  // sound: see survey()
    double sum = 0;
    for (const double error : panel.errors) sum += error;
    main.mae = panel.errors.empty() ? 0 : sum / static_cast<double>(panel.errors.size());
    main.slice = record->panel_slice;
    const auto place = std::find_if(slices.begin(), slices.end(),
                                    [&](const PanelSlice& other) { return other.slice > main.slice; });
    const size_t main_at = static_cast<size_t>(place - slices.begin());
    slices.insert(place, std::move(main));
    const TaskRecord& about = board_.tasks()[task];
    const auto pack = [&](const std::vector<float>& values, const std::string& unit) {
      return pack_image(values, panel.height, panel.width, unit == "HU");
    };
    std::vector<std::array<PackedImage, 3>> packed;  // source, prediction, target of each slice
    int64_t more = 0;
    for (const PanelSlice& one : slices) {
      packed.push_back({pack(one.pixels.source, panel.source_unit),
                        pack(one.pixels.prediction, panel.target_unit),
                        pack(one.pixels.target, panel.target_unit)});
      for (const PackedImage& image : packed.back()) more += new_bytes(image);
    }
    if (bytes_ + more > options_.most_bytes) {
      ++result_.left_out;
      return;
    }
    CaseView view;
    view.task = task;
    view.model = model;
    view.scan = record->scan.text();
    view.aspect = panel.aspect;
    view.source =
        range_of(display_of(about.source, about.region, panel.source_low, panel.source_high, options_.window),
                 panel.source_low, panel.source_high, panel.source_unit);
    view.target =
        range_of(display_of(about.target, about.region, panel.target_low, panel.target_high, options_.window),
                 panel.target_low, panel.target_high, panel.target_unit);
    view.error_end = shown->second.error_end;
    view.main = main_at;
    for (size_t i = 0; i < slices.size(); ++i) {
      auto& [source, prediction, target] = packed[i];
      SliceImages slice;
      slice.slice = slices[i].slice;
      slice.source = add(std::move(source));
      slice.prediction = add(std::move(prediction));
      slice.target = add(std::move(target));
      slice.value = slice_value(board_, *record, metric_, slices[i].slice);
      slice.mae = slices[i].mae;
      view.slices.push_back(slice);
    }
    result_.views.push_back(std::move(view));
  }

  static std::string name_of_image(const PackedImage& image) {
    return sha256_hex(image.bytes) + " " + std::to_string(image.height) + " " + std::to_string(image.offset) +
           " " + std::to_string(image.step);
  }
  int64_t new_bytes(const PackedImage& image) const {
    return known_.contains(name_of_image(image)) ? 0 : static_cast<int64_t>(image.bytes.size());
  }
  size_t add(PackedImage image) {
    bytes_ += new_bytes(image);
    const auto [at, fresh] = known_.emplace(name_of_image(image), result_.images.size());
    if (fresh) result_.images.push_back(std::move(image));
    return at->second;
  }

  const Leaderboard& board_;
  const MetricBoard& metric_;
  const CaseImageOptions& options_;
  CaseIndex index_;
  std::map<size_t, TaskShown> shown_;
  std::set<const CaseRecord*> taken_;
  std::map<std::string, size_t> known_;  // image -> its index
  int64_t bytes_ = 0;
  CaseImages result_;
};

}  // namespace

PackedImage pack_image(const std::vector<float>& values, int64_t height, int64_t width, bool whole_numbers) {
  SB_CHECK(height > 0 && width > 0 && values.size() == static_cast<size_t>(height * width),
           "an image of another size than it says");
  PackedImage image;
  image.height = height;
  image.width = width;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = *least, high = *most;
  if (whole_numbers && high - low <= 65535) {
    image.offset = std::round(low);
  } else {
    image.offset = low;
    image.step = high > low ? (high - low) / 4095 : 1;
  }
  std::string planes(2 * values.size(), '\0');
  uint16_t before = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i % static_cast<size_t>(width) == 0) before = 0;
    const auto number =
        static_cast<uint16_t>(std::clamp(std::lround((values[i] - image.offset) / image.step), 0L, 65535L));
    const auto difference = static_cast<uint16_t>(number - before);
    before = number;
    planes[i] = static_cast<char>(difference >> 8);
    planes[values.size() + i] = static_cast<char>(difference & 0xFF);
  }
  image.bytes = deflated(planes);
  return image;
}

std::vector<float> unpack_image(const PackedImage& image) {
  const auto n = static_cast<size_t>(image.height * image.width);
  const std::string planes = inflated(image.bytes, 2 * n);
  std::vector<float> values(n);
  uint16_t number = 0;
  for (size_t i = 0; i < n; ++i) {
    if (i % static_cast<size_t>(image.width) == 0) number = 0;
    number = static_cast<uint16_t>(number + (static_cast<unsigned char>(planes[i]) << 8) +
                                   static_cast<unsigned char>(planes[n + i]));
    values[i] = static_cast<float>(image.offset + image.step * number);
  }
  return values;
}

CaseImages collect_case_images(const Leaderboard& board, const MetricBoard& metric,
                               const CaseImageOptions& options, std::vector<std::string>& remarks) {
  check_window(options.window);
  if (options.most_bytes <= 0) return {};
  CaseImages images = Collector(board, metric, options).collect(remarks);
  if (images.left_out > 0) {
    remarks.push_back(std::to_string(images.views.size()) + " of " +
                      std::to_string(images.views.size() + images.left_out) +
                      " cases have their images in the page, which holds no more; --page-images makes room.");
  }
  return images;
}

}  // namespace synerbench
