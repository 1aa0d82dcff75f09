// The inner loops of the window engine. Everything slow about SSIM happens here and nowhere else.
#pragma once

#include <cstdint>

namespace synerbench::detail {

// Note [Equal bytes on every processor]
// The loops of kernels_body.h are compiled for plain x86-64 (or whatever the compiler is asked for), for AVX2
// and for AVX-512, and the best is chosen when the first image is measured. They give the same bits
// everywhere: vector instructions only work on several outputs at once, each output is one chain of
// operations that does not depend on how many, and a multiply and an add are fused where the source says so
// (`fma`) and nowhere else (-ffp-contract=off). A processor without such an instruction gets the same bits
// from the C library's fma(), slowly.

/// The products whose window sums SSIM needs.
enum class Squares {
  kTogether,  // x, y, x^2 + y^2, xy: enough wherever only the sum of the two variances counts
  kApart,     // x, y, x^2, xy, y^2
};
inline constexpr int kMaxMoments = 5;
inline constexpr int moment_count(Squares squares) { return squares == Squares::kTogether ? 4 : 5; }

/// Weights along one axis: an odd number, the same from both ends. unit: all are 1 and the sum is scaled
/// later, so sums of whole numbers stay exact.
struct Taps {
  const double* weights = nullptr;
  int count = 1;
  bool unit = false;
};

// Note [Sums of uniform windows] Neighboring windows share most of their voxels. A running sum (add the next
// voxel, take the last one away) would need two additions, but its error grows along the row and a large
// value leaves a trace behind it. Here four windows of 7 in a row share the sum of the four voxels that all
// of them hold, and the pairs beside it: 13 additions instead of 24, nothing is ever taken away, and no term
// passes through more than 5 additions along an axis (6 in a plain loop). So a window's sum is within 5 units
// of rounding (2^-53) of the sum of its absolute values per axis, wherever it lies, and sums of whole numbers
// below 2^53 are exact.

/// Values changed on their way in: clamped to [low, high], then `offset` subtracted.
struct Clamp {
  double low = 0, high = 0, offset = 0;
};

/// Sums over a row; term i is in lane i mod 8.
struct RowErrors {
  double absolute[8], squared[8], voxels[8];
};

/// Voxels that the lanes of a block hold: rows of the map, one beside the other.
inline constexpr int kBlockRows = 8;

/// Window sums of `columns` voxels in each of kBlockRows rows: voxel (r, c) is at [c * kBlockRows + r].
struct MomentBlock {
  int64_t columns = 0;
  const double* x = nullptr;        // sum of x
  const double* y = nullptr;        // sum of y
  const double* squares = nullptr;  // kTogether: of x^2 + y^2; kApart: of x^2
  const double* xy = nullptr;       // of xy
  const double* yy = nullptr;       // kApart only: of y^2
};

// Note [SSIM of window sums]
// With window sums S = n E (n = 1 for weights that sum to 1) every term is used n^2 / f times as large, f = 1
// or n / (n - 1) for the sample covariance, so that nothing is divided before the last step and whole numbers
// stay whole:
//   SSIM = ((2 Sx Sy + n^2 C1) (2 (n Sxy - Sx Sy) + n^2 C2 / f)) /
//          ((Sx^2 + Sy^2 + n^2 C1) (n Sxx+yy - Sx^2 - Sy^2 + n^2 C2 / f)).
// Equal images give 1 and swapped images the same bits: numerator and denominator go through the same steps.
// One division instead of two; `scale`, a power of two near 1 / (n R)^2, keeps the products of the two
// factors within the range of a double for every R whose square is.
struct SsimConstants {
  double c1 = 0, c2 = 0;  // n^2 C1, n^2 C2 / f
  double voxels = 1;      // n
  double scale = 1;
};

/// Sums over the columns of a block, per row; `inside`: of the voxels whose `inside` is set.
struct BlockSums {
  double whole[kBlockRows], inside[kBlockRows];
};

/// A term of SSIM: what is averaged.
enum class Term { kSsim, kContrast };

/// One set of loops. Rows are `count` values long; buffers may be of any alignment.
struct Kernels {
  const char* name;  // "portable", "avx2", "avx512"
  // Rows of a buffer should begin this many values (half a cache line) after a border of lines, in turns.
  // AMD's first-level cache reads two vectors of 32 bytes at a time only from different halves of their
  // lines, and filters read one column of many rows.
  int skew;

  /// Whether no value is a NaN or an infinity.
  bool (*finite)(const double* x, int64_t count);
  /// Of x - y, both clamped where `clamp` is not null, over the voxels that are `inside` (null: all) and
  /// whose y, not clamped, lies in [low, high].
  void (*errors)(const double* x, const double* y, int64_t count, const Clamp* clamp, const uint8_t* inside,
                 double low, double high, RowErrors& sums);

  /// out[m][i] = product m of x[i] and y[i]. `clamp` null: the values as they are. `inside` null: all of
  /// them; else x and y count as 0 where it is 0.
  void (*products)(const double* x, const double* y, int64_t count, const Clamp* clamp, const uint8_t* inside,
                   Squares squares, double* const* out);

  /// out[j * out_stride + i] = sum over k of w[k] rows[j + k][i] for j in [0, outputs), i in [0, count).
  /// count is a multiple of kBlockRows. See Note [Sums of uniform windows].
  void (*weigh_rows)(const Taps& taps, const double* const* rows, int64_t outputs, int64_t count, double* out,
                     int64_t out_stride);
  /// The same with rows[j] = in + j * in_stride.
  void (*weigh)(const Taps& taps, const double* in, int64_t in_stride, int64_t outputs, int64_t count,
                double* out, int64_t out_stride);

  /// out[c * (kBlockRows + skew) + r] = in[r * stride + c], c in [0, columns); columns is a multiple of
  /// kBlockRows.
  void (*transpose)(const double* in, int64_t stride, int64_t columns, double* out);
  /// weigh() of what transpose() wrote: rows of kBlockRows values, one after the other.
  void (*weigh_block)(const Taps& taps, const double* in, int64_t outputs, double* out);

  /// The sums of a block's term. `inside`: 0 or all bits set, laid out as the block; null: no sums inside.
  /// `floored`: each variance floored at 0; needs Squares::kApart, and without it Squares::kTogether.
  void (*similarity)(const MomentBlock& block, const SsimConstants& constants, Term term, bool floored,
                     const uint64_t* inside, BlockSums& sums);

  /// product[c * kBlockRows + r] = L C S of SynthRAD2025, each factor floored at 0; needs Squares::kApart.
  void (*synthrad2025)(const MomentBlock& block, const SsimConstants& constants, double* product);
};

/// The best set that this processor runs.
const Kernels& kernels();
/// Every set that this processor runs, the plainest first. Ends with a null pointer.
const Kernels* const* all_kernels();
/// For tests: what kernels() returns from now on; null: the best again. Not while images are measured.
void use_kernels(const Kernels* set);

}  // namespace synerbench::detail
