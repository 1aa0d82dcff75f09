#include "harness/core/schema.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

struct Optimizer {
  double lr = 1e-3;
  int64_t warmup = 0;
};

struct Config {
  std::string preset = "official";
  int64_t width = 64;
  bool batch_stats = true;
  bool latent = false;
  double noise = 0.5;
  std::vector<int64_t> levels{1, 2};
  std::string from;
  Optimizer optimizer;
  std::optional<std::array<Modality, 2>> pair;
  int64_t doubled = 0;  // follows from width
};

Config tiny() {
  Config config;
  config.width = 8;
  config.optimizer.lr = 1e-2;
  return config;
}

const Schema<Config>& schema() {
  static const Schema<Config> table = [] {
    Schema<Optimizer> optimizer;
    optimizer.number("lr", &Optimizer::lr, kPositive, "learning rate");
    optimizer.integer("warmup", &Optimizer::warmup, 0, int64_t{1} << 40, "updates");
    Schema<Config> s;
    s.preset("preset", &Config::preset, {{"official", Config{}}, {"tiny", tiny()}}, "where the others start");
    s.integer("width", &Config::width, 1, 512, "channels");
    s.choice("bn_inference", &Config::batch_stats, {{"batch_stats", true}, {"running_stats", false}},
             "statistics")
        .option();
    s.on_off("latent", &Config::latent, "in latents");
    s.number("noise", &Config::noise, kBelowOne, "of latents")
        .only_if([](const Config& c) { return c.latent; }, "there are no latents",
                 "set \"latent\" to \"on\"");
    s.integers("levels", &Config::levels, {.fewest = 1, .most = 4}, "per level");
    s.text("from", &Config::from, "folder");
    s.object("optimizer", &Config::optimizer, optimizer, "");
    s.modality_pair("pair", &Config::pair, "what it learns");
    s.check([](Config& c, const FieldPlace& at) {
      if (c.width % 2 != 0) throw at.error("width", "an odd width", "take an even number");
      c.doubled = 2 * c.width;
    });
    return s;
  }();
  return table;
}

std::string error_with(const Json& json, ExitCode kind = ExitCode::kUsage) {
  try {
    schema().read(json, "file.json", {}, kind);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), kind);
    return error.what();
  }
  return "";
}

TEST(SchemaTable, ReadsBackWhatItWrites) {
  Config config = schema().read(Json{{"preset", "tiny"},
                                     {"latent", "on"},
                                     {"noise", 0.25},
                                     {"pair", {"MRI", "CT"}},
                                     {"optimizer", {{"warmup", 7}}},
                                     {"levels", {1, 2, 4}}},
                                "file.json");
  EXPECT_EQ(config.width, 8);
  EXPECT_EQ(config.doubled, 16);
  EXPECT_EQ(config.optimizer.lr, 1e-2);
  EXPECT_EQ(config.optimizer.warmup, 7);
  const Json written = schema().write(config);
  EXPECT_EQ(schema().write(schema().read(written, "back")), written);
  EXPECT_EQ(
      to_text(written, -1),
      R"({"preset":"tiny","width":8,"bn_inference":"batch_stats","latent":"on","noise":0.25,"levels":[1,2,4],"from":"",)"
      R"("optimizer":{"lr":0.01,"warmup":7},"pair":["MRI","CT"]})");
}

TEST(SchemaTable, ErrorsNameFieldValueAndNextStep) {
  EXPECT_EQ(error_with({{"widht", 4}}),
            "file.json: /widht: this key is not known here\n  did you mean \"width\"? known: bn_inference "
            "from latent levels optimizer pair preset width");
  EXPECT_NE(error_with({{"preset", "tinny"}}).find("did you mean \"tiny\""), std::string::npos);
  EXPECT_NE(error_with({{"width", 3}}).find("/width: an odd width"), std::string::npos);
  EXPECT_NE(error_with({{"width", 1000}}).find("1000 is outside 1 .. 512"), std::string::npos);
  EXPECT_NE(error_with({{"noise", 0.1}}).find("/noise: there are no latents"), std::string::npos);
  EXPECT_NE(error_with({{"optimizer", {{"lr", 0}}}}).find("/optimizer/lr: 0 is not above 0"),
            std::string::npos);
  EXPECT_NE(error_with({{"optimizer", {{"rate", 0}}}}).find("/optimizer/rate: this key is not known"),
            std::string::npos);
  EXPECT_NE(error_with({{"pair", {"CT", "CT"}}}).find("/pair: \"CT\" twice"), std::string::npos);
}

TEST(SchemaTable, TheKindOfErrorIsTheReadersArgument) {
  for (const Json& json : {Json{{"width", "x"}}, Json{{"unknown", 1}}, Json{{"optimizer", {{"lr", -1}}}},
                           Json{{"pair", {"CT", "XX"}}}})
    EXPECT_NE(error_with(json, ExitCode::kBadInput), "");
}

TEST(SchemaTable, DescribesItsFields) {
  const std::vector<FieldInfo> fields = schema().fields();
  ASSERT_EQ(fields.size(), 10u);
  EXPECT_EQ(fields[1].name, "width");
  EXPECT_EQ(fields[1].type, "whole number, 1 .. 512");
  EXPECT_EQ(fields[1].fallback, "64");
  ASSERT_EQ(fields[1].other_presets.size(), 1u);
  EXPECT_EQ(fields[1].other_presets[0].second, "8");
  EXPECT_TRUE(fields[2].other_presets.empty());
  EXPECT_EQ(fields[7].name, "optimizer.lr");
  EXPECT_EQ(fields[7].type, "number above 0");
  EXPECT_EQ(schema().options(), std::vector<std::string>{"bn_inference"});
  EXPECT_NE(to_markdown(fields).find("| `width` | whole number, 1 .. 512 | `64`; tiny `8` | channels |"),
            std::string::npos);
  EXPECT_NE(to_markdown(fields).find(
                "| `bn_inference` | batch_stats or running_stats | `batch_stats` | statistics (also when"),
            std::string::npos);
}

TEST(SchemaTable, ValuesOfTextsAreNumbersWhereTheyLookLikeOne) {
  EXPECT_EQ(value_of_text("5"), Json(5));
  EXPECT_EQ(value_of_text("1e-3"), Json(1e-3));
  EXPECT_EQ(value_of_text("true"), Json(true));
  EXPECT_EQ(value_of_text("[1, 2]"), Json({1, 2}));
  EXPECT_EQ(value_of_text("5x"), Json("5x"));
  EXPECT_EQ(value_of_text(""), Json(""));
}

}  // namespace
}  // namespace synerbench
