// The loops of kernels.h, written once for any number of lanes. Included by the files that are compiled for
// one instruction set each, and by nothing else. See Note [Equal bytes on every processor].
//
// Nothing here may come out of the file but through a Kernels table: no function of the standard library, no
// inline function that another file could share, since the linker keeps one copy of those for the whole
// program, and it may keep the one with instructions that the processor lacks. Templates carry the type of
// the lanes in their names.
#pragma once

#include "metrics/detail/kernels.h"

#define SYNERBENCH_INLINE inline __attribute__((always_inline))

namespace synerbench::detail {

/// One value at a time. `Set`: the instruction set of the file, see above.
template <class Set>
struct OneLane {
  using V = double;
  static constexpr int kCount = 1;
  static constexpr int kSkew = 0;  // see Kernels::skew
  static SYNERBENCH_INLINE V load(const double* p) { return *p; }
  static SYNERBENCH_INLINE void store(double* p, V v) { *p = v; }
  static SYNERBENCH_INLINE V all(double v) { return v; }
  /// The value is in a register from here on.
  static SYNERBENCH_INLINE void pin(V&) {}
  static SYNERBENCH_INLINE V add(V a, V b) { return a + b; }
  static SYNERBENCH_INLINE V sub(V a, V b) { return a - b; }
  static SYNERBENCH_INLINE V mul(V a, V b) { return a * b; }
  static SYNERBENCH_INLINE V div(V a, V b) { return a / b; }
  static SYNERBENCH_INLINE V fma(V a, V b, V c) { return __builtin_fma(a, b, c); }
  static SYNERBENCH_INLINE V fms(V a, V b, V c) { return __builtin_fma(a, b, -c); }
  static SYNERBENCH_INLINE V max(V a, V b) { return a > b ? a : b; }
  static SYNERBENCH_INLINE V min(V a, V b) { return a < b ? a : b; }
  static SYNERBENCH_INLINE V root(V a) { return __builtin_sqrt(a); }
  static SYNERBENCH_INLINE V keep(V v, const uint64_t* bits) { return *bits != 0 ? v : 0.0; }
  static SYNERBENCH_INLINE V keep(V v, const uint8_t* inside) { return *inside != 0 ? v : 0.0; }
  static SYNERBENCH_INLINE V keep_between(V v, V key, V low, V high) {
    return key >= low && key <= high ? v : 0.0;
  }
  /// Four rows of four columns at a time; see Kernels::transpose.
  static SYNERBENCH_INLINE void transpose_4x4(const double* in, int64_t stride, double* out) {
    for (int c = 0; c < 4; ++c) {
      for (int r = 0; r < 4; ++r) out[c * (kBlockRows + kSkew) + r] = in[r * stride + c];
    }
  }
};

/// The loops in terms of L, which has the members of OneLane.
template <class L>
struct Loops {
  using V = typename L::V;
  static constexpr int kLanes = L::kCount;
  static constexpr int kSkew = L::kSkew, kTurnedStride = kBlockRows + kSkew;

  // ---- errors ---------------------------------------------------------------------------------------------

  static bool finite(const double* x, int64_t count) {
    // x * 0 is 0 for every finite x and NaN for the rest.
    constexpr int kSums = 4;
    V sums[kSums];
    for (V& sum : sums) sum = L::all(0);
    int64_t i = 0;
    for (; i + kSums * kLanes <= count; i += kSums * kLanes) {
      for (int s = 0; s < kSums; ++s) sums[s] = L::fma(L::load(x + i + s * kLanes), L::all(0), sums[s]);
    }
    double lanes[kLanes], total = 0;
    L::store(lanes, L::add(L::add(sums[0], sums[1]), L::add(sums[2], sums[3])));
    for (const double lane : lanes) total += lane;
    for (; i < count; ++i) total += x[i] * 0.0;
    return total == 0;
  }

