#include "harness/data/png.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cstdlib>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr std::string_view kPngSignature{"\x89PNG\r\n\x1a\n", 8};
constexpr uint64_t kMostPixels = uint64_t{1} << 26;

void put_word(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

uint32_t word_at(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void put_chunk(std::string& out, std::string_view type, std::string_view body) {
  put_word(out, static_cast<uint32_t>(body.size()));
  const size_t begin = out.size();
  out += type;
  out += body;
  put_word(out, checksum(std::string_view(out).substr(begin)));
}

[[noreturn]] void refuse(const std::string& place, const std::string& problem) {
  throw input_error(place, problem, "copy the picture again, or write it as an ordinary PNG");
}

/// What the header says, and the bytes of its parts.
struct PngParts {
  uint64_t height = 0, width = 0;
  unsigned depth = 0, color = 0;
  std::string_view palette;
  std::string compressed;

  unsigned channels() const {
    constexpr unsigned kChannels[] = {1, 0, 3, 1, 2, 0, 4};
    return kChannels[color];
  }
  uint64_t row_bytes() const { return (width * channels() * depth + 7) / 8; }
  uint64_t pixel_bytes() const { return std::max(1u, channels() * depth / 8); }
};

void read_header(std::string_view body, PngParts& parts, const std::string& place) {
  if (body.size() != 13) refuse(place, "its header has the wrong length");
  parts.width = word_at(body, 0);
  parts.height = word_at(body, 4);
  parts.depth = static_cast<uint8_t>(body[8]);
  parts.color = static_cast<uint8_t>(body[9]);
  if (parts.width == 0 || parts.height == 0) refuse(place, "a side of the picture is 0");
  if (parts.height > kMostPixels || parts.width > kMostPixels || parts.height * parts.width > kMostPixels)
    refuse(place, fmt::format("{} x {} pixels are more than 2^26", parts.height, parts.width));
  const bool gray = parts.color == 0, palette = parts.color == 3;
  const bool color = parts.color == 2 || parts.color == 4 || parts.color == 6;
  const unsigned d = parts.depth;
  const bool small = d == 1 || d == 2 || d == 4;
  if (!((gray && (small || d == 8 || d == 16)) || (palette && (small || d == 8)) ||
        (color && (d == 8 || d == 16))))
    refuse(place, fmt::format("color type {} with {} bits is none that PNG has", parts.color, d));
  if (body[10] != 0 || body[11] != 0) refuse(place, "it is compressed or filtered in an unknown way");
  if (body[12] != 0) refuse(place, "it is interlaced, which is not read");
}

PngParts split_chunks(std::string_view bytes, const std::string& place) {
  if (bytes.substr(0, kPngSignature.size()) != kPngSignature) refuse(place, "this is no PNG picture");
  PngParts parts;
  bool header = false, end = false;
  size_t at = kPngSignature.size();
  while (!end) {
    if (bytes.size() - at < 12) refuse(place, "the picture is cut off");
    const uint64_t length = word_at(bytes, at);
    if (length > bytes.size() - at - 12) refuse(place, "the picture is cut off");
    const std::string_view type = bytes.substr(at + 4, 4), body = bytes.substr(at + 8, length);
    if (checksum(bytes.substr(at + 4, 4 + length)) != word_at(bytes, at + 8 + length))
      refuse(place, fmt::format("the checksum at byte {} is wrong", at + 8 + length));
    if (header != (type != "IHDR")) refuse(place, "its header does not come first");
    if (type == "IHDR") {
      read_header(body, parts, place);
      header = true;
    } else if (type == "PLTE") {
      parts.palette = body;
    } else if (type == "IDAT") {
      parts.compressed += body;
    } else if (type == "IEND") {
      end = true;
    } else if ((type[0] & 0x20) == 0) {
      refuse(place, "it has a critical part of an unknown kind");
    }
    at += 12 + length;
  }
  if (at != bytes.size()) refuse(place, "there are bytes behind its end");
  if (parts.color == 3 && (parts.palette.empty() || parts.palette.size() % 3 != 0))
    refuse(place, "its palette is missing or damaged");
  return parts;
}

std::vector<uint8_t> inflate_rows(const PngParts& parts, const std::string& place) {
  std::vector<uint8_t> rows(parts.height * (parts.row_bytes() + 1));
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(parts.compressed.data()));
  stream.avail_in = static_cast<uInt>(parts.compressed.size());
  stream.next_out = rows.data();
  stream.avail_out = static_cast<uInt>(rows.size());
  const int state = inflate(&stream, Z_FINISH);
  const bool whole = state == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole) refuse(place, "its pixels do not decompress to the size in its header");
  return rows;
}

