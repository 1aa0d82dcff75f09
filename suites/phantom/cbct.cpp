#include "suites/phantom/cbct.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "suites/phantom/noise.h"
#include "suites/phantom/render.h"

namespace synerbench::phantom {
namespace {

// A kilovoltage spectrum in four bins: weight, attenuation of water and of cortical bone (1.92 g/cm3) per mm,
// from the NIST tables at 45, 60, 80 and 100 keV.
struct Energy {
  double weight, water, bone;
};
constexpr std::array<Energy, 4> kSpectrum{
    {{0.25, 0.0246, 0.1000}, {0.35, 0.0206, 0.0604}, {0.25, 0.0184, 0.0428}, {0.15, 0.0171, 0.0356}}};
constexpr double kBoneHu = 1450;   // of bone = 1
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

/// Thickness of water in mm that attenuates like the logarithm `p`: Newton on an increasing function.
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

/// water_thickness from a table; 0 .. 16 in steps of 1/128, linear between (error below 1e-4 mm).
class WaterTable {
 public:
  WaterTable() {
    for (int i = 0; i <= kSteps; ++i) table_.push_back(water_thickness(i / kPerUnit));
  }
  double at(double p) const {
    const double x = std::min(p * kPerUnit, kSteps - 1.0);
    const auto i = static_cast<size_t>(x);
    return table_[i] + (x - static_cast<double>(i)) * (table_[i + 1] - table_[i]);
  }

 private:
  static constexpr int kSteps = 2048;
  static constexpr double kPerUnit = 128;
  std::vector<double> table_;
};

/// Everything about the scanner that is the same in every slice.
struct Scanner {
  const CbctOptions& options;
  const Geometry& grid;
  double step = 1;       // mm between detector elements, and of the working grid
  int64_t n = 0;         // working grid n x n, centered on the image
  int64_t elements = 0;  // of the detector
  int64_t pad = 0;       // by which the truncated profile is continued at either end before filtering
  double mu = effective_water();
  std::vector<double> cosines, sines;  // of the views
  std::vector<float> ramp;             // filter taps; ramp[elements + 2 pad + d] belongs to the distance d
  std::vector<double> broad;           // half of the scatter kernel
  WaterTable water_table;

  Scanner(const Geometry& image_grid, const CbctOptions& o) : options(o), grid(image_grid) {
    const double width = grid.spacing[0] * static_cast<double>(grid.size[0]);
    const double height = grid.spacing[1] * static_cast<double>(grid.size[1]);
    const double diagonal = std::hypot(width, height), pixel = std::min(grid.spacing[0], grid.spacing[1]);
    // Half a voxel where the matrix is coarse: a real detector resolves more than the images of a small
    // cohort.
    step = options.elements_mm > 0 ? options.elements_mm : std::max({0.5 * pixel, 0.8, diagonal / 320});
    n = static_cast<int64_t>(std::ceil(diagonal / step));
    elements = static_cast<int64_t>(std::ceil(std::min(options.field_mm, diagonal) / step));
    pad = elements / 2;
    for (int view = 0; view < options.views; ++view) {
      cosines.push_back(std::cos(std::numbers::pi * view / options.views));
      sines.push_back(std::sin(std::numbers::pi * view / options.views));
    }
    make_ramp();
    // Scatter is far broader than any organ.
    const double sigma = 70 / step;
    const auto reach = static_cast<int64_t>(std::ceil(2.5 * sigma));
    for (int64_t i = 0; i <= reach; ++i)
      broad.push_back(std::exp(-0.5 * std::pow(static_cast<double>(i) / sigma, 2)));
  }

