// The protocols that come with this folder: each metric beside the function that computes it.
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "metrics/detail/pair.h"
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

Score scaled(const Score& score, double factor) {
  return score.defined() ? Score(score.value() * factor) : score;
}

// Note [Clipped slices] Protocols of slices clip both to a range first. Everything that their metrics need
// comes from one read of the pair: see Note [One read of a pair].
struct SliceMeasures {
  double width = 1;  // of the range
  bool finite = true;
  detail::ErrorSums whole, body;
  detail::SimilarityMeans similarity;

  template <class Value>
  Score score(Value&& value) const {
    return finite ? value() : Score(Undefined::kNotFinite);
  }
};

/// `clamp` null: not clipped. R = width.
SliceMeasures measure_slices(const ImagePair& pair, const detail::Clamp* clamp, const char* convention,
                             double width) {
  const std::array<detail::ErrorRequest, 2> errors{{{{}, clamp}, {pair.mask, clamp}}};
  const detail::SimilarityRequest similarity{{pair.prediction, pair.target, clamp},
                                             pair.mask,
                                             detail::Centers::kBoth,
                                             ssim_convention(convention, 2, width)};
  // The second request says nothing that the first does not where there is no mask.
  const size_t count = pair.mask ? 2 : 1;
  const detail::PairMeasures measures =
      detail::measure_pair(pair.prediction, pair.target, {errors.data(), count}, &similarity);
  return {width, measures.finite, measures.errors.front(), measures.errors.back(), measures.similarity};
}

SliceMeasures measure_clipped(const ImagePair& pair, double low, double high) {
  const detail::Clamp clamp{low, high, 0};
  return measure_slices(pair, &clamp, "wang2004", high - low);
}
SliceMeasures measure_clipped_to_unit(const ImagePair& pair) { return measure_clipped(pair, 0, 1); }
SliceMeasures measure_as_wang2004(const ImagePair& pair) {
  return measure_slices({pair.prediction, pair.target, {}}, nullptr, "wang2004", 1);
}
SliceMeasures measure_as_skimage(const ImagePair& pair) {
  return measure_slices({pair.prediction, pair.target, {}}, nullptr, "skimage", 1);
}

using SliceRow = MetricRow<SliceMeasures>;
using SliceRows = std::vector<SliceRow>;

Score body_ssim(const SliceMeasures& m) {
  return m.score([&] { return m.similarity.score_inside(); });
}
Score body_psnr(const SliceMeasures& m) {
  return m.score([&] { return detail::signal_to_noise(m.body, m.width); });
}
Score body_mae(const SliceMeasures& m) {
  return m.score([&] { return detail::mean_absolute(m.body); });
}

Score whole_ssim(const SliceMeasures& m) {
  return m.score([&] { return m.similarity.score_whole(); });
}
Score whole_psnr(const SliceMeasures& m) {
  return m.score([&] { return detail::signal_to_noise(m.whole, m.width); });
}
Score whole_mae(const SliceMeasures& m) {
  return m.score([&] { return detail::mean_absolute(m.whole); });
}
SliceRow whole_ssim_row() {
  return {{"ssim", "SSIM", "", 4, kUp, -1, 1, "structural similarity, whole slice"}, whole_ssim};
}
/// Of images that may lie outside the range: the error may be larger than the peak.
SliceRow unclipped_psnr_row() {
  return {{"psnr", "PSNR", "dB", 2, kUp, -kInfinity, kInfinity,
           "peak signal-to-noise ratio, whole slice, peak 1"},
          whole_psnr};
}

SliceRows whole_slice_rows() {
  return {
      whole_ssim_row(),
      {{"psnr", "PSNR", "dB", 2, kUp, 0, kInfinity, "peak signal-to-noise ratio, whole slice, peak 1"},
       whole_psnr},
      {{"mae", "MAE", "", 4, kDown, 0, 1, "mean absolute error, whole slice, in shares of the range"},
       whole_mae},
      {{"rmse", "RMSE", "", 4, kDown, 0, 1,
        "root of the mean squared error, whole slice, in shares of the range"},
       [](const SliceMeasures& m) { return m.score([&] { return detail::root_mean_squared(m.whole); }); }},
      {{"mae_255", "MAE 255", "gray levels", 2, kDown, 0, 255,
        "mae in gray levels of 0..255, not rounded to whole levels"},
       [](const SliceMeasures& m) { return scaled(whole_mae(m), 255); }}};
}

