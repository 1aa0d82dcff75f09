#include "suites/phantom/noise.h"

#include <array>
#include <cmath>
#include <numbers>

namespace synerbench::phantom {
namespace {

uint64_t mix(uint64_t z) {  // SplitMix64's finalizer
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
double unit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }  // [0, 1)

/// Weights of the quadratic B-spline at fraction t in [-0.5, 0.5) from the middle node.
std::array<double, 3> spline_weights(double t) {
  return {0.5 * (0.5 - t) * (0.5 - t), 0.75 - t * t, 0.5 * (0.5 + t) * (0.5 + t)};
}

}  // namespace

double normal_at(uint64_t seed, uint64_t index) {
  const uint64_t a = mix(seed ^ mix(index * 2 + 0x9e3779b97f4a7c15ULL));
  const uint64_t b = mix(a + 0x9e3779b97f4a7c15ULL);
  return std::sqrt(-2 * std::log(1 - unit(a))) * std::cos(2 * std::numbers::pi * unit(b));
}

double poisson_at(uint64_t seed, uint64_t index, double mean) {
  if (!(mean > 0)) return 0;
  if (mean >= 60) return std::max(0.0, std::nearbyint(mean + std::sqrt(mean) * normal_at(seed, index)));
  // Knuth's product of uniforms.
  uint64_t state = mix(seed ^ mix(index * 2 + 1));
  const double limit = std::exp(-mean);
  double product = 1;
  int count = -1;
  do {
    state = mix(state + 0x9e3779b97f4a7c15ULL);
    product *= 1 - unit(state);
    ++count;
  } while (product > limit);
  return count;
}

NoiseField::NoiseField(uint64_t seed, double lattice_mm) : inverse_lattice_(1 / lattice_mm) {
  table_.resize(static_cast<size_t>(kPeriod) * kPeriod * kPeriod);
  Random random(seed);
  // Uniform numbers of variance 1; the spline leaves 0.55 of the variance per axis on average.
  const double scale = std::sqrt(3.0) / std::pow(0.55, 1.5);
  for (float& value : table_) value = static_cast<float>(random.uniform(-scale, scale));
}

double NoiseField::at(const Vec3& p) const {
  const double x = p.x * inverse_lattice_, y = p.y * inverse_lattice_, z = p.z * inverse_lattice_;
  const double nx = std::floor(x + 0.5), ny = std::floor(y + 0.5), nz = std::floor(z + 0.5);
  const auto wx = spline_weights(x - nx), wy = spline_weights(y - ny), wz = spline_weights(z - nz);
  constexpr int64_t kMask = kPeriod - 1;
  const int64_t ix = static_cast<int64_t>(nx) - 1, iy = static_cast<int64_t>(ny) - 1,
                iz = static_cast<int64_t>(nz) - 1;
  const size_t i0 = ix & kMask, i1 = (ix + 1) & kMask, i2 = (ix + 2) & kMask;
  double sum = 0;
  for (int64_t k = 0; k < 3; ++k) {
    for (int64_t j = 0; j < 3; ++j) {
      const float* row =
          &table_[static_cast<size_t>((((iz + k) & kMask) * kPeriod + ((iy + j) & kMask)) * kPeriod)];
      sum += wz[static_cast<size_t>(k)] * wy[static_cast<size_t>(j)] *
             (wx[0] * row[i0] + wx[1] * row[i1] + wx[2] * row[i2]);
    }
  }
  return sum;
}

Texture::Texture(uint64_t seed)
    : density_(combine_seeds(seed, 1), 6.5),
      t1_(combine_seeds(seed, 2), 7),
      t2_(combine_seeds(seed, 3), 7.5),
      t1_broad_(combine_seeds(seed, 4), 27),
      t2_broad_(combine_seeds(seed, 5), 29) {}

std::array<float, kTextureCount> Texture::at(const Vec3& p) const {
  return {static_cast<float>(density_.at(p)), static_cast<float>(t1_.at(p)), static_cast<float>(t2_.at(p)),
          static_cast<float>(t1_broad_.at(p)), static_cast<float>(t2_broad_.at(p))};
}

Displacement::Displacement(uint64_t seed, double lattice_mm, double amplitude_mm)
    : x_(combine_seeds(seed, 1), lattice_mm),
      y_(combine_seeds(seed, 2), lattice_mm),
      z_(combine_seeds(seed, 3), lattice_mm),
      amplitude_(amplitude_mm) {}

Vec3 Displacement::at(const Vec3& p) const { return Vec3{x_.at(p), y_.at(p), z_.at(p)} * amplitude_; }

}  // namespace synerbench::phantom
