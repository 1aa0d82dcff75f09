#include "harness/run/outside_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/file.h"
#include "harness/run/score.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

const TempFolder& folder() {
  static const TempFolder made;
  return made;
}

std::filesystem::path file_of(const std::string& text) { return folder().write("model.json", text); }

TEST(OutsideModel, SaysWhatTheTablesPrint) {
  const OutsideModel model =
      read_outside_model(file_of(R"({"label": "Mine", "parameters": 12, "network_evaluations": 50,
    "seconds_per_slice": 0.25, "device": "H100", "deterministic": false, "settings": {"steps": 50},
    "training": {"seed": 3, "updates": 100, "slices": 800, "batch": 8, "covers": "task",
                 "budget": {"kind": "updates", "value": 100}}})"));
  EXPECT_EQ(model.seconds_per_slice, 0.25);
  EXPECT_EQ(model.device, "H100");
  const ModelInfo info = info_of(model, "name");
  EXPECT_EQ(info.label, "Mine");
  EXPECT_EQ(info.parameters, 12);
  EXPECT_EQ(info.network_evaluations, 50);
  EXPECT_FALSE(info.deterministic);
  EXPECT_EQ(info.switches.at("steps"), 50);
  EXPECT_EQ(info.switches.at("training").at("seed"), 3);
  EXPECT_EQ(info.switches.at("training").at("budget").at("kind"), "updates");
  EXPECT_FALSE(info.switches.at("training").contains("method"));
  const OutsideModel named = read_outside_model(file_of(R"({"training": {"method": "U-Net", "seed": 2}})"));
  EXPECT_EQ(info_of(named, "name").switches.at("training").at("method"), "U-Net");
}

TEST(OutsideModel, WhatIsNotSaidIsNotInvented) {
  const ModelInfo info = info_of(read_outside_model(file_of("{}")), "name");
  EXPECT_EQ(info.label, "name");
  EXPECT_EQ(info.parameters, 0);
  EXPECT_TRUE(info.switches.empty());
}

TEST(OutsideModel, MistakesAreRefusedWithTheirPlace) {
  const auto refused = [](const std::string& text) {
    return error_of([&] { read_outside_model(file_of(text)); });
  };
  EXPECT_THAT(refused(R"({"parametres": 1})"), HasSubstr("did you mean \"parameters\""));
  EXPECT_THAT(refused(R"({"parameters": -1})"), HasSubstr("model.json: /parameters"));
  EXPECT_THAT(refused(R"({"seconds_per_slice": -1})"), HasSubstr("/seconds_per_slice"));
  EXPECT_THAT(refused(R"({"settings": {"a": [1]}})"), HasSubstr("/settings: \"a\" is no text"));
  EXPECT_THAT(refused(R"({"settings": {"training": 1}})"), HasSubstr("a word of the table's own"));
  EXPECT_THAT(refused(R"({"training": {"covers": "tasks"}})"), HasSubstr("did you mean \"task\""));
  EXPECT_THAT(refused(R"({"training": {"budget": {"kind": "hours", "value": 1}}})"),
              HasSubstr("unknown kind \"hours\""));
  EXPECT_THAT(refused(R"({"training": {"budget": {"kind": "updates"}}})"), HasSubstr("/training/budget"));
  EXPECT_THAT(refused(R"({"label": "a\nb"})"), HasSubstr("/label"));
  EXPECT_THAT(refused(R"({"label": "  "})"), HasSubstr("/label: is blank"));
  EXPECT_THAT(refused(R"({"training": {"method": "a\nb"}})"), HasSubstr("/training/method"));
  EXPECT_THAT(refused("[]"), HasSubstr("is no JSON object"));
  EXPECT_THAT(error_of([] { read_outside_model(file_of("{")); }, ExitCode::kBadInput),
              HasSubstr("model.json"));
}

class ScoreWithInfo : public RunFixture {
 protected:
  Results scored(const std::string& info) {
    RunOptions o = options("ran");
    o.models = {"noisy"};
    o.keep_predictions = true;
    o.canvas = Canvas{48, Canvas::Fit::kPad};
    run(o, test_models());
    ScoreOptions s;
    s.suite = o.suite;
    s.store = o.store;
    s.predictions = predictions_of(o.out, "noisy");
    s.name = "mine";
    s.out = folder_ / "scored";
    if (!info.empty()) s.info = folder_.write("info.json", info);
    score(s);
    return read_results(s.out);
  }
};

TEST_F(ScoreWithInfo, TheRunSaysItAndTheTimeIsThatOfTheFile) {
  const Results results =
      scored(R"({"label": "Mine", "parameters": 7, "seconds_per_slice": 0.5, "device": "H100"})");
  EXPECT_EQ(results.models.front().info.at("label"), "Mine");
  EXPECT_EQ(results.models.front().info.at("parameters"), 7);
  const std::vector<Timing> timing = read_timing(folder_ / "scored");
  ASSERT_FALSE(timing.empty());
  for (const Timing& t : timing) {
    EXPECT_EQ(t.device, "H100");
    EXPECT_EQ(t.threads, 0);
    EXPECT_DOUBLE_EQ(t.seconds, 0.5 * static_cast<double>(t.slices));
  }
}

TEST_F(ScoreWithInfo, WithoutItThereIsNoTimeAndNoCanvas) {
  const Results results = scored("");
  EXPECT_TRUE(read_timing(folder_ / "scored").empty());
  for (const Json& task : results.identity.at("tasks")) EXPECT_TRUE(task.at("canvas").is_null());
}

}  // namespace
}  // namespace synerbench