uint8_t predictor(uint8_t left, uint8_t up, uint8_t corner) {  // Paeth
  const int p = left + up - corner;
  const int a = std::abs(p - left), b = std::abs(p - up), c = std::abs(p - corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/// Undoes the filter of every row in place; each row keeps the byte that named it.
void unfilter(const PngParts& parts, std::vector<uint8_t>& rows, const std::string& place) {
  const size_t length = parts.row_bytes(), step = parts.pixel_bytes();
  for (size_t y = 0; y < parts.height; ++y) {
    uint8_t* row = &rows[y * (length + 1)];
    const uint8_t filter = *row++;
    if (filter > 4) refuse(place, "a row is filtered in an unknown way");
    const uint8_t* above = y > 0 ? row - (length + 1) : nullptr;
    for (size_t x = 0; x < length; ++x) {
      const uint8_t left = x >= step ? row[x - step] : 0, up = above ? above[x] : 0;
      const uint8_t corner = above && x >= step ? above[x - step] : 0;
      const int add[] = {0, left, up, (left + up) / 2, predictor(left, up, corner)};
      row[x] = static_cast<uint8_t>(row[x] + add[filter]);
    }
  }
}

/// Sample `i` of a row, in 8 bits; of a palette its index.
unsigned sample(const PngParts& parts, const uint8_t* row, size_t i) {
  if (parts.depth == 16) return row[2 * i];
  if (parts.depth == 8) return row[i];
  const size_t per_byte = 8 / parts.depth;
  const unsigned most = (1u << parts.depth) - 1;
  const unsigned value = row[i / per_byte] >> (8 - parts.depth * (i % per_byte + 1)) & most;
  return parts.color == 3 ? value : value * 255 / most;
}

unsigned gray_of(unsigned red, unsigned green, unsigned blue) { return (2 * (red + green + blue) + 3) / 6; }

/// `rows`: every row behind the number of its filter.
std::string png_of_rows(const std::string& rows, int64_t height, int64_t width, char bits) {
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string compressed(size, '\0');
  const int state =
      compress2(reinterpret_cast<Bytef*>(compressed.data()), &size,
                reinterpret_cast<const Bytef*>(rows.data()), static_cast<uLong>(rows.size()), 6);
  SB_CHECK(state == Z_OK, "zlib compresses into the bound it gave");
  compressed.resize(size);
  std::string header;
  put_word(header, static_cast<uint32_t>(width));
  put_word(header, static_cast<uint32_t>(height));
  header += bits;
  header += std::string(4, '\0');  // gray, and the only methods that there are
  std::string out(kPngSignature);
  put_chunk(out, "IHDR", header);
  put_chunk(out, "IDAT", compressed);
  put_chunk(out, "IEND", "");
  return out;
}

}  // namespace

std::string png_bytes(std::span<const uint8_t> pixels, int64_t height, int64_t width) {
  SB_CHECK(height >= 1 && width >= 1 && pixels.size() == static_cast<size_t>(height * width),
           "a picture of its size");
  std::string rows;
  for (int64_t y = 0; y < height; ++y) {
    rows.push_back(0);  // no filter
    rows.append(reinterpret_cast<const char*>(&pixels[static_cast<size_t>(y * width)]),
                static_cast<size_t>(width));
  }
  return png_of_rows(rows, height, width, 8);
}

std::string png_bytes(std::span<const uint16_t> pixels, int64_t height, int64_t width) {
  SB_CHECK(height >= 1 && width >= 1 && pixels.size() == static_cast<size_t>(height * width),
           "a picture of its size");
  std::string rows;
  for (int64_t y = 0; y < height; ++y) {
    rows.push_back(0);  // no filter
    for (const uint16_t value : pixels.subspan(static_cast<size_t>(y * width), static_cast<size_t>(width))) {
      rows.push_back(static_cast<char>(value >> 8));  // big-endian, as all of PNG
      rows.push_back(static_cast<char>(value & 0xFF));
    }
  }
  return png_of_rows(rows, height, width, 16);
}

GrayPicture read_png(std::string_view bytes, const std::string& place) {
  const PngParts parts = split_chunks(bytes, place);
  std::vector<uint8_t> rows = inflate_rows(parts, place);
  unfilter(parts, rows, place);
  GrayPicture picture{static_cast<int64_t>(parts.height), static_cast<int64_t>(parts.width), {}};
  picture.pixels.reserve(parts.height * parts.width);
  const size_t channels = parts.channels();
  for (size_t y = 0; y < parts.height; ++y) {
    const uint8_t* row = &rows[y * (parts.row_bytes() + 1) + 1];
    for (size_t x = 0; x < parts.width; ++x) {
      unsigned value = sample(parts, row, x * channels);
      if (parts.color == 3) {
        if (3 * (value + 1) > parts.palette.size()) refuse(place, "a pixel is outside its palette");
        const auto entry = [&](size_t c) { return static_cast<uint8_t>(parts.palette[3 * value + c]); };
        value = gray_of(entry(0), entry(1), entry(2));
      } else if (channels >= 3) {
        value = gray_of(value, sample(parts, row, x * channels + 1), sample(parts, row, x * channels + 2));
      }
      picture.pixels.push_back(static_cast<uint8_t>(value));
    }
  }
  return picture;
}

}  // namespace synerbench
