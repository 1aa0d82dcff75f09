#include "reference/exchange/pictures_of.h"

#include <algorithm>
#include <cmath>

#include "harness/data/png.h"

namespace synerbench::reference {

std::string png_of(const SliceImage& image) {
  std::vector<uint8_t> pixels;
  pixels.reserve(image.pixels.size());
  for (const float value : image.pixels)
    pixels.push_back(static_cast<uint8_t>(std::lround((std::clamp(value, -1.0f, 1.0f) + 1) * 127.5)));
  return png_bytes(pixels, image.height, image.width);
}

}  // namespace synerbench::reference
