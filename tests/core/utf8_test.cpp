#include "harness/core/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;

/// Bytes that byte `index` of a sequence that starts with `lead` may have: the Unicode standard's table 3-7.
struct Range {
  int low = 1, high = 0;
};
Range range_of(int lead, size_t index) {
  const size_t length = lead < 0x80   ? 1
                        : lead < 0xC2 ? 0
                        : lead < 0xE0 ? 2
                        : lead < 0xF0 ? 3
                        : lead < 0xF5 ? 4
                                      : 0;
  if (index >= length) return {};
  if (index != 1) return {0x80, 0xBF};
  return {lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80, lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF};
}

/// The obvious way through the table.
Utf8Step obvious_step(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<int>(static_cast<unsigned char>(bytes[i])); };
  const int lead = at(0);
  if (lead < 0x80) return {static_cast<char32_t>(lead), 1, true};
  size_t length = 1;
  while (length < bytes.size()) {
    const Range range = range_of(lead, length);
    if (at(length) < range.low || at(length) > range.high) break;
    ++length;
  }
  const bool whole = length > 1 && range_of(lead, length).low > range_of(lead, length).high;
  if (!whole) return {0, length, false};
  char32_t point = static_cast<char32_t>(lead & (0xFF >> (length + 1)));
  for (size_t i = 1; i < length; ++i) point = point << 6 | static_cast<char32_t>(at(i) & 0x3F);
  return {point, length, true};
}

TEST(Utf8, EveryCodePointComesBack) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string bytes;
    append_utf8(bytes, point);
    const Utf8Step step = next_utf8(bytes);
    ASSERT_TRUE(step.valid && step.code_point == point && step.length == bytes.size())
        << static_cast<uint32_t>(point);
  }
}

TEST(Utf8, StepsThroughDamageAsTheStandardsTableSays) {
  const std::string tails[] = {"", "A", "\x80", "\x80\x80", "\xBF\x80", "\x80\x41", "\xC2", "\xBF\xBF\xBF"};
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const std::string& tail : tails) {
        const std::string bytes = std::string{static_cast<char>(first), static_cast<char>(second)} + tail;
        for (const std::string_view cut : {std::string_view(bytes), std::string_view(bytes).substr(0, 1)}) {
          const Utf8Step step = next_utf8(cut), wanted = obvious_step(cut);
          ASSERT_EQ(step.valid, wanted.valid) << first << " " << second << " " << tail.size();
          ASSERT_EQ(step.length, wanted.length) << first << " " << second << " " << tail.size();
          ASSERT_TRUE(step.code_point == wanted.code_point) << first << " " << second << " " << tail.size();
        }
      }
    }
  }
}

TEST(Utf8, ReplacesMaximalIllFormedParts) {
  // The example of the Unicode standard, section 3.9: E1 80 E2 F0 91 92 F1 BF 41 has four ill-formed parts.
  EXPECT_EQ(replace_invalid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x41");
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // an overlong slash
  EXPECT_EQ(replace_invalid_utf8("a\xE2\x82"), "a\xEF\xBF\xBD");            // cut off
  EXPECT_EQ(replace_invalid_utf8("Größe → 3 µm"), "Größe → 3 µm");
}

TEST(Utf8, DecodesStrictlyAndNamesTheFirstBadByte) {
  EXPECT_TRUE(decode_utf8_strictly("a→😀", "here") == U"a→😀");
  EXPECT_TRUE(decode_utf8_strictly("", "here").empty());
  const std::string text =
      testing_support::error_of([] { decode_utf8_strictly("ab\xC3(", "here"); }, ExitCode::kBadInput);
  EXPECT_THAT(text, HasSubstr("here"));
  EXPECT_THAT(text, HasSubstr("byte 2 (0xC3) is not valid UTF-8"));
}

TEST(Utf8, RefusesToWriteWhatIsNoCharacter) {
  std::string out;
  EXPECT_THROW(append_utf8(out, 0xD800), std::logic_error);
  EXPECT_THROW(append_utf8(out, 0x110000), std::logic_error);
}

TEST(Columns, CountWhatATerminalShows) {
  EXPECT_EQ(columns_of(""), 0u);
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("Gr\u00F6\u00DFe"), 5u);
  EXPECT_EQ(columns_of("\u8133"), 2u) << "wide";
  EXPECT_EQ(columns_of("e\u0301"), 1u) << "a combining mark stands on its letter";
  EXPECT_EQ(columns_of("a\xFF"), 2u) << "a byte that is no character still takes a place";
}

TEST(Columns, ALineThatIsTooLongEndsInDots) {
  EXPECT_EQ(fit_to_columns("abcdef", 6), "abcdef");
  EXPECT_EQ(fit_to_columns("abcdefg", 6), "abc...");
  EXPECT_EQ(fit_to_columns("\u8133\u8133\u8133\u8133", 6), "\u8133...")
      << "5 columns: half a character is none";
  EXPECT_EQ(fit_to_columns("abcdefg", 2), "..");
  EXPECT_EQ(fit_to_columns("abcdefg", 0), "");
}

}  // namespace
}  // namespace synerbench
