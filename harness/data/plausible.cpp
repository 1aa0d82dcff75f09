#include "harness/data/plausible.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/schema.h"
#include "harness/core/vocabulary.h"

namespace synerbench {
namespace {

double median_of(std::vector<float> values) { return values.empty() ? 0 : percentile(std::move(values), 50); }

// The first and last row and column of every slice along k.
std::vector<float> border_of(std::span<const float> values, const Geometry& grid) {
  const auto [ni, nj, nk] = grid.size;
  std::vector<float> border;
  for (int64_t k = 0; k < nk; ++k) {
    for (int64_t j = 0; j < nj; ++j) {
      const bool whole_row = j == 0 || j + 1 == nj;
      for (int64_t i = 0; i < ni; i += whole_row ? 1 : std::max<int64_t>(1, ni - 1))
        border.push_back(values[static_cast<size_t>((k * nj + j) * ni + i)]);
    }
  }
  return border;
}

// The value that most of `values` have, and their share.
std::pair<double, double> commonest(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  double value = 0;
  size_t most = 0;
  for (size_t first = 0; first < values.size();) {
    const auto last = static_cast<size_t>(
        std::upper_bound(values.begin() + static_cast<std::ptrdiff_t>(first), values.end(), values[first]) -
        values.begin());
    if (last - first > most) most = last - first, value = values[first];
    first = last;
  }
  return {value, values.empty() ? 0 : static_cast<double>(most) / static_cast<double>(values.size())};
}

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
//             itself.
//   all       Noise leaves few voxels at one value. A fiftieth of the body at its largest value was cut off
//             there; half of an MR's or PET's body at its least was blanked; a slice of one value is missing.
constexpr double kCtLeastAir = -500, kCtBorder = 500, kCtBody = 2500, kCtWidth = 100, kCtShifted = -450;
constexpr double kPetBody = 15, kPetOddBody = 8, kPetFaint = 0.3, kPetNegative = 0.25;
constexpr double kMrNegative = 0.2, kMrNegativeBody = 0.05;
constexpr int64_t kLabels = 8;
constexpr double kFilledBorder = 0.5, kCutOff = 0.02, kBlanked = 0.5, kFlatSlices = 0.1;

void doubts_about_ct(const std::string& name, const VolumeFacts& f, const Plateaus& p, bool cone_beam,
                     std::vector<Doubt>& doubts) {
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
  } else if (f.dense < kCtShifted) {
    doubts.push_back(
        {false,
         fmt::format("{}: half of what is denser than {:g} HU lies below {:g}", name, kThinAir, f.dense), air,
         "the rescale intercept was applied twice, or only lung was cut out", "look at the image"});
  }
}

void doubts_about_pet(const std::string& name, const VolumeFacts& f, std::vector<Doubt>& doubts) {
  const std::string usual = "an evenly spread tracer has SUV 1, few organs are above 10";
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
                      "the values may be kBq/ml", "compare with the scanner's header"});
  } else if (f.least == 0 && f.most == 1) {
    doubts.push_back({false, fmt::format("{}: all values lie between 0 and exactly 1", name), usual,
                      "the values may have been normalized to 0..1", "compare with the scanner's header"});
  } else if (f.high < kPetFaint) {
    doubts.push_back({false, fmt::format("{}: 99.5 % of the body is below {:g}", name, f.high), usual,
                      "the values may have been normalized to 0..1", "compare with the scanner's header"});
  }
}

void doubts_about_mr(const std::string& name, const VolumeFacts& f, std::vector<Doubt>& doubts) {
  if (f.negative_body > kMrNegativeBody || f.negative > kMrNegative) {
    const bool like_hu = f.least <= -900 && f.border < -500;
    doubts.push_back(
        {true,
         fmt::format("{}: {:.1f} % of all voxels and {:.1f} % of the body are negative, the minimum is {:g}",
                     name, 100 * f.negative, 100 * f.negative_body, f.least),
         "magnitude images have no negative values, and the range of models begins at 0",
         like_hu ? "this is a CT" : "the image was standardized (mean 0, deviation 1)",
         like_hu ? "check which file is which" : "use the image before it, or add a constant"});
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
  if (!is_ct(modality) && p.least_share > kBlanked) {
    doubts.push_back({false,
                      fmt::format("{}: {:.0f} % of the body is at exactly {:g}, its least value", name,
                                  100 * p.least_share, p.least),
                      "tissue has a signal",
                      "the image was stripped, thresholded, or shows less than the mask",
                      "look at image and mask"});
  }
}

const Schema<VolumeFacts>& schema() {
  static const Schema<VolumeFacts> kSchema = [] {
    Schema<VolumeFacts> s;
    s.number("min", &VolumeFacts::least, kAnyNumber, "least value");
    s.number("max", &VolumeFacts::most, kAnyNumber, "largest value");
    s.number("body_p0.5", &VolumeFacts::low, kAnyNumber, "0.5th percentile inside the mask");
    s.number("body_median", &VolumeFacts::median, kAnyNumber, "median inside the mask");
    s.number("body_p95", &VolumeFacts::upper, kAnyNumber, "95th percentile inside the mask");
    s.number("body_p99.5", &VolumeFacts::high, kAnyNumber, "99.5th percentile inside the mask");
    s.number("border_median", &VolumeFacts::border, kAnyNumber, "median of the slices' outermost voxels");
    s.number("dense_median", &VolumeFacts::dense, kAnyNumber, "median of the voxels above -850");
    s.number("negative", &VolumeFacts::negative, kShare, "share of voxels below 0");
    s.number("body_negative", &VolumeFacts::negative_body, kShare, "share of the mask's voxels below 0");
    s.number("body_clipped", &VolumeFacts::clipped, kShare, "share of the mask's voxels beyond the map");
    s.integer("distinct", &VolumeFacts::distinct, 1, kManyValues, "different values, counted to 64");
    return s;
  }();
  return kSchema;
}

}  // namespace

