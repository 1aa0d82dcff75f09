// Between the physical slices of a case and what a model sees of it, and back. Training pairs, runs and single volumes all pass here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/intensity.h"
#include "harness/data/slice_store.h"

namespace synerbench {

/// A volume of a case, slice by slice.
struct SliceReader {
  IntensityMap intensity;
  std::function<void(int64_t slice, std::span<float> native)> read;  // [height, width], physical values
};
/// The stored volumes of a case. Borrow the store and the case.
SliceReader slices_of(const SliceStore& store, const StoredCase& stored_case, Modality modality);
std::vector<SliceReader> sources_of(const SliceStore& store, const StoredCase& stored_case, const Task& task);

/// Empty when a model of this input can be run on this task, else the sentence that says why not:
/// "line takes 1 source image, brats-t1+t2-to-flair has 2 (T1 + T2)".
std::string misfit(const std::string& model, const ModelInput& input, const Task& task);

/// The canvas that a model's weights were trained on for a task; nothing where they do not say.
/// Error(kBadInput) when their record is damaged.
std::optional<Canvas> trained_canvas(const std::string& model, const ModelInfo& info,
                                     const std::string& task);
/// Weights give wrong images, without a word, on a canvas that they do not know: Error(kUsage) that names both.
void require_trained_canvas(const std::string& model, const ModelInfo& info, const std::string& task,
                            const Canvas& canvas);

/// The intensity maps lay physical values on [-1, 1], the canvas lays native slices on a square; here they are one step.
class ModelSpace {
 public:
  /// `shape`: depth, height and width of the case's volumes.
  ModelSpace(const Canvas& canvas, const std::array<int64_t, 3>& shape);

  int64_t side() const { return canvas_.size; }
  size_t canvas_pixels() const { return static_cast<size_t>(canvas_.size * canvas_.size); }
  size_t native_pixels() const { return static_cast<size_t>(shape_[1] * shape_[2]); }
  /// Slices that a model of this input is given at once: 1, 2 k + 1, or all of the case.
  int64_t depth(const ModelInput& input) const;

  /// One slice of one volume onto [side, side].
  void slice(const SliceReader& volume, int64_t index, std::span<float> pixels) const;
  /// What a model is given to synthesize slice `index`: [sources, depth, side, side]. Beyond the ends of the volume the last slice is
  /// repeated; for a model of whole volumes `index` does not matter.
  void slab(std::span<const SliceReader> sources, const ModelInput& input, int64_t index,
            std::span<float> pixels) const;
  /// A mask's slice, native to canvas, as 0 or 1.
  void mask(std::span<const uint8_t> native, std::span<uint8_t> pixels) const;
  /// A predicted slice, [side, side] in [-1, 1], to native size and physical values of the target.
  void to_physical(std::span<const float> pixels, const IntensityMap& target, std::span<float> native) const;

 private:
  Canvas canvas_;
  std::array<int64_t, 3> shape_;
};

}  // namespace synerbench