  template <class Lanes, bool kClamp, bool kInside, bool kRange>
  static SYNERBENCH_INLINE void errors_at(const double* x, const double* y, const Clamp& clamp,
                                          const uint8_t* inside, double low, double high, int64_t i,
                                          typename Lanes::V* sums) {
    auto a = Lanes::load(x + i), b = Lanes::load(y + i);
    const auto target = b;
    if constexpr (kClamp) {
      const auto lowest = Lanes::all(clamp.low), highest = Lanes::all(clamp.high);
      a = Lanes::min(Lanes::max(a, lowest), highest);
      b = Lanes::min(Lanes::max(b, lowest), highest);
    }
    auto error = Lanes::sub(a, b), one = Lanes::all(1);
    if constexpr (kInside) {
      error = Lanes::keep(error, inside + i);
      one = Lanes::keep(one, inside + i);
    }
    if constexpr (kRange) {
      error = Lanes::keep_between(error, target, Lanes::all(low), Lanes::all(high));
      one = Lanes::keep_between(one, target, Lanes::all(low), Lanes::all(high));
    }
    sums[0] = Lanes::add(sums[0], Lanes::max(error, Lanes::sub(Lanes::all(0), error)));
    sums[1] = Lanes::add(sums[1], Lanes::mul(error, error));
    if constexpr (kInside || kRange) sums[2] = Lanes::add(sums[2], one);
  }

  template <bool kClamp, bool kInside, bool kRange>
  static SYNERBENCH_INLINE void errors_loop(const double* x, const double* y, int64_t count,
                                            const Clamp& clamp, const uint8_t* inside, double low,
                                            double high, RowErrors& sums) {
    constexpr int kParts = 8 / kLanes;
    V parts[kParts][3];
    for (auto& part : parts) part[0] = part[1] = part[2] = L::all(0);
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
#pragma GCC unroll 8
      for (int part = 0; part < kParts; ++part) {
        errors_at<L, kClamp, kInside, kRange>(x, y, clamp, inside, low, high, i + part * kLanes, parts[part]);
      }
    }
    for (int part = 0; part < kParts; ++part) {
      L::store(sums.absolute + part * kLanes, parts[part][0]);
      L::store(sums.squared + part * kLanes, parts[part][1]);
      L::store(sums.voxels + part * kLanes, parts[part][2]);
    }
    for (int lane = 0; i < count; ++i, ++lane) {
      double one[3] = {sums.absolute[lane], sums.squared[lane], sums.voxels[lane]};
      errors_at<OneLane<L>, kClamp, kInside, kRange>(x, y, clamp, inside, low, high, i, one);
      sums.absolute[lane] = one[0];
      sums.squared[lane] = one[1];
      sums.voxels[lane] = one[2];
    }
    if constexpr (!kInside && !kRange) {
      for (double& voxels : sums.voxels) voxels = 0;
      sums.voxels[0] = static_cast<double>(count);
    }
  }

  template <bool kClamp, bool kInside>
  static SYNERBENCH_INLINE void errors_of(const double* x, const double* y, int64_t count, const Clamp& clamp,
                                          const uint8_t* inside, double low, double high, RowErrors& sums) {
    if (low == -__builtin_inf() && high == __builtin_inf()) {
      errors_loop<kClamp, kInside, false>(x, y, count, clamp, inside, low, high, sums);
    } else {
      errors_loop<kClamp, kInside, true>(x, y, count, clamp, inside, low, high, sums);
    }
  }

  static void errors(const double* x, const double* y, int64_t count, const Clamp* clamp,
                     const uint8_t* inside, double low, double high, RowErrors& sums) {
    const Clamp none;
    if (clamp == nullptr && inside == nullptr) {
      errors_of<false, false>(x, y, count, none, inside, low, high, sums);
    } else if (clamp == nullptr) {
      errors_of<false, true>(x, y, count, none, inside, low, high, sums);
    } else if (inside == nullptr) {
      errors_of<true, false>(x, y, count, *clamp, inside, low, high, sums);
    } else {
      errors_of<true, true>(x, y, count, *clamp, inside, low, high, sums);
    }
  }

  // ---- products -------------------------------------------------------------------------------------------