SliceRows body_rows() {
  return {{{"ssim_body", "SSIM body", "", 4, kUp, -1, 1,
            "structural similarity, mean over window centers inside the body"},
           body_ssim},
          {{"psnr_body", "PSNR body", "dB", 2, kUp, 0, kInfinity,
            "peak signal-to-noise ratio inside the body, peak 1"},
           body_psnr},
          {{"mae_body", "MAE body", "", 4, kDown, 0, 1,
            "mean absolute error inside the body, in shares of the range"},
           body_mae}};
}

SliceRows joined(SliceRows first, SliceRows second) {
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
  return make_protocol<SliceMeasures>(
      {.id = "synermed-2d@1", .dimensions = 2, .source = kSynermedSource, .description = kSynermedText},
      measure_clipped_to_unit, joined(whole_slice_rows(), body_rows()));
}

// Note [The body first]
// Air around the patient is the same in every prediction and takes most of a slice: the whole slice's SSIM
// says little about the patient, and differs with the margin that an importer left. Version 2 has the same
// numbers as version 1 under the same names; what is first, and so ranks the leaderboard, is the body's.
Protocol synermed_2d_2() {
  return make_protocol<SliceMeasures>(
      {.id = "synermed-2d@2",
       .dimensions = 2,
       .source = kSynermedSource,
       .description = std::string(kSynermedText) + " The numbers are those of synermed-2d@1; here the body's "
                                                   "come first, and its SSIM ranks."},
      measure_clipped_to_unit, joined(body_rows(), whole_slice_rows()));
}

Protocol soft_tissue_2d() {
  constexpr double kLow = -160, kHigh = 240, kWidth = kHigh - kLow;  // HU: level 40, width 400
  return make_protocol<SliceMeasures>(
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
      [](const ImagePair& pair) { return measure_clipped(pair, kLow, kHigh); },
      {{{"ssim_soft_tissue", "SSIM soft tissue", "", 4, kUp, -1, 1,
         "structural similarity in the soft-tissue window, mean over window centers inside the body"},
        body_ssim},
       {{"psnr_soft_tissue", "PSNR soft tissue", "dB", 2, kUp, 0, kInfinity,
         "peak signal-to-noise ratio in the soft-tissue window, inside the body, R = 400 HU"},
        body_psnr},
       {{"mae_soft_tissue", "MAE soft tissue", "HU", 1, kDown, 0, kWidth,
         "mean absolute error in the soft-tissue window, inside the body"},
        body_mae}});
}

constexpr const char* kMaeInsideMask = "mean absolute error inside the mask";

MetricInfo synthrad_psnr_info(const HuRange& range) {
  return {"psnr",
          "PSNR",
          "dB",
          2,
          kUp,
          0,
          kInfinity,
          "peak signal-to-noise ratio inside the mask, R = " +
              std::to_string(static_cast<int>(range.width())) + " HU"};
}

/// The errors that synthrad2023 sums, all inside the mask.
enum HuErrors { kPlain, kClipped, kAir, kSoft, kBone, kHuErrors };

struct HuMeasures {
  detail::PairMeasures pair;
  Score score(Score (*of)(const detail::ErrorSums&), HuErrors which) const {
    return pair.finite ? of(pair.errors[which]) : Score(Undefined::kNotFinite);
  }
};

HuMeasures measure_synthrad2023(const ImagePair& pair) {
  const HuRange range = kSynthRad2023Range;
  const detail::Clamp clip{range.low, range.high, 0}, shift{range.low, range.high, range.low};
  std::array<detail::ErrorRequest, kHuErrors> errors;
  for (detail::ErrorRequest& request : errors) request.mask = pair.mask;
  errors[kClipped].clamp = &clip;
  errors[kAir].high = std::nextafter(kAirBelow, -kInfinity);
  errors[kSoft].low = kAirBelow;
  errors[kSoft].high = kBoneAbove;
  errors[kBone].low = std::nextafter(kBoneAbove, kInfinity);
  const detail::SimilarityRequest similarity{{pair.prediction, pair.target, &shift, pair.mask},
                                             pair.mask,
                                             detail::Centers::kInside,
                                             ssim_convention("skimage", 3, range.width())};
  return {detail::measure_pair(pair.prediction, pair.target, errors, &similarity)};
}

