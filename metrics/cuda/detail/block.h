// The bodies of the kernels. A block is written as phases between barriers: each phase is a function of the
// job, the shared memory, a thread's number and its registers. `each` runs a phase for all threads: on the
// device every thread runs it once and waits at a barrier, on the CPU a loop runs it for one thread after the
// other. Everything else is the same code: see emulator.h.
#pragma once

#include "metrics/cuda/detail/job.h"

namespace synerbench::cuda::detail {

// Note [Sums of a block] Sums of threads are added in shared memory: 16 threads per sum take every 16th of
// 256 values, and one adds their 16. The order is fixed by the threads' numbers, and there are no atomics.
template <int kSums>
struct BlockSum {
  static constexpr int kParts = 16;
  static_assert(kSums * kParts <= kThreads, "a thread per part");
  using Shared = Store<double, kSums * kThreads>;

  /// `value(q, registers)` is a thread's share of sum q; to[q] = the sum.
  template <class Each, class Value>
  static SYNERBENCH_HD void run(Shared& shared, int sums, double* to, Each&& each, Value&& value) {
    each([&](int t, auto& registers) {
      SYNERBENCH_UNROLL
      for (int q = 0; q < kSums; ++q) {
        if (q < sums) shared[q * kThreads + t] = value(q, registers);
      }
    });
    each([&](int t, auto&) {
      const int q = t / kParts, part = t % kParts;
      if (q >= sums) return;
      double sum = 0;
      for (int i = part; i < kThreads; i += kParts) sum += shared[q * kThreads + i];
      shared[q * kThreads + part] = sum;  // read by this thread only
    });
    each([&](int t, auto&) {
      if (t >= sums) return;
      double sum = 0;
      for (int part = 0; part < kParts; ++part) sum += shared[t * kThreads + part];
      to[t] = sum;
    });
  }
};

template <class Real>
struct VoxelPair {
  Real x, y;
};

/// The products whose window sums SSIM needs: x, y, x^2 + y^2, x y.
template <class Real>
struct alignas(16) Moments {  // one load of 16 bytes, or two
  Real x, y, squares, xy;

  SYNERBENCH_HD static Moments of(const VoxelPair<Real>& v) {
    return {v.x, v.y, v.x * v.x + v.y * v.y, v.x * v.y};
  }
  SYNERBENCH_HD Moments times(Real w) const { return {w * x, w * y, w * squares, w * xy}; }
  /// this + w m
  SYNERBENCH_HD Moments plus(Real w, const Moments& m) const {
    return {fused(w, m.x, x), fused(w, m.y, y), fused(w, m.squares, squares), fused(w, m.xy, xy)};
  }
};

/// How a block is cut, per kind of window.
template <class RealT, int kTapsT, bool kDeepT>
struct WindowConfig {
  using Real = RealT;
  static constexpr int kTaps = kTapsT, kRadius = kTaps / 2;
  static constexpr bool kDeep = kDeepT;
  // Rows that a thread filters along the height together. Windows along the depth keep kTaps - 1 unfinished
  // sums of four moments per row in registers.
  static constexpr int kRun = (kDeep ? 2 : 4) / (sizeof(Real) / sizeof(float));
  static constexpr int kTileHeight = kThreads / kTileWidth * kRun;
  static constexpr int kInHeight = kTileHeight + 2 * kRadius, kInWidth = kTileWidth + 2 * kRadius;
  // Odd strides: threads that walk down a column meet different banks.
  static constexpr int kInStride = kInWidth | 1, kMomentStride = kTileWidth | 1;
  static constexpr int kSegment = 4;  // outputs that a thread filters along the width together
  static constexpr int kSegments = kTileWidth / kSegment;
  static constexpr int kUnfinished = kDeep ? kTaps - 1 : 1;
  // Blocks that a multiprocessor shall hold at a time, which limits a thread's registers to 65536 / 256 /
  // this. From the words of ptxas (-Xptxas -v, sm_90): without depth nothing is spilled to memory; with depth
  // 70 bytes (float32) and 250 bytes (float64) of a thread are, where one block at a time would spill none.
  static constexpr int kResident = kDeep || sizeof(Real) > sizeof(float) ? 2 : 3;
};

// Note [Shifted windows] In float32 the variance E[x^2] - E[x]^2 of a bright and flat window would be lost to
// rounding. Variances do not change when a constant is taken from all values, so every block takes one near
// its own: the mean of five of its voxels in both images. With s its distance from the zero of the compared
// values, W the sum of the exact weights, and mx, my, m2, mxy the sums of the shifted values,
//   E[x] = mx + s W,   Vx + Vy = m2 - mx^2 - my^2 + t,   2 Cxy = 2 (mxy - mx my) + t,
//   t = 2 (1 - W) s (mx + my + s W),
// where t is 0 but for conventions whose weights do not sum to 1 (float32 kernels). Vx + Vy is floored at 0
// and 2 Cxy kept within it, which is true of the exact numbers, so that neither moves away from them. Equal
// images give 1 and swapped ones the same bits: numerators and denominators go through the same steps.
template <class ConfigT, class Job>
struct SimilarityBlock {
  using Config = ConfigT;
  using Real = typename Config::Real;
  using In = typename Job::Value;
  using Wide = decltype(In() + Real());
  static constexpr int kRadius = Config::kRadius, kResident = Config::kResident;

