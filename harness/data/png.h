// PNG pictures of one channel, for exchange with data sets of slices. Written as 8-bit or 16-bit gray; read
// from any PNG that is not interlaced (ISO/IEC 15948).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace synerbench {

struct GrayPicture {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> pixels;  // row by row
};

/// The bytes of a PNG file. `pixels`: height * width, both at least 1. Equal pixels, equal bytes with one
/// version of zlib.
std::string png_bytes(std::span<const uint8_t> pixels, int64_t height, int64_t width);
/// The same with 16 bits.
std::string png_bytes(std::span<const uint16_t> pixels, int64_t height, int64_t width);

/// Reads a PNG to its last byte. Colors become the rounded mean of red, green and blue, 16 bits their upper
/// 8; transparency is ignored. Error(kBadInput) at `place` when the bytes are no PNG, are cut or damaged
/// (checksums are compared), are interlaced, or hold more than 2^26 pixels.
GrayPicture read_png(std::string_view bytes, const std::string& place);

}  // namespace synerbench
