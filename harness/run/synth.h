// One volume in, one volume out: a model applied outside any suite.
#pragma once

#include <string>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/intensity.h"
#include "harness/data/volume.h"

namespace synerbench {

struct SynthOptions {
  Canvas canvas;
  int64_t batch = 8;  // slices per call of the model
  uint64_t seed = 1;
  std::string plane;  // "axial", "coronal"; empty: coronal for whole-body tasks, else axial
};

struct SynthResult {
  Volume volume;  // the source's grid and voxel order; values in `unit`
  IntensityMap source_map, target_map;
  std::string
      unit;  // "HU", "SUV", or "a.u." (MR: 0 .. 1000 over the model's range, as no reference gives a scale)
};

/// Applies `model` slice by slice to `source` (any orientation, physical values), as run does it: canonical
/// orientation, intensity map, canvas, model, and back. `mask` (same size, may be null) only serves the MR intensity range;
/// without it the non-zero voxels do. Values that are not finite in the prediction are Error(kInternal) naming the slice.
SynthResult synthesize_volume(Synthesizer& model, const Task& task, const Volume& source, const Volume* mask,
                              const SynthOptions& options);

}  // namespace synerbench
