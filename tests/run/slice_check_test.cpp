// A few wrong slices do not pass without a remark; good and poor predictions do.
#include "harness/run/slice_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/made_head.h"

namespace synerbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace testing_support;

std::vector<std::string> remarks(const Predict& predict) { return made_remarks(slice_remarks, predict); }

TEST(SliceRemarks, AreNoneForGoodAndPoorPredictions) {
  EXPECT_THAT(remarks(fair), IsEmpty());
  EXPECT_THAT(remarks(close_to), IsEmpty());
  EXPECT_THAT(
      remarks([](const Head& m, int64_t d, int64_t h, int64_t w) { return 0.5F * fair(m, d, h, w) + 60; }),
      IsEmpty());
  EXPECT_THAT(remarks([](const Head& m, int64_t, int64_t h, int64_t w) { return fair(m, 2, h, w); }),
              IsEmpty())
      << "a mean image is the same in all slices";
  EXPECT_THAT(remarks([](const Head&, int64_t, int64_t, int64_t) { return 40.F; }), IsEmpty())
      << "that is said of the whole";
}

TEST(SliceRemarks, KnowSlicesOfTheReference) {
  const auto copied = [](int64_t from, int64_t to) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) {
      return d >= from && d < to ? at(m, d, h, w) : fair(m, d, h, w);
    });
  };
  EXPECT_THAT(copied(2, 3), ElementsAre(HasSubstr("1 of 6 slices are the reference, the first is slice 2")));
  EXPECT_THAT(copied(1, 6), ElementsAre(HasSubstr("5 of 6 slices are the reference, the first is slice 1")));
}

TEST(SliceRemarks, KnowSlicesThatWereNotPredicted) {
  EXPECT_THAT(
      remarks([](const Head& m, int64_t d, int64_t h, int64_t w) { return d == 4 ? 0.F : fair(m, d, h, w); }),
      ElementsAre(HasSubstr("1 of 6 slices are 0 all over the body, the first is slice 4")));
}

TEST(SliceRemarks, KnowPartsOnAnotherScale) {
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return fair(m, d, h, w) + (d < 3 ? 1000.F : 0.F);
              }),
              ElementsAre(HasSubstr("slices lie")))
      << "half of them";
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return fair(m, d, h, w) + (d == 1 || d == 4 ? -1000.F : 0.F);
              }),
              ElementsAre(HasSubstr("below the others, held against the reference, the first is slice 1")));
}

/// A head whose spot wanders from slice to slice, so that no slice is like another.
float wandering(int64_t d, int64_t h, int64_t w) {
  const double y = static_cast<double>(h) - 23.5, x = static_cast<double>(w) - 23.5;
  const double sy = static_cast<double>(h - 16 - (d * 5) % 13),
               sx = static_cast<double>(w - 16 - (d * 7) % 17);
  const double noise = static_cast<double>((d * 37 + h * 19 + w * 11) % 40) - 20;
  if (y * y / 400 + x * x / 256 >= 1) return -1000;
  return static_cast<float>((sy * sy + sx * sx < 30 ? 900.0 : 40.0) + noise);
}

std::vector<std::string> remarks_on_wandering(
    const std::function<float(int64_t, int64_t, int64_t)>& predict) {
  Head made = head();
  made.reference.stored_case = &made.stored;
  std::vector<float> prediction;
  size_t at = 0;
  for (int64_t d = 0; d < kDepth; ++d) {
    for (int64_t h = 0; h < kSide; ++h) {
      for (int64_t w = 0; w < kSide; ++w, ++at) {
        made.reference.target[at] = wandering(d, h, w);
        prediction.push_back(predict(d, h, w));
      }
    }
  }
  return slice_remarks(made.reference, prediction);
}

TEST(SliceRemarks, KnowAnotherOrder) {
  const auto with = [](auto order) {
    return remarks_on_wandering([=](int64_t d, int64_t h, int64_t w) {
      return wandering(std::clamp<int64_t>(order(d), 0, kDepth - 1), h, w) +
             static_cast<float>((h * 7 + w) % 30);
    });
  };
  EXPECT_THAT(with([](int64_t d) { return d; }), IsEmpty());
  EXPECT_THAT(with([](int64_t d) { return d + 1; }),
              ElementsAre(HasSubstr("5 of 6 slices fit the reference's slice 1 further on far better")));
  EXPECT_THAT(
      with([](int64_t d) { return std::array<int64_t, 6>{3, 0, 4, 1, 5, 2}[static_cast<size_t>(d)]; }),
      ElementsAre(HasSubstr("6 of 6 slices fit another slice of the reference far better than their own "
                            "(slice 0 fits 3): are they in another order?")));
}

TEST(SliceRemarks, KnowAnotherPlaceWithinTheSlice) {
  const auto moved = [](int64_t rows, int64_t columns) {
    return remarks_on_wandering([=](int64_t d, int64_t h, int64_t w) {
      return wandering(d, h - rows, w - columns) + static_cast<float>((h * 7 + w) % 30);
    });
  };
  EXPECT_THAT(moved(0, 0), IsEmpty());
  EXPECT_THAT(moved(2, 0), ElementsAre(HasSubstr("moved by -2 rows and 0 columns the prediction fits")));
  EXPECT_THAT(moved(-1, 4), ElementsAre(HasSubstr("moved by 1 row and -4 columns the prediction fits")));
}

}  // namespace
}  // namespace synerbench