  /// Shepp and Logan's ramp filter in space, with the detector's own blur on top.
  void make_ramp() {
    const int64_t reach = elements + 2 * pad;
    const auto tap = [&](int64_t i) {
      const auto m = static_cast<double>(i);
      return -2 / (std::numbers::pi * std::numbers::pi * step * step * (4 * m * m - 1));
    };
    // The detector's own blur and, as one more smoothing, the kernel.
    const double sigma = std::hypot(0.32, options.kernel_mm / step);
    const auto width = static_cast<int64_t>(std::ceil(3.5 * sigma));
    std::vector<double> soft;
    double sum = 0;
    for (int64_t i = -width; i <= width; ++i) {
      soft.push_back(std::erf((static_cast<double>(i) + 0.5) / (sigma * std::numbers::sqrt2)) -
                     std::erf((static_cast<double>(i) - 0.5) / (sigma * std::numbers::sqrt2)));
      sum += soft.back();
    }
    for (int64_t d = -reach; d <= reach; ++d) {
      double value = 0;
      for (int64_t i = -width; i <= width; ++i) value += soft[static_cast<size_t>(i + width)] * tap(d - i);
      ramp.push_back(static_cast<float>(step * value / sum));
    }
  }
};

/// One slice on the working grid: amounts of water and bone, side by side, and the box that holds them.
struct Slice {
  std::vector<float> matter;  // water, bone, water, bone, ...
  double radius = 0;          // radius, in steps around the middle, of the circle that holds it all
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

Slice to_working_grid(const float* hu, const Scanner& scanner) {
  const Geometry& grid = scanner.grid;
  const int64_t n = scanner.n;
  Slice slice;
  slice.matter.resize(static_cast<size_t>(2 * n * n));
  const double middle = 0.5 * static_cast<double>(n - 1);
  double reach = 0;
  for (int64_t v = 0; v < n; ++v) {
    for (int64_t u = 0; u < n; ++u) {
      const double dx = static_cast<double>(u) - middle, dy = static_cast<double>(v) - middle;
      const double x = dx * scanner.step / grid.spacing[0] + 0.5 * static_cast<double>(grid.size[0] - 1);
      const double y = dy * scanner.step / grid.spacing[1] + 0.5 * static_cast<double>(grid.size[1] - 1);
      // Where the working grid is the finer one, voxels are boxes: interpolating would blur what the scanner
      // blurs again.
      const bool boxes = scanner.step < 0.6 * grid.spacing[0];
      const double value = bilinear(hu, grid.size[0], grid.size[1], boxes ? std::nearbyint(x) : x,
                                    boxes ? std::nearbyint(y) : y, -1000);
      const double bone = std::max(0.0, (value - kBoneFrom) / (kBoneHu - kBoneFrom));
      const double water = value < kBoneFrom ? std::max(0.0, 1 + value / 1000)
                                             : (1 + kBoneFrom / 1000) * std::max(0.0, 1 - bone);
      slice.matter[static_cast<size_t>(2 * (v * n + u))] = static_cast<float>(water);
      slice.matter[static_cast<size_t>(2 * (v * n + u) + 1)] = static_cast<float>(bone);
      if (water > 0) reach = std::max(reach, std::hypot(dx, dy));
    }
  }
  slice.radius = std::min(middle, reach + 1);  // rays need not look beyond this circle
  return slice;
}

/// Line integrals of water and bone, in working-grid steps, along one ray.
std::array<float, 2> integrate(const Slice& slice, int64_t n, double t, double c, double s, double shift) {
  const double middle = 0.5 * static_cast<double>(n - 1);
  const double radius = slice.radius + std::abs(shift);
  if (std::abs(t) >= radius) return {0, 0};
  const double half = std::floor(std::sqrt(radius * radius - t * t));
  float water = 0, bone = 0;
  constexpr double kStride = 1.5;  // the working grid is finer than the image: nothing is skipped
  for (double u = -half; u <= half; u += kStride) {
    const double x = middle + t * c - u * s + shift, y = middle + t * s + u * c;
    const auto i = static_cast<int64_t>(x), j = static_cast<int64_t>(y);
    if (x < 0 || y < 0 || i + 1 >= n || j + 1 >= n) continue;
    const auto a = static_cast<float>(x - static_cast<double>(i)),
               b = static_cast<float>(y - static_cast<double>(j));
    const float* above = slice.matter.data() + 2 * (j * n + i);
    const float* below = above + 2 * n;
    const float w00 = (1 - a) * (1 - b), w10 = a * (1 - b), w01 = (1 - a) * b, w11 = a * b;
    water += w00 * above[0] + w10 * above[2] + w01 * below[0] + w11 * below[2];
    bone += w00 * above[1] + w10 * above[3] + w01 * below[1] + w11 * below[3];
  }
  constexpr auto kLength = static_cast<float>(kStride);
  return {kLength * water, kLength * bone};
}

/// What the detector reports in one view, as line integrals of attenuation, water-corrected in part.
/// `profile` has the detector's elements in its middle and is continued to both sides.
void acquire(const Scanner& scanner, const Slice& slice, int view, double shift, uint64_t seed,
             std::vector<float>& profile) {
  const CbctOptions& options = scanner.options;
  const int64_t elements = scanner.elements, pad = scanner.pad;
  const auto v = static_cast<size_t>(view);
  const double center = 0.5 * static_cast<double>(elements - 1);
  std::vector<double> intensity(static_cast<size_t>(elements)), lost(static_cast<size_t>(elements));
  for (int64_t e = 0; e < elements; ++e) {
    const auto [water, bone] = integrate(slice, scanner.n, static_cast<double>(e) - center,
                                         scanner.cosines[v], scanner.sines[v], shift);
    const double primary = water > 0 || bone > 0 ? transmission(static_cast<double>(water) * scanner.step,
                                                                static_cast<double>(bone) * scanner.step)
                                                 : 1;
    intensity[static_cast<size_t>(e)] = primary;
    lost[static_cast<size_t>(e)] =
        -primary * std::log(primary);  // photons that left the beam and may arrive elsewhere
  }
  const auto reach = static_cast<int64_t>(scanner.broad.size()) - 1;
  for (int64_t e = 0; e < elements; ++e) {
    double sum = 0, weight = 0;
    for (int64_t m = std::max<int64_t>(0, e - reach); m <= std::min(elements - 1, e + reach); ++m) {
      const double w = scanner.broad[static_cast<size_t>(std::abs(m - e))];
      sum += w * lost[static_cast<size_t>(m)];
      weight += w;
    }
    const double signal = intensity[static_cast<size_t>(e)] + options.scatter * sum / weight;
    const uint64_t index = static_cast<uint64_t>(view * elements + e) + 1;
    const double counted = std::max(1.0, poisson_at(seed, index, options.photons * signal)) / options.photons;
    const double raw = std::max(0.0, -std::log(counted));
    profile[static_cast<size_t>(e + pad)] =
        static_cast<float>((1 - options.water_correction) * raw +
                           options.water_correction * scanner.water_table.at(raw) * scanner.mu);
  }
  // Beyond the detector's ends the profile is continued, falling to zero within 30 mm. A body that is wider
  // than the field gets the bright rim that truncation leaves in real scans.
  const auto fade_length = std::min<int64_t>(pad, std::max<int64_t>(1, std::llround(30 / scanner.step)));
  std::fill(profile.begin(), profile.begin() + pad, 0.0f);
  std::fill(profile.end() - pad, profile.end(), 0.0f);
  for (int64_t d = 1; d <= fade_length; ++d) {
    const auto fade = static_cast<float>(0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(d) /
                                                             static_cast<double>(fade_length + 1))));
    profile[static_cast<size_t>(pad - d)] = fade * profile[static_cast<size_t>(pad)];
    profile[static_cast<size_t>(pad + elements - 1 + d)] =
        fade * profile[static_cast<size_t>(pad + elements - 1)];
  }
}

/// Back-projection onto the image's own grid, inside the field of view; HU.
void back_project(const Scanner& scanner, const std::vector<float>& filtered, float* image) {
  const Geometry& grid = scanner.grid;
  const CbctOptions& options = scanner.options;
  const double center = 0.5 * static_cast<double>(scanner.elements - 1);
  std::vector<float> sums(static_cast<size_t>(grid.size[0]));
  for (int64_t j = 0; j < grid.size[1]; ++j) {
    const double y = (static_cast<double>(j) - 0.5 * static_cast<double>(grid.size[1] - 1)) *
                     grid.spacing[1] / scanner.step;
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int view = 0; view < options.views; ++view) {
      const auto v = static_cast<size_t>(view);
      const float* row = filtered.data() + view * scanner.elements;
      const double start =
          y * scanner.sines[v] + center -
          0.5 * static_cast<double>(grid.size[0] - 1) * grid.spacing[0] / scanner.step * scanner.cosines[v];
      const double advance = grid.spacing[0] / scanner.step * scanner.cosines[v];
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        const double t = std::clamp(start + advance * static_cast<double>(i), 0.0,
                                    static_cast<double>(scanner.elements) - 1.000001);
        const auto e = static_cast<int64_t>(t);
        const auto f = static_cast<float>(t - static_cast<double>(e));
        sums[static_cast<size_t>(i)] += (1 - f) * row[e] + f * row[e + 1];
      }
    }
    for (int64_t i = 0; i < grid.size[0]; ++i) {
      if (!in_cbct_field(grid, options.field_mm, i, j)) continue;
      const double attenuation =
          static_cast<double>(sums[static_cast<size_t>(i)]) * std::numbers::pi / options.views;
      const double value = 1000 * (attenuation / scanner.mu - 1) * options.scale + options.offset;
      image[j * grid.size[0] + i] = static_cast<float>(std::clamp(value, -1000.0, 3071.0));
    }
  }
}

}  // namespace

