// Fields that configurations have in common.
#include "harness/core/json_fields.h"

#include <gmock/gmock.h>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::error_of;

/// What `read` makes of {"x": value}.
template <class Read>
auto with(const Json& value, Read read) {
  const Json json{{"x", value}};
  JsonObject object(json, "here", "");
  return read(object);
}

TEST(Fields, NumbersHaveTheirRanges) {
  const auto positive = [](JsonObject& o) { return fields::positive(o, "x", 1); };
  const auto not_negative = [](JsonObject& o) { return fields::not_negative(o, "x", 1); };
  const auto below_one = [](JsonObject& o) { return fields::below_one(o, "x", 1); };
  EXPECT_EQ(with(0.5, positive), 0.5);
  EXPECT_EQ(with(0, not_negative), 0.0);
  EXPECT_EQ(with(0, below_one), 0.0);
  EXPECT_THAT(error_of([&] { with(0, positive); }), HasSubstr("here: /x: 0 is not above 0"));
  EXPECT_THAT(error_of([&] { with(-1e-9, not_negative); }), HasSubstr("is negative"));
  EXPECT_THAT(error_of([&] { with(1, below_one); }), HasSubstr("1 is not in [0, 1)"));
  EXPECT_THAT(error_of([&] { with("much", positive); }), HasSubstr("/x"));
}

TEST(Fields, LeftOutIsTheFallback) {
  const Json nothing = Json::object();
  JsonObject o(nothing, "here", "");
  EXPECT_EQ(fields::positive(o, "x", 3), 3.0);
  EXPECT_TRUE(fields::on_or(o, "x", true));
  EXPECT_THAT(fields::integers_or(o, "x", {4, 5}, {.fewest = 3}), ElementsAre(4, 5));
  EXPECT_FALSE(fields::modality_pair(o, "x").has_value());
  o.done();
}

TEST(Fields, ListsHaveALengthAndARange) {
  const auto list = [](JsonObject& o) {
    return fields::integers_or(o, "x", {}, {.lowest = 1, .highest = 9, .fewest = 1, .most = 3});
  };
  EXPECT_THAT(with({1, 9, 3}, list), ElementsAre(1, 9, 3));
  for (const Json& bad : {Json::array(), Json{0}, Json{10}, Json{1, 2, 3, 4}, Json{1.5}, Json{"1"}, Json(2)})
    EXPECT_THAT(error_of([&] { with(bad, list); }), HasSubstr("no list of whole numbers from 1 to 9")) << bad;
}

TEST(Fields, APairIsOfTwoDifferentModalities) {
  const auto pair = [](JsonObject& o) { return fields::modality_pair(o, "x"); };
  EXPECT_THAT(*with({"MRI", "CT"}, pair), ElementsAre(Modality::kMRI, Modality::kCT));
  EXPECT_FALSE(with(Json::array(), pair).has_value());
  EXPECT_THAT(error_of([&] { with({"CT", "CT"}, pair); }), HasSubstr("two different modalities"));
  EXPECT_THAT(error_of([&] { with({"CT"}, pair); }), HasSubstr("1 modalities"));
  EXPECT_THAT(error_of([&] { with({"CT", "XT"}, pair); }), HasSubstr("XT"));
}

}  // namespace
}  // namespace synerbench
