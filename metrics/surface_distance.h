// Distances between the surfaces of two segmentations, in mm.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench {

/// Voxel size in mm along the axes of a view; each > 0.
struct VoxelSize {
  double depth = 1, height = 1, width = 1;
};

/// Exact Euclidean distance from every voxel to the nearest non-zero voxel of `seeds` (0 there), in mm, laid
/// out as the view. Without seeds every distance is infinite. Felzenszwalb and Huttenlocher 2012, axis by
/// axis, any spacing.
std::vector<double> distance_transform(const MaskView& seeds, const VoxelSize& size);

/// Voxels of `mask` with a face neighbor outside it; beyond the image is outside (MONAI: mask XOR its
/// erosion with the 6-neighbor cross; the 4-neighbor cross for depth 1). Laid out as the view, 0 or 1.
std::vector<uint8_t> surface_of(const MaskView& mask);

/// From each surface voxel of one mask the distance to the nearest surface voxel of the other, in voxel
/// order.
struct SurfaceDistances {
  std::vector<double> to_reference;   // from the prediction's surface
  std::vector<double> to_prediction;  // from the reference's surface
};

/// Why two masks have no distance, if so: kEmptyMask for an empty reference, kMissingStructure when only the
/// prediction is empty. See Note [Missing structures] in surface_distance.cpp: both must be counted; neither
/// may be skipped.
std::optional<Undefined> undefined_distance(const MaskView& prediction, const MaskView& reference);

/// Both masks non-empty, else std::invalid_argument.
SurfaceDistances surface_distances(const MaskView& prediction, const MaskView& reference,
                                   const VoxelSize& size);

/// The largest distance in either direction, in mm.
Score hausdorff(const MaskView& prediction, const MaskView& reference, const VoxelSize& size);
/// `share` quantile (0.95 for HD95) of each direction, linear between order statistics, then the larger of
/// the two: MONAI's rule. Other tools pool the distances of both directions first and get another number.
Score hausdorff_quantile(const MaskView& prediction, const MaskView& reference, const VoxelSize& size,
                         double share = 0.95);
/// Mean of the two directions' mean distances, in mm.
Score mean_surface_distance(const MaskView& prediction, const MaskView& reference, const VoxelSize& size);

/// Length of the image's diagonal, first to last voxel's outer corner, in mm: the penalty for a structure
/// that is missing.
double image_diagonal(const MaskView& image, const VoxelSize& size);

}  // namespace synerbench
