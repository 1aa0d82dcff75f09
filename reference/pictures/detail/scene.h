// Scenes of shapes on a ground: what stands where, its words and its picture.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/random.h"
#include "reference/pictures/pictures.h"

namespace synerbench::reference::detail {

// Everything is drawn in [0, 1] and mapped to [-1, 1] in the end.
inline float to_pixel(double value) { return static_cast<float>(2 * std::clamp(value, 0.0, 1.0) - 1); }
inline double from_pixel(float pixel) { return (static_cast<double>(pixel) + 1) / 2; }

struct Tone {
  const char* word;
  double value;
};
inline constexpr std::array<Tone, 5> kTones{
    {{"black", 0.05}, {"dark", 0.27}, {"gray", 0.5}, {"bright", 0.73}, {"white", 0.95}}};

inline constexpr std::array kShapes{"disk", "ring", "square", "triangle", "cross", "bar"};
inline constexpr std::array kSizes{"small", "large"};
inline constexpr std::array kGrounds{"plain", "shaded", "striped", "checked", "cloudy"};
inline constexpr std::array kNumbers{"zero", "one", "two", "three", "four"};

struct Shape {
  size_t kind = 0, size = 0, tone = 0, place = 0;
  double x = 0, y = 0, radius = 0, angle = 0, value = 0;  // in shares of the side
};
struct Scene {
  size_t ground = 0, ground_tone = 0;
  std::vector<Shape> shapes;
};

/// One to four shapes, every one of another kind and at another of nine places.
Scene draw_scene(Random& random);
GrayPicture render(const Scene& scene, int64_t side, Random& random);

inline constexpr size_t kPlaceCount = 9;
/// Where a caption says it: "in the middle", "at the top left". Row by row from the top left.
std::string place_text(size_t place);
/// "a small dark cross at the bottom"
std::string shape_text(const Shape& shape);
std::string caption_of(const Scene& scene);

}  // namespace synerbench::reference::detail
