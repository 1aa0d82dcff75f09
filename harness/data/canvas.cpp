#include "harness/data/canvas.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr float kBackground = -1;

// Where a block of `length` pixels lies on an axis of `size` pixels: pixel p of the block is pixel p + offset
// of the axis. Negative when the block is longer than the axis (cropped). Rounds down, so of an odd surplus
// the smaller half is padded before, the larger cropped before; both ways use this one function.
int64_t center_offset(int64_t size, int64_t length) {
  const int64_t surplus = size - length;
  return surplus >= 0 ? surplus / 2 : -((-surplus + 1) / 2);
}

template <class T>
void paste_centered(std::span<const T> from, int64_t from_height, int64_t from_width, std::span<T> to,
                    int64_t to_height, int64_t to_width, int64_t offset_y, int64_t offset_x, T background) {
  for (int64_t y = 0; y < to_height; ++y) {
    for (int64_t x = 0; x < to_width; ++x) {
      const int64_t sy = y - offset_y, sx = x - offset_x;
      const bool inside = sy >= 0 && sy < from_height && sx >= 0 && sx < from_width;
      to[static_cast<size_t>(y * to_width + x)] =
          inside ? from[static_cast<size_t>(sy * from_width + sx)] : background;
    }
  }
}

// One output sample of a one-axis resampling: weighted sum of input samples first .. first + weights.size()
// - 1.
struct Tap {
  int64_t first = 0;
  std::vector<double> weights;
};

// Linear interpolation between half-pixel centers; beyond the outer centers the edge value.
std::vector<Tap> bilinear_taps(int64_t in, int64_t out) {
  std::vector<Tap> taps(static_cast<size_t>(out));
  const double step = static_cast<double>(in) / static_cast<double>(out);
  for (int64_t o = 0; o < out; ++o) {
    const double position =
        std::clamp((static_cast<double>(o) + 0.5) * step - 0.5, 0.0, static_cast<double>(in - 1));
    const auto low = std::min(static_cast<int64_t>(position), std::max<int64_t>(in - 2, 0));
    const double t = position - static_cast<double>(low);
    auto& tap = taps[static_cast<size_t>(o)];
    tap.first = low;
    if (in > 1) {
      tap.weights = {1 - t, t};
    } else {
      tap.weights = {1};
    }
  }
  return taps;
}

// Each output pixel is the mean of the input over its footprint.
std::vector<Tap> area_taps(int64_t in, int64_t out) {
  std::vector<Tap> taps(static_cast<size_t>(out));
  for (int64_t o = 0; o < out; ++o) {
    // Footprint [o * in, (o + 1) * in) in units of 1/out input pixels: whole numbers, so the weights are
    // exact.
    const int64_t begin = o * in, end = (o + 1) * in;
    auto& tap = taps[static_cast<size_t>(o)];
    tap.first = begin / out;
    for (int64_t i = tap.first; i * out < end; ++i) {
      const int64_t overlap = std::min(end, (i + 1) * out) - std::max(begin, i * out);
      tap.weights.push_back(static_cast<double>(overlap) / static_cast<double>(in));
    }
  }
  return taps;
}

enum class Way { kToCanvas, kBack };

std::vector<Tap> taps_for(int64_t in, int64_t out, Way way) {
  return way == Way::kToCanvas && out < in ? area_taps(in, out) : bilinear_taps(in, out);
}

std::vector<float> resize(std::span<const float> from, int64_t height, int64_t width, int64_t new_height,
                          int64_t new_width, Way way) {
  const auto columns = taps_for(width, new_width, way);
  const auto rows = taps_for(height, new_height, way);
  std::vector<double> wide(static_cast<size_t>(height * new_width));
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < new_width; ++x) {
      const auto& tap = columns[static_cast<size_t>(x)];
      double sum = 0;
      for (size_t w = 0; w < tap.weights.size(); ++w) {
        sum += tap.weights[w] * from[static_cast<size_t>(y * width + tap.first) + w];
      }
      wide[static_cast<size_t>(y * new_width + x)] = sum;
    }
  }
  std::vector<float> to(static_cast<size_t>(new_height * new_width));
  for (int64_t y = 0; y < new_height; ++y) {
    const auto& tap = rows[static_cast<size_t>(y)];
    for (int64_t x = 0; x < new_width; ++x) {
      double sum = 0;
      for (size_t w = 0; w < tap.weights.size(); ++w) {
        sum += tap.weights[w] * wide[(static_cast<size_t>(tap.first) + w) * static_cast<size_t>(new_width) +
                                     static_cast<size_t>(x)];
      }
      to[static_cast<size_t>(y * new_width + x)] = static_cast<float>(sum);
    }
  }
  return to;
}

