#include "reference/understanding/instances.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "reference/manage/manage.h"
#include "reference/presets.h"
#include "reference/tokenizer/trainer.h"
#include "reference/understanding/prompts.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::MadePairs;
using testing_support::error_of;

const Task kBrain{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kCone{"brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT};

InstanceBuilder builder(const MadePairs& a, const MadePairs& b, InstanceSettings settings = {}) {
  return InstanceBuilder({{kBrain, &a}, {kCone, &b}}, settings);
}

TEST(Instances, CtsHoldsTheTrueSliceUnderItsLetterAndNeighborsElsewhere) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  std::map<std::string, int> letters;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Instance instance = build.make(InstanceKind::kCts, random);
    ASSERT_EQ(instance.images.size(), 5u);
    ASSERT_EQ(instance.options, 4u);
    ++letters[instance.answer];
    // MadePairs writes case and slice into the pixels, so the images say where they came from.
    const auto source = MadePairs::origin(instance.images[0]);
    for (size_t i = 0; i < 4; ++i) {
      const auto candidate = MadePairs::origin(instance.images[i + 1]);
      EXPECT_EQ(candidate.case_number, source.case_number);
      EXPECT_TRUE(candidate.is_target);
      EXPECT_EQ(instance.origins[i + 1].slice.scan.patient, std::to_string(candidate.case_number));
      EXPECT_EQ(instance.origins[i + 1].slice.slice, 10 + candidate.slice);
      EXPECT_EQ(instance.origins[i + 1].modality, Modality::kCT);
      const int64_t offset = candidate.slice - source.slice;
      if (option_letter(i) == instance.answer) {
        EXPECT_EQ(offset, 0);
      } else {
        EXPECT_NE(offset, 0);
        EXPECT_LE(std::abs(offset), 8);
      }
    }
    EXPECT_EQ(score_answer(instance, instance.answer), 1.0);
  }
  EXPECT_EQ(letters.size(), 4u);
  for (const auto& [letter, count] : letters) EXPECT_GT(count, 25) << letter;
}

TEST(Instances, RandomNegativesComeFromOtherCases) {
  const MadePairs a(3, 20, 16), b(3, 20, 16);
  InstanceSettings settings;
  settings.random_negatives = true;
  const InstanceBuilder build = builder(a, b, settings);
  Random random(1);
  const Instance instance = build.make(InstanceKind::kCts, random);
  const auto source = MadePairs::origin(instance.images[0]);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(MadePairs::origin(instance.images[i + 1]).case_number == source.case_number,
              option_letter(i) == instance.answer);
  }
}

TEST(Instances, CtsWithoutNeighborsIsAnErrorWithAReason) {
  const MadePairs a(3, 2, 16), b(2, 2, 16);
  const InstanceBuilder build = builder(a, b);
  Random random(1);
  EXPECT_THROW(build.make(InstanceKind::kCts, random), Error);
}

TEST(Instances, SameSeedSameInstance) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  for (const InstanceKind kind : {InstanceKind::kCts, InstanceKind::kMi, InstanceKind::kMiPanel,
                                  InstanceKind::kTia, InstanceKind::kSynthesis, InstanceKind::kVqa,
                                  InstanceKind::kCaption, InstanceKind::kTextToImage, InstanceKind::kText}) {
    Random one(5), two(5);
    const Instance x = build.make(kind, one), y = build.make(kind, two);
    EXPECT_EQ(x.origins, y.origins);
    EXPECT_EQ(x.origins.size(), x.images.size());
    EXPECT_EQ(x.answer, y.answer);
    ASSERT_EQ(x.images.size(), y.images.size());
    for (size_t i = 0; i < x.images.size(); ++i) EXPECT_EQ(x.images[i].pixels, y.images[i].pixels);
  }
}

TEST(Instances, TiaOffersTheTrueChangeItsReverseAndOthers) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    const Instance instance = build.make(InstanceKind::kTia, random);
    const Task& task = instance.origins[0].task == kBrain.id ? kBrain : kCone;
    const std::string question = instance.items[4].text;
    const auto shown = [&](Modality s, Modality t) {
      int count = 0;
      for (const auto& text : route_descriptions(s, t))
        count += question.find(". " + text + "\n") != std::string::npos;
      return count;
    };
    EXPECT_EQ(shown(task.source, task.target), 1);
    EXPECT_EQ(shown(task.target, task.source), 1);
    const size_t line = question.find("\n" + instance.answer + ". ") + 4;
    const auto pool = route_descriptions(task.source, task.target);
    const std::string said = question.substr(line, question.find('\n', line) - line);
    EXPECT_NE(std::find(pool.begin(), pool.end(), said), pool.end()) << said;
  }
}

