// Random fields that are functions of position, so that any thread may evaluate any voxel in any order.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "harness/core/random.h"
#include "suites/phantom/vec.h"

namespace synerbench::phantom {

/// N(0, 1) that belongs to (seed, index): counter-based white noise.
double normal_at(uint64_t seed, uint64_t index);
/// Poisson with the given mean that belongs to (seed, index). Exact below a mean of 60, then a rounded
/// normal.
double poisson_at(uint64_t seed, uint64_t index, double mean);

/// A smooth random field: quadratic B-spline over a lattice of uniform random numbers; mean 0, variance about
/// 1, correlated over about one lattice step, repeating after 32 steps. Thread-safe to read.
class NoiseField {
 public:
  NoiseField(uint64_t seed, double lattice_mm);
  double at(const Vec3& p) const;

 private:
  static constexpr int kPeriod = 32;
  double inverse_lattice_;
  std::vector<float> table_;
};

/// A smooth random displacement: three fields with a common amplitude in mm (standard deviation per axis).
class Displacement {
 public:
  Displacement(uint64_t seed, double lattice_mm, double amplitude_mm);
  Vec3 at(const Vec3& p) const;

 private:
  NoiseField x_, y_, z_;
  double amplitude_;
};

/// What varies inside one tissue, each by a field of its own: density (CT, proton density), T1 and T2, the
/// latter two finely and broadly.
enum TextureField { kDensityTexture, kT1Texture, kT2Texture, kT1Broad, kT2Broad, kTextureCount };

class Texture {
 public:
  explicit Texture(uint64_t seed);
  std::array<float, kTextureCount> at(const Vec3& p) const;

 private:
  NoiseField density_, t1_, t2_, t1_broad_, t2_broad_;
};

}  // namespace synerbench::phantom
