#include "tests/metrics/reference_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace synerbench::reference_metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Index = std::array<int64_t, 3>;

/// An image with its own voxels; reads beyond its border as told.
struct Grid {
  Index size{};
  std::vector<double> voxels;

  Grid() = default;
  explicit Grid(const Index& n) : size(n), voxels(static_cast<size_t>(n[0] * n[1] * n[2])) {}
  explicit Grid(const ImageView& view)
      : size{view.depth, view.height, view.width}, voxels(view.data, view.data + view.count()) {}

  double& at(const Index& p) { return voxels[static_cast<size_t>((p[0] * size[1] + p[1]) * size[2] + p[2])]; }
  double at(const Index& p) const {
    return voxels[static_cast<size_t>((p[0] * size[1] + p[1]) * size[2] + p[2])];
  }
  double at_mirrored(Index p, Border border) const {
    for (int axis = 0; axis < 3; ++axis) {
      while (p[axis] < 0 || p[axis] >= size[axis]) {  // reflect until inside
        const int64_t n = size[axis];
        const bool half = border == Border::kHalfSampleMirror;
        if (p[axis] < 0) p[axis] = half ? -1 - p[axis] : -p[axis];
        if (p[axis] >= n) p[axis] = half ? 2 * n - 1 - p[axis] : 2 * n - 2 - p[axis];
      }
    }
    return at(p);
  }
};

template <class F>
void for_each_place(const Index& size, F&& f) {
  for (int64_t d = 0; d < size[0]; ++d) {
    for (int64_t h = 0; h < size[1]; ++h) {
      for (int64_t w = 0; w < size[2]; ++w) f(Index{d, h, w});
    }
  }
}

struct Moments {
  double x = 0, y = 0, variance_x = 0, variance_y = 0, covariance = 0;
};

/// Weighted mean, variances and covariance around `center`, in two passes: means first, then deviations from
/// them. Weights need not sum to 1 (float32 kernels do not): then E[xy] - E[x]E[y], which is the definition,
/// differs from the sum of weighted deviations and is corrected for.
Moments moments_at(const Grid& x, const Grid& y, const Index& center, const Index& radius,
                   const std::array<std::vector<double>, 3>& weights, Border border) {
  Moments m;
  double total = 0;
  const Index window{2 * radius[0] + 1, 2 * radius[1] + 1, 2 * radius[2] + 1};
  const auto each = [&](auto&& f) {
    for_each_place(window, [&](const Index& k) {
      const double weight = weights[0][k[0]] * weights[1][k[1]] * weights[2][k[2]];
      const Index p{center[0] + k[0] - radius[0], center[1] + k[1] - radius[1], center[2] + k[2] - radius[2]};
      f(weight, x.at_mirrored(p, border), y.at_mirrored(p, border));
    });
  };
  each([&](double weight, double a, double b) {
    total += weight;
    m.x += weight * a;
    m.y += weight * b;
  });
  each([&](double weight, double a, double b) {
    m.variance_x += weight * (a - m.x) * (a - m.x);
    m.variance_y += weight * (b - m.y) * (b - m.y);
    m.covariance += weight * (a - m.x) * (b - m.y);
  });
  // sum w (a - m)(b - n) = E[ab] - m n (2 - total), with m = E[a], n = E[b]; wanted is E[ab] - m n.
  m.variance_x += (1 - total) * m.x * m.x;
  m.variance_y += (1 - total) * m.y * m.y;
  m.covariance += (1 - total) * m.x * m.y;
  return m;
}

std::vector<double> weights_of(const Window& window) {
  if (window.shape == WindowShape::kGaussian && window.float32_kernel) return window_weights(window);
  std::vector<double> weights;
  double total = 0;
  for (int i = 0; i < window.size; ++i) {
    const double offset = i - (window.size - 1) / 2;
    const bool gaussian = window.shape == WindowShape::kGaussian;
    weights.push_back(gaussian ? std::exp(-0.5 * offset * offset / (window.sigma * window.sigma)) : 1.0);
    total += weights.back();
  }
  for (double& weight : weights) weight /= total;
  return weights;
}

struct Means {
  double ssim = kNaN, contrast = kNaN;
};

