// Answers and prompts, and what a model is given of them.
#include "reference/understanding/answers.h"
#include "reference/understanding/instances.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/core/error.h"
#include "reference/presets.h"
#include "reference/understanding/prompts.h"
#include "tests/support/error_of.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

TEST(ScoreAnswer, TakesTheLastLetterThatStandsAlone) {
  Instance instance;
  instance.kind = InstanceKind::kCts;
  instance.answer = "B";
  instance.options = 4;
  EXPECT_EQ(score_answer(instance, "B"), 1.0);
  EXPECT_EQ(score_answer(instance, " (B)\n"), 1.0);
  EXPECT_EQ(score_answer(instance, "A or rather B."), 1.0);
  EXPECT_EQ(score_answer(instance, "B, not C"), 0.0);
  EXPECT_EQ(score_answer(instance, "Bone"), 0.0);
  EXPECT_EQ(score_answer(instance, ""), 0.0);
  EXPECT_EQ(score_answer(instance, "B2"), 0.0);
  instance.kind = InstanceKind::kMi;
  instance.answer = "T1 (MRI)";
  EXPECT_EQ(score_answer(instance, " T1 (MRI) "), 1.0);
  EXPECT_EQ(score_answer(instance, "T1CE (MRI)"), 0.0);
}

TEST(Prompts, RoutesHaveEnoughDistinctDescriptionsThatNameNoModality) {
  std::set<std::string> all;
  for (const Modality source : all_modalities()) {
    for (const Modality target : all_modalities()) {
      if (source == target) continue;
      const auto texts = route_descriptions(source, target);
      EXPECT_EQ(texts.size(), kRouteWordings);
      EXPECT_GE(kSeenRouteWordings, 8u);
      EXPECT_GE(kRouteWordings - kSeenRouteWordings, 8u);
      for (const auto& text : texts) {
        EXPECT_TRUE(all.insert(text).second) << text;
        for (const char* name : {"CBCT", "CT", "MRI", "PET", "FLAIR", "T1", "T2"})
          EXPECT_EQ(text.find(name), std::string::npos) << text;
      }
    }
  }
}

TEST(Presets, OptionsOverrideByNameAndUnknownOnesAreRefused) {
  const Preset preset = resolve_preset(
      "synermedgen", {{"points", "12"}, {"text_scale", 2.5}, {"renorm", "global"}, {"batched", "off"}},
      "test");
  EXPECT_EQ(preset.sampler.points, 12);
  EXPECT_EQ(preset.sampler.guidance.text_scale, 2.5);
  EXPECT_EQ(preset.sampler.guidance.renorm, Renorm::kGlobal);
  EXPECT_FALSE(preset.sampler.batched);
  EXPECT_EQ(resolve_preset("bagel", Json::object(), "test").sampler.guidance.image_scale, 2.0);
  EXPECT_TRUE(resolve_preset("unimedvl", Json::object(), "test").two_pass);
  const auto refused = [](const std::string& name, const Json& switches) {
    return error_of([&] { resolve_preset(name, switches, "test"); }, ExitCode::kUsage);
  };
  EXPECT_THAT(refused("bagle", Json::object()),
              HasSubstr("test: /preset: unknown value \"bagle\"\n  did you mean \"bagel\"?"));
  EXPECT_THAT(refused("bagel", {{"pionts", 3}}), HasSubstr("did you mean \"points\"?"));
  EXPECT_THAT(refused("bagel", {{"points", 1}}), HasSubstr("test: /points: 1 is outside 2 .. 100000"));
  EXPECT_THAT(refused("bagel", {{"points", 2.5}}), HasSubstr("test: /points: a whole number is wanted"));
  EXPECT_THAT(refused("bagel", {{"shift", "fast"}}),
              HasSubstr("test: /shift: \"fast\" is not a number\n  wanted: number in [0.001, 1e+06]"));
  EXPECT_THAT(refused("bagel", {{"renorm", "chanel"}}), HasSubstr("did you mean \"channel\"?"));
  EXPECT_THAT(refused("bagel", {{"batched", "maybe"}}), HasSubstr("test: /batched: unknown value \"maybe\""));
  EXPECT_THAT(refused("bagel", {{"vae_min", 64}, {"vae_max", 32}}),
              HasSubstr("test: /vae_min: 64 is larger than vae_max, 32\n  set both"));
  EXPECT_THAT(refused("bagel", {{"preset", "unimedvl"}}), HasSubstr("test: /preset"));
}

// A command line gives a text for everything, --config values of their own types, a journal what was written.
TEST(Presets, TakeEveryWayToWriteAValue) {
  const auto with = [](const char* name, const Json& value) {
    return resolve_preset("synermedgen", {{name, value}}, "test");
  };
  for (const Json& yes : {Json("on"), Json("true"), Json("1"), Json("yes"), Json(true), Json(1)})
    EXPECT_TRUE(with("two_pass", yes).two_pass) << yes;
  for (const Json& no : {Json("off"), Json("false"), Json("0"), Json("no"), Json(false), Json(0)})
    EXPECT_FALSE(with("batched", no).sampler.batched) << no;
  for (const Json& twelve : {Json("12"), Json("12.0"), Json("1.2e1"), Json(12), Json(12.0)})
    EXPECT_EQ(with("points", twelve).sampler.points, 12) << twelve;
  EXPECT_EQ(with("temperature", "0.5").temperature, 0.5);
  EXPECT_EQ(with("instruction", "true").instruction, "true") << "a text stays one";
  EXPECT_EQ(with("condition", "mean").sample_conditions, false);
  EXPECT_EQ(with("output", "official").output, OutputBridge::kOfficial);
  for (const std::string& name : preset_fields().preset_names()) {
    const Json written = to_json(resolve_preset(name, {{"points", 7}, {"low", "0.25"}}, "test"));
    EXPECT_EQ(written.at("preset"), name);
    Json again = written;
    again.erase("preset");
    EXPECT_EQ(to_json(resolve_preset(name, again, "test")), written);
  }
}

}  // namespace
}  // namespace synerbench::reference