bool in_cbct_field(const Geometry& grid, double field_mm, int64_t i, int64_t j) {
  const double x = (static_cast<double>(i) - 0.5 * static_cast<double>(grid.size[0] - 1)) * grid.spacing[0];
  const double y = (static_cast<double>(j) - 0.5 * static_cast<double>(grid.size[1] - 1)) * grid.spacing[1];
  return std::hypot(x, y) <= 0.5 * field_mm;
}

namespace {

/// Measures, reconstructs: one slice.
void scan(const Scanner& scanner, const float* hu, uint64_t seed, float* image) {
  const CbctOptions& options = scanner.options;
  const Slice slice = to_working_grid(hu, scanner);
  const int64_t length = scanner.elements + 2 * scanner.pad;
  const double phase = std::numbers::pi * normal_at(seed, 0);
  std::vector<float> profile(static_cast<size_t>(length)),
      filtered(static_cast<size_t>(options.views * scanner.elements));
  for (int view = 0; view < options.views; ++view) {
    const double sway =
        options.sway_mm / scanner.step * std::sin(9 * std::numbers::pi * view / options.views + phase);
    acquire(scanner, slice, view, sway, seed, profile);
    float* row = filtered.data() + view * scanner.elements;
    for (int64_t m = 0; m < length; ++m) {
      const float value = profile[static_cast<size_t>(m)];
      const float* taps = scanner.ramp.data() + (length + scanner.pad - m);
      for (int64_t e = 0; e < scanner.elements; ++e) row[e] += value * taps[e];
    }
  }
  back_project(scanner, filtered, image);
}

/// What the scanner would call the water of its calibration cylinder, HU, without noise.
double water_reading(const Geometry& grid, const CbctOptions& options) {
  CbctOptions quiet = options;
  quiet.photons = 1e15;
  quiet.sway_mm = 0;
  quiet.scale = 1;
  quiet.offset = 0;
  quiet.views = std::max(30, options.views / 2);
  const double radius = 0.5 * options.calibration_mm;
  Geometry square = grid;
  square.size = {96, 96, 1};
  square.spacing[0] = square.spacing[1] = 1.2 * options.calibration_mm / 96;
  std::vector<float> water, image(static_cast<size_t>(square.count()), kCbctOutside);
  const auto radius_at = [&](int64_t i, int64_t j) {
    return square.spacing[0] * std::hypot(static_cast<double>(i) - 47.5, static_cast<double>(j) - 47.5);
  };
  for (int64_t j = 0; j < 96; ++j) {
    for (int64_t i = 0; i < 96; ++i) water.push_back(radius_at(i, j) < radius ? 0.0f : -1000.0f);
  }
  scan(Scanner(square, quiet), water.data(), 1, image.data());
  double sum = 0, count = 0;
  for (int64_t j = 0; j < 96; ++j) {
    for (int64_t i = 0; i < 96; ++i) {
      if (radius_at(i, j) > 0.85 * radius || !in_cbct_field(square, options.field_mm, i, j)) continue;
      sum += static_cast<double>(image[static_cast<size_t>(j * 96 + i)]);
      count += 1;
    }
  }
  return sum / count;
}

}  // namespace

