#include "metrics/protocol.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "metrics/detail/checks.h"
#include "metrics/detail/moments.h"
#include "metrics/pixelwise.h"
#include "metrics/ssim.h"
#include "metrics/synthrad.h"

namespace synerbench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kUp = Direction::kHigherIsBetter;
constexpr auto kDown = Direction::kLowerIsBetter;

// The reference value decides the tissue class, so a prediction cannot move voxels between classes.
constexpr double kAirBelow = -300, kBoneAbove = 200;  // HU

using Compare = std::vector<Score> (*)(const ImageView&, const ImageView&, const MaskView&);

/// A protocol and the function that carries it out: one row of the table below.
struct Entry {
  ProtocolInfo info;
  Compare compare;
};

detail::Image clipped_to_unit(const ImageView& image) {
  detail::Image result(image.depth, image.height, image.width);
  std::transform(image.data, image.data + image.count(), result.voxels.begin(),
                 [](double value) { return std::clamp(value, 0.0, 1.0); });
  return result;
}

Score scaled(const Score& score, double factor) {
  return score.defined() ? Score(score.value() * factor) : score;
}

// ---- synermed-2d@1
// ----------------------------------------------------------------------------------------------

std::vector<Score> compare_synermed_2d(const ImageView& prediction, const ImageView& target,
                                       const MaskView& mask) {
  const detail::Image clipped_prediction = clipped_to_unit(prediction),
                      clipped_target = clipped_to_unit(target);
  const ImageView p = clipped_prediction.view(), t = clipped_target.view();
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  const Score mae = mean_absolute_error(p, t);
  return {ssim(p, t, {}, convention),
          peak_signal_to_noise_ratio(p, t, {}, 1.0),
          mae,
          root_mean_squared_error(p, t),
          scaled(mae, 255),
          ssim(p, t, mask, convention),
          peak_signal_to_noise_ratio(p, t, mask, 1.0),
          mean_absolute_error(p, t, mask)};
}

ProtocolInfo synermed_2d() {
  return {
      "synermed-2d@1",
      2,
      false,
      false,
      "SynerBench's own; the convention of the paper's tables is unpublished",
      "Axial slices (coronal for whole-body) in the target's normalised range, prediction and target clipped "
      "to [0, 1], R = 1. "
      "SSIM: Gaussian window of 11, sigma 1.5, population covariance, windows that fit (Wang 2004). ssim, "
      "psnr, mae, "
      "rmse, mae_255 over the whole slice; ssim_body, psnr_body, mae_body over the pixels (window centres) "
      "inside "
      "the given body mask, without one over all; windows see the pixels outside. Slices with at least 1 % "
      "foreground; mean over slices, "
      "then over patients.",
      {{"ssim", "", kUp, -1, 1, "structural similarity, whole slice"},
       {"psnr", "dB", kUp, 0, kInfinity, "peak signal-to-noise ratio, whole slice, peak 1"},
       {"mae", "", kDown, 0, 1, "mean absolute error, whole slice, in shares of the range"},
       {"rmse", "", kDown, 0, 1, "root of the mean squared error, whole slice, in shares of the range"},
       {"mae_255", "grey levels", kDown, 0, 255, "mae in grey levels of 0..255, not rounded to whole levels"},
       {"ssim_body", "", kUp, -1, 1, "structural similarity, mean over window centres inside the body"},
       {"psnr_body", "dB", kUp, 0, kInfinity, "peak signal-to-noise ratio inside the body, peak 1"},
       {"mae_body", "", kDown, 0, 1, "mean absolute error inside the body, in shares of the range"}}};
}

// ---- synthrad2023@1 and synthrad2025@1
// --------------------------------------------------------------------------

