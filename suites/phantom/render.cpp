#include "suites/phantom/render.h"

#include <omp.h>

#include <cmath>

namespace synerbench::phantom {
namespace {

double edge_width(const Geometry& grid) {
  // Slices can be much thicker than pixels (heart); the in-plane edge must not melt for it.
  const double pixel = std::sqrt(grid.spacing[0] * grid.spacing[1]);
  return std::max(0.8, (2 * pixel + std::min(grid.spacing[2], 2 * pixel)) / 3);
}

std::vector<double> gaussian_taps(double sigma) {
  const int radius = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<double> taps;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    // The Gaussian integrated over a voxel, so that small sigmas keep their variance.
    const double s = sigma * std::sqrt(2.0);
    taps.push_back(0.5 * (std::erf((i + 0.5) / s) - std::erf((i - 0.5) / s)));
    sum += taps.back();
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

/// Calls body(line, stride, length) for every line of voxels along `axis`.
template <class Body>
void for_lines(const Geometry& grid, int axis, int threads, const Body& body) {
  const std::array<int64_t, 3> n = grid.size, stride{1, n[0], n[0] * n[1]};
  const auto a = static_cast<size_t>(axis);
  const size_t b = a == 0 ? 1 : 0, c = a == 2 ? 1 : 2;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t v = 0; v < n[c]; ++v) {
    for (int64_t u = 0; u < n[b]; ++u) body(u * stride[b] + v * stride[c], stride[a], n[a]);
  }
}

}  // namespace

Vec3 point_of(const Geometry& grid, int64_t i, int64_t j, int64_t k) {
  return {grid.origin[0] + grid.spacing[0] * static_cast<double>(i),
          grid.origin[1] + grid.spacing[1] * static_cast<double>(j),
          grid.origin[2] + grid.spacing[2] * static_cast<double>(k)};
}

Geometry grid_over(const Field& field, const std::array<int64_t, 3>& size) {
  Geometry grid;
  grid.size = size;
  const double extent[3] = {field.size.x, field.size.y, field.size.z};
  const double center[3] = {field.center.x, field.center.y, field.center.z};
  for (size_t a = 0; a < 3; ++a) {
    grid.spacing[a] = extent[a] / static_cast<double>(size[a]);
    grid.origin[a] = center[a] - 0.5 * extent[a] + 0.5 * grid.spacing[a];
  }
  return grid;
}

Rendering render(const Anatomy& anatomy, const Geometry& grid, const std::vector<Channel>& channels,
                 const PointMap& map, int threads) {
  const auto count = static_cast<size_t>(grid.count());
  Rendering result;
  for (size_t c = 0; c < channels.size(); ++c) result.channels.push_back({grid, std::vector<float>(count)});
  result.inside.resize(count);
  result.lesion.resize(count);
  result.label.resize(count);
  const double soft = edge_width(grid);
  const int64_t ni = grid.size[0], nj = grid.size[1], nk = grid.size[2];
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
  for (int64_t row = 0; row < nj * nk; ++row) {
    const int64_t j = row % nj, k = row / nj;
    Sample sample;
    for (int64_t i = 0; i < ni; ++i) {
      const auto at = static_cast<size_t>(row * ni + i);
      const Vec3 p = point_of(grid, i, j, k);
      Brush brush(sample, soft);
      anatomy.paint(map ? map(p) : p, brush);
      for (size_t c = 0; c < channels.size(); ++c) {
        const Channel& channel = channels[c];
        float sum = 0;
        for (size_t t = 0; t < kTissueCount; ++t) sum += sample.fraction[t] * channel.value[t];
        if (sample.inside > 0) {
          for (size_t f = 0; f < kTextureCount; ++f) {
            float swing = 0;
            for (size_t t = 0; t < kTissueCount; ++t) swing += sample.fraction[t] * channel.texture[f][t];
            sum += swing * sample.texture[f];
          }
        }
        if (channel.lesion_uptake) sum = sum * (1 - sample.lesion) + sample.lesion_suv;
        result.channels[c].voxels[at] = sum;
      }
      result.inside[at] = sample.inside;
      result.lesion[at] = sample.lesion;
      result.label[at] = static_cast<int16_t>(sample.label);
    }
  }
  return result;
}

void blur(Volume& volume, const std::array<double, 3>& sigma, int threads) {
  for (int axis = 0; axis < 3; ++axis) {
    if (sigma[static_cast<size_t>(axis)] <= 0.05) continue;
    const std::vector<double> taps = gaussian_taps(sigma[static_cast<size_t>(axis)]);
    const auto radius = static_cast<int64_t>(taps.size() / 2);
    for_lines(volume.geometry, axis, threads, [&](int64_t start, int64_t stride, int64_t n) {
      thread_local std::vector<double> line;
      line.resize(static_cast<size_t>(n));
      float* data = volume.voxels.data() + start;
      for (int64_t i = 0; i < n; ++i) line[static_cast<size_t>(i)] = data[i * stride];
      for (int64_t i = 0; i < n; ++i) {
        double sum = 0;
        for (int64_t t = -radius; t <= radius; ++t) {
          sum += taps[static_cast<size_t>(t + radius)] *
                 line[static_cast<size_t>(std::clamp<int64_t>(i + t, 0, n - 1))];
        }
        data[i * stride] = static_cast<float>(sum);
      }
    });
  }
}

Volume correlated_noise(const Geometry& grid, const std::array<double, 3>& sigma, uint64_t seed,
                        int threads) {
  Volume noise{grid, std::vector<float>(static_cast<size_t>(grid.count()))};
  const int64_t count = grid.count();
  double scale = 1;
  for (double s : sigma) {
    if (s <= 0.05) continue;
    double energy = 0;
    for (double tap : gaussian_taps(s)) energy += tap * tap;
    scale /= std::sqrt(energy);
  }
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t v = 0; v < count; ++v) {
    noise.voxels[static_cast<size_t>(v)] =
        static_cast<float>(scale * normal_at(seed, static_cast<uint64_t>(v)));
  }
  blur(noise, sigma, threads);
  return noise;
}

