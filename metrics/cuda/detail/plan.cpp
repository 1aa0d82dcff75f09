#include "metrics/cuda/detail/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "metrics/cuda/detail/block.h"
#include "metrics/detail/checks.h"

namespace synerbench::cuda::detail {
namespace {

constexpr int64_t kLongestAxis = int64_t{1} << 30;  // indices of an axis, rims and mirrors included, are int
constexpr double kLeastConstant = 1e-6;
// A volume is cut along its depth too. Long chunks repeat fewer slices at their ends, short ones give small
// volumes enough blocks to keep a large device busy. Decided by the shape alone: see Note [Same bits every
// time].
constexpr int kLongChunk = 32, kShortChunk = 16;
constexpr int64_t kFewBlocks = 512;

constexpr double kDouble = 0x1p-53;
template <class Real>
constexpr double kUnit = std::numeric_limits<Real>::epsilon() / 2;
constexpr double kSecondOrder = 1.02;

template <class T>
int parts_of(int64_t n, T size) {
  return static_cast<int>((n + size - 1) / size);
}

template <class Config>
void cut(Geometry& g) {
  g.tile_rows = parts_of(g.height, Config::kTileHeight);
  g.tile_columns = parts_of(g.width, kTileWidth);
  g.chunk = 1;
  if (Config::kDeep) {
    g.chunk = kLongChunk;
    g.chunks = parts_of(g.depth, g.chunk);
    if (g.blocks() < kFewBlocks) g.chunk = kShortChunk;
  }
  g.chunks = parts_of(g.depth, g.chunk);
}

}  // namespace

template <class In, class Real>
SimilarityPlan<In, Real> plan_similarity(const Pairs& pairs, const SsimConvention& convention, double zero,
                                         bool contrast) {
  SimilarityPlan<In, Real> plan;
  SimilarityJob<In, Real>& job = plan.job;
  Geometry& g = job.geometry;
  g.items = pairs.items;
  g.depth = static_cast<int>(pairs.depth);
  g.height = static_cast<int>(pairs.height);
  g.width = static_cast<int>(pairs.width);
  const std::array<int, 3> size{g.depth, g.height, g.width};
  const int taps = convention.window.size;
  job.taps = taps;
  job.contrast = contrast;

  std::array<bool, 3> filtered{convention.dimensions == 3, true, true};
  for (int axis = 0; axis < 3; ++axis) {
    if (!filtered[axis] || size[axis] >= taps) continue;
    if (!convention.skip_short_axes) plan.too_small = true;
    filtered[axis] = false;
  }
  job.deep = filtered[0];

  // Which centers count: see Note [SSIM borders] in metrics/ssim.cpp.
  const bool mirrored = convention.border != Border::kValid && convention.crop < taps / 2;
  g.border = mirrored ? convention.border : Border::kValid;
  for (int axis = 0; axis < 3; ++axis) {
    const int radius = filtered[axis] ? taps / 2 : 0;
    int drop = axis > 0 || convention.dimensions == 3 ? convention.crop : 0;
    if (!mirrored && convention.border != Border::kValid) drop -= radius;
    const int offset = (mirrored ? 0 : radius) + drop;
    g.lo[axis] = offset;
    g.hi[axis] = size[axis] - offset;
    if (g.hi[axis] <= g.lo[axis]) plan.too_small = true;
  }
  if (plan.too_small) {
    for (int axis = 0; axis < 3; ++axis) g.hi[axis] = g.lo[axis] = 0;
  }
  plan.centers = static_cast<int64_t>(g.hi[0] - g.lo[0]) * (g.hi[1] - g.lo[1]) * (g.hi[2] - g.lo[2]);
  // The block type knows the size of its tiles.
  with_block(job, [&](auto type) {
    using Block = typename decltype(type)::Type;
    cut<typename Block::Config>(g);
  });

  const std::vector<double> weights = window_weights(convention.window);
  double sum = 0, total = 1, voxels = 1;
  for (const double weight : weights) sum += weight;
  int axes = 0;
  for (int axis = 0; axis < 3; ++axis) {
    for (int k = 0; k < taps; ++k) {
      const double weight = filtered[axis] ? weights[static_cast<size_t>(k)] : (k == taps / 2 ? 1.0 : 0.0);
      job.weights[axis][k] = static_cast<Real>(weight);
    }
    if (!filtered[axis]) continue;
    total *= sum;
    voxels *= taps;
    ++axes;
  }

  const double scale = std::exp2(-std::ilogb(convention.range)), range = convention.range * scale;
  job.scale = static_cast<Real>(scale);
  job.offset = static_cast<Real>(zero * scale);
  job.total = static_cast<Real>(total);
  // Weights that sum to 1 but for the rounding of double do so.
  const double deficit = std::fabs(1 - total) < 1e-12 ? 0.0 : 1 - total;
  job.twice_deficit = static_cast<Real>(2 * deficit);
  double c1 = convention.k1 * range * convention.k1 * range;
  double c2 = convention.k2 * range * convention.k2 * range;
  if (convention.covariance == Covariance::kSample) c2 *= (voxels - 1) / voxels;
  job.c1 = static_cast<Real>(c1);
  job.c2 = static_cast<Real>(c2);

  // Note [Bound of SSIM] in measure.h. Height and width go through the filter in any case.
  const int steps = std::max(axes, job.deep ? 3 : 2) * (taps + 1);
  const double a = steps + 1, b = steps + 4, spread = b + 2 * a + 4, u = kUnit<Real>;
  job.bound_contrast = static_cast<Real>(2 * spread * u * kSecondOrder);
  job.bound_luminance = static_cast<Real>(2 * (a + 2) * u * kSecondOrder);
  // Weights that sum to more than 1 let |2 Cxy| exceed V by so much.
  job.far = static_cast<Real>(kDouble / u + std::max(-deficit, 0.0) / (spread * u));
  plan.constant_bound = (contrast ? 20.0 : 2 * (a + 2) + 45) * u + summation_bound(pairs);
  return plan;
}

template SimilarityPlan<float, float> plan_similarity(const Pairs&, const SsimConvention&, double, bool);
template SimilarityPlan<float, double> plan_similarity(const Pairs&, const SsimConvention&, double, bool);
template SimilarityPlan<double, float> plan_similarity(const Pairs&, const SsimConvention&, double, bool);
template SimilarityPlan<double, double> plan_similarity(const Pairs&, const SsimConvention&, double, bool);

double summation_bound(const Pairs& pairs) {
  // The CPU adds the columns of a chunk (at least 64, rims included) and then rows of chunks; a device adds
  // 4096 in a thread at most and some hundred more.
  const double rows = static_cast<double>(pairs.depth * pairs.height);
  return (rows * static_cast<double>(pairs.width / 64 + 1) + static_cast<double>(pairs.width) + 5000) *
         kDouble;
}

double errors_bound(const Pairs& pairs, Precision precision) {
  return 20 * (precision == Precision::kFloat32 ? kUnit<float> : kUnit<double>)+2 * summation_bound(pairs);
}

void float_band(const Band& band, float& from, float& to) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr double kMost = std::numeric_limits<float>::max();
  from = band.low > kMost ? kInfinity : (band.low < -kMost ? -kInfinity : static_cast<float>(band.low));
  to = band.high > kMost ? kInfinity : (band.high < -kMost ? -kInfinity : static_cast<float>(band.high));
  if (static_cast<double>(from) < band.low) from = std::nextafter(from, kInfinity);
  if (static_cast<double>(to) > band.high) to = std::nextafter(to, -kInfinity);
}