  struct Tile {
    Store<VoxelPair<Real>, Config::kInHeight * Config::kInStride> in;
    Store<Moments<Real>, Config::kInHeight * Config::kMomentStride> moments;
  };
  union Shared {
    Tile tile;
    BlockSum<kSimilaritySums>::Shared sums;
  };
  struct Registers {
    Real shift;  // of the values as they are
    Real level;  // s of the note
    double sums[kSquaredInside + 1];
    int counts[kNotFinite - kSquaredInside];
    Moments<Real> unfinished[Config::kRun][Config::kUnfinished];
  };

  struct Place {
    int64_t item;
    int row, column;  // of the tile's first voxel
    int first, last;  // slices that are owned
    int begin, end;   // centers among them that count
    int from, to;     // slices that are read; may lie outside the volume where there is a border
  };

  static SYNERBENCH_HD int larger(int a, int b) { return a > b ? a : b; }
  static SYNERBENCH_HD int smaller(int a, int b) { return a < b ? a : b; }

  static SYNERBENCH_HD Place place_of(const Geometry& g, int64_t block) {
    Place p;
    p.item = block / g.blocks_per_item();
    int64_t rest = block % g.blocks_per_item();
    p.column = static_cast<int>(rest % g.tile_columns) * kTileWidth;
    rest /= g.tile_columns;
    p.row = static_cast<int>(rest % g.tile_rows) * Config::kTileHeight;
    p.first = static_cast<int>(rest / g.tile_rows) * g.chunk;
    p.last = smaller(p.first + g.chunk, g.depth);
    p.begin = larger(p.first, g.lo[0]);
    p.end = smaller(p.last, g.hi[0]);
    const int reach = Config::kDeep && p.begin < p.end ? kRadius : 0;
    p.from = reach > 0 ? smaller(p.first, p.begin - reach) : p.first;
    p.to = reach > 0 ? larger(p.last, p.end + reach) : p.last;
    return p;
  }

  static SYNERBENCH_HD In clamped(const Job& job, In v) {
    if (!job.clamped) return v;
    return v < job.low ? job.low : (v > job.high ? job.high : v);
  }
  static SYNERBENCH_HD bool inside(const Job& job, int64_t at) {
    return job.mask == nullptr || element(job.mask, at, job.geometry.items * job.geometry.voxels()) != 0;
  }

  static SYNERBENCH_HD void choose_shift(const Job& job, const Place& p, Registers& r) {
    const Geometry& g = job.geometry;
    const int64_t count = g.items * g.voxels();
    const int slice = (p.first + p.last) / 2;
    Wide sum = 0;
    SYNERBENCH_UNROLL
    for (int i = 0; i < 5; ++i) {  // quarters of the tile, and its middle
      const int down = i == 4 ? 2 : 1 + 2 * (i / 2), right = i == 4 ? 2 : 1 + 2 * (i % 2);
      const int h = smaller(p.row + down * Config::kTileHeight / 4, g.height - 1);
      const int w = smaller(p.column + right * kTileWidth / 4, g.width - 1);
      const int64_t at = ((p.item * g.depth + slice) * g.height + h) * g.width + w;
      const bool low = job.filled && !inside(job, at);
      const In x = low ? job.low : clamped(job, element(job.x, at, count));
      const In y = low ? job.low : clamped(job, element(job.y, at, count));
      sum += static_cast<Wide>(x) + static_cast<Wide>(y);  // the same for swapped images
    }
    r.shift = static_cast<Real>(sum * static_cast<Wide>(0.1));
    r.level = r.shift * job.scale - job.offset;
  }

