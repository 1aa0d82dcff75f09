#include "harness/run/prediction_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/data/alignment.h"
#include "harness/data/intensity.h"
#include "harness/run/slice_check.h"

namespace synerbench {
namespace {

/// The prediction against the reference, voxel by voxel inside the mask.
struct Relation {
  double mean = 0, reference_mean = 0, deviation = 0, reference_deviation = 0;
  double correlation = 0;  // 0 where one of the two is constant
  bool whole = true;       // every value of the prediction is a whole number
};

Relation relation_of(std::span<const float> prediction, const Reference& reference) {
  double n = 0, sp = 0, st = 0, spp = 0, stt = 0, spt = 0;
  Relation relation;
  // Around a value of each, so that a large offset does not eat the digits of a small spread.
  double p0 = 0, t0 = 0;
  for (size_t v = 0; v < prediction.size(); ++v) {
    if (!reference.mask[v]) continue;
    if (n == 0) p0 = prediction[v], t0 = reference.target[v];
    const double p = prediction[v] - p0, t = reference.target[v] - t0;
    n += 1, sp += p, st += t, spp += p * p, stt += t * t, spt += p * t;
    relation.whole = relation.whole && prediction[v] == std::trunc(prediction[v]);
  }
  if (n == 0) return relation;
  const double vp = spp / n - sp / n * (sp / n), vt = stt / n - st / n * (st / n);
  relation.mean = p0 + sp / n;
  relation.reference_mean = t0 + st / n;
  relation.deviation = std::sqrt(std::max(0.0, vp));
  relation.reference_deviation = std::sqrt(std::max(0.0, vt));
  if (vp > 0 && vt > 0) relation.correlation = (spt / n - sp / n * (st / n)) / std::sqrt(vp * vt);
  return relation;
}

struct Span {
  double low = 0, high = 0;  // 0.5th and 99.5th percentile inside the mask
  double beyond = 0;         // share of the mask's voxels beyond the intensity map
  double width() const { return high - low; }
};

Span span_of(std::span<const float> values, const Reference& reference) {
  std::vector<float> inside;
  size_t beyond = 0;
  for (size_t v = 0; v < values.size(); ++v) {
    if (!reference.mask[v]) continue;
    inside.push_back(values[v]);
    beyond += values[v] < reference.intensity.low || values[v] > reference.intensity.high;
  }
  if (inside.empty()) return {};
  const double share = static_cast<double>(beyond) / static_cast<double>(inside.size());
  const double low = percentile(inside, 0.5);
  return {low, percentile(std::move(inside), 99.5), share};
}

// Nobody predicts noise. So a prediction that is the reference nearly everywhere was made from it: a folder
// of targets was handed in, or the target got into the input. Whole numbers may be its rounding.
bool remark_on_copy(std::span<const float> prediction, const Relation& relation, const Span& wanted,
                    const Reference& reference, std::vector<std::string>& remarks) {
  constexpr double kSame = 1e-3, kNearlyAll = 0.99, kRounded = 0.5, kFineEnough = 50;
  if (wanted.width() <= 0) return false;
  const bool rounded = relation.whole && wanted.width() >= kFineEnough;
  const double tolerance = std::max(kSame * wanted.width(), rounded ? kRounded : 0);
  size_t inside = 0, same = 0, equal = 0;
  for (size_t v = 0; v < prediction.size(); ++v) {
    if (!reference.mask[v]) continue;
    ++inside;
    const double distance = std::abs(static_cast<double>(prediction[v]) - reference.target[v]);
    same += distance <= tolerance;
    equal += distance == 0;
  }
  const auto share = [&](size_t part) { return static_cast<double>(part) / static_cast<double>(inside); };
  if (inside == 0 || share(same) < kNearlyAll) return false;
  remarks.push_back(fmt::format(
      "the prediction is the reference: {:.1f} % of the body's voxels {}. Was the target handed in?",
      100 * share(same),
      equal == same ? "are equal" : fmt::format("differ by no more than {:.3g}", tolerance)));
  return true;
}

/// How closely the prediction follows the reference where there is nothing but noise to follow: the
/// correlation of what is left of each when the mean of the 3 x 3 around is taken away, over the flat half of
/// the body.
double correlation_of_noise(std::span<const float> prediction, const Reference& reference) {
  const auto [depth, height, width] = reference.stored_case->shape;
  struct Place {
    double slope, seen, wanted;
  };
  std::vector<Place> places;
  for (int64_t d = 0; d < depth; ++d) {
    for (int64_t h = 1; h + 1 < height; ++h) {
      for (int64_t w = 1; w + 1 < width; ++w) {
        const auto at = static_cast<size_t>((d * height + h) * width + w);
        const auto below = static_cast<size_t>(width);
        if (!reference.mask[at]) continue;
        double seen = 0, wanted = 0, least = reference.target[at], most = least;
        bool inside = true;
        for (size_t row = at - below; row <= at + below; row += below) {
          for (size_t v = row - 1; v <= row + 1; ++v) {
            inside = inside && reference.mask[v] != 0;
            seen += prediction[v], wanted += reference.target[v];
            least = std::min<double>(least, reference.target[v]);
            most = std::max<double>(most, reference.target[v]);
          }
        }
        if (!inside || !(most > least)) continue;
        places.push_back({most - least, prediction[at] - seen / 9, reference.target[at] - wanted / 9});
      }
    }
  }
  constexpr size_t kEnough = 200;
  if (places.size() < kEnough) return 0;
  const auto half = places.begin() + static_cast<std::ptrdiff_t>(places.size() / 2);
  std::nth_element(places.begin(), half, places.end(),
                   [](const Place& a, const Place& b) { return a.slope < b.slope; });
  double aa = 0, bb = 0, ab = 0;
  for (auto place = places.begin(); place != half; ++place) {
    aa += place->seen * place->seen;
    bb += place->wanted * place->wanted;
    ab += place->seen * place->wanted;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

// The reference with a little done to it: noise, a blur, another factor, mixed with a prediction.
bool remark_on_likeness(std::span<const float> prediction, const Relation& relation,
                        const Reference& reference, std::vector<std::string>& remarks) {
  constexpr double kCloserThanNoise = 0.9997, kFollows = 0.95, kSameNoise = 0.9;
  if (!(relation.correlation > kFollows)) return false;
  const double noise = correlation_of_noise(prediction, reference);
  if (relation.correlation < kCloserThanNoise && noise < kSameNoise) return false;
  remarks.push_back(fmt::format(
      "the prediction follows the reference down to its noise (correlation {:.5f}; {:.2f} in what no "
      "neighbor shares). Was the target handed in, or used?",
      relation.correlation, noise));
  return true;
}

// Values that are the reference's to the last digit, in a part of the body: bone that was pasted, say. Whole
// numbers are equal by chance, too, so a neighbor of the reference is the measure.
void remark_on_equal_voxels(std::span<const float> prediction, const Reference& reference,
                            std::vector<std::string>& remarks) {
  constexpr double kMany = 0.08, kTimesChance = 6;
  size_t inside = 0, equal = 0, by_chance = 0;
  for (size_t v = 0; v + 1 < prediction.size(); ++v) {
    if (!reference.mask[v]) continue;
    ++inside;
    equal += prediction[v] == reference.target[v];
    by_chance += prediction[v] == reference.target[v + 1];
  }
  const double share = inside == 0 ? 0 : static_cast<double>(equal) / static_cast<double>(inside);
  if (share < kMany || static_cast<double>(equal) < kTimesChance * static_cast<double>(by_chance)) return;
  remarks.push_back(
      fmt::format("{:.1f} % of the body's voxels are the reference's to the last digit, {:.1f} % would be "
                  "by chance. Was the target handed in for a part?",
                  100 * share, 100 * static_cast<double>(by_chance) / static_cast<double>(inside)));
}

/// Which share of the body has the least and the largest value, and the most common one between them.
struct Plateau {
  float least = 0, most = 0;
  double at_least = 0, at_most = 0, between = 0;
  size_t values = 0;  // different ones
};

Plateau plateau_of(std::span<const float> values, const Reference& reference) {
  constexpr size_t kEnough = 100000;  // every stride-th voxel tells shares of a hundredth
  const size_t stride = values.size() / kEnough + 1;
  std::vector<float> inside;
  for (size_t v = 0; v < values.size(); v += stride) {
    if (reference.mask[v]) inside.push_back(values[v]);
  }
  Plateau plateau;
  if (inside.empty()) return plateau;
  std::sort(inside.begin(), inside.end());
  plateau.least = inside.front(), plateau.most = inside.back();
  for (auto begin = inside.begin(); begin != inside.end();) {
    const auto end = std::upper_bound(begin, inside.end(), *begin);
    const double share = static_cast<double>(end - begin) / static_cast<double>(inside.size());
    if (*begin == plateau.least) {
      plateau.at_least = share;
    } else if (*begin == plateau.most) {
      plateau.at_most = share;
    } else {
      plateau.between = std::max(plateau.between, share);
    }
    ++plateau.values;
    begin = end;
  }
  return plateau;
}

// A program that cut the values off: many share the largest or the least one, where the reference's do not.
// In a prediction without noise, or of some tissues with one value each, many share others, too, or there are
// no others.
void remark_on_plateaus(std::span<const float> prediction, const Reference& reference,
                        std::vector<std::string>& remarks) {
  constexpr double kManyMost = 0.02, kManyLeast = 0.15, kStandsOut = 3;
  constexpr size_t kFewValues = 16;
  const Plateau seen = plateau_of(prediction, reference), wanted = plateau_of(reference.target, reference);
  const double others = kStandsOut * seen.between;
  if (seen.values <= kFewValues) return;
  if (seen.at_most > std::max(kManyMost + 2 * wanted.at_most, others))
    remarks.push_back(
        fmt::format("{:.1f} % of the body are at the prediction's largest value, {:.4g}: was it cut off "
                    "by a window?",
                    100 * seen.at_most, seen.most));
  if (seen.at_least > std::max(kManyLeast + 2 * wanted.at_least, others))
    remarks.push_back(
        fmt::format("{:.0f} % of the body are at the prediction's least value, {:.4g}: is a part of it "
                    "missing?",
                    100 * seen.at_least, seen.least));
}

// Returns whether there was something to say.
bool remark_on_range(const Span& seen, const Span& wanted, const Relation& relation,
                     std::vector<std::string>& remarks) {
  constexpr double kNarrow = 0.06, kWide = 5, kMoreClipped = 0.1;
  // A model that has learned little varies less than the truth, and around its mean. One that follows the
  // truth closely and still lies beside it, or swings wider, was put on another scale afterwards.
  constexpr double kFollows = 0.7, kFollowsClosely = 0.9, kShifted = 1.5, kSwings = 1.67, kTurned = -0.9;
  const std::string spans =
      fmt::format("the body spans {:.4g} to {:.4g} in the prediction, {:.4g} to {:.4g} in the reference",
                  seen.low, seen.high, wanted.low, wanted.high);
  if (wanted.width() <= 0) return false;
  const size_t before = remarks.size();
  const double shift = relation.mean - relation.reference_mean;
  if (seen.width() == 0) {
    remarks.push_back(fmt::format("the prediction is {:.4g} all over the body", seen.low));
  } else if (seen.width() < kNarrow * wanted.width()) {
    remarks.push_back(spans + ": is it normalized, or in another unit?");
  } else if (seen.width() > kWide * wanted.width()) {
    remarks.push_back(spans + ": is it in another unit?");
  } else if (relation.correlation < kTurned) {
    remarks.push_back(fmt::format(
        "the prediction falls where the reference rises (correlation {:.3f} in the body): was its "
        "sign turned?",
        relation.correlation));
  } else if (seen.high < wanted.low || seen.low > wanted.high) {
    remarks.push_back(spans + ": was an offset left out?");
  } else if (relation.correlation > kFollows && std::abs(shift) > kShifted * relation.reference_deviation) {
    remarks.push_back(
        fmt::format("{}; it follows the reference (correlation {:.3f}) and is {:.4g} {} it on average: was "
                    "an offset left "
                    "out?",
                    spans, relation.correlation, std::abs(shift), shift > 0 ? "above" : "below"));
  } else if (relation.correlation > kFollowsClosely &&
             relation.deviation > kSwings * relation.reference_deviation) {
    remarks.push_back(fmt::format(
        "{}; it follows the reference (correlation {:.3f}) and varies {:.2f} times as much: is it on another "
        "scale?",
        spans, relation.correlation, relation.deviation / relation.reference_deviation));
  } else if (seen.beyond > wanted.beyond + kMoreClipped) {
    remarks.push_back(
        fmt::format("{:.0f} % of the prediction's body is beyond the range of normalized metrics, {:.1f} % "
                    "of the reference's: they see it clipped",
                    100 * seen.beyond, 100 * wanted.beyond));
  }
  return remarks.size() > before;
}

// Percentiles do not see single voxels, and normalized metrics clip them; the file is broken all the same.
void remark_on_wild_voxels(std::span<const float> prediction, const Reference& reference,
                           std::vector<std::string>& remarks) {
  constexpr double kFar = 10;
  const IntensityMap& map = reference.intensity;
  const auto [least, most] = std::minmax_element(reference.target.begin(), reference.target.end());
  const double reach = kFar * (static_cast<double>(map.high) - map.low);
  const double lowest = std::min<double>(map.low, *least) - reach,
               highest = std::max<double>(map.high, *most) + reach;
  size_t wild = 0;
  double furthest = 0;
  for (const float value : prediction) {
    if (value >= lowest && value <= highest) continue;
    ++wild;
    if (std::abs(value) > std::abs(furthest)) furthest = value;
  }
  if (wild == 0) return;
  remarks.push_back(
      fmt::format("{} voxel{} of the prediction {} beyond what this target can be, the furthest at {:.4g}",
                  wild, wild == 1 ? "" : "s", wild == 1 ? "is" : "are", furthest));
}

// Who multiplies a CT by its mask writes water where air is.
void remark_on_outside(std::span<const float> prediction, const Reference& reference,
                       std::vector<std::string>& remarks) {
  constexpr double kEnough = 0.05, kApart = 0.2;
  std::vector<float> seen, wanted;
  for (size_t v = 0; v < prediction.size(); ++v) {
    if (reference.mask[v]) continue;
    seen.push_back(prediction[v]);
    wanted.push_back(reference.target[v]);
  }
  if (static_cast<double>(seen.size()) < kEnough * static_cast<double>(prediction.size())) return;
  const double own = percentile(std::move(seen), 50), other = percentile(std::move(wanted), 50);
  const double range = static_cast<double>(reference.intensity.high) - reference.intensity.low;
  if (std::abs(own - other) <= kApart * range) return;
  remarks.push_back(
      fmt::format("outside the body the prediction is at {:.4g}, the reference at {:.4g}: metrics of whole "
                  "slices count that",
                  own, other));
}

/// Predictions that went through pictures of 8 bits: whole numbers from 0 to 255, where the reference has
/// others. Such a range may be a seventh of the reference's, so it says nothing by itself.
bool is_picture_of_bytes(const Reference& reference, std::span<const float> prediction) {
  constexpr float kMost = 255, kLeastOfPicture = 128;
  float highest = 0;
  for (const float value : prediction) {
    if (!(value >= 0 && value <= kMost) || value != std::floor(value)) return false;
    highest = std::max(highest, value);
  }
  return highest >= kLeastOfPicture &&
         std::any_of(reference.target.begin(), reference.target.end(),
                     [](float value) { return value < -1 || value > kMost + 1; });
}

double correlation(const Reference& reference, std::span<const float> prediction, const Turn& turn) {
  const auto [depth, height, width] = reference.stored_case->shape;
  // Every stride-th voxel is enough to tell a mirror image.
  constexpr int64_t kEnough = 400000;
  int64_t stride = 1;
  while (depth * (height / stride) * (width / stride) > kEnough) ++stride;
  double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (int64_t d = 0; d < depth; ++d) {
    for (int64_t h = 0; h < height; h += stride) {
      for (int64_t w = 0; w < width; w += stride) {
        int64_t row = h, column = w;
        if (turn.exchanged) std::swap(row, column);
        const int64_t z = turn.mirrored[0] ? depth - 1 - d : d;
        if (turn.mirrored[1]) row = height - 1 - row;
        if (turn.mirrored[2]) column = width - 1 - column;
        const double a = reference.target[static_cast<size_t>((d * height + h) * width + w)];
        const double b = prediction[static_cast<size_t>((z * height + row) * width + column)];
        n += 1, sa += a, sb += b, saa += a * a, sbb += b * b, sab += a * b;
      }
    }
  }
  const double va = saa - sa * sa / n, vb = sbb - sb * sb / n;
  return va > 0 && vb > 0 ? (sab - sa * sb / n) / std::sqrt(va * vb) : 0;
}

void remark_on_orientation(const Reference& reference, std::span<const float> prediction,
                           std::vector<std::string>& remarks) {
  // What is left to explain must shrink by a fifth: anatomy is nearly symmetric, and noise favors some turn.
  constexpr double kLess = 0.8, kLeast = 0.3;
  // Where there are too few cells to look at edges.
  constexpr double kMuchLess = 0.5;
  const auto& shape = reference.stored_case->shape;
  const double own = correlation(reference, prediction, {});
  if (own > 0.9999) return;
  double best = own;
  Turn best_turn;
  for (const Turn& turn : turns_of(shape)) {
    const double there = correlation(reference, prediction, turn);
    if (there > best) best = there, best_turn = turn;
  }
  if (best < kLeast || 1 - best > kLess * (1 - own)) return;
  // A source that is handed on as the prediction has other values, and a head is nearly its mirror image. Its
  // edges tell which way it lies.
  const Edges edges(prediction, shape, reference.stored_case->spacing),
      wanted(reference.target, shape, reference.stored_case->spacing);
  if (edges.enough() ? wanted.agreement(edges, best_turn) < kMisfit * wanted.agreement(edges)
                     : 1 - best > kMuchLess * (1 - own))
    return;
  remarks.push_back(
      fmt::format("{} the prediction fits the reference better: correlation {:.3f}, as it is {:.3f}",
                  best_turn.text({"slices", "rows", "columns"}), best, own));
}

}  // namespace

std::vector<std::string> prediction_remarks(const Reference& reference, std::span<const float> prediction) {
  SB_CHECK(prediction.size() == reference.target.size(),
           "the prediction has another shape than the reference");
  std::vector<std::string> remarks;
  const Span seen = span_of(prediction, reference), wanted = span_of(reference.target, reference);
  const Relation relation = relation_of(prediction, reference);
  if (remark_on_copy(prediction, relation, wanted, reference, remarks)) return remarks;
  const bool alike = remark_on_likeness(prediction, relation, reference, remarks);
  if (!alike) remark_on_equal_voxels(prediction, reference, remarks);
  const bool ranged = remark_on_range(seen, wanted, relation, remarks);
  if (is_picture_of_bytes(reference, prediction))
    remarks.push_back(
        "all values are whole numbers from 0 to 255, the reference has others: is it a picture of 8 bits?");
  remark_on_wild_voxels(prediction, reference, remarks);
  if (!ranged) remark_on_plateaus(prediction, reference, remarks);
  for (std::string& text : slice_remarks(reference, prediction)) remarks.push_back(std::move(text));
  if (!ranged) remark_on_outside(prediction, reference, remarks);
  remark_on_orientation(reference, prediction, remarks);
  return remarks;
}

}  // namespace synerbench
