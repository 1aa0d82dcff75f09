// Masks of a case: read from a file of any usual coding, or derived from the images where a dataset brings
// none. Always from all volumes of a case, never from a prediction.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/data/volume.h"

namespace synerbench {

/// The body in a CT: voxels above `threshold` HU, of these the largest connected component (6 neighbors in
/// 3-D; of equal ones the one that comes first in voxel order) and every other one that is solid, with holes
/// filled slice by slice (along k): what the border of the slice cannot reach through outside voxels (4
/// neighbors) is inside. Solid is what has at least kSolidShare of the largest one's voxels and somewhere
/// fills a square of kSolidSide in a slice to 95 %: an arm, a leg, but no couch, whose boards
/// are thinner. Keeps lungs and airways. 0 or 1 per voxel.
std::vector<uint8_t> body_mask(std::span<const float> hu, const Geometry& canonical, float threshold);
inline constexpr double kSolidShare = 0.005, kSolidSide = 25;  // mm

/// Voxels that are not zero in at least one of the volumes (skull-stripped MR has a background of exactly 0).
/// In a volume with fractions, a value below a thousandth of the 99th percentile of the non-zero magnitudes
/// is nothing that an eye sees: it counts only where what is visible encloses it in its slice.
std::vector<uint8_t> union_of_nonzero(const std::vector<std::span<const float>>& volumes,
                                      const Geometry& canonical);

/// A mask file's values as a mask.
struct MaskFromFile {
  std::vector<uint8_t> mask;         // 0 or 1
  std::string rule;                  // "file", "file, at least half of its maximum 255"
  std::vector<std::string> remarks;  // what is odd about it
};

/// Note [Codings of a mask]
///   two values        the larger one is inside: 0/1, 0/255, 0/0.999, 1/2
///   whole numbers     labels: everything above 0 is inside. More than ten of them have to lie in regions,
///                     where neighbors have the same one
///   a smooth edge     a mask that was resampled, or a network's probabilities (most of what is above half of
///                     the maximum is near the maximum): at least half of the maximum is inside
///   one value         0: Error(kBadInput), nothing is inside. Another: everything is inside, with a remark
/// Anything else is an image rather than a mask: Error(kBadInput) at `place`.
MaskFromFile mask_from_file(std::span<const float> values, const std::string& place);

/// What is odd about how much of a volume the mask covers: everything, nearly everything, nearly nothing.
std::vector<std::string> share_remarks(std::span<const uint8_t> mask);

/// Holds a mask from a file against an image of its case on the same grid. Error(kBadInput) at `place` when
/// it lies beside the anatomy or is turned inside out: more of the body is outside than inside. Remarks: the
/// mask has holes of more than a fiftieth of it; a CT (`is_hu`) shows a body of which the mask leaves out
/// more than a quarter, or that is less than three fifths of the mask; or the mask both leaves out and adds
/// more than 6 % and fits much better when it is moved or mirrored (or 20 %, and fits nowhere).
std::vector<std::string> compare_with_image(std::span<const uint8_t> mask, std::span<const float> image,
                                            bool is_hu, float threshold, const Geometry& canonical,
                                            const std::string& place);

}  // namespace synerbench
