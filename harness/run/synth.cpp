#include "harness/run/synth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/core/random.h"
#include "harness/data/slice_store.h"

namespace synerbench {
namespace {

// MR has no physical unit and here no reference either: the model's range [-1, 1] becomes 0 .. 1000.
IntensityMap output_map(Modality target) {
  if (!has_physical_unit(target)) return {0, 1000, "a.u.", "0 .. 1000 over the model's range"};
  return default_intensity_map(target, {}, {}, "");
}

std::vector<uint8_t> inside(const Volume& canonical_source, const Volume* mask) {
  std::vector<uint8_t> bits(canonical_source.voxels.size());
  const std::vector<float>& values = mask ? mask->voxels : canonical_source.voxels;
  std::transform(values.begin(), values.end(), bits.begin(), [](float v) { return v != 0 ? 1 : 0; });
  return bits;
}

}  // namespace

SynthResult synthesize_volume(Synthesizer& model, const Task& task, const Volume& source, const Volume* mask,
                              const SynthOptions& options) {
  if (mask && mask->geometry.size != source.geometry.size) {
    throw input_error("mask",
                      fmt::format("{} voxels a side, the source has {}", describe(mask->geometry),
                                  describe(source.geometry)),
                      "give the mask of this very volume");
  }
  std::string axes;
  const Volume canonical = to_canonical(source, &axes);
  std::unique_ptr<Volume> canonical_mask;
  if (mask) canonical_mask = std::make_unique<Volume>(to_canonical(*mask));
  const std::string plane = !options.plane.empty() ? options.plane
                            : task.region == "wb"  ? "coronal"
                                                   : "axial";

  SynthResult result;
  result.source_map = default_intensity_map(task.source, canonical.voxels,
                                            inside(canonical, canonical_mask.get()), "source volume");
  result.target_map = output_map(task.target);
  result.unit = result.target_map.unit;

  const auto [depth, height, width] = plane_shape(canonical.geometry, plane);
  std::vector<float> slices = to_plane(std::span<const float>(canonical.voxels), canonical.geometry, plane);
  for (float& value : slices) value = result.source_map.to_model(value);
  const size_t native = static_cast<size_t>(height * width), side = static_cast<size_t>(options.canvas.size);
  std::vector<float> in(static_cast<size_t>(options.batch) * side * side), out(in.size());
  Progress progress("synth", depth);
  for (int64_t first = 0; first < depth; first += options.batch) {
    throw_if_interrupted();
    const int64_t n = std::min(options.batch, depth - first);
    std::vector<uint64_t> seeds;
    for (int64_t i = 0; i < n; ++i) {
      to_canvas(options.canvas,
                std::span<const float>(slices).subspan(static_cast<size_t>(first + i) * native, native),
                height, width, std::span(in).subspan(static_cast<size_t>(i) * side * side, side * side));
      seeds.push_back(
          combine_seeds(seed_from(task.id), combine_seeds(options.seed, static_cast<uint64_t>(first + i))));
    }
    const size_t pixels = static_cast<size_t>(n) * side * side;
    model.synthesize(task,
                     {n, options.canvas.size, options.canvas.size, std::span<const float>(in).first(pixels)},
                     seeds, std::span(out).first(pixels));
    for (int64_t i = 0; i < n; ++i) {
      const auto prediction =
          std::span<const float>(out).subspan(static_cast<size_t>(i) * side * side, side * side);
      if (!std::all_of(prediction.begin(), prediction.end(), [](float v) { return std::isfinite(v); })) {
        throw Error(ExitCode::kInternal, fmt::format("slice {}", first + i),
                    "the model's prediction is not finite",
                    "the weights may be damaged or the training diverged; nothing was written");
      }
      from_canvas(options.canvas, prediction, height, width,
                  std::span(slices).subspan(static_cast<size_t>(first + i) * native, native));
    }
    progress.advance(n);
  }
  for (float& value : slices) value = static_cast<float>(result.target_map.to_physical(value));
  Volume synthesized{canonical.geometry,
                     from_plane(std::span<const float>(slices), canonical.geometry, plane)};
  result.volume = from_canonical(std::move(synthesized), axes);
  result.volume.geometry =
      source.geometry;  // the very numbers of the file, not the same numbers after two sign changes
  return result;
}

}  // namespace synerbench