std::vector<Score> compare_synthrad2023(const ImageView& prediction, const ImageView& target,
                                        const MaskView& mask) {
  const double just_below_air = std::nextafter(kAirBelow, -kInfinity);
  const double just_above_bone = std::nextafter(kBoneAbove, kInfinity);
  return {mean_absolute_error(prediction, target, mask),
          synthrad_psnr(prediction, target, mask, kSynthRad2023Range),
          synthrad2023_ssim(prediction, target, mask),
          root_mean_squared_error(prediction, target, mask),
          mean_absolute_error_where(prediction, target, mask, -kInfinity, just_below_air),
          mean_absolute_error_where(prediction, target, mask, kAirBelow, kBoneAbove),
          mean_absolute_error_where(prediction, target, mask, just_above_bone, kInfinity)};
}

ProtocolInfo synthrad2023() {
  return {"synthrad2023@1",
          3,
          true,
          true,
          "SynthRAD2023/metrics, commit 3200007 (July 2023), in float64; rmse and the tissue classes are "
          "additions",
          "Whole volumes in HU, averaged inside the given mask (without one over all voxels). MAE and RMSE "
          "without clipping. PSNR: "
          "both clipped to [-1024, 3000], R = 4024. SSIM: clipped, -1024 outside the mask, shifted to "
          "0..4024; 3-D, uniform window of 7, sample "
          "covariance, 3 voxels dropped at each face, map averaged inside the mask. mae_air, mae_soft, "
          "mae_bone: MAE "
          "where the reference is below -300, from -300 to 200, above 200 HU. Mean over patients.",
          {{"mae", "HU", kDown, 0, kInfinity, "mean absolute error inside the mask"},
           {"psnr", "dB", kUp, 0, kInfinity, "peak signal-to-noise ratio inside the mask, R = 4024 HU"},
           {"ssim", "", kUp, -1, 1, "3-D structural similarity inside the mask"},
           {"rmse", "HU", kDown, 0, kInfinity, "root of the mean squared error inside the mask"},
           {"mae_air", "HU", kDown, 0, kInfinity, "MAE where the reference is below -300 HU"},
           {"mae_soft", "HU", kDown, 0, kInfinity, "MAE where the reference lies in -300..200 HU"},
           {"mae_bone", "HU", kDown, 0, kInfinity, "MAE where the reference is above 200 HU"}}};
}

std::vector<Score> compare_synthrad2025(const ImageView& prediction, const ImageView& target,
                                        const MaskView& mask) {
  return {mean_absolute_error(prediction, target, mask),
          synthrad_psnr(prediction, target, mask, kSynthRad2025Range),
          synthrad2025_ms_ssim(prediction, target, mask)};
}

ProtocolInfo synthrad2025() {
  return {"synthrad2025@1",
          3,
          true,
          true,
          "SynthRAD2025/evaluation, commit 17cac47 (the container that scored), in float64",
          "Whole volumes in HU, averaged inside the given mask (without one over all voxels). MAE without "
          "clipping. PSNR: both clipped "
          "to [-1024, 3071], R = 4095. MS-SSIM of its own: axes padded to 97, five levels, uniform window of "
          "7, (luminance contrast structure)^weight "
          "per voxel before averaging inside the mask; its values lie much nearer 1 than SSIM and compare "
          "with no "
          "other MS-SSIM. Mean over patients.",
          {{"mae", "HU", kDown, 0, kInfinity, "mean absolute error inside the mask"},
           {"psnr", "dB", kUp, 0, kInfinity, "peak signal-to-noise ratio inside the mask, R = 4095 HU"},
           {"ms_ssim", "", kUp, 0, 1, "multi-scale structural similarity, SynthRAD2025's variant"}}};
}

// ---- wang2004-2d@1 and skimage@1
// --------------------------------------------------------------------------------

std::vector<Score> compare_wang2004_2d(const ImageView& prediction, const ImageView& target,
                                       const MaskView&) {
  return {ssim(prediction, target, {}, ssim_convention("wang2004", 2, 1.0)),
          peak_signal_to_noise_ratio(prediction, target, {}, 1.0), mean_absolute_error(prediction, target)};
}