struct Extent {
  int64_t height, width;
};

// The native slice's size on the canvas: unchanged, or scaled so that the longer side is the canvas's.
Extent extent_on(const Canvas& canvas, int64_t height, int64_t width) {
  if (canvas.fit == Canvas::Fit::kPad) return {height, width};
  const int64_t longer = std::max(height, width);
  const auto scaled = [&](int64_t side) {
    // Rounded to the nearest whole pixel in integers, so every machine agrees.
    return std::max<int64_t>(1, (2 * side * canvas.size + longer) / (2 * longer));
  };
  return {scaled(height), scaled(width)};
}

template <class A, class B>
void check_sizes(const Canvas& canvas, std::span<A> native, int64_t height, int64_t width,
                 std::span<B> pixels) {
  SB_CHECK(canvas.size > 0 && height > 0 && width > 0, "empty canvas or slice");
  SB_CHECK(static_cast<int64_t>(native.size()) == height * width, "native slice has height * width pixels");
  SB_CHECK(static_cast<int64_t>(pixels.size()) == canvas.size * canvas.size, "canvas has size * size pixels");
}

}  // namespace

Json to_json(const Canvas& canvas) {
  Json json;
  json["size"] = canvas.size;
  json["fit"] = canvas.fit == Canvas::Fit::kPad ? "pad" : "scale";
  return json;
}

Canvas canvas_from_json(JsonObject object) {
  constexpr int64_t kLargest = 1 << 14;
  Canvas canvas;
  canvas.size = object.integer("size", 1, kLargest);
  canvas.fit = object.choice("fit", {"pad", "scale"}) == "pad" ? Canvas::Fit::kPad : Canvas::Fit::kScale;
  object.done();
  return canvas;
}

std::string to_text(const Canvas& canvas) {
  return std::to_string(canvas.size) + (canvas.fit == Canvas::Fit::kPad ? ":pad" : ":scale");
}

void to_canvas(const Canvas& canvas, std::span<const float> native, int64_t height, int64_t width,
               std::span<float> canvas_pixels) {
  check_sizes(canvas, native, height, width, canvas_pixels);
  const auto extent = extent_on(canvas, height, width);
  std::vector<float> scaled;
  if (extent.height != height || extent.width != width) {
    scaled = resize(native, height, width, extent.height, extent.width, Way::kToCanvas);
    native = scaled;
  }
  paste_centered<float>(native, extent.height, extent.width, canvas_pixels, canvas.size, canvas.size,
                        center_offset(canvas.size, extent.height), center_offset(canvas.size, extent.width),
                        kBackground);
}

void from_canvas(const Canvas& canvas, std::span<const float> canvas_pixels, int64_t height, int64_t width,
                 std::span<float> native) {
  check_sizes(canvas, native, height, width, canvas_pixels);
  const auto extent = extent_on(canvas, height, width);
  std::vector<float> block(static_cast<size_t>(extent.height * extent.width));
  paste_centered<float>(canvas_pixels, canvas.size, canvas.size, block, extent.height, extent.width,
                        -center_offset(canvas.size, extent.height), -center_offset(canvas.size, extent.width),
                        kBackground);
  if (extent.height != height || extent.width != width) {
    block = resize(block, extent.height, extent.width, height, width, Way::kBack);
  }
  std::copy(block.begin(), block.end(), native.begin());
}

void mask_to_canvas(const Canvas& canvas, std::span<const uint8_t> native, int64_t height, int64_t width,
                    std::span<uint8_t> canvas_pixels) {
  check_sizes(canvas, native, height, width, canvas_pixels);
  const auto extent = extent_on(canvas, height, width);
  std::vector<uint8_t> scaled(static_cast<size_t>(extent.height * extent.width));
  for (int64_t y = 0; y < extent.height; ++y) {
    // Center of output pixel o in input pixels is (o + 1/2) * in / out; its floor is the nearest input pixel.
    const int64_t sy = (2 * y + 1) * height / (2 * extent.height);
    for (int64_t x = 0; x < extent.width; ++x) {
      const int64_t sx = (2 * x + 1) * width / (2 * extent.width);
      scaled[static_cast<size_t>(y * extent.width + x)] = native[static_cast<size_t>(sy * width + sx)];
    }
  }
  paste_centered<uint8_t>(scaled, extent.height, extent.width, canvas_pixels, canvas.size, canvas.size,
                          center_offset(canvas.size, extent.height), center_offset(canvas.size, extent.width),
                          0);
}

}  // namespace synerbench
