// Which values of an image a reader sees.
#include "reports/pictures/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

TEST(Window, OfACtFollowsTheRegionUnlessOneIsChosen) {
  const auto window = [](const char* modality, const char* region, const char* choice = "auto") {
    const Display display = display_of(modality, region, -1024, 3000, choice);
    return std::pair{display.low, display.high};
  };
  EXPECT_EQ(window("CT", "brain"), (std::pair{0.0, 80.0}));
  EXPECT_EQ(window("CBCT", "brain"), (std::pair{-160.0, 240.0})) << "its noise fills a narrow window";
  EXPECT_EQ(window("CT", "pelvis"), (std::pair{-160.0, 240.0}));
  EXPECT_EQ(window("CT", "pelvis", "bone"), (std::pair{-450.0, 1050.0}));
  EXPECT_EQ(window("CT", "brain", "full"), (std::pair{-1024.0, 3000.0}));
}

TEST(Window, OfPetIsDarkWhereUptakeIsHigh) {
  const Display display = display_of("PET", "wb", 0, 20, "auto");
  EXPECT_TRUE(display.inverted);
  EXPECT_EQ(display.high, 7);
  EXPECT_FALSE(display_of("PET", "wb", 0, 20, "full").inverted);
}

TEST(Window, OfMrIsItsOwnRange) {
  for (const char* choice : {"auto", "brain", "full"}) {
    const Display display = display_of("T1c", "brats", 12, 900, choice);
    EXPECT_EQ(display.low, 12) << choice;
    EXPECT_EQ(display.high, 900) << choice;
  }
}

TEST(Window, OfAnotherNameIsRefusedWithTheNearest) {
  EXPECT_THAT(testing_support::error_of([] { display_of("MRI", "brain", 0, 1, "bones"); }),
              testing::HasSubstr("did you mean \"bone\""));
}

}  // namespace
}  // namespace synerbench
