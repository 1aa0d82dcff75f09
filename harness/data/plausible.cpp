#include "harness/data/plausible.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/core/vocabulary.h"

namespace synerbench {
namespace {

bool is_ct(Modality modality) { return modality == Modality::kCT || modality == Modality::kCBCT; }

// Note [What a modality can be]
// Impossible is what no scanner and no usual preparation gives; odd is what exists but is rare. The limits
// lie far from both sides, for a check that cries wolf is switched off.
//   CT, CBCT  HU: air -1000 by definition, fat -100, soft tissue 0 to 80, bone to 2000, metal to 31000.
//             Fields of view are padded with -1024 to -3024. So a minimum above -500, a border above 500, a
//             twentieth of the body above 2500, or a range below 100 is not HU. Neither is a border of which
//             more than half has one value above -500: whoever multiplies a CT by a mask writes water there.
//             (A cone-beam CT may be filled around its field of view, so there it is odd. A drawn body of a
//             few values has no noise anywhere; that is noted for all modalities.)
//   PET       SUV: 1 is the mean over the body if the tracer spreads evenly; brain and bladder reach 10 to
//             100. A body whose median is above 15 is activity (Bq/ml: thousands) or counts.
//   MR        no unit, any positive scale. Magnitude images have no negative values; interpolation leaves a
//             few. The map begins at 0, so a body that is negative to a twentieth would lose that part of
//             itself. What is above the map is there by its definition, a two-hundredth of the voxels that
//             are not 0, and says nothing.
//   all       Noise leaves few voxels at one value. A fiftieth of the body at its largest value was cut off
//             there; half of an MR's or PET's body at its least was blanked; a slice of one value is missing.
// Measured, where a limit is not plain from the above. Real CT and PET are the five patients of
// shared/data/real/ibsi-sts, and "shifted" is the same CT with an error put into it.
//   CT without its intercept, when a padded field of view hides the minimum. Above 700 lie 0.8 to 1.9 % of
//     the voxels above -300 (simulated heads: to 5.1 %), and 27 to 79 % when shifted by 1000 or 1024. Around
//     the densest bone, crops of 2 to 10 cm reach 100 %. There values spread: at most 55 % of what is above
//     700 lies within 150 of 1000, and 83 to 95 % of shifted tissue does (67 % with a cupping of 300 HU). So
//     a quarter above 700 is in doubt, and refused where three fifths of it are near 1000.
//   CT with its intercept twice. Air at -2000 is noisy, padding is not: below -1500 lie 0 % of the voxels at
//     scattered values, and 25 to 69 % when shifted. When that air was cut off at -1024, what is left is near
//     -1000, and bone: 0.7 to 1.1 % of what is no padding lies within 150 of 0 HU, and 24 to 70 % of a CT as
//     it is (simulated: 15 to 57 %).
//   CT that was cut off below 3000. Their largest value is that of 1 voxel, and of 105 to 32742 when cut off
//     at 600 to 1200, 20 to 700 times as many as share a value just below. (12 bits end at 3071, and there
//     scanners do.)
//   CBCT without negative values. Above 500 lie 36 to 79 % of the same CTs when shifted by 1000, 84 to 93 %
//     of these within 200 of 1000 (simulated CBCT: 57 % and 71 % at least). In HU, and cut off at -499 or
//     -100, it is 2 to 3 %, and 26 to 35 % of these.
//   PET in kBq/ml. The body's mean is 0.81 to 1.27 (simulated: 0.71 to 0.90), its median 0.50 to 0.92. A mean
//     of 2.5 with a median of 1.2 is all of a body; with a usual median it is one full bladder. kBq/ml is 2
//     to 5 times SUV, by dose, weight and decay: at 2 it passes.
constexpr double kCtLeastAir = -500, kCtBorder = 500, kCtBody = 2500, kCtWidth = 100, kCtShifted = -450;
constexpr double kCtBone = 0.25, kCtStored = 0.6, kCtBelowAir = 0.05, kCtSoft = 0.03;
constexpr double kCtCutOff = 3000, kPile = 10;
constexpr int64_t kPileVoxels = 50;
constexpr double kPetBody = 15, kPetOddBody = 8, kPetFaint = 0.3, kPetNegative = 0.25;
constexpr double kPetMean = 2.5, kPetMeanMedian = 1.2, kPetBorder = -0.1;
constexpr double kMrNegative = 0.2, kMrNegativeBody = 0.05, kMrWrapped = 0.5, kMrWrappedBelow = -4096;
constexpr int64_t kLabels = 8;
constexpr double kFilledBorder = 0.5, kCutOff = 0.02, kBlanked = 0.5, kFlatSlices = 0.1;

// What the minimum and the border do not tell: whether tissue is where it belongs.
void doubts_about_tissue(const std::string& name, const VolumeFacts& f, const HounsfieldShares& h,
                         bool cone_beam, std::vector<Doubt>& doubts) {
  const std::string tissue = "soft tissue is near 0 to 80 HU";
  if (h.bone > kCtBone) {
    const bool stored = h.bone_near_1000 > kCtStored;
    doubts.push_back(
        {stored,
         fmt::format("{}: {:.0f} % of what is above -300 lies above 700{}", name, 100 * h.bone,
                     stored ? ", most of it near 1000" : ""),
         tissue + ", and bone above 700 is a twentieth of a body at most",
         stored ? "the rescale intercept was not applied, and padding around the field of view hides it"
                : "the rescale intercept was not applied, or nearly all of it is bone",
         stored ? "apply slope and intercept of the scanner's header" : "look at the image"});
  } else if (h.below_air > kCtBelowAir) {
    doubts.push_back(
        {!cone_beam,
         fmt::format("{}: {:.0f} % of the voxels lie below -1500, at many values", name, 100 * h.below_air),
         "air is near -1000 HU, and padding below it has one value",
         "the rescale intercept was applied twice", "compare slope and intercept with the scanner's header"});
  } else if (h.soft < kCtSoft) {
    doubts.push_back(
        {false,
         fmt::format("{}: {:.1f} % of the voxels besides padding are within 150 of 0", name, 100 * h.soft),
         tissue, "the rescale intercept was applied twice, the slope is another, or it shows no soft tissue",
         "compare slope and intercept with the scanner's header"});
  } else if (f.dense < kCtShifted) {
    doubts.push_back(
        {false,
         fmt::format("{}: half of what is denser than {:g} HU lies below {:g}", name, kThinAir, f.dense),
         "air is near -1000 HU and " + tissue,
         "the rescale intercept was applied twice, or only lung was cut out", "look at the image"});
  }
}

void doubts_about_ct(const std::string& name, const VolumeFacts& f, const Evidence& evidence, bool cone_beam,
                     std::vector<Doubt>& doubts) {
  const Plateaus& p = evidence.plateaus;
  const std::string air = "air is near -1000 HU and soft tissue near 0 to 80";
  if (f.most - f.least < kCtWidth) {
    doubts.push_back({true, fmt::format("{}: all values lie between {:g} and {:g}", name, f.least, f.most),
                      air, "the values were normalized, or are attenuation coefficients",
                      "export it in HU again, or scale it back"});
  } else if (f.border > kCtBorder) {
    doubts.push_back(
        {true,
         fmt::format("{}: the border of the slices is at {:g}, the body at {:g}", name, f.border, f.median),
         air, "the sign was turned, or these are stored values", "export it in HU again"});
  } else if (f.upper > kCtBody) {
    doubts.push_back({true, fmt::format("{}: a twentieth of the body is above {:g}", name, f.upper),
                      "bone reaches 2000 HU, and metal is a small part of a body",
                      "the rescale slope was applied twice, or the unit is another",
                      "compare slope and intercept with the scanner's header"});
  } else if (f.least > kCtLeastAir) {
    doubts.push_back(
        {true, fmt::format("{}: the minimum is {:g}", name, f.least), air,
         "the rescale intercept was not applied, the image was windowed, or its air was cut away",
         "apply slope and intercept of the scanner's header"});
  } else if (p.border_share > kFilledBorder && p.border > kCtLeastAir && f.distinct > kLabels) {
    doubts.push_back({!cone_beam,
                      fmt::format("{}: {:.0f} % of the slices' border is exactly {:g}", name,
                                  100 * p.border_share, p.border),
                      air, "the image was multiplied by a mask, or filled around its field of view",
                      "fill with -1000 HU, or use the image before it"});
  } else if (evidence.hounsfield) {
    doubts_about_tissue(name, f, *evidence.hounsfield, cone_beam, doubts);
  }
}

// The mean over a body is near 1 by the definition of SUV. One organ may have any.
bool is_of_many_organs(const std::string& region) {
  const auto& known = region_names();
  return std::find(known.begin(), known.end(), region) != known.end() && region != "brain" &&
         region != "brats" && region != "heart";
}

void doubts_about_pet(const std::string& name, const VolumeFacts& f, const std::string& region,
                      std::vector<Doubt>& doubts) {
  const std::string usual = "an evenly spread tracer has SUV 1, few organs are above 10";
  const std::string compare = "compare with the scanner's header";
  if (f.median > kPetBody) {
    doubts.push_back(
        {true, fmt::format("{}: half of the body is above {:g}, the maximum is {:g}", name, f.median, f.most),
         usual, "the values are activity (Bq/ml) or counts, not SUV",
         "convert them to SUV by body weight, injected dose and decay"});
  } else if (f.negative_body > kPetNegative) {
    doubts.push_back({true, fmt::format("{}: {:.1f} % of the body is negative", name, 100 * f.negative_body),
                      usual, "the values were standardized, or are of another modality",
                      "use the values in SUV"});
  } else if (f.median > kPetOddBody) {
    doubts.push_back({false, fmt::format("{}: half of the body is above {:g}", name, f.median), usual,
                      "the values may be kBq/ml", compare});
  } else if (f.border < kPetBorder) {
    doubts.push_back({false, fmt::format("{}: the border of the slices is at {:g}", name, f.border),
                      "air has no uptake", "the values were standardized (mean 0, deviation 1)",
                      "use the values in SUV"});
  } else if (f.least >= 0 && f.most == 1) {
    doubts.push_back({false, fmt::format("{}: all values lie between {:g} and exactly 1", name, f.least),
                      usual, "the values may have been normalized to 0..1", compare});
  } else if (f.high < kPetFaint) {
    doubts.push_back({false, fmt::format("{}: 99.5 % of the body is below {:g}", name, f.high), usual,
                      "the values may have been normalized to 0..1", compare});
  } else if (f.mean.value_or(0) > kPetMean && f.median > kPetMeanMedian && is_of_many_organs(region)) {
    doubts.push_back({false, fmt::format("{}: the mean of the body is {:.3g}", name, *f.mean),
                      "SUV of a whole body has a mean near 1: what was injected, over the weight",
                      "the values may be kBq/ml, or another activity", compare});
  }
}

bool is_wrapped(const VolumeFacts& f) { return f.least < -kMrWrapped * f.most; }

void doubts_about_mr(const std::string& name, const VolumeFacts& f, std::vector<Doubt>& doubts) {
  const std::string wrapped = "values above 32767 became negative in 16 bits";
  if (f.negative_body > kMrNegativeBody || f.negative > kMrNegative) {
    const bool like_hu = f.least <= -900 && f.border < -500;
    const bool beyond = is_wrapped(f) && f.least < kMrWrappedBelow;
    doubts.push_back(
        {true,
         fmt::format("{}: {:.1f} % of all voxels and {:.1f} % of the body are negative, the minimum is {:g}",
                     name, 100 * f.negative, 100 * f.negative_body, f.least),
         "magnitude images have no negative values, and the range of models begins at 0",
         like_hu  ? "this is a CT"
         : beyond ? wrapped
                  : "the image was standardized (mean 0, deviation 1)",
         like_hu  ? "check which file is which"
         : beyond ? "convert it again, to unsigned integers or floats"
                  : "use the image before it, or add a constant"});
  } else if (is_wrapped(f)) {
    doubts.push_back(
        {false,
         fmt::format("{}: the minimum is {:g} and the maximum {:g}, {:.1f} % of the body are negative", name,
                     f.least, f.most, 100 * f.negative_body),
         "magnitude images have no negative values, and interpolation leaves small ones",
         f.least < kMrWrappedBelow ? wrapped + ": the brightest tissue is darkest now"
                                   : "it was padded with a negative value, or is no magnitude image",
         "convert it again, to unsigned integers or floats"});
  } else if (f.border > f.high) {
    doubts.push_back(
        {true,
         fmt::format("{}: the border of the slices is at {:g}, the body at {:g}", name, f.border, f.median),
         "air is darker than tissue", "the image was inverted", "use the image before it"});
  } else if (f.border > f.upper) {
    doubts.push_back({false,
                      fmt::format("{}: the border of the slices is at {:g}, brighter than 95 % of the body",
                                  name, f.border),
                      "air is darker than tissue", "the image was inverted", "look at the image"});
  }
}

// What its definition says, and nothing that is not said there.
void doubts_about_added(const ModalityDefinition& added, const VolumeFacts& f, std::vector<Doubt>& doubts) {
  if (f.low >= added.plausible_low && f.high <= added.plausible_high) return;
  doubts.push_back({true,
                    fmt::format("{}: the body reaches from {:g} to {:g} (0.5th and 99.5th percentile)",
                                added.name, f.low, f.high),
                    fmt::format("by its definition it lies within {:g} and {:g} {}", added.plausible_low,
                                added.plausible_high, added.unit),
                    "the values are in another unit, or of another modality", "check which file is which"});
}

void doubts_about_plateaus(Modality modality, const VolumeFacts& f, const Plateaus& p,
                           std::vector<Doubt>& doubts) {
  const std::string name = name_of(modality);
  if (p.flat > 1 && static_cast<double>(p.flat) > kFlatSlices * static_cast<double>(p.slices)) {
    doubts.push_back(
        {false, fmt::format("{}: {} of {} slices of the body hold one value each", name, p.flat, p.slices),
         "an image varies", "slices are missing, or its field of view is shorter than the mask",
         "crop the case to what all of its images show"});
  }
  if (f.distinct <= kLabels) return;  // said already
  if (p.most_share > kCutOff) {
    doubts.push_back({false,
                      fmt::format("{}: {:.1f} % of the body is at exactly {:g}, its largest value", name,
                                  100 * p.most_share, p.most),
                      "a few voxels", "the image was windowed or clipped",
                      "use the image before it: what was cut off can be neither learned nor scored"});
  }
  if (is_ct(modality) && p.most_share <= kCutOff && f.most < kCtCutOff && p.top >= kPileVoxels &&
      static_cast<double>(p.top) > kPile * p.below_top) {
    doubts.push_back(
        {false, fmt::format("{}: {} voxels are at exactly {:g}, the largest value", name, p.top, f.most),
         "one or two", "the image was windowed or clipped",
         "use the image before it: what was cut off can be neither learned nor scored"});
  }
  if (!is_ct(modality) && p.least_share > kBlanked) {
    doubts.push_back({false,
                      fmt::format("{}: {:.0f} % of the body is at exactly {:g}, its least value", name,
                                  100 * p.least_share, p.least),
                      "tissue has a signal",
                      "the image was stripped, thresholded, or shows less than the mask",
                      "look at image and mask"});
  }
}

// What models do not see. Of a map up to a percentile, only what lies below it.
void doubts_about_clipping(Modality modality, const VolumeFacts& f, std::vector<Doubt>& doubts) {
  const auto* added = definition_of(modality);
  const bool fixed = has_physical_unit(modality) || (added != nullptr && added->fixed);
  const std::string name = name_of(modality), next = "metrics of normalized values see those voxels clipped";
  if (fixed && f.clipped > kNotedClipping) {
    doubts.push_back(
        {false,
         fmt::format("{}: {:.1f} % of the body is beyond the range that models see", name, 100 * f.clipped),
         "below 1 %", "another unit, metal, or a mask that holds air", next});
  } else if (!fixed && f.negative_body > kNotedClipping) {
    doubts.push_back(
        {false,
         fmt::format("{}: {:.1f} % of the body is below 0, where the range that models see begins", name,
                     100 * f.negative_body),
         "below 1 %", "interpolation that overshoots, or a constant was subtracted", next});
  }
}

}  // namespace

std::string Doubt::text() const { return fmt::format("{} (usual: {}). Likely: {}", seen, usual, cause); }

std::vector<Doubt> doubts_about(Modality modality, const VolumeFacts& f, const Evidence& evidence) {
  const std::string name = name_of(modality);
  if (f.least == f.most) {
    return {{true, fmt::format("{}: every voxel is {:g}", name, f.least), "an image varies",
             "the export failed, or this is an empty mask", "look at the image"}};
  }
  std::vector<Doubt> doubts;
  if (is_ct(modality)) {
    doubts_about_ct(name, f, evidence, modality == Modality::kCBCT, doubts);
  } else if (modality == Modality::kPET) {
    doubts_about_pet(name, f, evidence.region, doubts);
  } else if (const auto* added = definition_of(modality); added != nullptr && added->has_plausible_range()) {
    doubts_about_added(*added, f, doubts);
  } else if (added == nullptr || !added->fixed) {
    doubts_about_mr(name, f, doubts);
  }
  const bool negative_said = !doubts.empty() && !has_physical_unit(modality);
  doubts_about_plateaus(modality, f, evidence.plateaus, doubts);
  if (f.distinct <= kLabels) {
    doubts.push_back({false, fmt::format("{}: only {} different values", name, f.distinct),
                      "an image has hundreds", "this is a segmentation or a mask",
                      "check which file is which"});
  }
  if (!negative_said) doubts_about_clipping(modality, f, doubts);
  return doubts;
}

bool is_stored_without_negatives(const HounsfieldShares& shares, double limit) {
  constexpr double kFar = 0.2, kLessFar = 0.1, kNear1000 = 0.5;  // Note [What a modality can be]
  return shares.least > limit &&
         (shares.far > kFar || (shares.far > kLessFar && shares.far_near_1000 > kNear1000));
}

std::vector<std::string> strangers_among(Modality modality, const std::vector<VolumeFacts>& facts) {
  std::vector<std::string> texts(facts.size());
  if (facts.size() < kLeastSiblings) return texts;
  const auto middle = [&](double VolumeFacts::*member) {
    std::vector<float> values;
    for (const VolumeFacts& f : facts) values.push_back(static_cast<float>(f.*member));
    return percentile(std::move(values), 50);
  };
  constexpr double kShift = 300;                   // HU between medians of bodies
  constexpr double kPetScale = 15, kMrScale = 50;  // times the usual 99.5th percentile
  const double median = middle(&VolumeFacts::median), high = middle(&VolumeFacts::high);
  for (size_t i = 0; i < facts.size(); ++i) {
    const std::string name = name_of(modality);
    if (is_ct(modality)) {
      if (std::abs(facts[i].median - median) > kShift) {
        texts[i] = fmt::format("{}: the body's median is {:g}, that of most others {:g}", name,
                               facts[i].median, median);
      }
      continue;
    }
    const double ratio = facts[i].high / high, limit = modality == Modality::kPET ? kPetScale : kMrScale;
    if (high > 0 && (ratio > limit || ratio < 1 / limit)) {
      texts[i] = fmt::format("{}: the body's 99.5th percentile is {:g}, that of most others {:g}", name,
                             facts[i].high, high);
    }
  }
  return texts;
}

}  // namespace synerbench
