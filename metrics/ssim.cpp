#include "metrics/ssim.h"

#include <cstddef>
#include <stdexcept>
#include <string>

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

SimilarityMeans similarity_means(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                                 const SsimConvention& convention) {
  const std::array<int64_t, 3> size = axes_of(target);
  const int window_size = convention.window.size;
  std::array<bool, 3> filtered{convention.dimensions == 3, true, true};
  std::array<int64_t, 3> drop{};  // map voxels dropped at each face
  for (int axis = 0; axis < 3; ++axis) {
    if (!filtered[axis]) continue;
    drop[axis] = convention.crop;
    if (size[axis] < window_size) {
      if (!convention.skip_short_axes) return {0, 0, Undefined::kTooSmall};
      filtered[axis] = false;
    }
  }
  const SeparableWindow window(convention.window, filtered);

  // A crop at least as wide as the radius throws every window away that saw the border: see Note [SSIM
  // borders].
  bool mirrored = convention.border != Border::kValid && convention.crop < window_size / 2;
  std::array<int, 3> radius{};
  std::array<int64_t, 3> map_size = size, offset{};  // map voxel 0 is image voxel `offset`
  for (int axis = 0; axis < 3; ++axis) {
    radius[axis] = window.radius(axis);
    if (mirrored) continue;
    map_size[axis] -= 2 * radius[axis];
    offset[axis] = radius[axis];
    if (convention.border != Border::kValid) drop[axis] -= radius[axis];
  }
  for (int axis = 0; axis < 3; ++axis) {
    if (map_size[axis] - 2 * drop[axis] < 1) return {0, 0, Undefined::kTooSmall};
  }

  Image padded_prediction, padded_target;
  ImageView x = prediction, y = target;
  if (mirrored) {
    padded_prediction = with_border(prediction, radius, convention.border);
    padded_target = with_border(target, radius, convention.border);
    x = padded_prediction.view();
    y = padded_target.view();
  }

  const double n = static_cast<double>(window.voxels());
  SsimConstants constants;
  constants.c1 = convention.k1 * convention.range * convention.k1 * convention.range;
  constants.c2 = convention.k2 * convention.range * convention.k2 * convention.range;
  constants.covariance_factor = convention.covariance == Covariance::kSample ? n / (n - 1) : 1.0;

  // One sum per row of the map, added up in row order afterwards: see Note [Order of summation].
  const size_t rows = static_cast<size_t>(map_size[0] * map_size[1]);
  std::vector<double> ssim_sums(rows), contrast_sums(rows);
  std::vector<int64_t> counts(rows);
  const Squares squares = convention.floor_variances ? Squares::kApart : Squares::kTogether;
  for_each_moment_row(x, y, window, squares, [&](const MomentRow& row) {
    if (row.depth < drop[0] || row.depth >= map_size[0] - drop[0]) return;
    if (row.height < drop[1] || row.height >= map_size[1] - drop[1]) return;
    thread_local std::vector<double> ssim_values, contrast_values;
    ssim_values.resize(static_cast<size_t>(row.width));
    contrast_values.resize(static_cast<size_t>(row.width));
    if (convention.floor_variances) {
      ssim_row_floored(row, constants, ssim_values.data(), contrast_values.data());
    } else {
      ssim_row(row, constants, ssim_values.data(), contrast_values.data());
    }
    const int64_t begin = drop[2], end = map_size[2] - drop[2];
    const size_t r = static_cast<size_t>(row.depth * map_size[1] + row.height);
    const double* s = ssim_values.data();
    const double* c = contrast_values.data();
    if (!mask) {
      ssim_sums[r] = lane_sum(begin, end, [=](int64_t i) { return s[i]; });
      contrast_sums[r] = lane_sum(begin, end, [=](int64_t i) { return c[i]; });
      counts[r] = end - begin;
      return;
    }
    const uint8_t* m =
        mask.data + ((row.depth + offset[0]) * mask.height + row.height + offset[1]) * mask.width + offset[2];
    ssim_sums[r] = lane_sum(begin, end, [=](int64_t i) { return m[i] != 0 ? s[i] : 0.0; });
    contrast_sums[r] = lane_sum(begin, end, [=](int64_t i) { return m[i] != 0 ? c[i] : 0.0; });
    for (int64_t i = begin; i < end; ++i) counts[r] += m[i] != 0;
  });

  SimilarityMeans means;
  int64_t count = 0;
  for (size_t r = 0; r < rows; ++r) {
    means.ssim += ssim_sums[r];
    means.contrast += contrast_sums[r];
    count += counts[r];
  }
  if (count == 0) return {0, 0, Undefined::kEmptyMask};
  means.ssim /= static_cast<double>(count);
  means.contrast /= static_cast<double>(count);
  return means;
}

}  // namespace detail
}  // namespace synerbench