namespace {

/// Samples -> B-spline coefficients: one causal and one anti-causal recursive pass per axis, mirrored edges
/// (Unser, Aldroubi, Eden 1993). Pole of the cubic spline: sqrt(3) - 2; gain 6.
Volume spline_coefficients(const Volume& volume, int threads) {
  Volume coefficients = volume;
  const double pole = std::sqrt(3.0) - 2;
  for (int axis = 0; axis < 3; ++axis) {
    for_lines(volume.geometry, axis, threads, [&](int64_t start, int64_t stride, int64_t n) {
      if (n < 2) return;
      thread_local std::vector<double> c;
      c.resize(static_cast<size_t>(n));
      float* data = coefficients.voxels.data() + start;
      for (int64_t i = 0; i < n; ++i) c[static_cast<size_t>(i)] = 6.0 * data[i * stride];
      double sum = 0, power = 1;  // start value: the mirrored signal summed until the pole's power is nothing
      const int64_t horizon = 40;
      for (int64_t i = 0; i < horizon; ++i, power *= pole) {
        const int64_t period = 2 * (n - 1), m = i % period;
        sum += power * c[static_cast<size_t>(m < n ? m : period - m)];
      }
      c[0] = sum;
      for (int64_t i = 1; i < n; ++i) c[static_cast<size_t>(i)] += pole * c[static_cast<size_t>(i - 1)];
      const auto last = static_cast<size_t>(n - 1);
      c[last] = pole / (pole * pole - 1) * (c[last] + pole * c[last - 1]);
      for (size_t i = last; i-- > 0;) c[i] = pole * (c[i + 1] - c[i]);
      for (int64_t i = 0; i < n; ++i) data[i * stride] = static_cast<float>(c[static_cast<size_t>(i)]);
    });
  }
  return coefficients;
}

/// The four coefficients along one axis that a point needs.
struct SplineTaps {
  bool inside = false;  // the point lies between the outermost samples
  std::array<int64_t, 4> index{};
  std::array<double, 4> weight{};
};

/// Those of every point of `to` along axis `a`.
std::vector<SplineTaps> spline_taps(const Geometry& from, const Geometry& to, size_t a) {
  std::vector<SplineTaps> taps;
  const int64_t n = from.size[a];
  for (int64_t i = 0; i < to.size[a]; ++i) {
    const double x =
        (to.origin[a] + to.spacing[a] * static_cast<double>(i) - from.origin[a]) / from.spacing[a];
    SplineTaps t;
    t.inside = x >= -1e-9 && x <= static_cast<double>(n - 1) + 1e-9;
    const double base = std::floor(x), f = x - base;
    const double w[4] = {(1 - f) * (1 - f) * (1 - f) / 6, 2.0 / 3 - f * f * (2 - f) / 2,
                         2.0 / 3 - (1 - f) * (1 - f) * (1 + f) / 2, f * f * f / 6};
    for (int64_t m = 0; m < 4; ++m) {
      int64_t at = static_cast<int64_t>(base) - 1 + m;
      const int64_t period = std::max<int64_t>(1, 2 * (n - 1));
      at = std::abs(at) % period;
      if (at >= n) at = period - at;
      t.index[static_cast<size_t>(m)] = n == 1 ? 0 : at;
      t.weight[static_cast<size_t>(m)] = w[m];
    }
    taps.push_back(t);
  }
  return taps;
}

}  // namespace

