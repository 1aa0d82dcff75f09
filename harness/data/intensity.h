// From physical values to the models' range and back.
#pragma once

#include <span>
#include <string>

#include "harness/core/json.h"
#include "harness/core/modality.h"

namespace synerbench {

/// A linear map of [low, high], in the volume's unit, onto [-1, 1]; values beyond are clipped on the way in.
/// Fixed per modality where the unit is physical (CT, CBCT: [-1024, 3000] HU; PET: [0, 20] SUV); for MR taken
/// from the volume itself: 0 to the 99.5th percentile of the voxels inside its mask file, or where there is
/// none of its own non-zero voxels, never of a mask that another volume gave (the range of a source must not
/// depend on the target). Percentile by linear interpolation between order statistics. As a target the range
/// is the *reference's*; it is never taken from a prediction.
struct IntensityMap {
  double low = 0, high = 1;
  std::string unit = "a.u.";
  std::string rule;                       // "fixed [-1024, 3000] HU", "0 to p99.5 of in-mask voxels"
  float to_model(double value) const;     // clipped to [-1, 1]
  double to_physical(float model) const;  // not clipped beyond [-1, 1]
};

Json to_json(const IntensityMap& map);
/// Reads all fields of the object; errors are of its kind.
IntensityMap intensity_map_from_json(JsonObject object);

/// The default map of a modality. `values` and `mask` (same length; mask non-zero = inside; empty: the
/// non-zero values) matter for MR only. No voxel inside, or a zero range: Error(kBadInput) at `place`.
IntensityMap default_intensity_map(Modality modality, std::span<const float> values,
                                   std::span<const uint8_t> mask, const std::string& place);

/// Percentile (0..100) with linear interpolation between order statistics (NumPy's default). values not
/// empty.
double percentile(std::vector<float> values, double percent);

}  // namespace synerbench
