#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/safetensors.h"
#include "harness/run/journal.h"
#include "metrics/statistics.h"
#include "reports/pictures/detail/panel_file.h"

namespace synerbench::detail {
namespace {

class PanelReader {
 public:
  explicit PanelReader(const fs::path& path) : file_(path) {}

  /// `sha256`: of the file, as a journal says; nothing where there is none that could say it.
  PanelFile read(const std::optional<std::string>& sha256, PanelPixels* pixels,
                 std::vector<PanelSlice>* more) {
    if (sha256 && file_.sha256() != *sha256) {
      throw input_error(file_.path().string(), "is not the panel that was written with the results",
                        "copy the run folder again, or report without panels");
    }
    const TensorView source = image("source", DType::kF32), prediction = image("prediction", DType::kF32),
                     target = image("target", DType::kF32), mask = image("mask", DType::kU8);
    PanelFile panel;
    panel.path = file_.path();
    panel.height = shape_[0];
    panel.width = shape_[1];
    panel.source_at = place_of(source);
    panel.prediction_at = place_of(prediction);
    panel.target_at = place_of(target);
    panel.source_low = number("source_low");
    panel.source_high = number("source_high");
    panel.target_low = number("target_low");
    panel.target_high = number("target_high");
    panel.source_unit = text("source_unit");
    panel.target_unit = text("target_unit");
    panel.slice = text("slice");
    panel.aspect = static_cast<double>(panel.height) * number("row_spacing_mm") /
                   (static_cast<double>(panel.width) * number("column_spacing_mm"));
    const auto p = prediction.as<float>(), t = target.as<float>(), s = source.as<float>();
    const auto m = mask.as<uint8_t>();
    if (pixels != nullptr) *pixels = {{s.begin(), s.end()}, {p.begin(), p.end()}, {t.begin(), t.end()}};
    for (size_t i = 0; i < m.size(); ++i) {
      if (m[i] != 0) panel.errors.push_back(std::abs(static_cast<double>(p[i]) - t[i]));
    }
    if (more != nullptr) *more = other_slices();
    return panel;
  }

 private:
  Error damaged(const std::string& problem) const {
    return input_error(file_.path().string(), problem,
                       "the panel was not written by this version; run again, or report without panels");
  }

  TensorView image(const char* name, DType dtype) {
    const TensorView view = file_.at(name);
    if (view.dtype != dtype || view.shape.size() != 2)
      throw damaged(std::string(name) + ": a 2-D image of " + name_of(dtype) + " is wanted");
    if (shape_.empty()) shape_ = view.shape;
    if (view.shape != shape_ || view.count() == 0)
      throw damaged(std::string(name) + ": the images have different shapes, or none");
    require_finite(view, name);
    return view;
  }

  void require_finite(const TensorView& view, const char* name) const {
    if (view.dtype != DType::kF32) return;
    for (const float value : view.as<float>()) {
      if (!std::isfinite(value)) throw damaged(std::string(name) + ": a value is not finite");
    }
  }

  /// Indices in order of the slices beside the main one; none in the panel of a run that keeps one slice.
  std::vector<int64_t> other_indices() const {
    if (!file_.metadata().contains("more_slices")) return {};
    const std::string all = text("more_slices");
    std::vector<int64_t> indices;
    const char *at = all.data(), *end = at + all.size();
    while (true) {
      int64_t index = -1;
      const auto [stop, error] = std::from_chars(at, end, index);
      if (error != std::errc() || index < 0 || (!indices.empty() && index <= indices.back()))
        throw damaged("its metadata's \"more_slices\" are no indices in order: \"" + all + "\"");
      indices.push_back(index);
      if (stop == end) return indices;
      if (*stop != ',') throw damaged("its metadata's \"more_slices\" are no list: \"" + all + "\"");
      at = stop + 1;
    }
  }

  TensorView images(const char* name, DType dtype, size_t count) {
    const TensorView view = file_.at(name);
    if (view.dtype != dtype ||
        view.shape != std::vector<int64_t>{static_cast<int64_t>(count), shape_[0], shape_[1]})
      throw damaged(std::string(name) + ": as many images of " + name_of(dtype) +
                    " as \"more_slices\" names are wanted, each as large as the panel");
    require_finite(view, name);
    return view;
  }

