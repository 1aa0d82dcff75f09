#include "harness/data/volume_facts.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/schema.h"

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

// How many values are at `most`, and how many at one value of the twentieth of the range below it.
std::pair<int64_t, double> top_of(std::span<const float> values, double least, double most) {
  const double from = most - 0.05 * (most - least);
  std::vector<float> below;
  int64_t top = 0;
  for (const float value : values) {
    top += value == most;
    if (value >= from && value < most) below.push_back(value);
  }
  std::sort(below.begin(), below.end());
  const auto all = static_cast<double>(below.size());
  const auto distinct = std::distance(below.begin(), std::unique(below.begin(), below.end()));
  return {top, distinct == 0 ? 0 : all / static_cast<double>(distinct)};
}

// Of `values`, how many are not among those of which a fifth or more are equal. Of very many, some are looked
// at.
double share_without_plateaus(const std::vector<float>& values) {
  constexpr size_t kLookedAt = 1 << 20;
  std::vector<float> some;
  for (size_t v = 0; v < values.size(); v += values.size() / kLookedAt + 1) some.push_back(values[v]);
  std::sort(some.begin(), some.end());
  size_t scattered = 0;
  for (auto first = some.begin(); first != some.end();) {
    const auto last = std::upper_bound(first, some.end(), *first);
    const auto equal = static_cast<size_t>(last - first);
    if (5 * equal < some.size()) scattered += equal;
    first = last;
  }
  return some.empty() ? 0 : static_cast<double>(scattered) / static_cast<double>(some.size());
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
    s.custom(
        "body_mean", "number", "mean inside the mask",
        [](VolumeFacts& facts, JsonObject& object) {
          if (object.mark("body_mean")) facts.mean = object.number("body_mean");
        },
        [](VolumeFacts& facts) { return facts.mean ? Json(*facts.mean) : Json(); });
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
  double sum = 0;
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
  for (const float value : body) sum += value;
  const auto all = static_cast<double>(values.size()), inside = static_cast<double>(body.size());
  facts.negative = static_cast<double>(negative) / all;
  facts.negative_body = static_cast<double>(negative_body) / inside;
  facts.clipped = static_cast<double>(clipped) / inside;
  facts.distinct = static_cast<int64_t>(distinct.size());
  facts.mean = sum / inside;
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
  const auto [whole_least, whole_most] = std::minmax_element(values.begin(), values.end());
  std::tie(plateaus.top, plateaus.below_top) = top_of(values, *whole_least, *whole_most);
  return plateaus;
}

Json to_json(const VolumeFacts& facts) {
  Json json = schema().write(facts);
  if (!facts.mean) json.erase("body_mean");
  return json;
}

VolumeFacts volume_facts_from_json(JsonObject object) {
  VolumeFacts facts;
  schema().read_fields(facts, object);
  object.done();
  return facts;
}

HounsfieldShares hounsfield_shares_of(std::span<const float> values) {
  HounsfieldShares shares;
  if (values.empty()) return shares;
  constexpr double kPadding = 0.01;
  constexpr float kTissue = -300, kBone = 700, kFar = 500, kBelowAir = -1500;  // HU
  constexpr float kUnshifted = 1000;  // where soft tissue is without the intercept
  const float minimum = *std::min_element(values.begin(), values.end());
  const auto at_minimum = static_cast<size_t>(std::count(values.begin(), values.end(), minimum));
  const bool padded = at_minimum < values.size() &&
                      static_cast<double>(at_minimum) >= kPadding * static_cast<double>(values.size());
  if (padded) shares.padding = minimum;
  float least = std::numeric_limits<float>::max();
  size_t tissue = 0, soft = 0, bone = 0, bone_near = 0, far = 0, far_near = 0;
  std::vector<float> below;
  for (const float value : values) {
    if (value < kBelowAir) below.push_back(value);
    if (padded && value == minimum) continue;
    least = std::min(least, value);
    soft += std::abs(value) <= 150;
    tissue += value > kTissue;
    bone += value > kBone;
    bone_near += std::abs(value - kUnshifted) <= 150;
    far += value > kFar;
    far_near += std::abs(value - kUnshifted) <= 200;
  }
  const auto share = [](size_t part, size_t of) {
    return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
  };
  const size_t all = values.size() - (padded ? at_minimum : 0);
  shares.least = least;
  shares.soft = share(soft, all);
  shares.bone = share(bone, tissue);
  shares.bone_near_1000 = share(bone_near, bone);
  shares.far = share(far, all);
  shares.far_near_1000 = share(far_near, far);
  shares.below_air = share(below.size(), values.size()) * share_without_plateaus(below);
  return shares;
}

}  // namespace synerbench
