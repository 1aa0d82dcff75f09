#include "harness/data/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

#include "harness/core/error.h"
#include "harness/data/slice_store.h"

namespace synerbench {
namespace {

/// Values of a volume nobody named: HU are recognized by air, far below zero in both CT and CBCT.
constexpr float kSurelyHu = -200;

}  // namespace

SliceOfFile parse_slice_of_file(const std::string& text, const std::string& place) {
  const size_t mark = text.rfind('#');
  if (mark == std::string::npos) return {text, std::nullopt};
  const std::string number = text.substr(mark + 1);
  int64_t slice = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), slice);
  if (error != std::errc() || end != number.data() + number.size()) {
    throw usage_error(place, fmt::format("\"{}\" is no slice of {}", number, text.substr(0, mark)),
                      "write FILE#SLICE with a whole number, counted from 0");
  }
  return {text.substr(0, mark), slice};
}

Json to_json(const SliceView& view, const std::string& file) {
  return {{"file", file},        {"slice", view.slice},         {"slices", view.slices},
          {"plane", view.plane}, {"window", to_json(view.map)}, {"window_chosen_by", view.map_chosen_by}};
}

std::string to_text(const SliceView& view, const std::string& file) {
  return fmt::format("{}: {} slice {} of {}, window [{:g}, {:g}] {}", file, view.plane, view.slice,
                     view.slices, view.map.low, view.map.high, view.map.unit);
}

std::vector<std::optional<Modality>> modality_of_each(const std::vector<std::string>& names, size_t images,
                                                      const std::string& place) {
  if (names.size() > 1 && names.size() != images) {
    throw usage_error(place, fmt::format("{} for {} images", names.size(), images),
                      "give it once for all images, or once per image");
  }
  std::vector<std::optional<Modality>> each(images);
  if (names.empty()) return each;
  for (size_t i = 0; i < images; ++i)
    each[i] = parse_modality(names.size() == 1 ? names.front() : names[i], place);
  return each;
}

SliceView view_slice(const Volume& canonical, const SliceOfFile& wanted, std::optional<Modality> modality,
                     const std::string& plane, const std::string& place) {
  const auto [depth, height, width] = plane_shape(canonical.geometry, plane);
  SliceView view{height, width, {}, wanted.slice.value_or(depth / 2), depth, plane, {}, {}};
  if (view.slice < 0 || view.slice >= depth) {
    throw usage_error(place, fmt::format("\"{}\" is no slice of {}", view.slice, wanted.file),
                      fmt::format("{} {} slices: 0 .. {}", depth, plane, depth - 1));
  }
  const std::vector<float>& voxels = canonical.voxels;
  if (modality) {
    view.map_chosen_by = "--modality " + name_of(*modality);
  } else {
    const bool hu = std::any_of(voxels.begin(), voxels.end(), [](float v) { return v < kSurelyHu; });
    view.map_chosen_by = hu ? "values below -200: HU" : "no values below -200";
    modality = hu ? Modality::kCT : Modality::kMRI;
  }
  std::vector<uint8_t> inside(voxels.size());
  std::transform(voxels.begin(), voxels.end(), inside.begin(),
                 [](float v) { return static_cast<uint8_t>(v != 0); });
  view.map = default_intensity_map(*modality, voxels, inside, wanted.file);
  const std::vector<float> slices = to_plane(std::span<const float>(voxels), canonical.geometry, plane);
  const auto area = static_cast<size_t>(height * width);
  const auto first = slices.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(view.slice) * area);
  std::transform(first, first + static_cast<std::ptrdiff_t>(area), std::back_inserter(view.pixels),
                 [&](float v) { return view.map.to_model(v); });
  return view;
}

}  // namespace synerbench