Volume resample_cubic(const Volume& volume, const Geometry& grid, float outside, int threads) {
  const Volume coefficients = spline_coefficients(volume, threads);
  const Geometry& from = volume.geometry;
  Volume result{grid, std::vector<float>(static_cast<size_t>(grid.count()))};
  std::array<std::vector<SplineTaps>, 3> taps;
  for (size_t a = 0; a < 3; ++a) taps[a] = spline_taps(from, grid, a);
  const int64_t ni = from.size[0], nj = from.size[1];
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    const SplineTaps& tz = taps[2][static_cast<size_t>(k)];
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      const SplineTaps& ty = taps[1][static_cast<size_t>(j)];
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        const SplineTaps& tx = taps[0][static_cast<size_t>(i)];
        float& out = result.voxels[static_cast<size_t>((k * grid.size[1] + j) * grid.size[0] + i)];
        if (!tx.inside || !ty.inside || !tz.inside) {
          out = outside;
          continue;
        }
        double sum = 0;
        for (size_t c = 0; c < 4; ++c) {
          for (size_t b = 0; b < 4; ++b) {
            const float* row = coefficients.voxels.data() + (tz.index[c] * nj + ty.index[b]) * ni;
            double line = 0;
            for (size_t a = 0; a < 4; ++a) line += tx.weight[a] * row[tx.index[a]];
            sum += tz.weight[c] * ty.weight[b] * line;
          }
        }
        out = static_cast<float>(sum);
      }
    }
  }
  return result;
}

Volume crop(const Volume& volume, const std::array<int64_t, 3>& first, const std::array<int64_t, 3>& size) {
  Volume result;
  result.geometry = volume.geometry;
  result.geometry.size = size;
  const Vec3 origin = point_of(volume.geometry, first[0], first[1], first[2]);
  result.geometry.origin = {origin.x, origin.y, origin.z};
  result.voxels.reserve(static_cast<size_t>(result.geometry.count()));
  for (int64_t k = 0; k < size[2]; ++k) {
    for (int64_t j = 0; j < size[1]; ++j) {
      for (int64_t i = 0; i < size[0]; ++i)
        result.voxels.push_back(volume.at(first[0] + i, first[1] + j, first[2] + k));
    }
  }
  return result;
}

}  // namespace synerbench::phantom