  template <class Lanes, bool kClamp, bool kInside, bool kApart>
  static SYNERBENCH_INLINE void products_at(const double* x, const double* y, const Clamp& clamp,
                                            const uint8_t* inside, int64_t i, double* const* out) {
    auto a = Lanes::load(x + i), b = Lanes::load(y + i);
    if constexpr (kClamp) {
      const auto low = Lanes::all(clamp.low), high = Lanes::all(clamp.high),
                 offset = Lanes::all(clamp.offset);
      a = Lanes::sub(Lanes::min(Lanes::max(a, low), high), offset);
      b = Lanes::sub(Lanes::min(Lanes::max(b, low), high), offset);
    }
    if constexpr (kInside) {
      a = Lanes::keep(a, inside + i);
      b = Lanes::keep(b, inside + i);
    }
    const auto aa = Lanes::mul(a, a), bb = Lanes::mul(b, b);
    Lanes::store(out[0] + i, a);
    Lanes::store(out[1] + i, b);
    Lanes::store(out[2] + i, kApart ? aa : Lanes::add(aa, bb));
    Lanes::store(out[3] + i, Lanes::mul(a, b));
    if constexpr (kApart) Lanes::store(out[4] + i, bb);
  }

  template <bool kClamp, bool kInside, bool kApart>
  static SYNERBENCH_INLINE void products_loop(const double* x, const double* y, int64_t count,
                                              const Clamp& clamp, const uint8_t* inside, double* const* out) {
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
      products_at<L, kClamp, kInside, kApart>(x, y, clamp, inside, i, out);
    for (; i < count; ++i) products_at<OneLane<L>, kClamp, kInside, kApart>(x, y, clamp, inside, i, out);
  }

  template <bool kApart>
  static SYNERBENCH_INLINE void products_of(const double* x, const double* y, int64_t count,
                                            const Clamp* clamp, const uint8_t* inside, double* const* out) {
    const Clamp none;
    if (clamp == nullptr && inside == nullptr) {
      products_loop<false, false, kApart>(x, y, count, none, inside, out);
    } else if (clamp == nullptr) {
      products_loop<false, true, kApart>(x, y, count, none, inside, out);
    } else if (inside == nullptr) {
      products_loop<true, false, kApart>(x, y, count, *clamp, inside, out);
    } else {
      products_loop<true, true, kApart>(x, y, count, *clamp, inside, out);
    }
  }

  static void products(const double* x, const double* y, int64_t count, const Clamp* clamp,
                       const uint8_t* inside, Squares squares, double* const* out) {
    if (squares == Squares::kApart) {
      products_of<true>(x, y, count, clamp, inside, out);
    } else {
      products_of<false>(x, y, count, clamp, inside, out);
    }
  }

  // ---- windows along one axis -----------------------------------------------------------------------------
  // One vector of columns goes down all outputs before the next, so that a value comes from the second-level
  // cache once and from the first-level cache afterwards. Every value is loaded once per group of outputs and
  // kept in a register (`pin`; g++ 12 would rather load it again for each use).

  /// Walks along the rows of one column. g++ 12 would work out the address of every row anew from the first
  /// one, which takes longer than the sums.
  struct Strided {
    const double* in;
    int64_t stride;
    struct Cursor {
      const double* p;
      int64_t stride;
      SYNERBENCH_INLINE V next() {
        const double* here = p;
        p += stride;
        __asm__("" : "+r"(p));
        return pinned(here);
      }
      SYNERBENCH_INLINE V previous() {
        const double* here = p;
        p -= stride;
        __asm__("" : "+r"(p));
        return pinned(here);
      }
    };
    SYNERBENCH_INLINE Cursor at(int64_t j, int64_t i) const { return {in + j * stride + i, stride}; }
  };
  /// Rows of a block that was laid out column after column: offsets known when compiling.
  struct OfBlock {
    const double* in;
    struct Cursor {
      const double* p;
      SYNERBENCH_INLINE V next() {
        p += kTurnedStride;
        return pinned(p - kTurnedStride);
      }
      SYNERBENCH_INLINE V previous() {
        p -= kTurnedStride;
        return pinned(p + kTurnedStride);
      }
    };
    SYNERBENCH_INLINE Cursor at(int64_t j, int64_t i) const { return {in + j * kTurnedStride + i}; }
  };
  struct Listed {
    const double* const* rows;
    struct Cursor {
      const double* const* row;
      int64_t i;
      SYNERBENCH_INLINE V next() { return pinned(*row++ + i); }
      SYNERBENCH_INLINE V previous() { return pinned(*row-- + i); }
    };
    SYNERBENCH_INLINE Cursor at(int64_t j, int64_t i) const { return {rows + j, i}; }
  };

