// One volume in, one volume out: a model applied outside any suite.
#pragma once

#include <string>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/intensity.h"
#include "harness/data/volume.h"

namespace synerbench {

/// A task without training pairs: what prepare() gets outside a store.
class NoPairs final : public PairSource {
 public:
  explicit NoPairs(int64_t canvas_size) : size_(canvas_size) {}
  int64_t size() const override { return 0; }
  int64_t height() const override { return size_; }
  int64_t width() const override { return size_; }
  void read(int64_t, std::span<float>, std::span<float>, std::span<uint8_t>) const override {}
  SliceKey key(int64_t) const override { return {}; }

 private:
  int64_t size_;
};

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