Volume simulate_cbct(const Volume& hu, const CbctOptions& asked, int threads) {
  const Geometry& grid = hu.geometry;
  CbctOptions options = asked;
  if (options.calibration_mm > 0) {
    // HU' = scale (HU + 1000) c - 1000 scale + offset, with c such that the cylinder reads 0.
    const double correction = 1000 / (1000 + water_reading(grid, asked));
    options.offset = asked.offset + 1000 * asked.scale * (correction - 1);
    options.scale = asked.scale * correction;
  }
  const Scanner scanner(grid, options);
  Volume source = hu;
  const double shrink = scanner.step / std::min(grid.spacing[0], grid.spacing[1]);
  if (shrink > 1.5) blur(source, {0.4 * shrink, 0.4 * shrink, 0}, threads);
  Volume result{grid, std::vector<float>(hu.voxels.size(), kCbctOutside)};
  const int64_t pixels = grid.size[0] * grid.size[1];
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    scan(scanner, source.voxels.data() + k * pixels, combine_seeds(options.seed, static_cast<uint64_t>(k)),
         result.voxels.data() + k * pixels);
  }
  blur(result, {0, 0, 0.35},
       threads);  // the cone couples neighboring slices; the field's border is the same in all
  return result;
}

}  // namespace synerbench::phantom
