// What the values of a volume are like, measured without a judgment. plausible.h judges.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/core/json.h"
#include "harness/data/intensity.h"
#include "harness/data/volume.h"

namespace synerbench {

/// What a store keeps about the values of a volume. In the volume's unit.
struct VolumeFacts {
  double least = 0, most = 0;
  // 0.5th, 50th, 95th and 99.5th percentile inside the mask
  double low = 0, median = 0, upper = 0, high = 0;
  // inside the mask. Stores of before 0.2 have none, and none is written for them.
  std::optional<double> mean;
  double border = 0;         // median of the outermost in-plane voxels: air, where there is any
  double dense = 0;          // median of the voxels above kThinAir; 0 where there are none. CT only
  double negative = 0;       // share of all voxels below 0
  double negative_body = 0;  // share of voxels inside the mask below 0
  double clipped = 0;        // share of voxels inside the mask beyond the intensity map
  int64_t distinct = 0;      // different values, counted to kManyValues
};
inline constexpr double kThinAir = -850;  // HU: above noise of air
inline constexpr int64_t kManyValues = 64;

/// `values` on a canonical grid (i fastest), `mask` of the same length; an empty mask counts as all voxels.
VolumeFacts facts_of(std::span<const float> values, std::span<const uint8_t> mask, const Geometry& canonical,
                     const IntensityMap& map);
Json to_json(const VolumeFacts& facts);
/// Reads what to_json wrote; errors are of the object's kind.
VolumeFacts volume_facts_from_json(JsonObject object);

/// Values that many voxels share, where a scan has noise: what a program has filled or cut off. Looked at
/// once and not kept in the manifest; what comes of it is.
struct Plateaus {
  double border = 0, border_share = 0;  // the most common value of the outermost in-plane voxels; its share
  double least = 0, least_share = 0;    // inside the mask: the least value, and the share of voxels at it
  double most = 0, most_share = 0;      // the same of the largest
  int64_t slices = 0, flat = 0;         // slices with some of the mask; of these, those of one value in it
  // Inside the mask or not: voxels at the largest value, and at one value of the twentieth of the range below
  // it, on average.
  int64_t top = 0;
  double below_top = 0;
};
Plateaus plateaus_of(std::span<const float> values, std::span<const uint8_t> mask, const Geometry& canonical);

/// Where the voxels of a CT lie. In HU air is at -1000 and soft tissue near 0, so this tells the unit without
/// a mask, and whatever lies outside the field of view. Looked at once, as Plateaus. Shares of the voxels
/// that are no padding, where nothing else is said.
struct HounsfieldShares {
  std::optional<double> padding;  // the least value, where a hundredth of the voxels or more are at it
  double least = 0;               // besides the padding
  double soft = 0;                // within 150 of 0
  double bone = 0;                // above 700, of those above -300
  double bone_near_1000 = 0;      // within 150 of 1000, of those above 700
  double far = 0;                 // above 500
  double far_near_1000 = 0;       // within 200 of 1000, of those above 500
  double below_air = 0;           // of all voxels: below -1500, at no value that a fifth of these share
};
/// `values` in any order.
HounsfieldShares hounsfield_shares_of(std::span<const float> values);

}  // namespace synerbench
