// A phantom cohort as slices in memory, on the canvas and in the range that models see, without touching the
// disk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/intensity.h"
#include "harness/data/slice_store.h"
#include "suites/phantom/cohort.h"

namespace synerbench::phantom {

/// One volume as slices [D] of size * size values in [-1, 1].
struct CanvasVolume {
  IntensityMap map;
  std::vector<std::vector<float>> slices;
};

struct MemoryCase {
  PlannedCase planned;
  Split split = Split::kTrain;
  std::vector<std::vector<uint8_t>> masks;  // per slice, on the canvas
  std::vector<double> foreground;           // share of the native slice inside the mask
  std::vector<int64_t> lesion_pixels;  // per slice, native; 0 where the layout has no segmentation of lesions
  std::map<Modality, CanvasVolume> volumes;
};

/// The slices of `images`, laid out as importing does: canonical axes, coronal for the whole body, masks from
/// the file, from CT, or from non-zero voxels, default intensity maps. `maps`: use these instead of the
/// images' own (for oracles).
MemoryCase to_memory(const PlannedCase& planned, const std::vector<Image>& images, const Canvas& canvas,
                     const std::map<Modality, IntensityMap>& maps = {});

/// The slices of one task and split with at least 1 % foreground.
class MemoryPairs final : public PairSource {
 public:
  MemoryPairs(const std::vector<MemoryCase>& cases, const Task& task, const std::vector<Split>& splits,
              int64_t canvas);
  int64_t size() const override { return static_cast<int64_t>(entries_.size()); }
  int64_t height() const override { return canvas_; }
  int64_t width() const override { return canvas_; }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override;
  SliceKey key(int64_t index) const override;
  const MemoryCase& case_of(int64_t index) const { return *entries_[static_cast<size_t>(index)].first; }
  size_t slice_of(int64_t index) const { return entries_[static_cast<size_t>(index)].second; }

 private:
  Task task_;
  int64_t canvas_;
  std::vector<std::pair<const MemoryCase*, size_t>> entries_;
};

}  // namespace synerbench::phantom
