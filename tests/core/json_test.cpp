#include "harness/core/json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/core/error.h"
#include "tests/support/growth.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing_support::growth_over_ten_times;
using testing_support::kNotQuadratic;

using ::testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no exception";
}

TEST(Json, SyntaxErrorsNameLineAndColumn) {
  const std::string text = "{\n  \"a\": 1,\n  \"b\": ]\n}\n";
  EXPECT_EQ(message_of([&] { parse_json(text, "x.json"); }).substr(0, 11), "x.json:3:8:");
}

TEST(Json, DoublesRoundTrip) {
  for (const double value : {0.1, 1.0 / 3, 1e-310, 123456789.123456789}) {
    EXPECT_EQ(parse_json(to_text(Json{{"v", value}}, -1), "x")["v"].get<double>(), value);
  }
}

TEST(Json, NeverWritesNaN) {
  EXPECT_THROW(to_text(Json{{"a", Json::array({1.0, std::numeric_limits<double>::quiet_NaN()})}}),
               std::logic_error);
  EXPECT_THROW(to_text(Json{{"a", std::numeric_limits<double>::infinity()}}), std::logic_error);
}

TEST(Json, DepthIsLimitedBeforeAnythingIsBuilt) {
  const auto nested = [](size_t levels, const char* open, const char* close) {
    std::string text;
    for (size_t i = 0; i < levels; ++i) text += open;
    text += "1";
    for (size_t i = 0; i < levels; ++i) text += close;
    return text;
  };
  EXPECT_NO_THROW(parse_json(nested(kMostJsonLevels, "[", "]"), "x"));
  EXPECT_NO_THROW(parse_json(nested(kMostJsonLevels, "{\"a\":", "}"), "x"));
  for (const size_t levels : {kMostJsonLevels + 1, size_t{100'000}, size_t{10'000'000}}) {
    EXPECT_THAT(message_of([&] { parse_json(nested(levels, "[", "]"), "x"); }),
                HasSubstr("more than 200 lists and objects lie inside each other"));
    EXPECT_FALSE(try_parse_json(nested(levels, "{\"a\":", "}")));
  }
}

TEST(Json, AKeyThatAppearsTwiceIsRefusedWithItsPlace) {
  EXPECT_EQ(
      message_of([] { parse_json(R"({"a": [{"b": 1}, {"c": 2, "d": 0, "c": 3}]})", "x"); }),
      "x: /a/1/c: this key appears twice in one object\n  keep one of the two: which one counts is a guess");
  std::string many = "{";
  for (int i = 0; i < 1000; ++i) many += fmt::format("\"k{}\":{},", i, i);
  EXPECT_THAT(message_of([&] { parse_json(many + "\"k3\":0}", "x"); }),
              HasSubstr("x: /k3: this key appears twice"));
  EXPECT_THAT(message_of([&] { parse_json(many + "\"k999\":0}", "x"); }),
              HasSubstr("/k999: this key appears twice"));
  EXPECT_NO_THROW(parse_json(R"({"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]})", "x"));
}

TEST(Json, NothingBehindAByteZeroIsOverlooked) {
  EXPECT_EQ(message_of([] { parse_json(std::string_view("{\"a\": 1}\0garbage", 16), "x"); }),
            "x:1:9: a byte 0, which JSON does not have\n  the file is damaged; copy it again");
  EXPECT_FALSE(try_parse_json(std::string_view("1\0", 2)));
}

TEST(Json, ANumberThatNoDoubleHoldsIsRefused) {
  EXPECT_THAT(message_of([] { parse_json("{\"a\": 1e999}", "x"); }), HasSubstr("is too large"));
  EXPECT_EQ(parse_json("1e308", "x").get<double>(), 1e308);
}

// Quadratic code takes a minute here.
TEST(Json, ManyKeysCostInProportion) {
  const auto read = [](int keys) {
    std::string text = "{";
    for (int i = 0; i < keys; ++i) text += fmt::format("{}\"key-{}\":{{\"v\":{}}}", i ? "," : "", i, i);
    const Json json = parse_json(text + "}", "x");
    JsonObject object(json, "x", "");
    for (int i = 0; i < keys; ++i) ASSERT_EQ(object.object(fmt::format("key-{}", i)).integer("v"), i);
    object.done();
    EXPECT_LT(message_of([&] { object.text("absent"); }).size(), 4000u);
  };
  EXPECT_LT(growth_over_ten_times(read, 10'000), kNotQuadratic);
}

TEST(Json, ALongKeyOrValueIsShownInPart) {
  const std::string huge(8'000'000, 'x');
  const auto read = [](const Json& json) {
    JsonObject object(json, "f.json", "");
    object.choice_or("fit", {"pad", "scale"}, "pad");
    object.done();
  };
  for (const Json& json : {Json{{huge, 1}}, Json{{"fit", huge}}})
    EXPECT_LT(message_of([&] { read(json); }).size(), 1000u);
}

TEST(Json, ADocumentIsTheSameAsThatOfThePlainParser) {
  for (const char* text : {"null", "true", "-3", "18446744073709551615", "0.1", "\"\\u00e9\"", "[]", "{}",
                           R"({"z":1,"a":[1,-2,3.5,"x",null,{"b":[[]]},{}],"m":{"n":{"o":false}}})"}) {
    EXPECT_EQ(parse_json(text, "x"), Json::parse(text)) << text;
    EXPECT_EQ(parse_json(text, "x").dump(), Json::parse(text).dump()) << text;
  }
  for (const char* text : {"", "{", "[1,]", "{\"a\"}", "{} {}", "nul", "\"\x01\"", "\"\xff\""}) {
    EXPECT_THROW(parse_json(text, "x"), Error) << text;
  }
}

TEST(Json, KeepsTheOrderOfKeys) { EXPECT_EQ(to_text(Json{{"z", 1}, {"a", 2}}, -1), R"({"z":1,"a":2})"); }

TEST(Json, AnOptionIsJsonItselfOrTheNameOfAFile) {
  EXPECT_EQ(json_of_option(R"( {"a": 1})", "--config"), (Json{{"a", 1}}));
  const TempFolder folder;
  write_json(folder / "config.json", Json{{"a", 2}});
  EXPECT_EQ(json_of_option((folder / "config.json").string(), "--config"), (Json{{"a", 2}}));
  EXPECT_EQ(message_of([] { json_of_option("{]", "--config"); }).substr(0, 13), "--config:1:2:");
  EXPECT_EQ(message_of([] { json_of_option("none.json", "--config"); }).substr(0, 10), "none.json:");
}

TEST(Json, SyntaxErrorsAreOfTheKindThatIsAskedFor) {
  const auto code_of = [](auto... kind) {
    try {
      parse_json("{", "f.json", kind...);
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::kOk;
  };
  EXPECT_EQ(code_of(), ExitCode::kBadInput);
  EXPECT_EQ(code_of(ExitCode::kUsage), ExitCode::kUsage);
}

// A file that a program wrote: every error is of its kind and ends with what to do, at any depth and from any
// parser.
TEST(JsonObject, ErrorsCarryTheirKindAndRemedyAtAnyDepth) {
  const Json json{{"id", 3}, {"inner", {{"list", {{{"size", -1}}}}}}, {"unit", "feet"}, {"spare", 1}};
  const auto error_at = [&](auto read) {
    JsonObject object(json, "f.json", "", ExitCode::kBadInput, "copy it again");
    try {
      read(object);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(error_at([](JsonObject& o) { o.text("id"); }),
            "f.json: /id: a text is wanted, a whole number found\n  copy it again");
  EXPECT_EQ(error_at([](JsonObject& o) { o.object("inner").objects("list")[0].integer("size", 0, 9); }),
            "f.json: /inner/list/0/size: -1 is outside 0 .. 9\n  copy it again");
  EXPECT_EQ(error_at([](JsonObject& o) { o.choice("unit", {"meter"}); }),
            "f.json: /unit: unknown value \"feet\"\n  known: meter\n  copy it again");
  const auto parse = [](const std::string& text, const std::string& place) -> int {
    throw usage_error(place, "no such unit \"" + text + "\"", "take meters");
  };
  EXPECT_EQ(error_at([&](JsonObject& o) { o.parsed("unit", parse); }),
            "f.json: /unit: no such unit \"feet\"\n  take meters\n  copy it again");
  EXPECT_EQ(error_at([](JsonObject& o) { o.object("inner").done(); }),
            "f.json: /inner/list: this key is not known here\n  nothing is known here\n  copy it again");
}

struct Verdict {
  const char* text;
  const char* message;
};

TEST(JsonObject, SaysWhatIsWrongAndWhere) {
  const auto read = [](const Json& json) {
    JsonObject object(json, "f.json", "/tasks/3");
    object.text("id");
    object.integer_or("size", 4, 1, 512);
    object.choice_or("fit", {"pad", "scale"}, "pad");
    object.texts_or("list", {});
    object.boolean_or("flag", false);
    object.done();
  };
  const Verdict verdicts[] = {
      {R"({"id": "a"})", "no exception"},
      {R"({"id": "a", "size": 512, "fit": "scale", "list": ["x"], "flag": true})", "no exception"},
      {R"({"Id": "a"})", "f.json: /tasks/3: \"id\" is missing\n  did you mean \"Id\"? known: Id"},
      {R"({"id": 3})", "f.json: /tasks/3/id: a text is wanted, a whole number found"},
      {R"({"id": "a", "size": 0})", "f.json: /tasks/3/size: 0 is outside 1 .. 512"},
      {R"({"id": "a", "size": 1.5})", "f.json: /tasks/3/size: a whole number is wanted, a number found"},
      {R"({"id": "a", "size": 18446744073709551615})",
       "f.json: /tasks/3/size: 18446744073709551615 is too large"},
      {R"({"id": "a", "fit": "pda"})",
       "f.json: /tasks/3/fit: unknown value \"pda\"\n  did you mean \"pad\"? known: pad scale"},
      {R"({"id": "a", "list": ["x", 1]})", "f.json: /tasks/3/list/1: a text is wanted, a whole number found"},
      {R"({"id": "a", "flag": 1})", "f.json: /tasks/3/flag: true or false is wanted, a whole number found"},
      {R"({"id": "a", "sizes": 1})",
       "f.json: /tasks/3/sizes: this key is not known here\n  did you mean \"size\"? known: fit flag id list "
       "size"},
      {R"([1])", "f.json: /tasks/3: an object {...} is wanted, a list found"},
  };
  for (const auto& verdict : verdicts) {
    EXPECT_EQ(message_of([&] { read(parse_json(verdict.text, "f.json")); }), verdict.message) << verdict.text;
  }
}

}  // namespace
}  // namespace synerbench