  static SYNERBENCH_HD void begin(const Job& job, const Place& p, Registers& r) {
    SYNERBENCH_UNROLL
    for (double& sum : r.sums) sum = 0;
    SYNERBENCH_UNROLL
    for (int& count : r.counts) count = 0;
    SYNERBENCH_UNROLL
    for (auto& row : r.unfinished) {
      SYNERBENCH_UNROLL
      for (Moments<Real>& m : row) m = {0, 0, 0, 0};
    }
    choose_shift(job, p, r);
  }
  static SYNERBENCH_HD int& count(Registers& r, SimilaritySum which) {
    return r.counts[which - kSquaredInside - 1];
  }

  /// A slice's voxels of the tile and its rim, shifted; the errors of those that are owned.
  static SYNERBENCH_HD void load(const Job& job, const Place& p, int slice, Shared& shared, int t,
                                 Registers& r) {
    const Geometry& g = job.geometry;
    const int64_t count_all = g.items * g.voxels();
    const int64_t base = (p.item * g.depth + source_index(slice, g.depth, g.border)) * g.height;
    const bool owned_slice = slice >= p.first && slice < p.last;
    const Wide scale = static_cast<Wide>(job.scale), shift = -static_cast<Wide>(r.shift) * scale;
    Wide absolute = 0, squared = 0, absolute_inside = 0, squared_inside = 0;
    // Threads of a row of the tile read one row of the image at a time, from left to right and then the rest
    // of the rim, so that where a column comes from is found out once.
    constexpr int kColumns = (Config::kInWidth + kTileWidth - 1) / kTileWidth, kRows = kThreads / kTileWidth;
    int from[kColumns];
    bool owned_column[kColumns];
    SYNERBENCH_UNROLL
    for (int c = 0; c < kColumns; ++c) {
      const int column = c * kTileWidth + t % kTileWidth, w = p.column + column - kRadius;
      from[c] = source_index(w, g.width, g.border);
      owned_column[c] = owned_slice && column >= kRadius && column < kRadius + kTileWidth && w < g.width;
    }
    SYNERBENCH_UNROLL
    for (int step = 0; step < (Config::kInHeight + kRows - 1) / kRows; ++step) {
      const int row = step * kRows + t / kTileWidth, h = p.row + row - kRadius;
      if (row >= Config::kInHeight) break;
      const int64_t row_start = (base + source_index(h, g.height, g.border)) * g.width;
      const bool owned_row = row >= kRadius && row < kRadius + Config::kTileHeight && h < g.height;
      SYNERBENCH_UNROLL
      for (int c = 0; c < kColumns; ++c) {
        const int column = c * kTileWidth + t % kTileWidth;
        if (column >= Config::kInWidth) break;
        const int64_t at = row_start + from[c];
        In x = element(job.x, at, count_all), y = element(job.y, at, count_all);
        if (!(x - x == 0) || !(y - y == 0)) count(r, kNotFinite) = 1;
        x = clamped(job, x);
        y = clamped(job, y);
        if (owned_row && owned_column[c]) {
          const Wide d = static_cast<Wide>(x) - static_cast<Wide>(y), a = d < 0 ? -d : d;
          absolute += a;
          squared = fused(d, d, squared);
          if (job.mask != nullptr && inside(job, at)) {
            absolute_inside += a;
            squared_inside = fused(d, d, squared_inside);
            ++count(r, kVoxelsInside);
          }
        }
        if (job.filled && !inside(job, at)) x = y = job.low;
        shared.tile.in[row * Config::kInStride + column] = {
            static_cast<Real>(fused(static_cast<Wide>(x), scale, shift)),
            static_cast<Real>(fused(static_cast<Wide>(y), scale, shift))};
      }
    }
    r.sums[kAbsolute] += absolute;
    r.sums[kSquared] += squared;
    r.sums[kAbsoluteInside] += absolute_inside;
    r.sums[kSquaredInside] += squared_inside;
  }

