#include "harness/data/intensity.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"

namespace synerbench {
namespace {

// Fixed constants where the unit is physical. The lower CT bound is the scanner's own; the upper one is that
// of the SynthRAD2023 evaluation, so its range R = 4024 HU is the map's width.
constexpr double kCtLow = -1024, kCtHigh = 3000;
constexpr double kPetLow = 0, kPetHigh = 20;
// Above the 99.5th percentile an MR volume mostly holds vessels, fat near the coil and reconstruction spikes.
constexpr double kMrPercent = 99.5;

IntensityMap fixed_map(double low, double high, Modality modality) {
  IntensityMap map;
  map.low = low;
  map.high = high;
  map.unit = unit_of(modality);
  map.rule = fmt::format("fixed [{:g}, {:g}] {}", low, high, map.unit);
  return map;
}

}  // namespace

float IntensityMap::to_model(double value) const {
  const double scaled = 2 * (value - low) / (high - low) - 1;
  return static_cast<float>(std::clamp(scaled, -1.0, 1.0));
}

double IntensityMap::to_physical(float model) const {
  return low + (static_cast<double>(model) + 1) / 2 * (high - low);
}

Json to_json(const IntensityMap& map) {
  Json json;
  json["low"] = map.low;
  json["high"] = map.high;
  json["unit"] = map.unit;
  json["rule"] = map.rule;
  return json;
}

IntensityMap intensity_map_from_json(JsonObject object) {
  IntensityMap map;
  map.low = object.number("low");
  map.high = object.number("high");
  map.unit = object.text("unit");
  map.rule = object.text("rule");
  object.done();
  if (!(map.low < map.high)) {
    throw object.error("", fmt::format("intensity map [{:g}, {:g}] has no width", map.low, map.high),
                       "\"low\" has to be less than \"high\"");
  }
  constexpr double kMost = std::numeric_limits<float>::max();  // values are stored as float at most
  if (map.low < -kMost || map.high > kMost) {
    throw object.error("",
                       fmt::format("intensity map [{:g}, {:g}] is wider than any volume", map.low, map.high));
  }
  return map;
}

IntensityMap default_intensity_map(Modality modality, std::span<const float> values,
                                   std::span<const uint8_t> mask, const std::string& place) {
  if (modality == Modality::kCT || modality == Modality::kCBCT) return fixed_map(kCtLow, kCtHigh, modality);
  if (modality == Modality::kPET) return fixed_map(kPetLow, kPetHigh, modality);
  if (const auto* added = definition_of(modality); added != nullptr && added->fixed)
    return fixed_map(added->low, added->high, modality);

  SB_CHECK(mask.empty() || values.size() == mask.size(), "one mask value per voxel");
  std::vector<float> inside;
  for (size_t i = 0; i < values.size(); ++i) {
    if (mask.empty() ? values[i] != 0 : mask[i] != 0) inside.push_back(values[i]);
  }
  if (inside.empty()) {
    throw input_error(place, "the mask has no voxel inside, so there is no range for " + name_of(modality),
                      "look at the mask: is it empty, or of another case?");
  }
  IntensityMap map;
  map.unit = unit_of(modality);
  map.rule = mask.empty() ? "0 to p99.5 of non-zero voxels" : "0 to p99.5 of in-mask voxels";
  map.low = 0;
  map.high = percentile(std::move(inside), kMrPercent);
  if (!(map.high > 0)) {
    throw input_error(
        place,
        fmt::format("the 99.5th percentile of {} inside the mask is {:g}, a positive value is needed",
                    name_of(modality), map.high),
        "look at the image: is it empty, or does the mask lie beside the anatomy?");
  }
  return map;
}

double percentile(std::vector<float> values, double percent) {
  SB_CHECK(!values.empty(), "percentile of nothing");
  SB_CHECK(percent >= 0 && percent <= 100, "percent in 0..100");
  const double position = percent / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(position));
  const double t = position - static_cast<double>(below);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), middle, values.end());
  const double a = *middle;
  if (t == 0 || below + 1 == values.size()) return a;
  const double b = *std::min_element(middle + 1, values.end());
  // The two forms of NumPy's _lerp, so that both ends are hit exactly and the result agrees to the last bit
  // with np.percentile on float64 input.
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

}  // namespace synerbench
