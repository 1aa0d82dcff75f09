// The picture and the table of floors in the documents are those of the sources.
#include "tests/repository/drawing.h"

#include <gtest/gtest.h>

#include "harness/core/file.h"

namespace synerbench::house {
namespace {

constexpr const char* kStale = "is not what the sources say: run tools/draw-floors.sh and look at the change";

TEST(FloorsPicture, IsThatOfTheIncludes) {
  EXPECT_TRUE(read_file(picture_path()) == floors_svg()) << picture_path() << " " << kStale;
}

TEST(FloorsTable, IsThatOfTheIncludes) {
  const std::string page = read_file(page_path());
  EXPECT_TRUE(page == with_floors_table(page)) << page_path() << " " << kStale;
}

TEST(FloorsTable, NeedsItsMarks) { EXPECT_THROW(with_floors_table("a page\n"), std::runtime_error); }

}  // namespace
}  // namespace synerbench::house
