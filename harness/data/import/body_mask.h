// Masks derived from the images where a dataset brings none. Always from all volumes of a case, never from a
// prediction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/data/volume.h"

namespace synerbench {

/// The body in a CT: voxels above `threshold` HU, of these the largest connected component (6 neighbors in
/// 3-D; of equal ones the one that comes first in voxel order), with holes filled slice by slice (along k):
/// what the border of the slice cannot reach through outside voxels (4 neighbors) is inside. Drops the
/// couch, keeps lungs and airways. 0 or 1 per voxel.
std::vector<uint8_t> body_mask(std::span<const float> hu, const Geometry& canonical, float threshold);

/// Voxels that are not zero in at least one of the volumes (skull-stripped MR has a background of exactly 0).
std::vector<uint8_t> union_of_nonzero(const std::vector<std::span<const float>>& volumes);

}  // namespace synerbench