void require_pairs(const Pairs& pairs) {
  const auto require_size = [](int64_t size, const char* name, int64_t most) {
    if (size >= 1 && size <= most) return;
    throw std::invalid_argument(std::string("CUDA metrics: ") + name + " " + std::to_string(size) +
                                " seen, 1 to " + std::to_string(most) + " wanted");
  };
  require_size(pairs.depth, "depth", kLongestAxis);
  require_size(pairs.height, "height", kLongestAxis);
  require_size(pairs.width, "width", kLongestAxis);
  require_size(pairs.items, "items", int64_t{1} << 31);
  constexpr int64_t kMostVoxels = int64_t{1} << 40;
  // One factor after the other, so that nothing overflows.
  if (pairs.depth > kMostVoxels / pairs.height || pairs.depth * pairs.height > kMostVoxels / pairs.width ||
      pairs.voxels() > kMostVoxels / pairs.items) {
    throw std::invalid_argument("CUDA metrics: more than 2^40 voxels in a batch; measure it in parts");
  }
  if (pairs.prediction == nullptr || pairs.target == nullptr) {
    throw std::invalid_argument(std::string("CUDA metrics: the ") +
                                (pairs.prediction == nullptr ? "prediction" : "target") +
                                " points at no memory");
  }
}

void require_convention(const Pairs& pairs, const SsimConvention& convention) {
  synerbench::detail::require_range(convention.range, "SSIM");
  const auto refuse = [&](const std::string& what) {
    throw std::invalid_argument("CUDA metrics: SSIM convention \"" + convention.name + "\" " + what);
  };
  if (convention.dimensions != 2 && convention.dimensions != 3) {
    refuse("has " + std::to_string(convention.dimensions) + " dimensions, 2 or 3 wanted");
  }
  if (convention.dimensions == 2 && pairs.depth != 1) {
    refuse("is 2-D and takes slices, depth 1; depth " + std::to_string(pairs.depth) +
           " seen. Slices of a volume are items");
  }
  if (convention.window.size != 7 && convention.window.size != 11) {
    refuse("has windows of " + std::to_string(convention.window.size) +
           "; kernels for 7 and 11 are compiled. Others run on the CPU (metrics/ssim.h)");
  }
  if (!(convention.k1 >= kLeastConstant) || !(convention.k2 >= kLeastConstant)) {
    refuse("has a k1 or k2 below 1e-6, which float32 cannot tell from 0");
  }
  if (convention.range < 0x1p-60 || convention.range > 0x1p60) {
    refuse("has the range " + std::to_string(convention.range) + ", 2^-60 to 2^60 wanted");
  }
  if (convention.crop < 0) refuse("crops " + std::to_string(convention.crop) + " voxels, 0 or more wanted");
}

void require_limits(const Limits& limits) {
  for (const double limit : {limits.low, limits.high}) {
    if (std::isfinite(limit) && static_cast<double>(static_cast<float>(limit)) == limit) continue;
    throw std::invalid_argument("CUDA metrics: limit " + std::to_string(limit) +
                                " of the clamp seen, a number that float32 holds exactly wanted");
  }
  if (!(limits.low < limits.high)) {
    throw std::invalid_argument("CUDA metrics: clamp to [" + std::to_string(limits.low) + ", " +
                                std::to_string(limits.high) + "] seen, low < high wanted");
  }
}

}  // namespace synerbench::cuda::detail
