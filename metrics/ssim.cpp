#include "metrics/ssim.h"

#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "metrics/detail/checks.h"
#include "metrics/detail/moments.h"
#include "metrics/detail/similarity.h"
#include "metrics/detail/sums.h"

namespace synerbench {
namespace {

using detail::Image;
using detail::MomentRow;

// Note [SSIM borders]
// scikit-image filters with a mirrored border, then drops a rim as wide as the window's radius, so the border
// never counts; Wang's code, MONAI, pytorch-msssim and torchmetrics up to 1.4.1 use only windows that fit,
// which is the same region. torchmetrics from 1.4.2 on averages the mirrored map over the whole image: the
// one preset here whose border matters.
struct Preset {
  const char* name;
  Window window;
  Covariance covariance;
  Border border;
  int crop;
  bool floor_variances, skip_short_axes;
};

constexpr Window kUniform7{WindowShape::kUniform, 7, 0, false};
constexpr Window kGaussian11{WindowShape::kGaussian, 11, 1.5, false};
constexpr Window kGaussian11Float32{WindowShape::kGaussian, 11, 1.5, true};
constexpr auto kPopulation = Covariance::kPopulation;
constexpr auto kSample = Covariance::kSample;

constexpr Preset kPresets[] = {
    {"skimage", kUniform7, kSample, Border::kHalfSampleMirror, 3, false, false},
    {"skimage-gaussian", kGaussian11, kSample, Border::kHalfSampleMirror, 5, false, false},
    {"wang2004", kGaussian11, kPopulation, Border::kValid, 0, false, false},
    {"monai", kGaussian11, kPopulation, Border::kValid, 0, false, false},
    {"pytorch-msssim", kGaussian11Float32, kPopulation, Border::kValid, 0, false, true},
    {"torchmetrics-1.4.1", kGaussian11, kPopulation, Border::kWholeSampleMirror, 5, false, false},
    {"torchmetrics", kGaussian11, kPopulation, Border::kWholeSampleMirror, 0, true, false},
    {"torchmetrics-uniform", kUniform7, kPopulation, Border::kWholeSampleMirror, 0, true, false},
    {"uniform", kUniform7, kPopulation, Border::kValid, 0, false, false},
};

std::array<int64_t, 3> axes_of(const ImageView& image) { return {image.depth, image.height, image.width}; }

}  // namespace

const std::vector<std::string>& ssim_convention_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Preset& preset : kPresets) list.emplace_back(preset.name);
    return list;
  }();
  return names;
}

SsimConvention ssim_convention(std::string_view name, int dimensions, double range) {
  if (dimensions != 2 && dimensions != 3) {
    throw std::invalid_argument("SSIM in " + std::to_string(dimensions) +
                                " dimensions asked for, 2 or 3 known");
  }
  detail::require_range(range, "SSIM");
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    SsimConvention convention;
    convention.name = preset.name;
    convention.dimensions = dimensions;
    convention.window = preset.window;
    convention.covariance = preset.covariance;
    convention.border = preset.border;
    convention.crop = preset.crop;
    convention.floor_variances = preset.floor_variances;
    convention.skip_short_axes = preset.skip_short_axes;
    convention.range = range;
    return convention;
  }
  std::string known;
  for (const Preset& preset : kPresets) known += std::string(" ") + preset.name;
  throw std::out_of_range("unknown SSIM convention \"" + std::string(name) + "\"; known:" + known);
}

Score ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
           const SsimConvention& convention) {
  detail::require_ssim_arguments(prediction, target, mask, convention);
  if (!detail::all_finite(prediction) || !detail::all_finite(target)) return Undefined::kNotFinite;
  const detail::SimilarityMeans means = detail::similarity_means(prediction, target, mask, convention);
  if (means.undefined) return *means.undefined;
  return detail::finite_score(means.ssim);
}

