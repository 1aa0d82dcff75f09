// SSIM, MS-SSIM, MSE, PSNR and MAE of batches of slices or volumes on a CUDA device: the numbers of
// metrics/ssim.h, ms_ssim.h, pixelwise.h and of most protocols, each with a bound of its distance from the
// CPU's.
//
// This header needs no CUDA. A build without a CUDA compiler has it too: built() and available() say no, and
// the measuring functions throw. Nothing chooses the device by itself: who has images there calls this.
//
// Images: float32, [items, depth, height, width] without gaps, depth 1 for slices; every item is scored on
// its own. Masks: uint8 of the same shape, not 0 = inside. Values in any unit; finite ones below 2^30 times
// the range are fine, beyond it float32 may overflow and the item is kNotFinite.
//
// Note [Same bits every time] Sums are added in an order that the shape alone decides: no atomics, nothing
// that depends on the device. Multiplications and additions are fused only where the source says so, so all
// devices give the same bits, and so does the emulation on the CPU that the tests run.
//
// Note [Bound of SSIM] Let u be 2^-24 (kFloat32) or 2^-53 (kFloat64), T the window's taps, D the axes it
// spans. Values are shifted by a constant near them and scaled by a power of two near the range R (Note
// [Shifted windows] in detail/block.h). m2 is the window's mean of the shifted x^2 + y^2, V = Vx + Vy its
// variances.
//   1. A shifted value is rounded once. Along an axis a weight is rounded once and a term goes through at
//      most T roundings. So sums of x and y are within a u sqrt(m2), a = D (T + 1) + 1, and sums of squares
//      and products, whose terms are rounded four times first, within b u m2, b = D (T + 1) + 4. (Sums of
//      squares have no negative terms; |xy| <= (x^2 + y^2) / 2; mean^2 <= mean of squares.)
//   2. V = m2 - (mx^2 + my^2) and 2 Cxy are so within K u m2, K = b + 2 a + 4. Flooring V at 0 and keeping
//      |2 Cxy| <= V, which hold for the exact numbers, does not enlarge this.
//   3. The contrast term N / D = (2 Cxy + C2) / (V + C2) has |N| <= D, so its error is at most
//      (dN + dD) / D + 15 u <= 2 K u m2 / (V + C2) + 15 u.
//   4. Means as they are, mx + s W, are within (a + 2) u sqrt(m2) + 3 u |mean|. The luminance term
//      (2 mx my + C1) / (q + C1), q = mx^2 + my^2, is so within 4 (a + 2) u sqrt(m2 / (q + C1)) + 18 u, and
//      4 sqrt(z) <= 2 + 2 z.
//   5. Both terms are at most 1, so SSIM's error is at most the sum of both: A m2 / (V + C2) + B m2 / (q +
//      C1) + c u with A = 2 K u, B = 2 (a + 2) u, c = 2 (a + 2) + 45, the addition of a thread's up to four
//      values included. Second-order terms are covered by 2 % more of A and B.
//   6. The CPU calculates in double without a shift; its own error has the same form with 2^-53 and the mean
//      of x^2 + y^2 as they are, V + q. So m2 is enlarged by rho (V + q), rho = 2^-53 / u.
// The kernels add up this bound window by window beside SSIM, from the numbers at hand, so a result carries
// the bound for its own images. Sums of blocks are double: (longest chain of additions) 2^-53 more.
//   In float32, D = 2, T = 11: a = 25, K = 82, A = 1e-5, B = 3.3e-6, c u = 6e-6. A flat background adds
//   nothing to that; a window whose values differ from the block's constant by 0.1 R and have V = 0.01 R^2
//   adds about 2e-5. The worst window (values half a range from the constant, all flat) adds 2e-2; the errors
//   seen are a hundred to a thousand times smaller than the bound, because they have both signs.
//   In float64 everything is 2^-29 times as large, and the CPU's part is what counts: 1e-10 or so.
//
// Note [Bound of errors] x - y is rounded once, its square once more, and a thread adds at most 16 terms of
// one sign in float32 before it goes on in double: MAE and MSE are within 20 u of themselves, PSNR within
// 200 u / ln 10 dB. Where the root mean squared error is as near to kRoundingOfRange (pixelwise.h) as that,
// one may find the images identical and the other not.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/ms_ssim.h"
#include "metrics/score.h"
#include "metrics/ssim.h"

