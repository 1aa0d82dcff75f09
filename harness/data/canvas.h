// Slices of any size <-> the fixed square that a model works on.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/core/json.h"

namespace synerbench {

/// How a native slice [H, W] is laid onto a square canvas.
///   kPad:   centered without scaling. What does not fit is cropped away symmetrically, the rest is filled
///           with -1. On the way back cropped pixels become -1 (background).
///   kScale: scaled by one factor so that the longer side fills the canvas (bilinear with half-pixel centers;
///           area-averaged when it shrinks), then centered as above. On the way back scaled to the native
///           size, bilinear.
struct Canvas {
  enum class Fit { kPad, kScale };
  int64_t size = 256;  // pixels per side
  Fit fit = Fit::kPad;
};
Json to_json(const Canvas& canvas);
/// Reads what to_json wrote; errors are of the object's kind.
Canvas canvas_from_json(JsonObject object);
/// "64:pad", as the command line takes it.
std::string to_text(const Canvas& canvas);

/// native: height * width values in [-1, 1]; canvas_pixels: size * size.
void to_canvas(const Canvas& canvas, std::span<const float> native, int64_t height, int64_t width,
               std::span<float> canvas_pixels);
void from_canvas(const Canvas& canvas, std::span<const float> canvas_pixels, int64_t height, int64_t width,
                 std::span<float> native);
/// The same for masks: nearest neighbor, 0 outside.
void mask_to_canvas(const Canvas& canvas, std::span<const uint8_t> native, int64_t height, int64_t width,
                    std::span<uint8_t> canvas_pixels);

}  // namespace synerbench
