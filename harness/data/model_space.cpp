#include "harness/data/model_space.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench {

SliceReader slices_of(const SliceStore& store, const StoredCase& stored_case, Modality modality) {
  const VolumeView volume = store.volume(stored_case, modality);
  return {stored_case.find(modality)->intensity,
          [volume](int64_t slice, std::span<float> native) { volume.read(slice, 1, native); }};
}

std::vector<SliceReader> sources_of(const SliceStore& store, const StoredCase& stored_case,
                                    const Task& task) {
  std::vector<SliceReader> sources;
  for (const Modality source : task.sources()) sources.push_back(slices_of(store, stored_case, source));
  return sources;
}

std::string misfit(const std::string& model, const ModelInput& input, const Task& task) {
  const auto count = static_cast<int64_t>(task.sources().size());
  if (input.sources == ModelInput::kAnySources || input.sources == count) return "";
  return fmt::format("{} takes {} source image{}, {} has {} ({})", model, input.sources,
                     input.sources == 1 ? "" : "s", task.id, count, task.sources_text());
}

std::optional<Canvas> trained_canvas(const std::string& model, const ModelInfo& info,
                                     const std::string& task) {
  const std::string key = info.canvases.contains(task) ? task : kEveryTask;
  if (!info.canvases.contains(key)) return {};
  return canvas_from_json(JsonObject(info.canvases.at(key), model + ": config.json", "/data/canvas",
                                     ExitCode::kBadInput, "copy the weights folder again"));
}

void require_trained_canvas(const std::string& model, const ModelInfo& info, const std::string& task,
                            const Canvas& canvas) {
  const auto trained = trained_canvas(model, info, task);
  if (!trained || (trained->size == canvas.size && trained->fit == canvas.fit)) return;
  throw usage_error("--canvas",
                    fmt::format("{} was trained on the canvas {} for {}, this is {}", model,
                                to_text(*trained), task, to_text(canvas)),
                    fmt::format("give --canvas {}, or other weights", to_text(*trained)));
}

ModelSpace::ModelSpace(const Canvas& canvas, const std::array<int64_t, 3>& shape)
    : canvas_(canvas), shape_(shape) {}

int64_t ModelSpace::depth(const ModelInput& input) const {
  return input.neighbors == ModelInput::kWholeVolume ? shape_[0] : 2 * input.neighbors + 1;
}

void ModelSpace::slice(const SliceReader& volume, int64_t index, std::span<float> pixels) const {
  std::vector<float> native(native_pixels());
  volume.read(index, native);
  for (float& value : native) value = volume.intensity.to_model(value);
  to_canvas(canvas_, native, shape_[1], shape_[2], pixels);
}

void ModelSpace::slab(std::span<const SliceReader> sources, const ModelInput& input, int64_t index,
                      std::span<float> pixels) const {
  const int64_t slices = depth(input);
  const int64_t first = input.neighbors == ModelInput::kWholeVolume ? 0 : index - input.neighbors;
  SB_CHECK(pixels.size() == sources.size() * static_cast<size_t>(slices) * canvas_pixels(),
           "a slab is [sources, depth, side, side]");
  size_t at = 0;
  for (const SliceReader& source : sources) {
    for (int64_t i = 0; i < slices; ++i, at += canvas_pixels())
      slice(source, std::clamp<int64_t>(first + i, 0, shape_[0] - 1), pixels.subspan(at, canvas_pixels()));
  }
}

void ModelSpace::mask(std::span<const uint8_t> native, std::span<uint8_t> pixels) const {
  mask_to_canvas(canvas_, native, shape_[1], shape_[2], pixels);
  for (uint8_t& inside : pixels) inside = inside != 0;
}

void ModelSpace::to_physical(std::span<const float> pixels, const IntensityMap& target,
                             std::span<float> native) const {
  from_canvas(canvas_, pixels, shape_[1], shape_[2], native);
  for (float& value : native) value = static_cast<float>(target.to_physical(value));
}

}  // namespace synerbench
