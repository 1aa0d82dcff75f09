#include "harness/data/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& body) {
  const std::string both = type + body;
  const auto crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(both.data()), static_cast<uInt>(both.size())));
  return big_endian(static_cast<uint32_t>(body.size())) + both + big_endian(crc);
}

std::string compressed(const std::string& rows) {
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
           static_cast<uLong>(rows.size()));
  out.resize(size);
  return out;
}

/// A PNG of the given kind; `rows` as they are before compression, each with the byte of its filter.
std::string picture(uint32_t width, uint32_t height, char depth, char color, const std::string& rows,
                    const std::string& more = "", char interlaced = 0) {
  return std::string("\x89PNG\r\n\x1a\n", 8) +
         chunk("IHDR", big_endian(width) + big_endian(height) +
                           std::string{depth, color, char{0}, char{0}, interlaced}) +
         more + chunk("IDAT", compressed(rows)) + chunk("IEND", "");
}

std::vector<int> read(const std::string& bytes) {
  const GrayPicture got = read_png(bytes, "test.png");
  return {got.pixels.begin(), got.pixels.end()};
}

TEST(Png, WhatIsWrittenIsRead) {
  Random random(1);
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {64, 64}, {100, 1}}) {
    std::vector<uint8_t> pixels(static_cast<size_t>(height * width));
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random.below(256));
    const std::string bytes = png_bytes(pixels, height, width);
    const GrayPicture got = read_png(bytes, "test.png");
    EXPECT_EQ(got.height, height);
    EXPECT_EQ(got.width, width);
    EXPECT_EQ(got.pixels, pixels);
    EXPECT_EQ(png_bytes(pixels, height, width), bytes);
  }
}

TEST(Png, EveryKindOfPixelBecomesGray) {
  using ::testing::ElementsAre;
  EXPECT_THAT(read(picture(4, 1, 1, 0, std::string("\x00\xA0", 2))), ElementsAre(255, 0, 255, 0));
  EXPECT_THAT(read(picture(2, 1, 4, 0, std::string("\x00\x3F", 2))), ElementsAre(51, 255));
  EXPECT_THAT(read(picture(1, 1, 16, 0, std::string("\x00\x80\xFF", 3))), ElementsAre(128));
  EXPECT_THAT(read(picture(1, 1, 8, 4, std::string("\x00\x50\x01", 3))), ElementsAre(80)) << "alpha";
  EXPECT_THAT(read(picture(1, 1, 8, 2, std::string("\x00\x0A\x14\x1F", 4))), ElementsAre(20));
  EXPECT_THAT(read(picture(1, 1, 8, 6, std::string("\x00\x0A\x14\x1E\x00", 5))), ElementsAre(20));
  EXPECT_THAT(read(picture(2, 1, 8, 3, std::string("\x00\x01\x00", 3),
                           chunk("PLTE", std::string("\x03\x03\x03\x0A\x14\x1E", 6)))),
              ElementsAre(20, 3));
}

// Filters of one picture, worked out by hand: each row is 10 20 30.
TEST(Png, EveryFilterIsUndone) {
  const std::string rows(
      "\x00\x0A\x14\x1E"   // none
      "\x01\x0A\x0A\x0A"   // left
      "\x02\x00\x00\x00"   // up
      "\x03\x05\x05\x05"   // mean: 10-5, 20-15, 30-25
      "\x04\x00\x00\x00",  // Paeth: up, up, up
      20);
  EXPECT_THAT(read(picture(3, 5, 8, 0, rows)),
              ::testing::ElementsAre(10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30));
}

TEST(Png, WhatIsDamagedIsRefusedWithAReason) {
  const auto problem = [](const std::string& bytes) {
    return error_of([&] { read_png(bytes, "test.png"); }, ExitCode::kBadInput);
  };
  const std::vector<uint8_t> pixels(64, 100);
  const std::string good = png_bytes(pixels, 8, 8);
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_THAT(problem(good.substr(0, length)), HasSubstr("test.png")) << length;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    EXPECT_THAT(problem(flipped), HasSubstr("test.png")) << at;
  }
  EXPECT_THAT(problem(good + "x"), HasSubstr("behind its end"));
  EXPECT_THAT(problem(picture(4, 1, 8, 0, std::string(4, 'x'))), HasSubstr("do not decompress"));
  EXPECT_THAT(problem(picture(2, 1, 8, 0, std::string(5, '\0'))), HasSubstr("do not decompress"));
  EXPECT_THAT(problem(picture(1, 1, 8, 0, std::string("\x07\x00", 2))), HasSubstr("filtered"));
  EXPECT_THAT(problem(picture(1, 1, 8, 3, std::string("\x00\x05", 2), chunk("PLTE", "abc"))),
              HasSubstr("palette"));
  EXPECT_THAT(problem(picture(1, 1, 8, 3, std::string("\x00\x05", 2))), HasSubstr("palette"));
  EXPECT_THAT(problem(picture(1, 1, 4, 2, std::string("\x00\x05", 2))),
              HasSubstr("color type 2 with 4 bits"));
  EXPECT_THAT(problem(picture(1, 1, 8, 0, std::string(2, '\0'), "", 1)), HasSubstr("interlaced"));
  EXPECT_THAT(problem(picture(0xffffff, 0xffffff, 8, 0, "x")), HasSubstr("more than 2^26"));
  EXPECT_THAT(problem(picture(1, 1, 8, 0, std::string(2, '\0'), chunk("ABCD", ""))), HasSubstr("critical"));
  EXPECT_NO_THROW(read_png(picture(1, 1, 8, 0, std::string(2, '\0'), chunk("tEXt", "note")), "test.png"));
}

}  // namespace
}  // namespace synerbench
