// The protocols that come with this folder: each metric beside the function that computes it.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "metrics/detail/moments.h"
#include "metrics/pixelwise.h"
#include "metrics/protocol.h"
#include "metrics/ssim.h"
#include "metrics/synthrad.h"

namespace synerbench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kUp = Direction::kHigherIsBetter;
constexpr auto kDown = Direction::kLowerIsBetter;

// The reference value decides the tissue class, so a prediction cannot move voxels between classes.
constexpr double kAirBelow = -300, kBoneAbove = 200;  // HU

detail::Image clipped(const ImageView& image, double low, double high) {
  detail::Image result(image.depth, image.height, image.width);
  std::transform(image.data, image.data + image.count(), result.voxels.begin(),
                 [=](double value) { return std::clamp(value, low, high); });
  return result;
}

Score scaled(const Score& score, double factor) {
  return score.defined() ? Score(score.value() * factor) : score;
}

/// Both slices clipped to one range; the mean absolute error of the whole slice serves two metrics.
struct ClippedPair {
  detail::Image clipped_prediction, clipped_target;
  MaskView mask;
  Score mae;
  ImageView prediction() const { return clipped_prediction.view(); }
  ImageView target() const { return clipped_target.view(); }
};

ClippedPair clip(const ImagePair& pair, double low, double high) {
  ClippedPair result{clipped(pair.prediction, low, high), clipped(pair.target, low, high), pair.mask, 0.0};
  result.mae = mean_absolute_error(result.prediction(), result.target());
  return result;
}
ClippedPair clip_to_unit(const ImagePair& pair) { return clip(pair, 0, 1); }

Score wang2004_ssim(const ClippedPair& pair, const MaskView& mask, double range) {
  return ssim(pair.prediction(), pair.target(), mask, ssim_convention("wang2004", 2, range));
}

using ClippedRows = std::vector<MetricRow<ClippedPair>>;

ClippedRows whole_slice_rows() {
  return {
      {{"ssim", "SSIM", "", 4, kUp, -1, 1, "structural similarity, whole slice"},
       [](const ClippedPair& p) { return wang2004_ssim(p, {}, 1.0); }},
      {{"psnr", "PSNR", "dB", 2, kUp, 0, kInfinity, "peak signal-to-noise ratio, whole slice, peak 1"},
       [](const ClippedPair& p) { return peak_signal_to_noise_ratio(p.prediction(), p.target(), {}, 1.0); }},
      {{"mae", "MAE", "", 4, kDown, 0, 1, "mean absolute error, whole slice, in shares of the range"},
       [](const ClippedPair& p) { return p.mae; }},
      {{"rmse", "RMSE", "", 4, kDown, 0, 1,
        "root of the mean squared error, whole slice, in shares of the range"},
       [](const ClippedPair& p) { return root_mean_squared_error(p.prediction(), p.target()); }},
      {{"mae_255", "MAE 255", "gray levels", 2, kDown, 0, 255,
        "mae in gray levels of 0..255, not rounded to whole levels"},
       [](const ClippedPair& p) { return scaled(p.mae, 255); }}};
}

ClippedRows body_rows() {
  return {{{"ssim_body", "SSIM body", "", 4, kUp, -1, 1,
            "structural similarity, mean over window centers inside the body"},
           [](const ClippedPair& p) { return wang2004_ssim(p, p.mask, 1.0); }},
          {{"psnr_body", "PSNR body", "dB", 2, kUp, 0, kInfinity,
            "peak signal-to-noise ratio inside the body, peak 1"},
           [](const ClippedPair& p) {
             return peak_signal_to_noise_ratio(p.prediction(), p.target(), p.mask, 1.0);
           }},
          {{"mae_body", "MAE body", "", 4, kDown, 0, 1,
            "mean absolute error inside the body, in shares of the range"},
           [](const ClippedPair& p) { return mean_absolute_error(p.prediction(), p.target(), p.mask); }}};
}

ClippedRows joined(ClippedRows first, ClippedRows second) {
  first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
  return first;
}

constexpr const char* kSynermedSource =
    "SynerBench's own; the convention of the paper's tables is unpublished";
constexpr const char* kSynermedText =
    "Axial slices (coronal for whole-body) in the target's normalized range, prediction and target clipped "
    "to [0, 1], R = 1. SSIM: Gaussian window of 11, sigma 1.5, population covariance, windows that fit "
    "(Wang 2004). ssim, psnr, mae, rmse, mae_255 over the whole slice; ssim_body, psnr_body, mae_body over "
    "the pixels (window centers) inside the given body mask, without one over all; windows see the pixels "
    "outside. Slices with at least 1 % foreground; mean over slices, then over patients.";

Protocol synermed_2d_1() {
  return make_protocol<ClippedPair>(
      {.id = "synermed-2d@1", .dimensions = 2, .source = kSynermedSource, .description = kSynermedText},
      clip_to_unit, joined(whole_slice_rows(), body_rows()));
}