namespace synerbench::cuda {

/// Whether this program was compiled with a CUDA compiler.
bool built();
/// Whether it was, and a device answers that its kernels run on. Asks once and remembers.
bool available();
/// Why not, in a sentence; empty when available().
std::string unavailable_reason();
/// "NVIDIA H100 80GB HBM3"; empty when not available().
std::string device_name();

/// What is calculated with. kFloat64 needs two to four times the time on devices for data centers, and thirty
/// times on others.
enum class Precision { kFloat32, kFloat64 };

/// Pairs of images, borrowed. Voxel (i, d, h, w) is at [((i * depth + d) * height + h) * width + w].
struct Pairs {
  int64_t items = 1, depth = 1, height = 0, width = 0;
  const float* prediction = nullptr;
  const float* target = nullptr;
  const uint8_t* mask = nullptr;                             // null: everything is inside
  int64_t voxels() const { return depth * height * width; }  // of an item
};

/// A score and how far it may be from the CPU's, in the score's unit; 0 where the score is undefined.
struct Measured {
  Score score = Undefined::kEmptyMask;
  double bound = 0;
};

struct Limits {
  double low = 0, high = 0;  // values that a float32 holds exactly, low < high
};

/// What is measured in one read of the images.
struct Request {
  SsimConvention ssim;          // windows of 7 or 11; k1 and k2 at least 1e-6; range from 2^-60 to 2^60
  std::optional<Limits> clamp;  // both images clamped first
  // Outside the mask both images become clamp.low for the windows (synthrad2023). Needs a clamp and valid
  // windows.
  bool fill_outside = false;
  double zero = 0;  // taken from all values before SSIM, which is not the same for another zero
  Precision precision = Precision::kFloat32;
};

/// MSE in the squared unit, PSNR with the convention's range in dB; _inside: over the mask, all voxels
/// without one. Undefined values as in ssim.h and pixelwise.h.
struct Measures {
  Measured ssim, mae, mse, rmse, psnr;
  Measured ssim_inside, mae_inside, mse_inside, rmse_inside, psnr_inside;
};

/// Errors of the voxels whose target, as it is, lies in [low, high].
struct Band {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};
struct ErrorRequest {
  std::optional<Limits> clamp;
  std::vector<Band> bands{Band{}};  // 1 to 4
  double range = 1;                 // of PSNR
  Precision precision = Precision::kFloat32;
};
/// Inside the mask.
struct Errors {
  Measured mae, mse, rmse, psnr;
};

// Where the memory is: `measure` takes pointers of the host and copies what they point at to the device and
// nothing back but sums; `measure_on_device` takes pointers of the current device and reads the images there.
// `stream` is a cudaStream_t, null the default one; work is put into it, and the function returns when it is
// done. One result per item, in their order. May be called from several threads, with streams of their own.
//
// std::invalid_argument: sizes below 1, null images, a range or limits that are not as said above, a 2-D
// convention with depth above 1, windows of other sizes. std::runtime_error: no device, or CUDA's own words
// for what went wrong. Memory on the device: 88 bytes per 256 to 1024 voxels; MS-SSIM: 6 bytes a voxel more.

std::vector<Measures> measure(const Pairs& on_host, const Request& request);
std::vector<Measures> measure_on_device(const Pairs& on_device, const Request& request,
                                        void* stream = nullptr);

/// [item][band].
std::vector<std::vector<Errors>> errors(const Pairs& on_host, const ErrorRequest& request);
std::vector<std::vector<Errors>> errors_on_device(const Pairs& on_device, const ErrorRequest& request,
                                                  void* stream = nullptr);

/// The mask is not looked at, as in ms_ssim.h. The halved images are double; the bound is what the bounds of
/// the five levels' means leave of the product.
std::vector<Measured> ms_ssim(const Pairs& on_host, const MsSsimConvention& convention,
                              Precision precision = Precision::kFloat32);
std::vector<Measured> ms_ssim_on_device(const Pairs& on_device, const MsSsimConvention& convention,
                                        Precision precision = Precision::kFloat32, void* stream = nullptr);

/// The ids of builtin_protocols() (metrics/protocol.h) that run here: all that score images but
/// synthrad2025@1, whose MS-SSIM takes a power per voxel.
const std::vector<std::string>& protocol_ids();
/// The scores of a protocol's metrics in its order, as compare() of metrics/protocol.h gives them: [item]
/// [metric]. Values as the protocol wants them. std::invalid_argument: an id that is not in protocol_ids().
std::vector<std::vector<Measured>> compare(std::string_view protocol, const Pairs& on_host,
                                           Precision precision = Precision::kFloat32);
std::vector<std::vector<Measured>> compare_on_device(std::string_view protocol, const Pairs& on_device,
                                                     Precision precision = Precision::kFloat32,
                                                     void* stream = nullptr);

}  // namespace synerbench::cuda
