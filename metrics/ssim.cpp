#include "metrics/ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "metrics/detail/checks.h"
#include "metrics/detail/moments.h"
#include "metrics/detail/pair.h"
#include "metrics/detail/similarity.h"

namespace synerbench {
namespace {

using detail::Image;

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
  const detail::SimilarityRequest request{{prediction, target}, mask, detail::Centers::kInside, convention};
  const detail::PairMeasures measures = detail::measure_pair(prediction, target, {}, &request);
  return measures.finite ? measures.similarity.score_inside() : Undefined::kNotFinite;
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
  // Voxels added to the image at each face, of the mirrored border, or taken away, so that the windows that
  // fit are those that are averaged.
  std::array<int64_t, 3> margin{};
  std::array<int64_t, 3> offset{};  // map voxel 0 is image voxel `offset`
  bool changes_image() const { return margin != std::array<int64_t, 3>{}; }
};

/// Nothing when no window is left.
std::optional<MapLayout> map_layout(const std::array<int64_t, 3>& size, const SeparableWindow& window,
                                    const SsimConvention& convention) {
  MapLayout map;
  // A crop at least as wide as the radius throws every window away that saw the border: see Note [SSIM
  // borders].
  const bool mirrored = convention.border != Border::kValid && convention.crop < convention.window.size / 2;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t radius = window.radius(axis);
    int64_t drop = axis > 0 || convention.dimensions == 3 ? convention.crop : 0;
    if (!mirrored && convention.border != Border::kValid) drop -= radius;
    map.margin[axis] = (mirrored ? radius : 0) - drop;
    map.offset[axis] = (mirrored ? 0 : radius) + drop;
    if (size[axis] - 2 * map.offset[axis] < 1) return std::nullopt;
  }
  return map;
}

/// See Note [SSIM of window sums].
SsimConstants constants_of(const SsimConvention& convention, const SeparableWindow& window) {
  const double voxels = static_cast<double>(window.voxels());
  SsimConstants constants;
  constants.voxels = window.unit() ? voxels : 1.0;
  const double range = constants.voxels * convention.range;
  constants.c1 = convention.k1 * range * convention.k1 * range;
  constants.c2 = convention.k2 * range * convention.k2 * range;
  if (convention.covariance == Covariance::kSample) constants.c2 *= (voxels - 1) / voxels;
  constants.scale = std::exp2(-2.0 * std::ilogb(range));
  return constants;
}

/// The mask's rows that lie over a part of the map.
class MaskPart {
 public:
  MaskPart(const MaskView& mask, const std::array<int64_t, 3>& offset, const Place& place)
      : data_(mask.data + ((place.depth + offset[0]) * mask.height + place.height + offset[1]) * mask.width +
              place.width + offset[2]),
        stride_(mask.width),
        rows_(place.rows),
        columns_(place.columns) {}

  bool any() const {
    for (int64_t r = 0; r < rows_; ++r) {
      if (count(r) > 0) return true;
    }
    return false;
  }
  int64_t count(int64_t row) const {
    const uint8_t* m = data_ + row * stride_;
    int64_t inside = 0;
    for (int64_t c = 0; c < columns_; ++c) inside += m[c] != 0;
    return inside;
  }
  /// All bits set where the mask is, laid out as a MomentBlock.
  void spread(std::vector<uint64_t>& bits) const {
    bits.assign(static_cast<size_t>(columns_ * kBlockRows), 0);
    for (int64_t r = 0; r < rows_; ++r) {
      const uint8_t* m = data_ + r * stride_;
      for (int64_t c = 0; c < columns_; ++c) {
        bits[static_cast<size_t>(c * kBlockRows + r)] = m[c] != 0 ? ~uint64_t{0} : 0;
      }
    }
  }

 private:
  const uint8_t* data_;
  int64_t stride_, rows_, columns_;
};

/// One sum per row of each chunk, added up in the order of rows afterwards: see Note [Order of summation].
class PartSums {
 public:
  explicit PartSums(const Tiling& tiling)
      : tiling_(tiling),
        whole_(static_cast<size_t>(tiling.depth * tiling.height * tiling.chunks)),
        inside_(whole_.size()),
        counts_(whole_.size()) {}