// Note [The body first]
// Air around the patient is the same in every prediction and takes most of a slice: the whole slice's SSIM
// says little about the patient, and differs with the margin that an importer left. Version 2 has the same
// numbers as version 1 under the same names; what is first, and so ranks the leaderboard, is the body's.
Protocol synermed_2d_2() {
  return make_protocol<ClippedPair>(
      {.id = "synermed-2d@2",
       .dimensions = 2,
       .source = kSynermedSource,
       .description = std::string(kSynermedText) + " The numbers are those of synermed-2d@1; here the body's "
                                                   "come first, and its SSIM ranks."},
      clip_to_unit, joined(body_rows(), whole_slice_rows()));
}

Protocol soft_tissue_2d() {
  constexpr double kLow = -160, kHigh = 240, kWidth = kHigh - kLow;  // HU: level 40, width 400
  return make_protocol<ClippedPair>(
      {.id = "soft-tissue-2d@1",
       .dimensions = 2,
       .values = ComparedValues::in("HU"),
       .source = "SynerBench's own; the usual abdominal display window, level 40 and width 400 HU",
       .description =
           "Axial slices (coronal for whole-body) in HU, prediction and target clipped to [-160, 240], R = "
           "400: "
           "what a reader sees in a soft-tissue window. SSIM as in synermed-2d. All over the pixels (window "
           "centers) inside the given body mask, without one over all; windows see the pixels outside. "
           "Slices "
           "with at least 1 % foreground; mean over slices, then over patients."},
      [](const ImagePair& pair) { return clip(pair, kLow, kHigh); },
      {{{"ssim_soft_tissue", "SSIM soft tissue", "", 4, kUp, -1, 1,
         "structural similarity in the soft-tissue window, mean over window centers inside the body"},
        [](const ClippedPair& p) { return wang2004_ssim(p, p.mask, kWidth); }},
       {{"psnr_soft_tissue", "PSNR soft tissue", "dB", 2, kUp, 0, kInfinity,
         "peak signal-to-noise ratio in the soft-tissue window, inside the body, R = 400 HU"},
        [](const ClippedPair& p) {
          return peak_signal_to_noise_ratio(p.prediction(), p.target(), p.mask, kWidth);
        }},
       {{"mae_soft_tissue", "MAE soft tissue", "HU", 1, kDown, 0, kWidth,
         "mean absolute error in the soft-tissue window, inside the body"},
        [](const ClippedPair& p) { return mean_absolute_error(p.prediction(), p.target(), p.mask); }}});
}

Score mae_where(const ImagePair& pair, double low, double high) {
  return mean_absolute_error_where(pair.prediction, pair.target, pair.mask, low, high);
}

/// Two rows that both SynthRAD protocols have; they differ in the range that PSNR clips to.
MetricRow<> synthrad_mae() {
  return {{"mae", "MAE", "HU", 1, kDown, 0, kInfinity, "mean absolute error inside the mask"},
          [](const ImagePair& p) { return mean_absolute_error(p.prediction, p.target, p.mask); }};
}
MetricRow<> synthrad_psnr_row(const HuRange& range) {
  return {{"psnr", "PSNR", "dB", 2, kUp, 0, kInfinity,
           "peak signal-to-noise ratio inside the mask, R = " +
               std::to_string(static_cast<int>(range.width())) + " HU"},
          [range](const ImagePair& p) { return synthrad_psnr(p.prediction, p.target, p.mask, range); }};
}

Protocol synthrad2023() {
  return make_protocol(
      {.id = "synthrad2023@1",
       .dimensions = 3,
       .needs_mask = true,
       .values = ComparedValues::in("HU"),
       .source =
           "SynthRAD2023/metrics, commit 3200007 (July 2023), in float64; rmse and the tissue classes are "
           "additions",
       .description =
           "Whole volumes in HU, averaged inside the given mask (without one over all voxels). MAE and RMSE "
           "without clipping. PSNR: both clipped to [-1024, 3000], R = 4024. SSIM: clipped, -1024 outside "
           "the "
           "mask, shifted to 0..4024; 3-D, uniform window of 7, sample covariance, 3 voxels dropped at each "
           "face, "
           "map averaged inside the mask. mae_air, mae_soft, mae_bone: MAE where the reference is below "
           "-300, "
           "from -300 to 200, above 200 HU. Mean over patients."},
      {synthrad_mae(),
       synthrad_psnr_row(kSynthRad2023Range),
       {{"ssim", "SSIM", "", 4, kUp, -1, 1, "3-D structural similarity inside the mask"},
        [](const ImagePair& p) { return synthrad2023_ssim(p.prediction, p.target, p.mask); }},
       {{"rmse", "RMSE", "HU", 1, kDown, 0, kInfinity, "root of the mean squared error inside the mask"},
        [](const ImagePair& p) { return root_mean_squared_error(p.prediction, p.target, p.mask); }},
       {{"mae_air", "MAE air", "HU", 1, kDown, 0, kInfinity, "MAE where the reference is below -300 HU"},
        [](const ImagePair& p) { return mae_where(p, -kInfinity, std::nextafter(kAirBelow, -kInfinity)); }},
       {{"mae_soft", "MAE soft", "HU", 1, kDown, 0, kInfinity,
         "MAE where the reference lies in -300..200 HU"},
        [](const ImagePair& p) { return mae_where(p, kAirBelow, kBoneAbove); }},
       {{"mae_bone", "MAE bone", "HU", 1, kDown, 0, kInfinity, "MAE where the reference is above 200 HU"},
        [](const ImagePair& p) { return mae_where(p, std::nextafter(kBoneAbove, kInfinity), kInfinity); }}});
}

