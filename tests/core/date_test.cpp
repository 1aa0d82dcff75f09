#include "harness/core/date.h"

#include <gtest/gtest.h>

namespace synerbench {
namespace {

TEST(Date, OfNowIsOne) {
  EXPECT_TRUE(is_date(utc_now())) << utc_now();
  EXPECT_GT(utc_now(), "2026-01-01");
}

TEST(Date, IsADayOfTheCalendarInOneSpelling) {
  for (const char* good : {"2026-11-29", "2024-02-29", "2026-11-29T01:20:31Z", "2026-12-31T23:59:60Z"})
    EXPECT_TRUE(is_date(good)) << good;
  for (const char* bad : {"", "2026-13-01", "2026-02-29", "2026-11-29T24:00:00Z", "2026-11-29T01:20:31",
                          "29.11.2026", "2026-11-29 01:20", "1066-10-14", "2026-1-1"})
    EXPECT_FALSE(is_date(bad)) << bad;
}

TEST(Date, IsFoundInTheNameOfAFolder) {
  EXPECT_EQ(date_in("2026-11-29-main"), "2026-11-29");
  EXPECT_EQ(date_in("nightly_20261129.2"), "2026-11-29");
  EXPECT_EQ(date_in("20261129T0120"), "2026-11-29");
  for (const char* none : {"", "main", "run-123456789", "99999999", "20261329", "2026-11", "x12026-11-29"})
    EXPECT_FALSE(date_in(none).has_value()) << none;
}

}  // namespace
}  // namespace synerbench
