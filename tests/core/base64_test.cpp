#include "harness/core/base64.h"

#include <gtest/gtest.h>

namespace synerbench {
namespace {

TEST(Base64, GivesTheExamplesOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, UsesAllDigits) {
  EXPECT_EQ(base64(std::string_view("\x00\x10\x83\x10\x51\x87\xff\xfb\xf0", 9)), "ABCDEFGH//vw");
}

// A large picture goes in pieces; no padding and no line break may come between them.
TEST(Base64, JoinsPiecesWithoutASeam) {
  const std::string large((size_t{7} << 20) + 1, 'a');  // "aaa" is "YWFh"
  const std::string text = base64(large);
  ASSERT_EQ(text.size(), (large.size() + 2) / 3 * 4);
  for (size_t at = 0; at + 4 < text.size(); at += 4) ASSERT_EQ(text.compare(at, 4, "YWFh"), 0) << at;
  EXPECT_TRUE(text.ends_with(large.size() % 3 == 1 ? "YQ==" : large.size() % 3 == 2 ? "YWE=" : "YWFh"));
}

}  // namespace
}  // namespace synerbench