Protocol synthrad2025() {
  return make_protocol(
      {.id = "synthrad2025@1",
       .dimensions = 3,
       .needs_mask = true,
       .values = ComparedValues::in("HU"),
       .source = "SynthRAD2025/evaluation, commit 17cac47 (the container that scored), in float64",
       .description =
           "Whole volumes in HU, averaged inside the given mask (without one over all voxels). MAE without "
           "clipping. PSNR: both clipped to [-1024, 3071], R = 4095. MS-SSIM of its own: axes padded to 97, "
           "five "
           "levels, uniform window of 7, (luminance contrast structure)^weight per voxel before averaging "
           "inside "
           "the mask; its values lie much nearer 1 than SSIM and compare with no other MS-SSIM. Mean over "
           "patients."},
      {synthrad_mae(),
       synthrad_psnr_row(kSynthRad2025Range),
       {{"ms_ssim", "MS-SSIM", "", 4, kUp, 0, 1, "multi-scale structural similarity, SynthRAD2025's variant"},
        [](const ImagePair& p) { return synthrad2025_ms_ssim(p.prediction, p.target, p.mask); }}});
}

/// Two rows that the protocols of whole slices have; they differ in the convention of SSIM.
MetricRow<> whole_slice_ssim(const char* convention) {
  return {{"ssim", "SSIM", "", 4, kUp, -1, 1, "structural similarity, whole slice"},
          [rules = ssim_convention(convention, 2, 1.0)](const ImagePair& p) {
            return ssim(p.prediction, p.target, {}, rules);
          }};
}
MetricRow<> whole_slice_psnr() {
  return {{"psnr", "PSNR", "dB", 2, kUp, -kInfinity, kInfinity,
           "peak signal-to-noise ratio, whole slice, peak 1"},
          [](const ImagePair& p) { return peak_signal_to_noise_ratio(p.prediction, p.target, {}, 1.0); }};
}

Protocol wang2004_2d() {
  return make_protocol(
      {.id = "wang2004-2d@1",
       .dimensions = 2,
       .source = "Wang et al. 2004, without downsampling first; the same numbers as MONAI and torchmetrics "
                 "<= 1.4.1",
       .description =
           "Slices in the target's normalized range, R = 1, not clipped, no mask. SSIM: Gaussian "
           "window of 11, sigma 1.5, population covariance, windows that fit. Mean over slices, then "
           "over patients."},
      {whole_slice_ssim("wang2004"),
       whole_slice_psnr(),
       {{"mae", "MAE", "", 4, kDown, 0, kInfinity,
         "mean absolute error, whole slice, in shares of the range"},
        [](const ImagePair& p) { return mean_absolute_error(p.prediction, p.target); }}});
}

Protocol skimage() {
  return make_protocol(
      {.id = "skimage@1",
       .dimensions = 2,
       .source =
           "scikit-image >= 0.16: structural_similarity, peak_signal_noise_ratio, mean_squared_error with "
           "data_range=1",
       .description =
           "Slices in the target's normalized range, R = 1, not clipped, no mask. SSIM: scikit-image's "
           "defaults, i.e. a uniform window of 7, sample covariance, 3 pixels dropped at each side. "
           "Mean over slices, then over patients."},
      {whole_slice_ssim("skimage"),
       whole_slice_psnr(),
       {{"mse", "MSE", "", 4, kDown, 0, kInfinity,
         "mean squared error, whole slice, in squared shares of the range"},
        [](const ImagePair& p) { return mean_squared_error(p.prediction, p.target); }}});
}

}  // namespace

const ProtocolTable& builtin_protocols() {
  static const ProtocolTable table({synermed_2d_2(), synermed_2d_1(), soft_tissue_2d(), synthrad2023(),
                                    synthrad2025(), wang2004_2d(), skimage()});
  return table;
}

}  // namespace synerbench