Means means(const ImageView& prediction, const ImageView& target, const MaskView& mask,
            const SsimConvention& convention) {
  const Grid x(prediction), y(target);
  std::array<std::vector<double>, 3> weights;
  Index radius{}, rim{};
  double n = 1;
  for (int axis = 0; axis < 3; ++axis) {
    weights[axis] = {1.0};
    if (axis == 0 && convention.dimensions == 2) continue;
    rim[axis] = convention.crop;
    if (x.size[axis] < convention.window.size) {
      if (!convention.skip_short_axes) return {};
      continue;
    }
    weights[axis] = weights_of(convention.window);
    radius[axis] = convention.window.size / 2;
    n *= convention.window.size;
    if (convention.border == Border::kValid) rim[axis] += radius[axis];
  }
  const double factor = convention.covariance == Covariance::kSample ? n / (n - 1) : 1;
  const double c1 = std::pow(convention.k1 * convention.range, 2),
               c2 = std::pow(convention.k2 * convention.range, 2);
  double ssim_sum = 0, contrast_sum = 0, count = 0;
  for_each_place(x.size, [&](const Index& p) {
    for (int axis = 0; axis < 3; ++axis) {
      if (p[axis] < rim[axis] || p[axis] >= x.size[axis] - rim[axis]) return;
    }
    if (mask && mask.data[(p[0] * x.size[1] + p[1]) * x.size[2] + p[2]] == 0) return;
    Moments m = moments_at(x, y, p, radius, weights, convention.border);
    m.variance_x *= factor;
    m.variance_y *= factor;
    m.covariance *= factor;
    if (convention.floor_variances) {
      m.variance_x = std::max(m.variance_x, 0.0);
      m.variance_y = std::max(m.variance_y, 0.0);
    }
    const double contrast_term = (2 * m.covariance + c2) / (m.variance_x + m.variance_y + c2);
    contrast_sum += contrast_term;
    ssim_sum += (2 * m.x * m.y + c1) / (m.x * m.x + m.y * m.y + c1) * contrast_term;
    count += 1;
  });
  return {ssim_sum / count, contrast_sum / count};
}

/// Mean of the voxels 2p - shift and 2p + 1 - shift along every filtered axis; zero where there is no voxel.
Grid halved(const Grid& image, int dimensions, OddAxis odd) {
  Index size = image.size, shift{};
  for (int axis = 3 - dimensions; axis < 3; ++axis) {
    shift[axis] = size[axis] % 2 == 1 && odd == OddAxis::kZeroFirst ? 1 : 0;
    size[axis] = (size[axis] + shift[axis]) / 2;
  }
  Grid half(size);
  for_each_place(size, [&](const Index& p) {
    double total = 0;
    for_each_place({dimensions == 3 ? 2 : 1, 2, 2}, [&](const Index& k) {
      Index from = p;
      for (int axis = 3 - dimensions; axis < 3; ++axis) from[axis] = 2 * p[axis] + k[axis] - shift[axis];
      if (from[0] >= 0 && from[1] >= 0 && from[2] >= 0) total += image.at(from);
    });
    half.at(p) = total / (dimensions == 3 ? 8 : 4);
  });
  return half;
}

ImageView view_of(const Grid& grid) { return {grid.voxels.data(), grid.size[0], grid.size[1], grid.size[2]}; }

Grid prepared(const ImageView& image, const MaskView& mask, const HuRange& range) {
  Grid grid(image);
  for (size_t i = 0; i < grid.voxels.size(); ++i) {
    double value = std::min(std::max(grid.voxels[i], range.low), range.high);
    if (mask && mask.data[i] == 0) value = range.low;
    grid.voxels[i] = value - range.low;
  }
  return grid;
}

Grid padded_to_97(const Grid& image) {
  Index size = image.size;
  for (int64_t& n : size) n = std::max<int64_t>(n, 97);
  Grid padded(size);
  for_each_place(size, [&](const Index& p) {
    Index from{};
    for (int axis = 0; axis < 3; ++axis) {
      const int64_t before = (size[axis] - image.size[axis]) / 2;
      from[axis] = std::min(std::max<int64_t>(p[axis] - before, 0), image.size[axis] - 1);
    }
    padded.at(p) = image.at(from);
  });
  return padded;
}

}  // namespace

double ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
            const SsimConvention& convention) {
  return means(prediction, target, mask, convention).ssim;
}

double contrast(const ImageView& prediction, const ImageView& target, const SsimConvention& convention) {
  return means(prediction, target, {}, convention).contrast;
}

double ms_ssim(const ImageView& prediction, const ImageView& target, const MsSsimConvention& convention) {
  SsimConvention fitting = convention.ssim;
  fitting.border = Border::kValid;
  fitting.crop = 0;
  Grid x(prediction), y(target);
  double product = 1;
  for (size_t level = 0; level < 5; ++level) {
    const double term = level < 4 ? reference_metrics::contrast(view_of(x), view_of(y), fitting)
                                  : reference_metrics::ssim(view_of(x), view_of(y), {}, convention.ssim);
    product *= std::pow(std::max(term, 0.0), convention.weights[level]);
    x = halved(x, convention.ssim.dimensions, convention.odd_axis);
    y = halved(y, convention.ssim.dimensions, convention.odd_axis);
  }
  return product;
}

