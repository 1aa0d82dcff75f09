#include "tests/phantom/memory_cohort.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/data/import/body_mask.h"
#include "harness/data/import/import_case.h"

namespace synerbench::phantom {
namespace {

/// Slices of a canonical volume, [D][H * W], axial or coronal with the head at the top.
std::vector<std::vector<float>> planes(const Volume& volume, bool coronal) {
  const auto [ni, nj, nk] = volume.geometry.size;
  const int64_t depth = coronal ? nj : nk, height = coronal ? nk : nj;
  std::vector<std::vector<float>> result(static_cast<size_t>(depth));
  for (int64_t d = 0; d < depth; ++d) {
    for (int64_t h = 0; h < height; ++h) {
      for (int64_t w = 0; w < ni; ++w) {
        result[static_cast<size_t>(d)].push_back(coronal ? volume.at(w, d, nk - 1 - h) : volume.at(w, h, d));
      }
    }
  }
  return result;
}

Volume mask_of(const std::vector<Image>& images, const PlannedCase& planned) {
  const auto named = [&](const std::string& name) {
    return std::find_if(images.begin(), images.end(), [&](const Image& i) { return i.name == name; });
  };
  if (const auto file = named("mask"); file != images.end()) return to_canonical(file->volume);
  if (planned.dataset == "autopet") {
    Volume ct = to_canonical(named("CTres")->volume);
    const std::vector<uint8_t> mask = body_mask(ct.voxels, ct.geometry, -300);
    ct.voxels.assign(mask.begin(), mask.end());
    return ct;
  }
  std::vector<Volume> volumes;
  std::vector<std::span<const float>> spans;
  for (const Image& one : images) {
    if (one.modality) volumes.push_back(to_canonical(one.volume));
  }
  for (const Volume& volume : volumes) spans.push_back(volume.voxels);
  const std::vector<uint8_t> mask = union_of_nonzero(spans, volumes.front().geometry);
  return {volumes.front().geometry, {mask.begin(), mask.end()}};
}

}  // namespace

MemoryCase to_memory(const PlannedCase& planned, const std::vector<Image>& images, const Canvas& canvas,
                     const std::map<Modality, IntensityMap>& maps) {
  MemoryCase result;
  result.planned = planned;
  const bool coronal = planned.region == "wb";
  const Volume mask = mask_of(images, planned);
  // As the importer: an MR's range comes from a mask file, or from the MR alone.
  const bool has_file =
      std::any_of(images.begin(), images.end(), [](const Image& i) { return i.name == "mask"; });
  std::vector<uint8_t> inside;
  if (has_file) inside.assign(mask.voxels.begin(), mask.voxels.end());
  const auto pixels = static_cast<size_t>(canvas.size * canvas.size);
  const int64_t width = mask.geometry.size[0], height = mask.geometry.size[coronal ? 2 : 1];
  for (const std::vector<float>& plane : planes(mask, coronal)) {
    const std::vector<uint8_t> native(plane.begin(), plane.end());
    result.foreground.push_back(static_cast<double>(std::count(native.begin(), native.end(), 1)) /
                                static_cast<double>(native.size()));
    result.masks.emplace_back(pixels);
    mask_to_canvas(canvas, native, height, width, result.masks.back());
  }
  result.lesion_pixels.resize(result.masks.size());
  for (const Image& one : images) {
    if (one.name == "SEG" || one.name == "seg") {
      const auto slices = planes(to_canonical(one.volume), coronal);
      for (size_t s = 0; s < slices.size(); ++s) {
        result.lesion_pixels[s] =
            std::count_if(slices[s].begin(), slices[s].end(), [](float v) { return v > 0; });
      }
    }
    if (!one.modality) continue;
    Volume volume = to_canonical(one.volume);
    if (one.modality == Modality::kCBCT &&
        *std::min_element(volume.voxels.begin(), volume.voxels.end()) > kCbctOffsetLimit) {
      for (float& value : volume.voxels) value += kCbctOffset;  // as the importers do
    }
    CanvasVolume on_canvas;
    const auto given = maps.find(*one.modality);
    on_canvas.map = given != maps.end()
                        ? given->second
                        : default_intensity_map(*one.modality, volume.voxels, inside, planned.id);
    for (std::vector<float>& plane : planes(volume, coronal)) {
      for (float& value : plane) value = on_canvas.map.to_model(value);
      on_canvas.slices.emplace_back(pixels);
      to_canvas(canvas, plane, height, width, on_canvas.slices.back());
    }
    result.volumes[*one.modality] = std::move(on_canvas);
  }
  return result;
}

MemoryPairs::MemoryPairs(const std::vector<MemoryCase>& cases, const Task& task,
                         const std::vector<Split>& splits, int64_t canvas)
    : task_(task), canvas_(canvas) {
  for (const MemoryCase& one : cases) {
    if (one.planned.region != task.region || !one.volumes.count(task.source) ||
        !one.volumes.count(task.target))
      continue;
    if (std::find(splits.begin(), splits.end(), one.split) == splits.end()) continue;
    for (size_t s = 0; s < one.masks.size(); ++s) {
      if (one.foreground[s] >= 0.01) entries_.emplace_back(&one, s);
    }
  }
}

void MemoryPairs::read(int64_t index, std::span<float> source, std::span<float> target,
                       std::span<uint8_t> mask) const {
  const auto& [one, slice] = entries_[static_cast<size_t>(index)];
  std::copy_n(one->volumes.at(task_.source).slices[slice].begin(), source.size(), source.begin());
  std::copy_n(one->volumes.at(task_.target).slices[slice].begin(), target.size(), target.begin());
  if (!mask.empty()) std::copy_n(one->masks[slice].begin(), mask.size(), mask.begin());
}

SliceKey MemoryPairs::key(int64_t index) const {
  const PlannedCase& planned = case_of(index).planned;
  return {{"phantom", planned.id, planned.patient}, static_cast<int64_t>(slice_of(index))};
}

}  // namespace synerbench::phantom