  static SYNERBENCH_INLINE V pinned(const double* p) {
    V v = L::load(p);
    L::pin(v);
    return v;
  }

  /// The sum over one window: the pairs from the outermost to the middle one, in turns to one of two chains,
  /// so that a processor that looks 60 instructions ahead always finds one whose terms are ready.
  struct Chains {
    V even, odd;
    SYNERBENCH_INLINE void add(int k, V weight, V pair) {
      V& chain = k % 2 == 0 ? even : odd;
      chain = k < 2 ? L::mul(weight, pair) : L::fma(weight, pair, chain);
    }
    SYNERBENCH_INLINE V sum(int terms) const { return terms == 1 ? even : L::add(even, odd); }
  };

  /// Any weights.
  template <class Rows>
  static SYNERBENCH_INLINE V folded(const Rows& rows, int64_t j, int64_t i, const double* weights,
                                    int radius) {
    auto lower = rows.at(j, i), upper = rows.at(j + 2 * radius, i);
    Chains chains{L::all(0), L::all(0)};
    for (int k = 0; k < radius; ++k)
      chains.add(k, L::all(weights[k]), L::add(lower.next(), upper.previous()));
    chains.add(radius, L::all(weights[radius]), lower.next());
    return chains.sum(radius + 1);
  }

  /// Two outputs at a time: 2 kRadius + 2 loads instead of 4 kRadius + 2. The chains of operations are those
  /// of folded().
  template <int kRadius, class Rows>
  static SYNERBENCH_INLINE void weigh_pairs(const double* weights, const Rows& rows, int64_t outputs,
                                            int64_t count, double* out, int64_t out_stride) {
    V w[kRadius + 1];
    for (int k = 0; k <= kRadius; ++k) w[k] = L::all(weights[k]);
    for (int64_t i = 0; i < count; i += kLanes) {
      double* to = out + i;
      int64_t j = 0;
      for (; j + 2 <= outputs; j += 2, to += 2 * out_stride) {
        // Output 0 pairs the rows k and 2 kRadius - k, output 1 those one further: the lower row of the next
        // k and the upper row of the previous k.
        auto rising = rows.at(j, i), falling = rows.at(j + 2 * kRadius + 1, i);
        V lower = rising.next(), upper_of_1 = falling.previous();
        Chains chains{L::all(0), L::all(0)}, chains_of_1{L::all(0), L::all(0)};
#pragma GCC unroll 16
        for (int k = 0; k < kRadius; ++k) {
          const V lower_of_1 = rising.next(), upper = falling.previous();
          chains.add(k, w[k], L::add(lower, upper));
          chains_of_1.add(k, w[k], L::add(lower_of_1, upper_of_1));
          lower = lower_of_1;
          upper_of_1 = upper;
        }
        chains.add(kRadius, w[kRadius], lower);
        chains_of_1.add(kRadius, w[kRadius], upper_of_1);
        L::store(to, chains.sum(kRadius + 1));
        L::store(to + out_stride, chains_of_1.sum(kRadius + 1));
      }
      if (j < outputs) L::store(to, folded(rows, j, i, weights, kRadius));
    }
  }

  /// Uniform windows of 7, four outputs at a time: see Note [Sums of uniform windows].
  template <class Rows>
  static SYNERBENCH_INLINE void add_sevens(const Rows& rows, int64_t outputs, int64_t count, double* out,
                                           int64_t out_stride) {
    for (int64_t i = 0; i < count; i += kLanes) {
      double* to = out + i;
      for (int64_t j = 0; j < outputs; j += 4, to += 4 * out_stride) {
        auto row = rows.at(j, i);
        const V v0 = row.next(), v1 = row.next(), v2 = row.next(), v3 = row.next(), v4 = row.next();
        const V before = L::add(v1, v2);
        V shared = L::add(v3, v4);
        const V v5 = row.next(), v6 = row.next();
        shared = L::add(shared, L::add(v5, v6));
        L::store(to, L::add(L::add(v0, before), shared));
        if (j + 1 == outputs) break;
        const V v7 = row.next();
        L::store(to + out_stride, L::add(L::add(before, v7), shared));
        if (j + 2 == outputs) break;
        const V after = L::add(v7, row.next());
        L::store(to + 2 * out_stride, L::add(L::add(v2, after), shared));
        if (j + 3 == outputs) break;
        L::store(to + 3 * out_stride, L::add(L::add(after, row.next()), shared));
      }
    }
  }

