// Everything that is asked of one pair of images, in one read of it.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "metrics/detail/similarity.h"
#include "metrics/image.h"
#include "metrics/ssim.h"

namespace synerbench::detail {

/// Sums of errors over some voxels.
struct ErrorRequest {
  MaskView mask = {};            // null: all voxels
  const Clamp* clamp = nullptr;  // both images clamped first
  double low =
      -std::numeric_limits<double>::infinity();  // voxels whose target, as it is, lies in [low, high]
  double high = std::numeric_limits<double>::infinity();
};

struct ErrorSums {
  double absolute = 0, squared = 0;
  double voxels = 0;
};

struct SimilarityRequest {
  PairSource source;
  MaskView mask = {};
  Centers centers = Centers::kInside;
  SsimConvention convention;
};

struct PairMeasures {
  bool finite = true;             // every value of both images; the rest means nothing without it
  std::vector<ErrorSums> errors;  // one per request
  SimilarityMeans similarity;     // when asked for
};

// Note [One read of a pair] Where SSIM is asked for, the rows of a tile are looked at for errors and for
// values that are not finite right before their products are formed: from memory they come once. A row's sums
// are sums of eight lanes in a fixed order, and rows are added one after the other, with SSIM and without:
// see Note [Order of summation]. Images and masks of one shape; `similarity->source` holds the same images.
PairMeasures measure_pair(const ImageView& prediction, const ImageView& target,
                          std::span<const ErrorRequest> errors,
                          const SimilarityRequest* similarity = nullptr);

/// Scores of sums, as pixelwise.h says; without a voxel kEmptyMask.
Score mean_absolute(const ErrorSums& sums);
Score mean_squared(const ErrorSums& sums);
Score root_mean_squared(const ErrorSums& sums);
Score signal_to_noise(const ErrorSums& sums, double range);

}  // namespace synerbench::detail