ProtocolInfo wang2004_2d() {
  return {"wang2004-2d@1",
          2,
          false,
          false,
          "Wang et al. 2004, without downsampling first; the same numbers as MONAI and "
          "torchmetrics <= 1.4.1",
          "Slices in the target's normalised range, R = 1, not clipped, no mask. SSIM: Gaussian window of "
          "11, sigma "
          "1.5, population covariance, windows that fit. Mean over slices, then over patients.",
          {{"ssim", "", kUp, -1, 1, "structural similarity, whole slice"},
           {"psnr", "dB", kUp, -kInfinity, kInfinity, "peak signal-to-noise ratio, whole slice, peak 1"},
           {"mae", "", kDown, 0, kInfinity, "mean absolute error, whole slice, in shares of the range"}}};
}

std::vector<Score> compare_skimage(const ImageView& prediction, const ImageView& target, const MaskView&) {
  return {ssim(prediction, target, {}, ssim_convention("skimage", 2, 1.0)),
          peak_signal_to_noise_ratio(prediction, target, {}, 1.0), mean_squared_error(prediction, target)};
}

ProtocolInfo skimage() {
  return {
      "skimage@1",
      2,
      false,
      false,
      "scikit-image >= 0.16: structural_similarity, peak_signal_noise_ratio, mean_squared_error with "
      "data_range=1",
      "Slices in the target's normalised range, R = 1, not clipped, no mask. SSIM: scikit-image's defaults, "
      "i.e. a uniform window of 7, "
      "sample covariance, 3 pixels dropped at each side. Mean over slices, then over patients.",
      {{"ssim", "", kUp, -1, 1, "structural similarity, whole slice"},
       {"psnr", "dB", kUp, -kInfinity, kInfinity, "peak signal-to-noise ratio, whole slice, peak 1"},
       {"mse", "", kDown, 0, kInfinity, "mean squared error, whole slice, in squared shares of the range"}}};
}

// ---- the table
// --------------------------------------------------------------------------------------------------

const std::vector<Entry>& entries() {
  static const std::vector<Entry> table{
      {synermed_2d(), compare_synermed_2d},   {synthrad2023(), compare_synthrad2023},
      {synthrad2025(), compare_synthrad2025}, {wang2004_2d(), compare_wang2004_2d},
      {skimage(), compare_skimage},
  };
  return table;
}

const Entry& find_entry(const std::string& id) {
  std::string known;
  for (const Entry& entry : entries()) {
    if (entry.info.id == id) return entry;
    known += " " + entry.info.id;
  }
  throw std::out_of_range("unknown protocol \"" + id + "\"; known:" + known);
}

}  // namespace

const std::vector<ProtocolInfo>& protocols() {
  static const std::vector<ProtocolInfo> infos = [] {
    std::vector<ProtocolInfo> list;
    for (const Entry& entry : entries()) list.push_back(entry.info);
    return list;
  }();
  return infos;
}

const ProtocolInfo& find_protocol(const std::string& id) { return find_entry(id).info; }

std::vector<Score> compare(const ProtocolInfo& protocol, const ImageView& prediction, const ImageView& target,
                           const MaskView& mask) {
  const Entry& entry = find_entry(protocol.id);
  detail::require_same_shape(prediction, target, mask);
  if (entry.info.dimensions == 2 && target.depth != 1) {
    throw std::invalid_argument(protocol.id + " compares slices; a volume of " +
                                std::to_string(target.depth) + " slices was given");
  }
  // Before anything is clipped: a clip would turn an infinity into a harmless number.
  if (!detail::all_finite(prediction) || !detail::all_finite(target)) {
    return std::vector<Score>(entry.info.metrics.size(), Undefined::kNotFinite);
  }
  return entry.compare(prediction, target, mask);
}

}  // namespace synerbench