  template <class Rows>
  static SYNERBENCH_INLINE void weigh_any(const Taps& taps, const Rows& rows, int64_t outputs, int64_t count,
                                          double* out, int64_t out_stride) {
    for (int64_t i = 0; i < count; i += kLanes) {
      for (int64_t j = 0; j < outputs; ++j) {
        V sum;
        if (taps.unit) {
          auto row = rows.at(j, i);
          sum = row.next();
          for (int k = 1; k < taps.count; ++k) sum = L::add(sum, row.next());
        } else {
          sum = folded(rows, j, i, taps.weights, taps.count / 2);
        }
        L::store(out + j * out_stride + i, sum);
      }
    }
  }

  template <class Rows>
  static SYNERBENCH_INLINE void weigh_dispatch(const Taps& taps, const Rows& rows, int64_t outputs,
                                               int64_t count, double* out, int64_t out_stride) {
    if (taps.unit && taps.count == 7) {
      add_sevens(rows, outputs, count, out, out_stride);
    } else if (!taps.unit && taps.count == 11) {
      weigh_pairs<5>(taps.weights, rows, outputs, count, out, out_stride);
    } else {
      weigh_any(taps, rows, outputs, count, out, out_stride);
    }
  }

  static void weigh_rows(const Taps& taps, const double* const* rows, int64_t outputs, int64_t count,
                         double* out, int64_t out_stride) {
    weigh_dispatch(taps, Listed{rows}, outputs, count, out, out_stride);
  }
  static void weigh(const Taps& taps, const double* in, int64_t in_stride, int64_t outputs, int64_t count,
                    double* out, int64_t out_stride) {
    weigh_dispatch(taps, Strided{in, in_stride}, outputs, count, out, out_stride);
  }
  static void weigh_block(const Taps& taps, const double* in, int64_t outputs, double* out) {
    weigh_dispatch(taps, OfBlock{in}, outputs, kBlockRows, out, kBlockRows);
  }

  // ---- blocks ---------------------------------------------------------------------------------------------

  static void transpose(const double* in, int64_t stride, int64_t columns, double* out) {
    for (int64_t c = 0; c < columns; c += 4) {
      L::transpose_4x4(in + c, stride, out + c * kTurnedStride);
      L::transpose_4x4(in + 4 * stride + c, stride, out + c * kTurnedStride + 4);
    }
  }

  /// See Note [SSIM of window sums].
  template <bool kFloored>
  struct Formula {
    V voxels, c1, c2, scale, twice_scale, two, zero;
    explicit SYNERBENCH_INLINE Formula(const SsimConstants& k)
        : voxels(L::all(k.voxels)),
          c1(L::all(k.scale * k.c1)),
          c2(L::all(k.c2)),
          scale(L::all(k.scale)),
          twice_scale(L::all(2 * k.scale)),
          two(L::all(2)),
          zero(L::all(0)) {}

    struct Parts {
      V product, squares;        // Sx Sy, Sx^2 + Sy^2
      V numerator, denominator;  // of the contrast term
    };
    /// n sum - product
    SYNERBENCH_INLINE V spread(V sum, V product) const { return L::fms(voxels, sum, product); }
    SYNERBENCH_INLINE Parts parts(V x, V y, V squares, V xy, V yy) const {
      Parts p;
      const V square_x = L::mul(x, x), square_y = L::mul(y, y);
      p.product = L::mul(x, y);
      p.squares = L::add(square_x, square_y);
      V variances;
      if constexpr (kFloored) {
        variances = L::add(L::max(spread(squares, square_x), zero), L::max(spread(yy, square_y), zero));
      } else {
        variances = spread(squares, p.squares);
      }
      p.numerator = L::fma(two, spread(xy, p.product), c2);
      p.denominator = L::add(variances, c2);
      return p;
    }
    SYNERBENCH_INLINE V contrast(const Parts& p) const { return L::div(p.numerator, p.denominator); }
    SYNERBENCH_INLINE V ssim(const Parts& p) const {
      const V above = L::fma(p.product, twice_scale, c1), below = L::fma(p.squares, scale, c1);
      return L::div(L::mul(above, p.numerator), L::mul(below, p.denominator));
    }
  };