  /// Sums along the width, of the tile's rows and its rim's.
  static SYNERBENCH_HD void filter_width(const Job& job, Shared& shared, int t) {
    constexpr int kAll = Config::kInHeight * Config::kSegments;
    SYNERBENCH_UNROLL
    for (int step = 0; step < (kAll + kThreads - 1) / kThreads; ++step) {
      const int i = step * kThreads + t;
      if (i >= kAll) break;
      const int row = i % Config::kInHeight, column = i / Config::kInHeight * Config::kSegment;
      Moments<Real> sums[Config::kSegment];
      SYNERBENCH_UNROLL
      for (int k = 0; k < Config::kSegment + 2 * kRadius; ++k) {
        const Moments<Real> m = Moments<Real>::of(shared.tile.in[row * Config::kInStride + column + k]);
        SYNERBENCH_UNROLL
        for (int o = 0; o < Config::kSegment; ++o) {
          const int tap = k - o;
          if (tap == 0) sums[o] = m.times(job.weights[2][0]);
          if (tap > 0 && tap < Config::kTaps) sums[o] = sums[o].plus(job.weights[2][tap], m);
        }
      }
      SYNERBENCH_UNROLL
      for (int o = 0; o < Config::kSegment; ++o) {
        shared.tile.moments[row * Config::kMomentStride + column + o] = sums[o];
      }
    }
  }

  /// Sums along the height and, in registers, along the depth; then what SSIM makes of them.
  static SYNERBENCH_HD void filter_height(const Job& job, const Place& p, int slice, Shared& shared, int t,
                                          Registers& r) {
    const int column = t % kTileWidth, row = t / kTileWidth * Config::kRun;
    Moments<Real> sums[Config::kRun];
    SYNERBENCH_UNROLL
    for (int k = 0; k < Config::kRun + 2 * kRadius; ++k) {
      const Moments<Real> m = shared.tile.moments[(row + k) * Config::kMomentStride + column];
      SYNERBENCH_UNROLL
      for (int o = 0; o < Config::kRun; ++o) {
        const int tap = k - o;
        if (tap == 0) sums[o] = m.times(job.weights[1][0]);
        if (tap > 0 && tap < Config::kTaps) sums[o] = sums[o].plus(job.weights[1][tap], m);
      }
    }
    int center = slice;
    if constexpr (Config::kDeep) {
      // Unfinished sum j ends j + 1 slices from here. A step finishes the first and moves the others up.
      constexpr int kLast = Config::kTaps - 1;
      SYNERBENCH_UNROLL
      for (int o = 0; o < Config::kRun; ++o) {
        Moments<Real>* unfinished = r.unfinished[o];
        const Moments<Real> m = sums[o];
        sums[o] = unfinished[0].plus(job.weights[0][kLast], m);
        SYNERBENCH_UNROLL
        for (int j = 0; j + 1 < kLast; ++j) {
          unfinished[j] = unfinished[j + 1].plus(job.weights[0][kLast - 1 - j], m);
        }
        unfinished[kLast - 1] = m.times(job.weights[0][0]);
      }
      center = slice - kRadius;
    }
    if (center < p.begin || center >= p.end) return;
    measure(job, p, center, p.row + row, p.column + column, sums, r);
  }

  static SYNERBENCH_HD void measure(const Job& job, const Place& p, int center, int row, int w,
                                    const Moments<Real>* sums, Registers& r) {
    const Geometry& g = job.geometry;
    if (w < g.lo[2] || w >= g.hi[2]) return;
    Real whole = 0, kept = 0, bound_whole = 0, bound_kept = 0;
    SYNERBENCH_UNROLL
    for (int o = 0; o < Config::kRun; ++o) {
      const int h = row + o;
      if (h < g.lo[1] || h >= g.hi[1]) continue;
      Real bound;
      const Real value = similarity(job, sums[o], r.level, bound);
      whole += value;
      bound_whole += bound;
      if (job.mask != nullptr && inside(job, ((p.item * g.depth + center) * g.height + h) * g.width + w)) {
        kept += value;
        bound_kept += bound;
        ++count(r, kCentersInside);
      }
    }
    r.sums[kWhole] += whole;
    r.sums[kInside] += kept;
    r.sums[kBoundWhole] += bound_whole;
    r.sums[kBoundInside] += bound_kept;
  }

