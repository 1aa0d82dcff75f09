#include "reference/transforms/image.h"

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

uint8_t over_white(unsigned color, unsigned opacity) {
  const unsigned t = color * opacity + 255 * (255 - opacity) + 128;
  return static_cast<uint8_t>(((t >> 8) + t) >> 8);
}

uint8_t official_byte(float value) {
  const float scaled = std::clamp(value * 0.5f + 0.5f, 0.0f, 1.0f) * 255.0f;
  return static_cast<uint8_t>(scaled);  // truncates
}

}  // namespace

Image8 to_rgb(const Image8& image) {
  const int64_t count = image.height * image.width, channels = image.channels;
  SB_CHECK(channels >= 1 && channels <= 4, "1 to 4 channels");
  SB_CHECK(static_cast<int64_t>(image.pixels.size()) == count * channels,
           "pixels do not match the image's shape");
  if (channels == 3) return image;
  Image8 rgb{image.height, image.width, 3, std::vector<uint8_t>(static_cast<size_t>(count * 3))};
  for (int64_t i = 0; i < count; ++i) {
    const uint8_t* in = &image.pixels[static_cast<size_t>(i * channels)];
    uint8_t* out = &rgb.pixels[static_cast<size_t>(i * 3)];
    for (int c = 0; c < 3; ++c) {
      const uint8_t color = channels == 4 ? in[c] : in[0];
      out[c] = channels == 1 ? color : over_white(color, in[channels - 1]);
    }
  }
  return rgb;
}

ImageTensor normalize(const Image8& rgb) {
  SB_CHECK(rgb.channels == 3, "RGB is wanted");
  const int64_t count = rgb.height * rgb.width;
  ImageTensor out{rgb.height, rgb.width, std::vector<float>(static_cast<size_t>(count * 3))};
  float table[256];
  for (int i = 0; i < 256; ++i) table[i] = (static_cast<float>(i) / 255.0f - 0.5f) / 0.5f;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      out.values[static_cast<size_t>(c * count + i)] = table[rgb.pixels[static_cast<size_t>(i * 3 + c)]];
    }
  }
  return out;
}

Image8 image_of_slice(std::span<const float> slice, int64_t height, int64_t width) {
  SB_CHECK(static_cast<int64_t>(slice.size()) == height * width, "slice does not match its shape");
  Image8 image{height, width, 3, std::vector<uint8_t>(slice.size() * 3)};
  for (size_t i = 0; i < slice.size(); ++i) {
    const float scaled = (std::clamp(slice[i], -1.0f, 1.0f) + 1.0f) * 127.5f;
    const auto byte = static_cast<uint8_t>(std::nearbyint(scaled));
    image.pixels[3 * i] = image.pixels[3 * i + 1] = image.pixels[3 * i + 2] = byte;
  }
  return image;
}

std::vector<float> slice_of_pixels(std::span<const float> pixels, int64_t height, int64_t width,
                                   OutputBridge bridge) {
  const auto count = static_cast<size_t>(height * width);
  SB_CHECK(pixels.size() == 3 * count, "three channels are wanted");
  std::vector<float> slice(count);
  for (size_t i = 0; i < count; ++i) {
    if (bridge == OutputBridge::kOfficial) {
      slice[i] = static_cast<float>(official_byte(pixels[i])) / 127.5f - 1.0f;
    } else {
      const float mean = (pixels[i] + pixels[count + i] + pixels[2 * count + i]) / 3.0f;
      slice[i] = std::clamp(mean, -1.0f, 1.0f);  // keeps NaN: the harness reports it
    }
  }
  return slice;
}

Image8 image_of_pixels(std::span<const float> pixels, int64_t height, int64_t width) {
  const auto count = static_cast<size_t>(height * width);
  SB_CHECK(pixels.size() == 3 * count, "three channels are wanted");
  Image8 image{height, width, 3, std::vector<uint8_t>(3 * count)};
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < 3; ++c) image.pixels[3 * i + c] = official_byte(pixels[c * count + i]);
  }
  return image;
}

}  // namespace synerbench::reference