  template <bool kFloored, bool kContrast, bool kInside>
  static SYNERBENCH_INLINE void similarity_loop(const MomentBlock& block, const SsimConstants& constants,
                                                const uint64_t* inside, BlockSums& sums) {
    const Formula<kFloored> formula(constants);
    for (int r = 0; r < kBlockRows; r += kLanes) {
      V whole = L::all(0), kept = L::all(0);
      for (int64_t c = 0; c < block.columns; ++c) {
        const int64_t i = c * kBlockRows + r;
        const V x = L::load(block.x + i), yy = kFloored ? L::load(block.yy + i) : x;
        const auto parts =
            formula.parts(x, L::load(block.y + i), L::load(block.squares + i), L::load(block.xy + i), yy);
        const V value = kContrast ? formula.contrast(parts) : formula.ssim(parts);
        whole = L::add(whole, value);
        if constexpr (kInside) kept = L::add(kept, L::keep(value, inside + i));
      }
      L::store(sums.whole + r, whole);
      L::store(sums.inside + r, kept);
    }
  }

  template <bool kFloored, bool kContrast>
  static SYNERBENCH_INLINE void similarity_of(const MomentBlock& block, const SsimConstants& constants,
                                              const uint64_t* inside, BlockSums& sums) {
    if (inside == nullptr) {
      similarity_loop<kFloored, kContrast, false>(block, constants, inside, sums);
    } else {
      similarity_loop<kFloored, kContrast, true>(block, constants, inside, sums);
    }
  }

  static void similarity(const MomentBlock& block, const SsimConstants& constants, Term term, bool floored,
                         const uint64_t* inside, BlockSums& sums) {
    if (floored && term == Term::kContrast) {
      similarity_of<true, true>(block, constants, inside, sums);
    } else if (floored) {
      similarity_of<true, false>(block, constants, inside, sums);
    } else if (term == Term::kContrast) {
      similarity_of<false, true>(block, constants, inside, sums);
    } else {
      similarity_of<false, false>(block, constants, inside, sums);
    }
  }

  static void synthrad2025(const MomentBlock& block, const SsimConstants& constants, double* product) {
    const V voxels = L::all(constants.voxels);
    const V c1 = L::all(constants.c1), c2 = L::all(constants.c2), c3 = L::all(constants.c2 / 2);
    const V zero = L::all(0);
    for (int64_t i = 0; i < block.columns * kBlockRows; i += kLanes) {
      const V x = L::load(block.x + i), y = L::load(block.y + i);
      const V xx = L::mul(x, x), yy = L::mul(y, y), xy = L::mul(x, y);
      const auto spread = [&](V sum, V product_of_sums) { return L::fms(voxels, sum, product_of_sums); };
      const V variance_x = spread(L::load(block.squares + i), xx);
      const V variance_y = spread(L::load(block.yy + i), yy);
      const V covariance = spread(L::load(block.xy + i), xy);
      // One root of the product would differ from the original's two roots in the last bits; so two roots.
      const V deviations = L::mul(L::root(L::max(variance_x, zero)), L::root(L::max(variance_y, zero)));
      const V luminance = L::div(L::add(L::add(xy, xy), c1), L::add(L::add(xx, yy), c1));
      const V contrast =
          L::div(L::add(L::add(deviations, deviations), c2), L::add(L::add(variance_x, variance_y), c2));
      const V structure = L::div(L::add(covariance, c3), L::add(deviations, c3));
      L::store(product + i,
               L::mul(L::mul(L::max(luminance, zero), L::max(contrast, zero)), L::max(structure, zero)));
    }
  }

  static constexpr Kernels table(const char* name) {
    return {name,   kSkew,      &finite,      &errors,     &products,    &weigh_rows,
            &weigh, &transpose, &weigh_block, &similarity, &synthrad2025};
  }
};

}  // namespace synerbench::detail
