#include "metrics/ms_ssim.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "metrics/detail/checks.h"
#include "metrics/detail/moments.h"
#include "metrics/detail/similarity.h"

namespace synerbench {
namespace {

using detail::Image;

constexpr std::array<double, 5> kWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

// torchmetrics keeps the weights in float32, which moves the result by 3e-9.
constexpr std::array<double, 5> kFloat32Weights{0.0448F, 0.2856F, 0.3001F, 0.2363F, 0.1333F};

struct Preset {
  const char* name;
  const char* ssim;
  bool float32_kernel;
  OddAxis odd_axis;
  int min_side;
  std::array<double, 5> weights;
};

// pytorch-msssim asks for a shorter side above 160; MONAI and torchmetrics for side / 16 (whole part)
// above 10.
constexpr Preset kPresets[] = {
    {"pytorch-msssim", "pytorch-msssim", true, OddAxis::kZeroFirst, 161, kWeights},
    {"pytorch-msssim-float64", "pytorch-msssim", false, OddAxis::kZeroFirst, 161, kWeights},
    {"monai", "monai", false, OddAxis::kDropLast, 176, kWeights},
    {"torchmetrics-1.4.1", "torchmetrics-1.4.1", false, OddAxis::kDropLast, 176, kFloat32Weights},
    {"torchmetrics-1.9.0", "torchmetrics", false, OddAxis::kDropLast, 176, kFloat32Weights},
};

/// One axis of the 2-voxel means: output i averages inputs 2i - shift and 2i + 1 - shift; input -1 is zero.
struct Halving {
  int64_t length = 1;
  int64_t shift = 0;
  bool halved = true;
  Halving(int64_t n, OddAxis odd, bool apply) : halved(apply) {
    shift = apply && n % 2 == 1 && odd == OddAxis::kZeroFirst ? 1 : 0;
    length = apply ? (n + shift) / 2 : n;
  }
};

Image half_size(const ImageView& image, int dimensions, OddAxis odd) {
  const Halving depth(image.depth, odd, dimensions == 3), height(image.height, odd, true),
      width(image.width, odd, true);
  Image half(depth.length, height.length, width.length);
  const double share = dimensions == 3 ? 0.125 : 0.25;
#pragma omp parallel for schedule(static) collapse(2) if (image.count() > 65536)
  for (int64_t d = 0; d < half.depth; ++d) {
    for (int64_t h = 0; h < half.height; ++h) {
      double* out = half.voxels.data() + (d * half.height + h) * half.width;
      for (int a = 0; a <= (depth.halved ? 1 : 0); ++a) {
        for (int b = 0; b <= 1; ++b) {
          const int64_t from_d = depth.halved ? 2 * d + a - depth.shift : d;
          const int64_t from_h = 2 * h + b - height.shift;
          if (from_d < 0 || from_h < 0) continue;
          const double* in = image.data + (from_d * image.height + from_h) * image.width;
          for (int64_t w = 0; w < half.width; ++w) {
            const int64_t from_w = 2 * w - width.shift;
            out[w] += (from_w < 0 ? 0.0 : in[from_w]) + in[from_w + 1];
          }
        }
      }
      for (int64_t w = 0; w < half.width; ++w) out[w] *= share;
    }
  }
  return half;
}

}  // namespace

const std::vector<std::string>& ms_ssim_convention_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Preset& preset : kPresets) list.emplace_back(preset.name);
    return list;
  }();
  return names;
}

MsSsimConvention ms_ssim_convention(std::string_view name, int dimensions, double range) {
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    MsSsimConvention convention;
    convention.name = preset.name;
    convention.ssim = ssim_convention(preset.ssim, dimensions, range);
    convention.ssim.window.float32_kernel = preset.float32_kernel;
    convention.odd_axis = preset.odd_axis;
    convention.min_side = preset.min_side;
    convention.weights = preset.weights;
    return convention;
  }
  std::string known;
  for (const Preset& preset : kPresets) known += std::string(" ") + preset.name;
  throw std::out_of_range("unknown MS-SSIM convention \"" + std::string(name) + "\"; known:" + known);
}

Score ms_ssim(const ImageView& prediction, const ImageView& target, const MsSsimConvention& convention) {
  detail::require_ssim_arguments(prediction, target, {}, convention.ssim);
  int64_t shortest = std::min(target.height, target.width);
  if (convention.ssim.dimensions == 3) shortest = std::min(shortest, target.depth);
  if (shortest < convention.min_side) return Undefined::kTooSmall;
  if (!detail::all_finite(prediction) || !detail::all_finite(target)) return Undefined::kNotFinite;

  SsimConvention contrast_convention = convention.ssim;
  contrast_convention.border = Border::kValid;
  contrast_convention.crop = 0;

  Image half_prediction, half_target;
  ImageView x = prediction, y = target;
  double product = 1;
  const size_t levels = convention.weights.size();
  for (size_t level = 0; level < levels; ++level) {
    const bool last = level + 1 == levels;
    const detail::SimilarityMeans means = detail::similarity_means(
        {x, y}, {}, detail::Centers::kBoth, last ? detail::Term::kSsim : detail::Term::kContrast,
        last ? convention.ssim : contrast_convention);
    if (means.too_small) return Undefined::kTooSmall;
    const double term = means.whole;
    if (!std::isfinite(term)) return Undefined::kNotFinite;
    product *= std::pow(std::max(term, 0.0), convention.weights[level]);
    if (last) break;
    half_prediction = half_size(x, convention.ssim.dimensions, convention.odd_axis);
    half_target = half_size(y, convention.ssim.dimensions, convention.odd_axis);
    x = half_prediction.view();
    y = half_target.view();
  }
  return detail::finite_score(product);
}

}  // namespace synerbench