double synthrad2023_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                         const HuRange& range) {
  const Grid x = prepared(prediction, mask, range), y = prepared(target, mask, range);
  return reference_metrics::ssim(view_of(x), view_of(y), mask,
                                 ssim_convention("skimage", 3, range.high - range.low));
}

double synthrad2025_ms_ssim(const ImageView& prediction, const ImageView& target, const MaskView& mask,
                            const HuRange& range) {
  Grid inside(Index{target.depth, target.height, target.width});
  for (size_t i = 0; i < inside.voxels.size(); ++i) inside.voxels[i] = !mask || mask.data[i] != 0;
  Grid x = padded_to_97(prepared(prediction, mask, range)), y = padded_to_97(prepared(target, mask, range));
  inside = padded_to_97(inside);

  const double r = range.high - range.low;
  const double c1 = std::pow(0.01 * r, 2), c2 = std::pow(0.03 * r, 2), c3 = c2 / 2, factor = 343.0 / 342.0;
  const std::vector<double> seventh(7, 1.0 / 7);
  double product = 1;
  for (const double weight : {0.0448, 0.2856, 0.3001, 0.2363, 0.1333}) {
    double total = 0, count = 0;
    for_each_place(x.size, [&](const Index& p) {
      for (int axis = 0; axis < 3; ++axis) {
        if (p[axis] < 3 || p[axis] >= x.size[axis] - 3) return;
      }
      if (inside.at(p) == 0) return;
      const Moments m =
          moments_at(x, y, p, {3, 3, 3}, {seventh, seventh, seventh}, Border::kHalfSampleMirror);
      const double vx = factor * m.variance_x, vy = factor * m.variance_y, vxy = factor * m.covariance;
      const double sx = std::sqrt(std::max(vx, 0.0)), sy = std::sqrt(std::max(vy, 0.0));
      const double luminance = std::max((2 * m.x * m.y + c1) / (m.x * m.x + m.y * m.y + c1), 0.0);
      const double contrast_term = std::max((2 * sx * sy + c2) / (vx + vy + c2), 0.0);
      const double structure = std::max((vxy + c3) / (sx * sy + c3), 0.0);
      total += std::pow(luminance, weight) * std::pow(contrast_term, weight) * std::pow(structure, weight);
      count += 1;
    });
    product *= std::min(std::max(total / count, 0.0), 1.0);

    // Each sample is the mean of itself and its predecessors, zero before the first; then every second one.
    const auto next = [](const Grid& image) {
      Grid half(Index{(image.size[0] + 1) / 2, (image.size[1] + 1) / 2, (image.size[2] + 1) / 2});
      for_each_place(half.size, [&](const Index& p) {
        double sum = 0;
        for_each_place({2, 2, 2}, [&](const Index& k) {
          const Index from{2 * p[0] - k[0], 2 * p[1] - k[1], 2 * p[2] - k[2]};
          if (from[0] >= 0 && from[1] >= 0 && from[2] >= 0) sum += image.at(from);
        });
        half.at(p) = sum / 8;
      });
      return half;
    };
    x = next(x);
    y = next(y);
    Grid fewer(x.size);
    for_each_place(fewer.size, [&](const Index& p) {
      fewer.at(p) = inside.at({2 * p[0], 2 * p[1], 2 * p[2]});
    });
    inside = fewer;
  }
  return product;
}

std::vector<double> distance_transform(const MaskView& seeds, const VoxelSize& size) {
  const Index n{seeds.depth, seeds.height, seeds.width};
  std::vector<double> distances;
  for_each_place(n, [&](const Index& p) {
    double nearest = std::numeric_limits<double>::infinity();
    for_each_place(n, [&](const Index& q) {
      if (seeds.data[(q[0] * n[1] + q[1]) * n[2] + q[2]] == 0) return;
      nearest = std::min(nearest, std::hypot(size.depth * static_cast<double>(p[0] - q[0]),
                                             size.height * static_cast<double>(p[1] - q[1]),
                                             size.width * static_cast<double>(p[2] - q[2])));
    });
    distances.push_back(nearest);
  });
  return distances;
}

double wilcoxon_lower_tail(int n, double w) {
  int64_t hits = 0;
  for (uint32_t signs = 0; signs < (1U << n); ++signs) {
    int positive = 0;
    for (int rank = 1; rank <= n; ++rank) positive += (signs >> (rank - 1) & 1U) != 0 ? rank : 0;
    hits += positive <= w;
  }
  return static_cast<double>(hits) / std::exp2(n);
}

}  // namespace synerbench::reference_metrics
