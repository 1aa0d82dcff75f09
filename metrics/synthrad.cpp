#include "metrics/synthrad.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "metrics/detail/checks.h"
#include "metrics/detail/moments.h"
#include "metrics/detail/pair.h"
#include "metrics/detail/similarity.h"
#include "metrics/pixelwise.h"
#include "metrics/ssim.h"

namespace synerbench {
namespace {

using detail::Image;
using detail::Place;

/// Clipped, `low` outside the mask, then `low` subtracted: 0 .. range.width().
Image prepared(const ImageView& image, const MaskView& mask, const HuRange& range) {
  Image result(image.depth, image.height, image.width);
  const int64_t count = image.count();
#pragma omp parallel for schedule(static) if (count > 65536)
  for (int64_t i = 0; i < count; ++i) {
    const bool outside = mask && mask.data[i] == 0;
    result.voxels[static_cast<size_t>(i)] =
        outside ? 0.0 : std::clamp(image.data[i], range.low, range.high) - range.low;
  }
  return result;
}

bool both_finite(const ImageView& a, const ImageView& b) {
  return detail::all_finite(a) && detail::all_finite(b);
}

// Note [SynthRAD2025 MS-SSIM]
// Every level contributes (L C S)^w averaged over the mask, with luminance, contrast and structure as three
// factors and the power taken *before* averaging; Wang et al. use the luminance at the coarsest level only
// and take the power of the mean. Small exponents pull every voxel toward 1, so 0.988 here goes with an SSIM
// of 0.965. Between levels the original convolves with a 2x2x2 box by FFT in "same" mode, which shifts the
// grid: output n averages inputs n - 1 and n, the one before the first being 0. Then every second sample is
// kept, from 0 on; the mask is only decimated.

constexpr std::array<double, 5> kLevelWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr int64_t kShortestAxis = 97;  // 7 voxels are left after four halvings
constexpr Window kWindow{WindowShape::kUniform, 7, 0, false};

struct Level {
  Image prediction, target;
  std::vector<uint8_t> mask;
};

/// Every axis at least kShortestAxis long, with edge values, the smaller half of them before the image.
template <class In, class Out>
void pad_with_edges(const In* in, const std::array<int64_t, 3>& size, Out& out,
                    const std::array<int64_t, 3>& padded) {
  const auto nearest = [&](int64_t i, int axis) {
    return std::clamp<int64_t>(i - (padded[axis] - size[axis]) / 2, 0, size[axis] - 1);
  };
  size_t to = 0;
  for (int64_t d = 0; d < padded[0]; ++d) {
    for (int64_t h = 0; h < padded[1]; ++h) {
      const In* row = in + (nearest(d, 0) * size[1] + nearest(h, 1)) * size[2];
      for (int64_t w = 0; w < padded[2]; ++w) out[to++] = row[nearest(w, 2)];
    }
  }
}

Level first_level(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                  const HuRange& range) {
  const std::array<int64_t, 3> size{target.depth, target.height, target.width};
  std::array<int64_t, 3> padded{};
  for (int axis = 0; axis < 3; ++axis) padded[axis] = std::max(size[axis], kShortestAxis);
  Level level;
  level.prediction = Image(padded[0], padded[1], padded[2]);
  level.target = Image(padded[0], padded[1], padded[2]);
  level.mask.assign(static_cast<size_t>(padded[0] * padded[1] * padded[2]), 1);
  pad_with_edges(prepared(prediction, mask, range).voxels.data(), size, level.prediction.voxels, padded);
  pad_with_edges(prepared(target, mask, range).voxels.data(), size, level.target.voxels, padded);
  if (mask) pad_with_edges(mask.data, size, level.mask, padded);
  return level;
}

Image next_image(const Image& image) {
  Image half((image.depth + 1) / 2, (image.height + 1) / 2, (image.width + 1) / 2);
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t d = 0; d < half.depth; ++d) {
    for (int64_t h = 0; h < half.height; ++h) {
      double* out = half.voxels.data() + (d * half.height + h) * half.width;
      for (int64_t from_d = std::max<int64_t>(2 * d - 1, 0); from_d <= 2 * d; ++from_d) {
        for (int64_t from_h = std::max<int64_t>(2 * h - 1, 0); from_h <= 2 * h; ++from_h) {
          const double* in = image.voxels.data() + (from_d * image.height + from_h) * image.width;
          out[0] += in[0];
          for (int64_t w = 1; w < half.width; ++w) out[w] += in[2 * w - 1] + in[2 * w];
        }
      }
      for (int64_t w = 0; w < half.width; ++w) out[w] *= 0.125;
    }
  }
  return half;
}

Level next_level(const Level& level) {
  Level next;
  next.prediction = next_image(level.prediction);
  next.target = next_image(level.target);
  const Image& size = next.target;
  next.mask.resize(size.voxels.size());
  size_t to = 0;
  for (int64_t d = 0; d < size.depth; ++d) {
    for (int64_t h = 0; h < size.height; ++h) {
      const uint8_t* row = level.mask.data() + (2 * d * level.target.height + 2 * h) * level.target.width;
      for (int64_t w = 0; w < size.width; ++w) next.mask[to++] = row[2 * w];
    }
  }
  return next;
}

/// Mean of (L C S)^weight over the mask, 3 voxels dropped at each face; nothing without a voxel.
std::optional<double> level_mean(const Level& level, double weight, double range) {
  const detail::SeparableWindow window(kWindow, {true, true, true});
  const double n = static_cast<double>(window.voxels());
  detail::SsimConstants constants;
  constants.voxels = n;
  constants.c1 = 0.01 * n * range * 0.01 * n * range;
  constants.c2 = 0.03 * n * range * 0.03 * n * range * ((n - 1) / n);
  const int64_t radius = kWindow.size / 2;
  const Image& size = level.target;
  const detail::PairSource pair{level.prediction.view(), level.target.view()};
  const detail::Tiling tiling(pair.x, window);
  const auto part = [&](const Place& place, int64_t row) {
    return static_cast<size_t>(((place.depth * tiling.height) + place.height + row) * tiling.chunks +
                               place.chunk);
  };
  // The original's mirrored border and crop of 3 leave exactly the windows that fit: see Note [SSIM borders]
  // in ssim.cpp.
  const auto mask_row = [&](const Place& place, int64_t row) {
    return level.mask.data() +
           ((place.depth + radius) * size.height + place.height + row + radius) * size.width + place.width +
           radius;
  };
  const auto count_inside = [&](const Place& place, int64_t row) {
    const uint8_t* mask = mask_row(place, row);
    return std::count_if(mask, mask + place.columns, [](uint8_t m) { return m != 0; });
  };
  std::vector<double> sums(static_cast<size_t>(tiling.depth * tiling.height * tiling.chunks));
  std::vector<int64_t> counts(sums.size());
  const detail::Kernels& set = detail::kernels();
  detail::BlockVisitor visitor;
  visitor.wanted = [&](const Place& place) {
    int64_t inside = 0;
    for (int64_t r = 0; r < place.rows; ++r) inside += counts[part(place, r)] = count_inside(place, r);
    return inside > 0;
  };
  visitor.visit = [&](const Place& place, const detail::MomentBlock& block) {
    thread_local std::vector<double> products;
    products.resize(static_cast<size_t>(block.columns * detail::kBlockRows));
    set.synthrad2025(block, constants, products.data());
    for (int64_t r = 0; r < place.rows; ++r) {
      const uint8_t* mask = mask_row(place, r);
      double sum = 0;
      for (int64_t c = 0; c < place.columns; ++c) {
        if (mask[c] != 0) sum += std::pow(products[static_cast<size_t>(c * detail::kBlockRows + r)], weight);
      }
      sums[part(place, r)] = sum;
    }
  };
  detail::for_each_moment_block(pair, window, detail::Squares::kApart, tiling, visitor);
  double sum = 0;
  int64_t count = 0;
  for (size_t r = 0; r < sums.size(); ++r) {
    sum += sums[r];
    count += counts[r];
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

void require_hu_range(const HuRange& range) {
  if (!std::isfinite(range.low)) throw std::invalid_argument("SynthRAD range: low is not finite");
  detail::require_range(range.width(), "SynthRAD metrics");
}

}  // namespace

Score synthrad_psnr(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                    const HuRange& range) {
  require_hu_range(range);
  detail::require_same_shape(prediction, target, mask);
  const detail::Clamp clamp{range.low, range.high, 0};
  const detail::ErrorRequest errors{mask, &clamp};
  const detail::PairMeasures measures = detail::measure_pair(prediction, target, {&errors, 1});
  if (!measures.finite) return Undefined::kNotFinite;
  return detail::signal_to_noise(measures.errors[0], range.width());
}

Score synthrad2023_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                        const HuRange& range) {
  require_hu_range(range);
  detail::require_same_shape(prediction, target, mask);
  const detail::Clamp clamp{range.low, range.high, range.low};
  const detail::SimilarityRequest request{{prediction, target, &clamp, mask},
                                          mask,
                                          detail::Centers::kInside,
                                          ssim_convention("skimage", 3, range.width())};
  const detail::PairMeasures measures = detail::measure_pair(prediction, target, {}, &request);
  return measures.finite ? measures.similarity.score_inside() : Undefined::kNotFinite;
}

Score synthrad2025_ms_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                           const HuRange& range) {
  require_hu_range(range);
  detail::require_same_shape(prediction, target, mask);
  if (!both_finite(prediction, target)) return Undefined::kNotFinite;
  if (detail::inside_count(mask, target.count()) == 0) return Undefined::kEmptyMask;
  Level level = first_level(prediction, target, mask, range);
  double product = 1;
  for (size_t i = 0; i < kLevelWeights.size(); ++i) {
    if (i > 0) level = next_level(level);
    const std::optional<double> mean = level_mean(level, kLevelWeights[i], range.width());
    if (!mean) return Undefined::kEmptyMask;
    product *= std::clamp(*mean, 0.0, 1.0);
  }
  return detail::finite_score(product);
}

}  // namespace synerbench