TEST(Instances, PanelsNameEveryModality) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  Random random(2);
  int pairs = 0;
  for (int i = 0; i < 60; ++i) {
    const Instance instance = build.make(InstanceKind::kMiPanel, random);
    ASSERT_EQ(instance.labels.size(), 4u);
    EXPECT_EQ(score_answer(instance, "The answer is " + instance.answer), 1.0);
    const std::set<Modality> seen(instance.labels.begin(), instance.labels.end());
    pairs += seen.contains(Modality::kCT) && seen.contains(Modality::kCBCT);
    EXPECT_EQ(score_answer(instance, R"({"A": "nonsense"})"), 0.0);
  }
  EXPECT_GT(pairs, 30);  // half by rule, the rest by chance
}

TEST(Instances, RecognitionIsAboutOneSliceAndSaysWhatItIs) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  std::set<std::string> answers;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Instance question = build.make(InstanceKind::kVqa, random),
                   caption = build.make(InstanceKind::kCaption, random),
                   image = build.make(InstanceKind::kTextToImage, random);
    answers.insert(question.answer);
    for (const Instance& instance : {question, caption, image}) {
      ASSERT_EQ(instance.images.size(), 1u);
      const auto origin = MadePairs::origin(instance.images[0]);
      const Task& task = instance.origins[0].task == kBrain.id ? kBrain : kCone;
      const SliceFacts facts{origin.is_target ? task.target : task.source, "brain",
                             static_cast<size_t>(3 * origin.slice / 20)};
      if (instance.kind == InstanceKind::kVqa) {
        const std::set<std::string> all = {recognition_answer(0, facts), recognition_answer(1, facts),
                                           recognition_answer(2, facts)};
        EXPECT_TRUE(all.contains(instance.answer)) << instance.answer;
        EXPECT_EQ(score_answer(instance, " " + instance.answer), 1.0);
        EXPECT_EQ(score_answer(instance, "nothing"), 0.0);
      } else if (instance.kind == InstanceKind::kCaption) {
        EXPECT_EQ(instance.answer, caption_of(facts));
      } else {
        EXPECT_EQ(instance.items[0].text, caption_of(facts));
        EXPECT_TRUE(instance.items[0].droppable);
        EXPECT_TRUE(instance.items[1].learned);
      }
    }
  }
  EXPECT_THAT(answers, ::testing::IsSupersetOf({"CT", "MRI", "CBCT", "brain", "first third", "last third"}));
}

TEST(Instances, SynthesisKeepsToItsRoutesAndQuestionsDoNot) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  InstanceSettings settings;
  settings.routes = {kCone.id};
  const InstanceBuilder build = builder(a, b, settings);
  bool other = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    EXPECT_TRUE(build.make(InstanceKind::kSynthesis, random).origins[0].task == kCone.id);
    other = other || build.make(InstanceKind::kCaption, random).origins[0].task == kBrain.id;
  }
  EXPECT_TRUE(other);
  settings.routes = {"brats-t1-to-t2"};
  EXPECT_THROW(builder(a, b, settings), Error);
}

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
      EXPECT_GE(texts.size(), 5u);
      for (const auto& text : texts) {
        EXPECT_TRUE(all.insert(text).second) << text;
        for (const char* name : {"CBCT", "CT", "MRI", "PET", "FLAIR", "T1", "T2"})
          EXPECT_EQ(text.find(name), std::string::npos) << text;
      }
    }
  }
}

TEST(Prepare, ImagesFitTheModelAndStandInPlanOrder) {
  const ModelSizes sizes = named_sizes("tiny");
  TempFolder folder;
  train_tokenizer(folder.path(), prompt_corpus(), 100);
  const Tokenizer tokenizer = Tokenizer::load(folder.path());
  const MadePairs a(3, 20, 24), b(2, 20, 24);
  const ImageRules rules = fitted(ImageRules{}, sizes);
  Random random(4);
  const PreparedSample sample =
      prepare(builder(a, b).make(InstanceKind::kSynthesis, random), tokenizer, rules);
  ASSERT_EQ(sample.images.size(), 3u);
  EXPECT_EQ(sample.images[0].height, 128);  // the tiny model's limits, not the 512 of the rule
  EXPECT_EQ(sample.images[1].height, 140);
  EXPECT_EQ(sample.plan.items.back().learned, true);
  EXPECT_EQ(sample.plan.items.back().image, 2);
  EXPECT_EQ(sample.plan.estimate(sizes),
            66 + 102 + 66 + static_cast<int64_t>(sample.plan.items[2].ids.size()) + 2);
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