VolumeFacts facts_of(std::span<const float> values, std::span<const uint8_t> mask, const Geometry& canonical,
                     const IntensityMap& map) {
  SB_CHECK(values.size() == mask.size() && static_cast<int64_t>(values.size()) == canonical.count() &&
               !values.empty(),
           "one value and one mask value per voxel");
  VolumeFacts facts;
  std::vector<float> body, dense;
  std::set<float> distinct;
  int64_t negative = 0, negative_body = 0, clipped = 0;
  facts.least = facts.most = values.front();
  for (size_t v = 0; v < values.size(); ++v) {
    const float value = values[v];
    facts.least = std::min<double>(facts.least, value);
    facts.most = std::max<double>(facts.most, value);
    negative += value < 0;
    if (value > kThinAir) dense.push_back(value);
    if (static_cast<int64_t>(distinct.size()) < kManyValues) distinct.insert(value);
    if (!mask[v]) continue;
    body.push_back(value);
    negative_body += value < 0;
    clipped += value < map.low || value > map.high;
  }
  if (body.empty()) body.assign(values.begin(), values.end());
  const auto all = static_cast<double>(values.size()), inside = static_cast<double>(body.size());
  facts.negative = static_cast<double>(negative) / all;
  facts.negative_body = static_cast<double>(negative_body) / inside;
  facts.clipped = static_cast<double>(clipped) / inside;
  facts.distinct = static_cast<int64_t>(distinct.size());
  facts.low = percentile(body, 0.5);
  facts.median = percentile(body, 50);
  facts.upper = percentile(body, 95);
  facts.high = percentile(std::move(body), 99.5);
  facts.border = median_of(border_of(values, canonical));
  facts.dense = median_of(std::move(dense));
  return facts;
}

Plateaus plateaus_of(std::span<const float> values, std::span<const uint8_t> mask,
                     const Geometry& canonical) {
  SB_CHECK(values.size() == mask.size() && static_cast<int64_t>(values.size()) == canonical.count(),
           "one value and one mask value per voxel");
  Plateaus plateaus;
  std::tie(plateaus.border, plateaus.border_share) = commonest(border_of(values, canonical));
  constexpr double kSomeBody = 0.01;  // of a slice: fewer voxels may be equal by chance
  const auto plane = static_cast<size_t>(canonical.size[0] * canonical.size[1]);
  size_t inside = 0, at_least = 0, at_most = 0;
  for (size_t first = 0; first < values.size(); first += plane) {
    size_t body = 0;
    float least = 0, most = 0;
    for (size_t v = first; v < first + plane; ++v) {
      if (!mask[v]) continue;
      const float value = values[v];
      least = body == 0 ? value : std::min(least, value);
      most = body == 0 ? value : std::max(most, value);
      ++body;
      if (inside == 0 || value < plateaus.least) plateaus.least = value, at_least = 0;
      if (inside == 0 || value > plateaus.most) plateaus.most = value, at_most = 0;
      at_least += value == plateaus.least;
      at_most += value == plateaus.most;
      ++inside;
    }
    if (static_cast<double>(body) < std::max(2.0, kSomeBody * static_cast<double>(plane))) continue;
    ++plateaus.slices;
    plateaus.flat += least == most;
  }
  if (inside > 0) {
    plateaus.least_share = static_cast<double>(at_least) / static_cast<double>(inside);
    plateaus.most_share = static_cast<double>(at_most) / static_cast<double>(inside);
  }
  return plateaus;
}

Json to_json(const VolumeFacts& facts) { return schema().write(facts); }

VolumeFacts volume_facts_from_json(JsonObject object) {
  VolumeFacts facts;
  schema().read_fields(facts, object);
  object.done();
  return facts;
}

std::string Doubt::text() const { return fmt::format("{} (usual: {}). Likely: {}", seen, usual, cause); }

std::vector<Doubt> doubts_about(Modality modality, const VolumeFacts& f, const Plateaus& plateaus) {
  const std::string name = name_of(modality);
  if (f.least == f.most) {
    return {{true, fmt::format("{}: every voxel is {:g}", name, f.least), "an image varies",
             "the export failed, or this is an empty mask", "look at the image"}};
  }
  std::vector<Doubt> doubts;
  if (is_ct(modality)) {
    doubts_about_ct(name, f, plateaus, modality == Modality::kCBCT, doubts);
  } else if (modality == Modality::kPET) {
    doubts_about_pet(name, f, doubts);
  } else if (const auto* added = definition_of(modality); added != nullptr && added->has_plausible_range()) {
    doubts_about_added(*added, f, doubts);
  } else if (added == nullptr || !added->fixed) {
    doubts_about_mr(name, f, doubts);
  }
  doubts_about_plateaus(modality, f, plateaus, doubts);
  if (f.distinct <= kLabels) {
    doubts.push_back({false, fmt::format("{}: only {} different values", name, f.distinct),
                      "an image has hundreds", "this is a segmentation or a mask",
                      "check which file is which"});
  }
  if (f.clipped > kNotedClipping) {
    doubts.push_back(
        {false,
         fmt::format("{}: {:.1f} % of the body is beyond the range that models see", name, 100 * f.clipped),
         "below 1 %", "another unit, metal, or a mask that holds air",
         "metrics of normalized values see those voxels clipped"});
  }
  return doubts;
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
