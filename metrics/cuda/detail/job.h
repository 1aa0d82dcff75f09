// What a kernel is told: plain structs that are copied to the device as they are. Shared by the kernels and
// by their emulation on the CPU.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#ifndef __CUDACC__
#include <stdexcept>
#include <string>
#endif

#include "metrics/window.h"

#ifdef __CUDACC__
#define SYNERBENCH_HD __host__ __device__ __forceinline__
#else
#define SYNERBENCH_HD inline
#endif
#ifdef __CUDA_ARCH__
#define SYNERBENCH_UNROLL _Pragma("unroll")
#else
#define SYNERBENCH_UNROLL
#endif

namespace synerbench::cuda::detail {

inline constexpr int kThreads = 256;  // of every kernel
inline constexpr int kTileWidth = 32;
inline constexpr int kMostTaps = 11;

/// A multiplication and an addition with one rounding. The kernels are compiled with -fmad=false and the
/// emulation with -ffp-contract=off, so that this is the only place where the two are fused, and both give
/// the same bits.
SYNERBENCH_HD float fused(float a, float b, float c) { return fmaf(a, b, c); }
SYNERBENCH_HD double fused(double a, double b, double c) { return fma(a, b, c); }

/// Reads element i of `count`. The emulation refuses what lies outside; the device does not look.
template <class T>
SYNERBENCH_HD const T& element(const T* data, int64_t i, int64_t count) {
#ifndef __CUDACC__
  if (i < 0 || i >= count) {
    throw std::out_of_range("element " + std::to_string(i) + " of " + std::to_string(count) + " read");
  }
#else
  (void)count;
#endif
  return data[i];
}

/// An array in shared memory, checked in the same way.
template <class T, int kCount>
struct Store {
  T values[kCount];
  SYNERBENCH_HD T& operator[](int i) {
#ifndef __CUDACC__
    if (i < 0 || i >= kCount) {
      throw std::out_of_range("element " + std::to_string(i) + " of " + std::to_string(kCount) +
                              " in shared memory");
    }
#endif
    return values[i];
  }
};

/// The voxel that index i of an axis of n stands for; any i. Without a border the nearest voxel: what is read
/// there is not counted, or has the weight 0.
SYNERBENCH_HD int source_index(int i, int n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == Border::kValid || n == 1) return i < 0 ? 0 : n - 1;
  const int period = border == Border::kHalfSampleMirror ? 2 * n : 2 * (n - 1);
  const int r = ((i % period) + period) % period;
  if (r < n) return r;
  return border == Border::kHalfSampleMirror ? period - 1 - r : period - r;
}

// Note [Centers, not maps] A block owns voxels of the image: a tile of height and width, and a chunk of
// slices. It sums the windows whose centers it owns, where they count (`lo` to `hi` of each axis: which
// windows fit, are cropped or mirrored is said by nothing else), and the errors of the voxels it owns. So
// masks, errors and windows share one index, and every voxel belongs to one block.
struct Geometry {
  int64_t items = 1;  // images or volumes, one behind the other
  int depth = 1, height = 0, width = 0;
  int lo[3] = {0, 0, 0}, hi[3] = {0, 0, 0};  // centers that count: [lo, hi) along depth, height, width
  Border border = Border::kValid;
  int chunk = 1;                                    // slices of a block
  int chunks = 1, tile_rows = 1, tile_columns = 1;  // blocks of an item along depth, height, width

  SYNERBENCH_HD int64_t voxels() const { return static_cast<int64_t>(depth) * height * width; }
  SYNERBENCH_HD int64_t blocks_per_item() const {
    return static_cast<int64_t>(chunks) * tile_rows * tile_columns;
  }
  SYNERBENCH_HD int64_t blocks() const { return items * blocks_per_item(); }
};