  /// See Note [Shifted windows]; `bound`: see Note [Bound of SSIM] in measure.h.
  static SYNERBENCH_HD Real similarity(const Job& job, const Moments<Real>& m, Real level, Real& bound) {
    const Real moved = level * job.total, x = m.x + moved, y = m.y + moved;
    const Real t = job.twice_deficit * level * ((m.x + m.y) + moved);
    const Real spread = (m.squares - (m.x * m.x + m.y * m.y)) + t;
    const Real variances = spread > 0 ? spread : (spread <= 0 ? Real(0) : spread);  // a NaN stays one
    Real covariances = Real(2) * (m.xy - m.x * m.y) + t;
    covariances = covariances > variances ? variances : covariances;
    covariances = covariances < -variances ? -variances : covariances;
    const Real above = covariances + job.c2, below = variances + job.c2;
    const Real squares = x * x + y * y, far = fused(job.far, variances + squares, m.squares);
    if (job.contrast) {
      bound = far * job.bound_contrast / below;
      return above / below;
    }
    const Real likeness = fused(Real(2), x * y, job.c1), brightness = squares + job.c1;
    const Real product = brightness * below;
    bound = far * fused(job.bound_contrast, brightness, job.bound_luminance * below) / product;
    return likeness * above / product;
  }

  template <class Each>
  static SYNERBENCH_HD void run(const Job& job, int64_t block, Shared& shared, Each&& each) {
    const Place p = place_of(job.geometry, block);
    // Without windows along the depth a block owns one slice; said like this, sums need no registers before.
    const int to = Config::kDeep ? p.to : p.from + 1;
    for (int slice = p.from; slice < to; ++slice) {
      each([&](int t, Registers& r) {
        if (slice == p.from) begin(job, p, r);
        load(job, p, slice, shared, t, r);
      });
      each([&](int t, Registers&) { filter_width(job, shared, t); });
      each([&](int t, Registers& r) { filter_height(job, p, slice, shared, t, r); });
    }
    BlockSum<kSimilaritySums>::run(
        shared.sums, kSimilaritySums, job.partials + block * kSimilaritySums, each,
        [](int q, const Registers& r) {
          return q <= kSquaredInside ? r.sums[q] : static_cast<double>(r.counts[q - kSquaredInside - 1]);
        });
  }
};

template <class Job>
struct ErrorsBlock {
  using Real = typename Job::Number;
  using Shared = BlockSum<kMostSums>::Shared;
  static constexpr int kResident = 6;
  struct Registers {
    double sums[kMostBands * kErrorSums];
    int not_finite;
  };

  static SYNERBENCH_HD float clamped(const Job& job, float v) {
    if (!job.clamped) return v;
    return v < job.low ? job.low : (v > job.high ? job.high : v);
  }

  static SYNERBENCH_HD void add(const Job& job, int64_t block, int t, Registers& r) {
    Real absolute[kMostBands] = {}, squared[kMostBands] = {};
    int voxels[kMostBands] = {};
    r.not_finite = 0;
    const int64_t item = block / job.blocks_per_item;
    const int64_t first = block % job.blocks_per_item * (kThreads * kVoxelsPerThread);
    const int64_t all = job.items * job.voxels;
    SYNERBENCH_UNROLL
    for (int step = 0; step < kVoxelsPerThread; ++step) {
      const int64_t i = first + step * kThreads + t;
      if (i >= job.voxels) break;
      const int64_t at = item * job.voxels + i;
      const float raw_x = element(job.x, at, all), raw_y = element(job.y, at, all);
      if (!(raw_x - raw_x == 0) || !(raw_y - raw_y == 0)) r.not_finite = 1;
      if (job.mask != nullptr && element(job.mask, at, all) == 0) continue;
      const Real d = static_cast<Real>(clamped(job, raw_x)) - static_cast<Real>(clamped(job, raw_y));
      const Real a = d < 0 ? -d : d;
      SYNERBENCH_UNROLL
      for (int band = 0; band < kMostBands; ++band) {
        if (band >= job.bands || !(raw_y >= job.from[band] && raw_y <= job.to[band])) continue;
        absolute[band] += a;
        squared[band] = fused(d, d, squared[band]);
        ++voxels[band];
      }
    }
    SYNERBENCH_UNROLL
    for (int band = 0; band < kMostBands; ++band) {
      r.sums[band * kErrorSums + kBandAbsolute] = absolute[band];
      r.sums[band * kErrorSums + kBandSquared] = squared[band];
      r.sums[band * kErrorSums + kBandVoxels] = voxels[band];
    }
  }

