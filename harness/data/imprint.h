// What a volume looks like from afar, in a few bits that do not depend on its grid: copies that were
// resampled are found by it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/data/volume.h"

namespace synerbench {

/// Note [Imprint of a volume] A copy on another grid has other values at other places. What stays is where,
/// in millimeters, tissue is lighter or darker than what surrounds it. So the volume is averaged into cells
/// of 4 mm around the center of its bright part, the structure between 4 and 8 mm is taken out of them (a
/// difference of Gaussians), and each of kImprintBits random halves of that structure gives one bit: whether
/// it is positive (random hyperplanes, Charikar 2002). Of two volumes whose structures have the correlation
/// r, a share of 1 - acos(r) / pi of the bits is equal. Two patients of one kind have the outline in common
/// and little else. Scaling of values and another margin of air change few bits. A flip, a turn, an
/// inversion, or a crop that moves the center changes half of them: such copies are found by the sketch, when
/// they were not resampled, too.
inline constexpr size_t kImprintBits = 512;

/// kImprintBits bits in words; empty where there is too little to tell volumes by: a small, flat or thin one.
/// `voxels` of a canonical grid, i fastest.
std::vector<uint64_t> imprint_of(std::span<const float> voxels, const Geometry& geometry);

/// Share of equal bits, 0 to 1. About one half for unrelated volumes; 0 where one of them is empty.
double agreement(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace synerbench