  std::vector<PanelSlice> other_slices() {
    const std::vector<int64_t> indices = other_indices();
    std::vector<PanelSlice> slices;
    if (indices.empty()) return slices;
    const TensorView source = images("more_source", DType::kF32, indices.size()),
                     prediction = images("more_prediction", DType::kF32, indices.size()),
                     target = images("more_target", DType::kF32, indices.size()),
                     mask = images("more_mask", DType::kU8, indices.size());
    const auto pixels = static_cast<size_t>(shape_[0] * shape_[1]);
    for (size_t i = 0; i < indices.size(); ++i) {
      const auto part = [&](const TensorView& view) {
        const auto values = view.as<float>().subspan(i * pixels, pixels);
        return std::vector<float>(values.begin(), values.end());
      };
      PanelSlice slice{indices[i], 0, {part(source), part(prediction), part(target)}};
      const auto inside = mask.as<uint8_t>().subspan(i * pixels, pixels);
      double sum = 0;
      size_t count = 0;
      for (size_t p = 0; p < pixels; ++p) {
        if (inside[p] == 0) continue;
        sum += std::abs(static_cast<double>(slice.pixels.prediction[p]) - slice.pixels.target[p]);
        ++count;
      }
      slice.mae = count == 0 ? 0 : sum / static_cast<double>(count);
      slices.push_back(std::move(slice));
    }
    return slices;
  }

  /// safetensors data have no gaps, so the first tensor starts right behind the header.
  uint64_t place_of(const TensorView& view) const {
    const std::byte* first = view.bytes.data();
    for (const std::string& name : file_.names()) first = std::min(first, file_.at(name).bytes.data());
    const std::string head = read_head();
    uint64_t length = 0;
    for (int i = 7; i >= 0; --i)
      length = (length << 8) | static_cast<unsigned char>(head[static_cast<size_t>(i)]);
    return 8 + length + static_cast<uint64_t>(view.bytes.data() - first);
  }

  std::string read_head() const {
    const MappedFile map(file_.path());
    std::string head(8, '\0');
    std::memcpy(head.data(), map.bytes().data(), 8);
    return head;
  }

  std::string text(const std::string& key) const {
    const auto at = file_.metadata().find(key);
    if (at == file_.metadata().end()) throw damaged("its metadata have no \"" + key + "\"");
    return at->second;
  }

  double number(const std::string& key) const {
    const std::string value = text(key);
    double result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(result)) {
      throw damaged("its metadata's \"" + key + "\" is no number: \"" + value + "\"");
    }
    return result;
  }

  SafetensorsFile file_;
  std::vector<int64_t> shape_;
};

/// SHA-256 that the run's journal has of an item's panel; empty when it knows of none. Nothing without a
/// journal.
std::optional<std::string> panel_sha256(const RunInput& run, const ItemKey& item) {
  if (!run.journal) return std::nullopt;
  if (run.journal->state(item) != Journal::State::kScored) return "";
  return run.journal->read(item).panel_sha256;
}

/// A short number, not below `value` and at most a half above it.
double round_up(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0}) {
    if (factor * power >= value * (1 - 1e-12)) return factor * power;
  }
  return 10 * power;
}

const RunInput& run_of(const Leaderboard& board, const CaseRecord& record) {
  for (const ReportedModel& model : board.models()) {
    if (model.key == record.model) return board.runs.runs[model.run];
  }
  throw std::logic_error("a record of a model that the board does not have");
}

}  // namespace

std::vector<PanelCase> cases_with_panels(const Leaderboard& board, const CaseIndex& index,
                                         const MetricBoard& metric, size_t task, size_t model) {
  const RunInput& from = board.runs.runs[board.models()[model].run];
  std::vector<PanelCase> cases;
  if (from.folder.empty()) return cases;
  // A run writes a panel for every case that has a slice to show. Whoever wants to save space deletes the
  // folder of them; one that is missing in it is damage, and would show another case as the best.
  const bool all_there = from.journal && std::filesystem::is_directory(from.folder / "panels");
  for (const CaseValue& item : index.best_first(task, model, metric)) {
    if (item.record->panel_slice < 0) continue;
    std::filesystem::path path = panel_path(from.folder, key_in_run(board, *item.record));
    if (all_there || path_exists(path)) cases.push_back({item.record, item.value, std::move(path)});
  }
  return cases;
}

PanelFile read_panel(const Leaderboard& board, const PanelCase& item, PanelPixels* pixels,
                     std::vector<PanelSlice>* more) {
  const auto sha256 = panel_sha256(run_of(board, *item.record), key_in_run(board, *item.record));
  return PanelReader(item.path).read(sha256, pixels, more);
}

double error_end_of(const std::vector<double>& errors) {
  return round_up(errors.empty() ? 0 : quantile(errors, 0.995));
}

}  // namespace synerbench::detail