Protocol synthrad2023() {
  return make_protocol<HuMeasures>(
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
      measure_synthrad2023,
      {{{"mae", "MAE", "HU", 1, kDown, 0, kInfinity, kMaeInsideMask},
        [](const HuMeasures& m) { return m.score(detail::mean_absolute, kPlain); }},
       {synthrad_psnr_info(kSynthRad2023Range),
        [](const HuMeasures& m) {
          if (!m.pair.finite) return Score(Undefined::kNotFinite);
          return detail::signal_to_noise(m.pair.errors[kClipped], kSynthRad2023Range.width());
        }},
       {{"ssim", "SSIM", "", 4, kUp, -1, 1, "3-D structural similarity inside the mask"},
        [](const HuMeasures& m) {
          return m.pair.finite ? m.pair.similarity.score_inside() : Score(Undefined::kNotFinite);
        }},
       {{"rmse", "RMSE", "HU", 1, kDown, 0, kInfinity, "root of the mean squared error inside the mask"},
        [](const HuMeasures& m) { return m.score(detail::root_mean_squared, kPlain); }},
       {{"mae_air", "MAE air", "HU", 1, kDown, 0, kInfinity, "MAE where the reference is below -300 HU"},
        [](const HuMeasures& m) { return m.score(detail::mean_absolute, kAir); }},
       {{"mae_soft", "MAE soft", "HU", 1, kDown, 0, kInfinity,
         "MAE where the reference lies in -300..200 HU"},
        [](const HuMeasures& m) { return m.score(detail::mean_absolute, kSoft); }},
       {{"mae_bone", "MAE bone", "HU", 1, kDown, 0, kInfinity, "MAE where the reference is above 200 HU"},
        [](const HuMeasures& m) { return m.score(detail::mean_absolute, kBone); }}});
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
      {{{"mae", "MAE", "HU", 1, kDown, 0, kInfinity, kMaeInsideMask},
        [](const ImagePair& p) { return mean_absolute_error(p.prediction, p.target, p.mask); }},
       {synthrad_psnr_info(kSynthRad2025Range),
        [](const ImagePair& p) { return synthrad_psnr(p.prediction, p.target, p.mask, kSynthRad2025Range); }},
       {{"ms_ssim", "MS-SSIM", "", 4, kUp, 0, 1, "multi-scale structural similarity, SynthRAD2025's variant"},
        [](const ImagePair& p) { return synthrad2025_ms_ssim(p.prediction, p.target, p.mask); }}});
}

Protocol wang2004_2d() {
  return make_protocol<SliceMeasures>(
      {.id = "wang2004-2d@1",
       .dimensions = 2,
       .source = "Wang et al. 2004, without downsampling first; the same numbers as MONAI and torchmetrics "
                 "<= 1.4.1",
       .description =
           "Slices in the target's normalized range, R = 1, not clipped, no mask. SSIM: Gaussian "
           "window of 11, sigma 1.5, population covariance, windows that fit. Mean over slices, then "
           "over patients."},
      measure_as_wang2004,
      {whole_ssim_row(),
       unclipped_psnr_row(),
       {{"mae", "MAE", "", 4, kDown, 0, kInfinity,
         "mean absolute error, whole slice, in shares of the range"},
        whole_mae}});
}

Protocol skimage() {
  return make_protocol<SliceMeasures>(
      {.id = "skimage@1",
       .dimensions = 2,
       .source =
           "scikit-image >= 0.16: structural_similarity, peak_signal_noise_ratio, mean_squared_error with "
           "data_range=1",
       .description =
           "Slices in the target's normalized range, R = 1, not clipped, no mask. SSIM: scikit-image's "
           "defaults, i.e. a uniform window of 7, sample covariance, 3 pixels dropped at each side. "
           "Mean over slices, then over patients."},
      measure_as_skimage,
      {whole_ssim_row(),
       unclipped_psnr_row(),
       {{"mse", "MSE", "", 4, kDown, 0, kInfinity,
         "mean squared error, whole slice, in squared shares of the range"},
        [](const SliceMeasures& m) { return m.score([&] { return detail::mean_squared(m.whole); }); }}});
}

}  // namespace

const ProtocolTable& builtin_protocols() {
  static const ProtocolTable table = [] {
    std::vector<Protocol> rows{synermed_2d_2(), synermed_2d_1(), soft_tissue_2d(), synthrad2023(),
                               synthrad2025(),  wang2004_2d(),   skimage()};
    for (Protocol& row : rows) row.sees_not_finite = true;
    return ProtocolTable(std::move(rows));
  }();
  return table;
}

}  // namespace synerbench