namespace detail {

void require_ssim_arguments(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                            const SsimConvention& convention) {
  require_same_shape(prediction, target, mask);
  require_range(convention.range, "SSIM");
  if (convention.dimensions == 2 && target.depth != 1) {
    throw std::invalid_argument("SSIM convention \"" + convention.name + "\" is 2-D and takes one slice; " +
                                std::to_string(target.depth) + " slices seen");
  }
}

namespace {

/// The axes that windows span; nothing when an axis is too short for them.
std::optional<std::array<bool, 3>> filtered_axes(const std::array<int64_t, 3>& size,
                                                 const SsimConvention& convention) {
  std::array<bool, 3> filtered{convention.dimensions == 3, true, true};
  for (int axis = 0; axis < 3; ++axis) {
    if (!filtered[axis] || size[axis] >= convention.window.size) continue;
    if (!convention.skip_short_axes) return std::nullopt;
    filtered[axis] = false;
  }
  return filtered;
}

/// How the map of windows lies in the image.
struct MapLayout {
  std::array<int64_t, 3> size{}, offset{};  // map voxel 0 is image voxel `offset`
  std::array<int64_t, 3> drop{};            // map voxels dropped at each face
  std::array<int, 3> radius{};              // of the window
  bool mirrored = false;                    // windows reach into a border around the image
  bool contains(const MomentRow& row) const {
    return row.depth >= drop[0] && row.depth < size[0] - drop[0] && row.height >= drop[1] &&
           row.height < size[1] - drop[1];
  }
};

/// Nothing when no window is left.
std::optional<MapLayout> map_layout(const std::array<int64_t, 3>& size, const SeparableWindow& window,
                                    const SsimConvention& convention) {
  MapLayout map;
  map.size = size;
  // A crop at least as wide as the radius throws every window away that saw the border: see Note [SSIM
  // borders].
  map.mirrored = convention.border != Border::kValid && convention.crop < convention.window.size / 2;
  for (int axis = 0; axis < 3; ++axis) {
    map.radius[axis] = window.radius(axis);
    if (axis > 0 || convention.dimensions == 3) map.drop[axis] = convention.crop;
    if (!map.mirrored) {
      map.size[axis] -= 2 * map.radius[axis];
      map.offset[axis] = map.radius[axis];
      if (convention.border != Border::kValid) map.drop[axis] -= map.radius[axis];
    }
    if (map.size[axis] - 2 * map.drop[axis] < 1) return std::nullopt;
  }
  return map;
}

SsimConstants constants_of(const SsimConvention& convention, double voxels) {
  SsimConstants constants;
  constants.c1 = convention.k1 * convention.range * convention.k1 * convention.range;
  constants.c2 = convention.k2 * convention.range * convention.k2 * convention.range;
  constants.covariance_factor = convention.covariance == Covariance::kSample ? voxels / (voxels - 1) : 1.0;
  return constants;
}

/// One sum per row of the map, added up in row order afterwards: see Note [Order of summation].
class RowSums {
 public:
  RowSums(const MapLayout& map, const MaskView& mask)
      : map_(map),
        mask_(mask),
        ssim_(static_cast<size_t>(map.size[0] * map.size[1])),
        contrast_(ssim_.size()),
        counts_(ssim_.size()) {}

  /// The row's values `s` and `c`, those of its dropped ends left out. May be called for several rows at a
  /// time.
  void add(const MomentRow& row, const double* s, const double* c) {
    const int64_t begin = map_.drop[2], end = map_.size[2] - map_.drop[2];
    const size_t r = static_cast<size_t>(row.depth * map_.size[1] + row.height);
    if (!mask_) {
      ssim_[r] = lane_sum(begin, end, [=](int64_t i) { return s[i]; });
      contrast_[r] = lane_sum(begin, end, [=](int64_t i) { return c[i]; });
      counts_[r] = end - begin;
      return;
    }
    const uint8_t* m =
        mask_.data +
        ((row.depth + map_.offset[0]) * mask_.height + row.height + map_.offset[1]) * mask_.width +
        map_.offset[2];
    ssim_[r] = lane_sum(begin, end, [=](int64_t i) { return m[i] != 0 ? s[i] : 0.0; });
    contrast_[r] = lane_sum(begin, end, [=](int64_t i) { return m[i] != 0 ? c[i] : 0.0; });
    int64_t count = 0;
    for (int64_t i = begin; i < end; ++i) count += m[i] != 0;
    counts_[r] = count;
  }

  SimilarityMeans means() const {
    SimilarityMeans means;
    int64_t count = 0;
    for (size_t r = 0; r < counts_.size(); ++r) {
      means.ssim += ssim_[r];
      means.contrast += contrast_[r];
      count += counts_[r];
    }
    if (count == 0) return {0, 0, Undefined::kEmptyMask};
    means.ssim /= static_cast<double>(count);
    means.contrast /= static_cast<double>(count);
    return means;
  }

 private:
  const MapLayout& map_;
  const MaskView& mask_;
  std::vector<double> ssim_, contrast_;
  std::vector<int64_t> counts_;
};

}  // namespace

SimilarityMeans similarity_means(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                 const SsimConvention& convention) {
  const std::array<int64_t, 3> size = axes_of(target);
  const auto filtered = filtered_axes(size, convention);
  if (!filtered) return {0, 0, Undefined::kTooSmall};
  const SeparableWindow window(convention.window, *filtered);
  const std::optional<MapLayout> map = map_layout(size, window, convention);
  if (!map) return {0, 0, Undefined::kTooSmall};

  Image padded_prediction, padded_target;
  ImageView x = prediction, y = target;
  if (map->mirrored) {
    padded_prediction = with_border(prediction, map->radius, convention.border);
    padded_target = with_border(target, map->radius, convention.border);
    x = padded_prediction.view();
    y = padded_target.view();
  }
  const SsimConstants constants = constants_of(convention, static_cast<double>(window.voxels()));
  const Squares squares = convention.floor_variances ? Squares::kApart : Squares::kTogether;
  RowSums sums(*map, mask);
  for_each_moment_row(x, y, window, squares, [&](const MomentRow& row) {
    if (!map->contains(row)) return;
    thread_local std::vector<double> ssim_values, contrast_values;
    ssim_values.resize(static_cast<size_t>(row.width));
    contrast_values.resize(static_cast<size_t>(row.width));
    if (convention.floor_variances) {
      ssim_row_floored(row, constants, ssim_values.data(), contrast_values.data());
    } else {
      ssim_row(row, constants, ssim_values.data(), contrast_values.data());
    }
    sums.add(row, ssim_values.data(), contrast_values.data());
  });
  return sums.means();
}

}  // namespace detail
}  // namespace synerbench
