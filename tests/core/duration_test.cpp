#include "harness/core/duration.h"

#include <gtest/gtest.h>

namespace synerbench {
namespace {

TEST(Duration, IsSaidInTheUnitThatPeopleUse) {
  EXPECT_EQ(duration_in_words(0), "less than a minute");
  EXPECT_EQ(duration_in_words(59.9), "less than a minute");
  EXPECT_EQ(duration_in_words(60), "about 1 min");
  EXPECT_EQ(duration_in_words(5399), "about 90 min");
  EXPECT_EQ(duration_in_words(5400), "about 1.5 h");
  EXPECT_EQ(duration_in_words(14.2 * 3600), "about 14 h");
  EXPECT_EQ(duration_in_words(310.0 * 3600), "about 310 h (13 days)");
}

}  // namespace
}  // namespace synerbench
