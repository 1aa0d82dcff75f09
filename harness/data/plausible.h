// Can these values be what they are called? Every volume is held against what its modality can be, and
// against its siblings in the data set.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"
#include "harness/data/intensity.h"
#include "harness/data/volume.h"

namespace synerbench {

/// What the checks look at. Values in the volume's unit.
struct VolumeFacts {
  double least = 0, most = 0;
  // 0.5th, 50th, 95th and 99.5th percentile inside the mask
  double low = 0, median = 0, upper = 0, high = 0;
  double border = 0;         // median of the outermost in-plane voxels: air, where there is any
  double dense = 0;          // median of the voxels above kThinAir; 0 where there are none. CT only
  double negative = 0;       // share of all voxels below 0
  double negative_body = 0;  // share of voxels inside the mask below 0
  double clipped = 0;        // share of voxels inside the mask beyond the intensity map
  int64_t distinct = 0;      // different values, counted to kManyValues
};
inline constexpr double kThinAir = -850;  // HU: above noise of air
inline constexpr int64_t kManyValues = 64;
inline constexpr double kNotedClipping = 0.01;  // a share of the body beyond the map is shown from here

/// `values` on a canonical grid (i fastest), `mask` of the same length; an empty mask counts as all voxels.
VolumeFacts facts_of(std::span<const float> values, std::span<const uint8_t> mask, const Geometry& canonical,
                     const IntensityMap& map);
Json to_json(const VolumeFacts& facts);

/// Values that many voxels share, where a scan has noise: what a program has filled or cut off. Looked at
/// once and not kept in the manifest; what comes of it is.
struct Plateaus {
  double border = 0, border_share = 0;  // the most common value of the outermost in-plane voxels; its share
  double least = 0, least_share = 0;    // inside the mask: the least value, and the share of voxels at it
  double most = 0, most_share = 0;      // the same of the largest
  int64_t slices = 0, flat = 0;         // slices with some of the mask; of these, those of one value in it
};
Plateaus plateaus_of(std::span<const float> values, std::span<const uint8_t> mask, const Geometry& canonical);

/// Something about a volume that is not usual.
struct Doubt {
  bool impossible = false;   // cannot be what it is called; else odd: noted, imported
  std::string seen;          // "CT: the minimum is 19"
  std::string usual;         // "air is near -1000 HU"
  std::string cause;         // "the rescale intercept was not applied"
  std::string next;          // "..."
  std::string text() const;  // "CT: the minimum is 19 (usual: air is near ...). Likely: the rescale ..."
};

/// Everything in doubt, impossible first. Note [What a modality can be] in the source file has the limits and
/// where they come from. Without `plateaus` nothing is said about them.
std::vector<Doubt> doubts_about(Modality modality, const VolumeFacts& facts, const Plateaus& plateaus = {});

/// What stands out among volumes of one modality in one data set: a CT whose tissue is shifted against most
/// of the others, a PET or an MR on another scale. `facts` of all siblings; one text per volume, empty where
/// nothing stands out. Fewer than kLeastSiblings: nothing is said.
inline constexpr size_t kLeastSiblings = 5;
std::vector<std::string> strangers_among(Modality modality, const std::vector<VolumeFacts>& facts);

/// Reads what to_json wrote; errors are of the object's kind.
VolumeFacts volume_facts_from_json(JsonObject object);

}  // namespace synerbench
