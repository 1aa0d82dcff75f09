#include "suites/phantom/cbct.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "suites/phantom/noise.h"
#include "suites/phantom/render.h"

namespace synerbench::phantom {
namespace {

// A kilovoltage spectrum in four bins: weight, attenuation of water and of cortical bone (1.92 g/cm3) per mm, from
// the NIST tables at 45, 60, 80 and 100 keV.
struct Energy {
  double weight, water, bone;
};
constexpr std::array<Energy, 4> kSpectrum{
    {{0.25, 0.0246, 0.1000}, {0.35, 0.0206, 0.0604}, {0.25, 0.0184, 0.0428}, {0.15, 0.0171, 0.0356}}};
constexpr double kBoneHu = 1700;   // of bone = 1
constexpr double kBoneFrom = 100;  // HU below which everything counts as water of another density

double transmission(double water, double bone) {
  double sum = 0;
  for (const Energy& e : kSpectrum) sum += e.weight * std::exp(-e.water * water - e.bone * bone);
  return sum;
}
double effective_water() {  // of a thin layer
  double sum = 0;
  for (const Energy& e : kSpectrum) sum += e.weight * e.water;
  return sum;
}

/// Thickness of water that attenuates like the logarithm `p`: Newton on a convex, increasing function.
double water_thickness(double p) {
  double length = p / effective_water();
  for (int i = 0; i < 6; ++i) {
    double value = 0, slope = 0;
    for (const Energy& e : kSpectrum) {
      const double part = e.weight * std::exp(-e.water * length);
      value += part;
      slope += e.water * part;
    }
    length -= (-std::log(value) - p) * value / slope;
  }
  return length;
}

/// One slice on a square working grid: amounts of water and bone.
struct Slice {
  int64_t n = 0;
  double step = 1;  // mm
  std::vector<float> water, bone;
};

float bilinear(const float* data, int64_t ni, int64_t nj, double x, double y, float outside) {
  if (!(x > -1 && y > -1 && x < static_cast<double>(ni) && y < static_cast<double>(nj))) return outside;
  const double fx = std::floor(x), fy = std::floor(y);
  const auto i = static_cast<int64_t>(fx), j = static_cast<int64_t>(fy);
  const auto a = static_cast<float>(x - fx), b = static_cast<float>(y - fy);
  const auto get = [&](int64_t ii, int64_t jj) {
    return ii < 0 || jj < 0 || ii >= ni || jj >= nj ? outside : data[jj * ni + ii];
  };
  return (1 - b) * ((1 - a) * get(i, j) + a * get(i + 1, j)) +
         b * ((1 - a) * get(i, j + 1) + a * get(i + 1, j + 1));
}

Slice to_working_grid(const float* hu, const Geometry& grid, int64_t n, double step) {
  Slice slice;
  slice.n = n;
  slice.step = step;
  slice.water.resize(static_cast<size_t>(n * n));
  slice.bone.resize(static_cast<size_t>(n * n));
  const double middle = 0.5 * static_cast<double>(n - 1);
  for (int64_t v = 0; v < n; ++v) {
    for (int64_t u = 0; u < n; ++u) {
      const double x = (static_cast<double>(u) - middle) * step / grid.spacing[0] +
                       0.5 * static_cast<double>(grid.size[0] - 1);
      const double y = (static_cast<double>(v) - middle) * step / grid.spacing[1] +
                       0.5 * static_cast<double>(grid.size[1] - 1);
      const double value = bilinear(hu, grid.size[0], grid.size[1], x, y, -1000);
      const double bone = std::max(0.0, (value - kBoneFrom) / (kBoneHu - kBoneFrom));
      const auto at = static_cast<size_t>(v * n + u);
      slice.bone[at] = static_cast<float>(bone);
      slice.water[at] =
          static_cast<float>(value < kBoneFrom ? std::max(0.0, 1 + value / 1000)
                                               : (1 + kBoneFrom / 1000) * std::max(0.0, 1 - bone));
    }
  }
  return slice;
}

/// Shepp and Logan's ramp filter in space, with the detector's own blur on top; taps[0] is the middle.
std::vector<double> ramp_taps(int64_t elements, double spacing) {
  std::vector<double> ramp(static_cast<size_t>(elements) + 1);
  for (int64_t i = 0; i <= elements; ++i) {
    const double m = static_cast<double>(i);
    ramp[static_cast<size_t>(i)] =
        -2 / (std::numbers::pi * std::numbers::pi * spacing * spacing * (4 * m * m - 1));
  }
  std::vector<double> taps(static_cast<size_t>(elements));
  for (int64_t i = 0; i < elements; ++i) {
    const auto m = static_cast<size_t>(i);
    taps[m] = 0.2 * ramp[i == 0 ? 1 : m - 1] + 0.6 * ramp[m] + 0.2 * ramp[m + 1];
  }
  return taps;
}

}  // namespace

bool in_cbct_field(const Geometry& grid, double field_mm, int64_t i, int64_t j) {
  const double x = (static_cast<double>(i) - 0.5 * static_cast<double>(grid.size[0] - 1)) * grid.spacing[0];
  const double y = (static_cast<double>(j) - 0.5 * static_cast<double>(grid.size[1] - 1)) * grid.spacing[1];
  return std::hypot(x, y) <= 0.5 * field_mm;
}

Volume simulate_cbct(const Volume& hu, const CbctOptions& options, int threads) {
  const Geometry& grid = hu.geometry;
  const double width = grid.spacing[0] * static_cast<double>(grid.size[0]),
               height = grid.spacing[1] * static_cast<double>(grid.size[1]);
  const double diagonal = std::hypot(width, height);
  const double step = options.elements_mm > 0
                          ? options.elements_mm
                          : std::max(std::min(grid.spacing[0], grid.spacing[1]), diagonal / 256);
  const auto n = static_cast<int64_t>(std::ceil(diagonal / step));
  const auto elements = static_cast<int64_t>(std::ceil(std::min(options.field_mm, diagonal) / step));
  const int64_t pad = elements / 2;  // the truncated profile is continued before filtering
  const std::vector<double> taps = ramp_taps(elements + 2 * pad, step);
  const double mu = effective_water();

  // Gaussian kernel of the scatter: broad compared with any organ.
  const double scatter_sigma = 70 / step;
  std::vector<double> broad(static_cast<size_t>(std::ceil(2.5 * scatter_sigma)) + 1);
  for (size_t i = 0; i < broad.size(); ++i)
    broad[i] = std::exp(-0.5 * std::pow(static_cast<double>(i) / scatter_sigma, 2));

  Volume source = hu;
  const double shrink = step / std::min(grid.spacing[0], grid.spacing[1]);
  if (shrink > 1.5) blur(source, {0.4 * shrink, 0.4 * shrink, 0}, threads);

  Volume result{grid, std::vector<float>(hu.voxels.size(), kCbctOutside)};
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    const Slice slice =
        to_working_grid(source.voxels.data() + k * grid.size[0] * grid.size[1], grid, n, step);
    std::vector<float> filtered(static_cast<size_t>(options.views * elements));
    std::vector<double> intensity(static_cast<size_t>(elements)), spread(static_cast<size_t>(elements)),
        profile(static_cast<size_t>(elements + 2 * pad));
    const double middle = 0.5 * static_cast<double>(n - 1), centre = 0.5 * static_cast<double>(elements - 1);
    const uint64_t slice_seed = combine_seeds(options.seed, static_cast<uint64_t>(k));
    const double phase = std::numbers::pi * normal_at(slice_seed, 0);
    for (int view = 0; view < options.views; ++view) {
      const double angle = std::numbers::pi * view / options.views;
      const double c = std::cos(angle), s = std::sin(angle);
      const double sway = options.sway_mm / step * std::sin(9 * angle + phase);
      for (int64_t e = 0; e < elements; ++e) {
        const double t = static_cast<double>(e) - centre;
        double water = 0, bone = 0;
        // Only the part of the ray that crosses the image.
        const double half = std::sqrt(std::max(0.0, middle * middle - t * t));
        for (double u = -std::floor(half); u <= half; u += 1) {
          const double x = middle + t * c - u * s + sway, y = middle + t * s + u * c;
          const auto i = static_cast<int64_t>(x), j = static_cast<int64_t>(y);
          if (x < 0 || y < 0 || i + 1 >= n || j + 1 >= n) continue;
          const auto a = static_cast<float>(x - static_cast<double>(i)),
                     b = static_cast<float>(y - static_cast<double>(j));
          const auto at = static_cast<size_t>(j * n + i), below = at + static_cast<size_t>(n);
          const float w00 = (1 - a) * (1 - b), w10 = a * (1 - b), w01 = (1 - a) * b, w11 = a * b;
          water += w00 * slice.water[at] + w10 * slice.water[at + 1] + w01 * slice.water[below] +
                   w11 * slice.water[below + 1];
          bone += w00 * slice.bone[at] + w10 * slice.bone[at + 1] + w01 * slice.bone[below] +
                  w11 * slice.bone[below + 1];
        }
        const double primary = transmission(water * step, bone * step);
        intensity[static_cast<size_t>(e)] = primary;
        spread[static_cast<size_t>(e)] =
            -primary * std::log(primary);  // photons that left the beam and may come back
      }
      for (int64_t e = 0; e < elements; ++e) {
        double sum = 0, weight = 0;
        const auto reach = static_cast<int64_t>(broad.size()) - 1;
        for (int64_t m = std::max<int64_t>(0, e - reach); m <= std::min(elements - 1, e + reach); ++m) {
          const double w = broad[static_cast<size_t>(std::abs(m - e))];
          sum += w * spread[static_cast<size_t>(m)];
          weight += w;
        }
        const double signal = intensity[static_cast<size_t>(e)] + options.scatter * sum / weight;
        const uint64_t index =
            static_cast<uint64_t>(view) * static_cast<uint64_t>(elements) + static_cast<uint64_t>(e) + 1;
        const double counted =
            std::max(1.0, poisson_at(slice_seed, index, options.photons * signal)) / options.photons;
        const double raw = std::max(0.0, -std::log(counted));
        profile[static_cast<size_t>(e + pad)] =
            (1 - options.water_correction) * raw + options.water_correction * water_thickness(raw) * mu;
      }
      // Beyond the detector's ends the profile falls smoothly to zero.
      for (int64_t e = 0; e < pad; ++e) {
        const double fade =
            0.5 *
            (1 - std::cos(std::numbers::pi * (static_cast<double>(e) + 0.5) / static_cast<double>(pad)));
        profile[static_cast<size_t>(e)] = fade * profile[static_cast<size_t>(pad)];
        profile[static_cast<size_t>(elements + 2 * pad - 1 - e)] =
            fade * profile[static_cast<size_t>(pad + elements - 1)];
      }
      for (int64_t e = 0; e < elements; ++e) {
        double sum = 0;
        for (int64_t m = 0; m < elements + 2 * pad; ++m)
          sum += taps[static_cast<size_t>(std::abs(m - e - pad))] * profile[static_cast<size_t>(m)];
        filtered[static_cast<size_t>(view * elements + e)] = static_cast<float>(sum * step);
      }
    }
    // Back-projection onto the image's own grid.
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        if (!in_cbct_field(grid, options.field_mm, i, j)) continue;
        const double x =
            (static_cast<double>(i) - 0.5 * static_cast<double>(grid.size[0] - 1)) * grid.spacing[0] / step;
        const double y =
            (static_cast<double>(j) - 0.5 * static_cast<double>(grid.size[1] - 1)) * grid.spacing[1] / step;
        double sum = 0;
        for (int view = 0; view < options.views; ++view) {
          const double angle = std::numbers::pi * view / options.views;
          const double t = x * std::cos(angle) + y * std::sin(angle) + centre;
          const double base = std::clamp(std::floor(t), 0.0, static_cast<double>(elements - 2));
          const auto e = static_cast<size_t>(view * elements + static_cast<int64_t>(base));
          const double f = std::clamp(t - base, 0.0, 1.0);
          sum += (1 - f) * filtered[e] + f * filtered[e + 1];
        }
        const double attenuation = sum * std::numbers::pi / options.views;
        const double value = 1000 * (attenuation / mu - 1) * options.scale + options.offset;
        result.voxels[static_cast<size_t>((k * grid.size[1] + j) * grid.size[0] + i)] =
            static_cast<float>(std::clamp(value, -1000.0, 3071.0));
      }
    }
  }
  blur(result, {0, 0, 0.35}, threads);  // the cone couples neighbouring slices
  // The blur along z keeps the field's border, which is the same in every slice.
  return result;
}

}  // namespace synerbench::phantom