  template <class Each>
  static SYNERBENCH_HD void run(const Job& job, int64_t block, Shared& shared, Each&& each) {
    each([&](int t, Registers& r) { add(job, block, t, r); });
    const int last = job.sums() - 1;
    BlockSum<kMostSums>::run(shared, job.sums(), job.partials + block * job.sums(), each,
                             [last](int q, const Registers& r) {
                               if (q == last) return static_cast<double>(r.not_finite);
                               return q < kMostBands * kErrorSums ? r.sums[q] : 0.0;
                             });
  }
};

template <class In>
struct HalveBlock {
  using Job = HalveJob<In>;
  struct Shared {};
  static constexpr int kResident = 8;
  struct Registers {};

  /// Adds in the order of the CPU's half_size(), and gives its bits.
  static SYNERBENCH_HD void halve(const Job& job, int64_t block, int t) {
    int64_t rest = block * kThreads + t;
    if (rest >= job.out_voxels()) return;
    double* out = job.out + rest;
    const int w = static_cast<int>(rest % job.out_width) * 2 - job.shift[2];
    rest /= job.out_width;
    const int h = static_cast<int>(rest % job.out_height) * 2 - job.shift[1];
    rest /= job.out_height;
    const int d = static_cast<int>(rest % job.out_depth) * (job.halves_depth ? 2 : 1) - job.shift[0];
    const int64_t item = rest / job.out_depth;
    double sum = 0;
    for (int from_d = d; from_d <= d + (job.halves_depth ? 1 : 0); ++from_d) {
      for (int from_h = h; from_h <= h + 1; ++from_h) {
        if (from_d < 0 || from_h < 0) continue;
        const int64_t row = ((item * job.depth + from_d) * job.height + from_h) * job.width;
        const double left = w < 0 ? 0.0 : static_cast<double>(element(job.in, row + w, job.in_voxels()));
        sum += left + static_cast<double>(element(job.in, row + w + 1, job.in_voxels()));
      }
    }
    *out = sum * (job.halves_depth ? 0.125 : 0.25);
  }

  template <class Each>
  static SYNERBENCH_HD void run(const Job& job, int64_t block, Shared&, Each&& each) {
    each([&](int t, Registers&) { halve(job, block, t); });
  }
};

struct SumBlock {
  using Shared = BlockSum<kMostSums>::Shared;
  static constexpr int kResident = 1;
  struct Registers {
    double sums[kMostSums];
  };

  template <class Each>
  static SYNERBENCH_HD void run(const SumJob& job, int64_t item, Shared& shared, Each&& each) {
    each([&](int t, Registers& r) {
      SYNERBENCH_UNROLL
      for (double& sum : r.sums) sum = 0;
      const int64_t all = job.items * job.blocks_per_item * job.sums;
      for (int64_t block = t; block < job.blocks_per_item; block += kThreads) {
        SYNERBENCH_UNROLL
        for (int q = 0; q < kMostSums; ++q) {
          if (q < job.sums) {
            r.sums[q] += element(job.partials, (item * job.blocks_per_item + block) * job.sums + q, all);
          }
        }
      }
    });
    BlockSum<kMostSums>::run(shared, job.sums, job.totals + item * job.sums, each,
                             [](int q, const Registers& r) { return r.sums[q]; });
  }
};

/// The block that does a job: calls visit(block type).
template <class Block>
struct BlockType {
  using Type = Block;
};
template <class In, class Real, class Visit>
void with_block(const SimilarityJob<In, Real>& job, Visit&& visit) {
  using Job = SimilarityJob<In, Real>;
  // Halved images are those of MS-SSIM, whose windows have 11 taps.
  if constexpr (std::is_same_v<In, float>) {
    if (job.taps == 7 && job.deep)
      return visit(BlockType<SimilarityBlock<WindowConfig<Real, 7, true>, Job>>());
    if (job.taps == 7) return visit(BlockType<SimilarityBlock<WindowConfig<Real, 7, false>, Job>>());
  }
  if (job.deep) return visit(BlockType<SimilarityBlock<WindowConfig<Real, 11, true>, Job>>());
  visit(BlockType<SimilarityBlock<WindowConfig<Real, 11, false>, Job>>());
}
template <class Real, class Visit>
void with_block(const ErrorsJob<Real>&, Visit&& visit) {
  visit(BlockType<ErrorsBlock<ErrorsJob<Real>>>());
}
template <class In, class Visit>
void with_block(const HalveJob<In>&, Visit&& visit) {
  visit(BlockType<HalveBlock<In>>());
}
template <class Visit>
void with_block(const SumJob&, Visit&& visit) {
  visit(BlockType<SumBlock>());
}

}  // namespace synerbench::cuda::detail
