// One case in, one volume out: a model applied outside any suite.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/intensity.h"
#include "harness/data/volume.h"

namespace synerbench {

/// A task without training pairs: what prepare() gets outside a store.
class NoPairs final : public PairSource {
 public:
  NoPairs(int64_t canvas_size, int64_t sources) : size_(canvas_size), sources_(sources) {}
  int64_t size() const override { return 0; }
  int64_t height() const override { return size_; }
  int64_t width() const override { return size_; }
  int64_t sources() const override { return sources_; }
  void read(int64_t, std::span<float>, std::span<float>, std::span<uint8_t>) const override {}
  SliceKey key(int64_t) const override { return {}; }

 private:
  int64_t size_, sources_;
};

struct SynthOptions {
  std::string name = {};         // of the case, in errors: its first file
  std::optional<Canvas> canvas;  // nothing: the one the weights were trained on, else 256:pad
  int64_t batch = 8;             // slices per call of the model
  uint64_t seed = 1;
  std::string plane = {};   // "axial", "coronal"; empty: coronal for whole-body tasks, else axial
  bool accept_odd = false;  // take sources whose values their modality cannot have
};

struct SynthResult {
  Canvas canvas;  // that was used
  Volume volume;  // the source's grid and voxel order; values in `unit`
  std::vector<IntensityMap> source_maps;
  IntensityMap target_map;
  // "HU", "SUV", or "a.u." (MR: 0 .. 1000 over the model's range, as no reference gives a scale)
  std::string unit;
  std::vector<std::string> remarks;  // what is odd about the sources or the request; mostly none
};

/// What the header of a file says whose values are in "a.u.": no reference gave a scale, so that score
/// refuses it.
inline constexpr const char* kNoScaleNote = "SynerBench: no MR scale";

/// Applies `model` to the `sources` of a case, as run does it: canonical orientation, ModelSpace, model, and
/// back. One volume for each of the task's sources, in its order, of any orientation, with physical values,
/// all on one grid. `mask` (same size, may be null) only serves the MR intensity range; without it the
/// non-zero voxels do. Calls prepare() without training pairs first. Error(kUsage): a trivial model, which is
/// fitted to training pairs, one that does not fit the task, or a canvas that its weights were not trained
/// on. Error(kBadInput): volumes of different sizes, or one whose values its modality cannot have
/// (plausible.h, unless they are accepted). Error(kSomeFailed): the model throws, or a prediction that is not
/// finite; names case and slices. An Error of the model comes through as it is.
SynthResult synthesize_volume(Synthesizer& model, const Task& task, std::span<const Volume> sources,
                              const Volume* mask, const SynthOptions& options);

}  // namespace synerbench