/// What a block sums in SimilarityJob; counts are doubles too, which hold them exactly.
enum SimilaritySum {
  kWhole,       // SSIM or its contrast term over all centers
  kInside,      // over those inside the mask
  kBoundWhole,  // the part of the error's bound that depends on the window: see the note in measure.h
  kBoundInside,
  kAbsolute,  // |x - y| of owned voxels
  kSquared,
  kAbsoluteInside,
  kSquaredInside,
  kCentersInside,
  kVoxelsInside,
  kNotFinite,  // not 0: a NaN or an infinity was read
  kSimilaritySums
};

/// SSIM, MSE and MAE of a batch in one read. In: float, or double for the halved images of MS-SSIM. Real:
/// what is calculated with.
template <class In, class Real>
struct SimilarityJob {
  using Value = In;
  using Number = Real;
  const In *x = nullptr, *y = nullptr;
  const uint8_t* mask = nullptr;  // null: everything
  Geometry geometry;
  int taps = 11;  // 7 or 11, along height and width; an axis that is not filtered has the weights 0 .. 1 .. 0
  bool deep = false;  // also along depth
  bool contrast = false;
  bool clamped = false, filled = false;  // clamped to [low, high]; `low` outside the mask
  In low = 0, high = 0;
  Real weights[3][kMostTaps] = {};  // depth, height, width
  // See Note [Shifted windows] in block.h; all in units of 1 / scale, a power of two near the range.
  Real scale = 1, offset = 0;
  Real total = 1;                                // W, the sum of a window's exact weights
  Real twice_deficit = 0;                        // 2 (1 - W)
  Real c1 = 0, c2 = 0;                           // C1, C2 / f
  Real far = 0;                                  // rho
  Real bound_contrast = 0, bound_luminance = 0;  // A, B
  double* partials = nullptr;                    // [blocks][kSimilaritySums]
  SYNERBENCH_HD int64_t blocks() const { return geometry.blocks(); }
};

/// What a block sums in ErrorsJob, for each band and then once.
enum ErrorSum { kBandAbsolute, kBandSquared, kBandVoxels, kErrorSums };
inline constexpr int kMostBands = 4;
inline constexpr int kVoxelsPerThread = 16;

/// MSE and MAE alone, over voxels inside the mask whose target, as it is, lies in a band.
template <class Real>
struct ErrorsJob {
  using Number = Real;
  const float *x = nullptr, *y = nullptr;
  const uint8_t* mask = nullptr;
  int64_t items = 1, voxels = 0, blocks_per_item = 1;
  bool clamped = false;
  float low = 0, high = 0;
  int bands = 1;
  float from[kMostBands] = {}, to[kMostBands] = {};
  double* partials = nullptr;  // [blocks][bands * kErrorSums + 1]; the last: not finite
  SYNERBENCH_HD int64_t blocks() const { return items * blocks_per_item; }
  SYNERBENCH_HD int sums() const { return bands * kErrorSums + 1; }
};

/// The 2-voxel means between the levels of MS-SSIM: output i of an axis averages inputs 2 i - shift and the
/// next; input -1 is zero.
template <class In>
struct HalveJob {
  const In* in = nullptr;
  double* out = nullptr;
  int64_t items = 1;
  int depth = 1, height = 0, width = 0;              // of the input
  int out_depth = 1, out_height = 0, out_width = 0;  // of the output
  int shift[3] = {0, 0, 0};
  bool halves_depth = false;
  SYNERBENCH_HD int64_t in_voxels() const { return items * depth * static_cast<int64_t>(height) * width; }
  SYNERBENCH_HD int64_t out_voxels() const {
    return items * out_depth * static_cast<int64_t>(out_height) * out_width;
  }
  SYNERBENCH_HD int64_t blocks() const { return (out_voxels() + kThreads - 1) / kThreads; }
};

/// Adds up the blocks of each item, in their order. One block per item.
struct SumJob {
  const double* partials = nullptr;  // [items][blocks_per_item][sums]
  double* totals = nullptr;          // [items][sums]
  int64_t items = 1, blocks_per_item = 1;
  int sums = 1;  // at most kMostSums
  SYNERBENCH_HD int64_t blocks() const { return items; }
};
inline constexpr int kMostSums = 16;

}  // namespace synerbench::cuda::detail