  /// May be called for several places at a time. `inside`: voxels of each row inside the mask.
  void set(const Place& place, const BlockSums& sums, const std::array<int64_t, kBlockRows>& inside) {
    for (int64_t r = 0; r < place.rows; ++r) {
      const auto at = static_cast<size_t>(
          ((place.depth * tiling_.height + place.height + r) * tiling_.chunks) + place.chunk);
      whole_[at] = sums.whole[r];
      inside_[at] = sums.inside[r];
      counts_[at] = inside[static_cast<size_t>(r)];
    }
  }

  SimilarityMeans means() const {
    SimilarityMeans means;
    int64_t count = 0;
    for (size_t r = 0; r < counts_.size(); ++r) {
      means.whole += whole_[r];
      means.inside += inside_[r];
      count += counts_[r];
    }
    means.whole /= static_cast<double>(tiling_.depth * tiling_.height * tiling_.width);
    means.none_inside = count == 0;
    if (count > 0) means.inside /= static_cast<double>(count);
    return means;
  }

 private:
  const Tiling& tiling_;
  std::vector<double> whole_, inside_;
  std::vector<int64_t> counts_;
};

}  // namespace

SimilarityMeans similarity_means(const PairSource& source, const MaskView& mask, Centers centers, Term term,
                                 const SsimConvention& convention,
                                 const std::function<void(int64_t, int64_t)>& look, bool* looked) {
  SimilarityMeans too_small;
  too_small.too_small = true;
  if (looked != nullptr) *looked = false;
  const std::array<int64_t, 3> size = axes_of(source.y);
  const auto filtered = filtered_axes(size, convention);
  if (!filtered) return too_small;
  const SeparableWindow window(convention.window, *filtered);
  const std::optional<MapLayout> map = map_layout(size, window, convention);
  if (!map) return too_small;

  Image changed_x, changed_y;
  PairSource pair = source;
  if (map->changes_image()) {
    if (source.inside) throw std::logic_error("SSIM of images filled outside a mask has no border");
    changed_x = with_border(source.x, map->margin, convention.border);
    changed_y = with_border(source.y, map->margin, convention.border);
    pair.x = changed_x.view();
    pair.y = changed_y.view();
  }
  const Tiling tiling(pair.x, window);
  const SsimConstants constants = constants_of(convention, window);
  const Kernels& set = kernels();
  PartSums sums(tiling);
  BlockVisitor visitor;
  if (mask && centers == Centers::kInside) {
    visitor.wanted = [&](const Place& place) { return MaskPart(mask, map->offset, place).any(); };
  }
  if (!map->changes_image() && look) {
    visitor.look = look;
    if (looked != nullptr) *looked = true;
  }
  visitor.visit = [&](const Place& place, const MomentBlock& block) {
    std::array<int64_t, kBlockRows> inside{};
    BlockSums block_sums;
    const auto measure = [&](const uint64_t* bits) {
      set.similarity(block, constants, term, convention.floor_variances, bits, block_sums);
    };
    int64_t all_inside = 0;
    for (int64_t r = 0; r < place.rows; ++r) {
      inside[static_cast<size_t>(r)] = mask ? MaskPart(mask, map->offset, place).count(r) : place.columns;
      all_inside += inside[static_cast<size_t>(r)];
    }
    if (all_inside == place.rows * place.columns) {
      measure(nullptr);
      std::copy_n(block_sums.whole, kBlockRows, block_sums.inside);
    } else if (all_inside == 0) {
      measure(nullptr);
      std::fill_n(block_sums.inside, kBlockRows, 0.0);
    } else {
      thread_local std::vector<uint64_t> bits;
      MaskPart(mask, map->offset, place).spread(bits);
      measure(bits.data());
    }
    sums.set(place, block_sums, inside);
  };
  for_each_moment_block(pair, window, convention.floor_variances ? Squares::kApart : Squares::kTogether,
                        tiling, visitor);
  return sums.means();
}

}  // namespace detail
}  // namespace synerbench
