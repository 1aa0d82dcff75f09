// 8-bit images on their way into the model, and slices on their way in and out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace synerbench::reference {

/// Interleaved 8-bit pixels, row-major: [height, width, channels].
struct Image8 {
  int64_t height = 0, width = 0;
  int64_t channels = 3;  // 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA
  std::vector<uint8_t> pixels;
};

/// Planar float image [3, height, width], values in [-1, 1].
struct ImageTensor {
  int64_t height = 0, width = 0;
  std::vector<float> values;
};

/// Gray is replicated to three channels; images with alpha are laid over white. Per channel of color c and
/// opacity a, exactly: t = c*a + 255*(255-a) + 128, result ((t >> 8) + t) >> 8.
Image8 to_rgb(const Image8& image);

/// x / 255, then (x - 0.5) / 0.5, in float32; [h, w, 3] -> [3, h, w].
ImageTensor normalize(const Image8& rgb);

/// A slice [height, width] in [-1, 1] as the model sees it: clamp, (x + 1) * 127.5, round to the nearest
/// 8-bit value, three equal channels.
Image8 image_of_slice(std::span<const float> slice, int64_t height, int64_t width);

/// How the decoder's three channels become one slice.
enum class OutputBridge {
  kFloatMean,  // mean of the channels, clamped to [-1, 1]; never 8-bit
  kOfficial,   // the official 8-bit image: x*0.5 + 0.5, clamp, *255, truncate; first channel, back to [-1, 1]
};
/// Decoder output [3, h, w] -> slice [h, w] in [-1, 1].
std::vector<float> slice_of_pixels(std::span<const float> pixels, int64_t height, int64_t width,
                                   OutputBridge bridge);

/// Decoder output [3, h, w] -> the official 8-bit picture [h, w, 3].
Image8 image_of_pixels(std::span<const float> pixels, int64_t height, int64_t width);

}  // namespace synerbench::reference
