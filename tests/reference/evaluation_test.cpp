#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/core/error.h"
#include "reference/evaluate.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/error_of.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::MadePairs;
using testing_support::error_of;

const Task kMrToCt{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kCbctToCt{"brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT};

std::string knows(const Instance& question, uint64_t) { return question.answer; }

TEST(EvaluateUnderstanding, OfOneWhoKnowsIsOneAndOfOneWhoIsSilentIsZero) {
  const MadePairs pairs(3, 20, 16);
  const InstanceBuilder builder({{kMrToCt, &pairs}}, {});
  for (const InstanceKind kind : question_kinds()) {
    const auto all = evaluate_understanding(builder, knows, {kind, 12, 1});
    EXPECT_EQ(all.accuracy, 1) << name_of(kind);
    EXPECT_EQ(all.by_patient.estimate, 1) << name_of(kind);
    EXPECT_EQ(all.questions.size(), 12u);
    const auto none =
        evaluate_understanding(builder, [](const Instance&, uint64_t) { return ""; }, {kind, 12, 1});
    EXPECT_EQ(none.accuracy, 0) << name_of(kind);
  }
}

// Two cases of one patient are one unit: the interval counts patients, not cases and not questions.
class OnePatientTwice final : public PairSource {
 public:
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    pairs_.read(i, s, t, m);
  }
  SliceKey key(int64_t i) const override {
    SliceKey key = pairs_.key(i);
    if (key.scan.name != "2") key.scan.patient = "both";  // cases 0 and 1
    return key;
  }

 private:
  MadePairs pairs_{3, 20, 16};
};

TEST(EvaluateUnderstanding, ItsUnitIsThePatient) {
  const OnePatientTwice pairs;
  const InstanceBuilder builder({{kMrToCt, &pairs}}, {});
  // Right about patient "2", wrong about patient "both".
  const auto result = evaluate_understanding(
      builder,
      [](const Instance& question, uint64_t) -> std::string {
        return question.origins[0].slice.scan.patient == "2" ? question.answer : "none";
      },
      {InstanceKind::kCts, 40, 1});
  std::set<std::string> cases;
  int about_two = 0;
  for (const AskedQuestion& question : result.questions) {
    cases.insert(question.subjects[0].slice.scan.name);
    about_two += question.subjects[0].slice.scan.name == "2";
  }
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_EQ(result.by_patient.n, 2);
  EXPECT_DOUBLE_EQ(result.by_patient.estimate, 0.5);  // of two patients; of three cases it would be a third
  EXPECT_DOUBLE_EQ(result.accuracy, about_two / 40.0);
}

TEST(EvaluateUnderstanding, APanelCountsForEveryPatientItShowsOnce) {
  const OnePatientTwice pairs;
  const InstanceBuilder builder({{kMrToCt, &pairs}}, {});
  const auto result = evaluate_understanding(builder, knows, {InstanceKind::kMiPanel, 10, 1});
  for (const AskedQuestion& question : result.questions) EXPECT_EQ(question.subjects.size(), 4u);
  EXPECT_EQ(result.by_patient.n, 2);
}

TEST(EvaluateUnderstanding, ChanceIsThatOfTheOptionsAndOnlyWhereThereAreSome) {
  const MadePairs pairs(3, 20, 16);
  InstanceSettings five;
  five.candidates = 5;
  const InstanceBuilder builder({{kMrToCt, &pairs}}, five);
  EXPECT_DOUBLE_EQ(evaluate_understanding(builder, knows, {InstanceKind::kCts, 4, 1}).chance.value(), 0.2);
  const auto named = evaluate_understanding(builder, knows, {InstanceKind::kMi, 4, 1});
  EXPECT_FALSE(named.chance.has_value());
  EXPECT_TRUE(understanding_document(named, nullptr)["chance"].is_null());
}

TEST(EvaluateUnderstanding, QuestionsAreAFunctionOfSeedKindAndNumber) {
  const MadePairs pairs(3, 20, 16), other(3, 20, 16);
  const InstanceBuilder builder({{kMrToCt, &pairs}, {kCbctToCt, &other}}, {});
  const auto document = [&](uint64_t seed, int64_t questions) {
    const auto seeded = [](const Instance& question, uint64_t own) {
      return question.answer + std::to_string(own);
    };
    return understanding_document(
        evaluate_understanding(builder, seeded, {InstanceKind::kTia, questions, seed}), {{"store", "x"}});
  };
  EXPECT_EQ(document(1, 6), document(1, 6));
  EXPECT_NE(document(1, 6), document(2, 6));
  const Json few = document(1, 3)["questions"], many = document(1, 6)["questions"];
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(few[i], many[i]);
}

TEST(EvaluateUnderstanding, DocumentSaysWhatItIsAndWhatEachQuestionWasAbout) {
  const MadePairs pairs(2, 20, 16);
  const auto result =
      evaluate_understanding(InstanceBuilder({{kMrToCt, &pairs}}, {}), knows, {InstanceKind::kCts, 5, 1});
  const Json json = understanding_document(result, {{"store", "abc"}});
  EXPECT_EQ(json["schema"], "synerbench/understanding");
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["provenance"]["store"], "abc");
  const Json about = json["questions"][0]["about"][0];
  EXPECT_EQ(about["task"], kMrToCt.id);
  EXPECT_EQ(about["modality"], "MRI");
  EXPECT_EQ(about["case"], "made/" + about["patient"].get<std::string>());
  EXPECT_THAT(to_text(result), HasSubstr("cts: 100.0 % right (n = 5 questions), chance 25.0 %; by patient"));
}

TEST(EvaluateUnderstanding, KindsWithoutAnAnswerAreNoQuestions) {
  EXPECT_EQ(parse_question_kind("mi-panel", "--kind"), InstanceKind::kMiPanel);
  EXPECT_THAT(error_of([] { parse_question_kind("synthesis", "--kind"); }), HasSubstr("unknown kind"));
  EXPECT_THAT(error_of([] { parse_question_kind("ctx", "--kind"); }), HasSubstr("did you mean \"cts\""));
}

TEST(ReconstructionBounds, OfAnExactAutoencoderIsOne) {
  const MadePairs pairs(3, 4, 24);
  int done = 0;
  const auto bounds = reconstruction_bounds(
      {{kMrToCt, &pairs}, {kCbctToCt, &pairs}}, [](const SliceImage& slice) { return slice.pixels; },
      [&] { ++done; });
  ASSERT_EQ(bounds.size(), 2u);
  EXPECT_EQ(done, 24);
  EXPECT_EQ(bounds[0].slices, 12);
  EXPECT_EQ(bounds[0].whole.n, 3);
  EXPECT_DOUBLE_EQ(bounds[0].whole.estimate, 1);
  EXPECT_DOUBLE_EQ(bounds[1].body.estimate, 1);
}

TEST(ReconstructionBounds, WeighPatientsNotSlicesAndSeeTargetsOnly) {
  const OnePatientTwice pairs;
  const auto bounds = reconstruction_bounds({{kMrToCt, &pairs}}, [](const SliceImage& slice) {
    const auto origin = MadePairs::origin(slice);
    EXPECT_TRUE(origin.is_target);
    std::vector<float> out = slice.pixels;
    if (origin.case_number == 2) {  // the patient with one case comes out gray
      for (float& value : out) value = 0;
    }
    return out;
  });
  EXPECT_EQ(bounds[0].whole.n, 2);
  EXPECT_GT(bounds[0].whole.estimate, 0.45);
  EXPECT_LT(bounds[0].whole.estimate, 0.55);  // by case it would be two thirds
}

/// Pairs without any body.
class Bodiless final : public PairSource {
 public:
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    pairs_.read(i, s, t, m);
    for (uint8_t& inside : m) inside = 0;
  }
  SliceKey key(int64_t i) const override { return pairs_.key(i); }

 private:
  MadePairs pairs_{2, 2, 24};
};

TEST(ReconstructionBounds, BodyOfEmptyMasksIsUndefinedNotZero) {
  const Bodiless pairs;
  const auto bounds =
      reconstruction_bounds({{kMrToCt, &pairs}}, [](const SliceImage& slice) { return slice.pixels; });
  EXPECT_EQ(bounds[0].whole.n, 2);
  EXPECT_EQ(bounds[0].body.n, 0);
  EXPECT_TRUE(reconstruction_document(bounds, nullptr)["tasks"][0]["ssim_body"].is_null());
  EXPECT_THAT(to_text(bounds), HasSubstr("body undefined"));
}

/// Two source images for one target.
class TwoSources final : public PairSource {
 public:
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  int64_t sources() const override { return 2; }
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    ASSERT_EQ(s.size(), 2 * t.size());
    pairs_.read(i, s.first(t.size()), t, m);
  }
  SliceKey key(int64_t i) const override { return pairs_.key(i); }

 private:
  MadePairs pairs_{2, 2, 24};
};

TEST(ReconstructionBounds, AreOfTheTargetHoweverManySourcesItHas) {
  const TwoSources pairs;
  const auto bounds =
      reconstruction_bounds({{kMrToCt, &pairs}}, [](const SliceImage& slice) { return slice.pixels; });
  EXPECT_DOUBLE_EQ(bounds[0].whole.estimate, 1);
}

TEST(EvaluateUnderstanding, RefusesATaskOfSeveralSources) {
  const TwoSources pairs;
  EXPECT_THAT(error_of([&] { InstanceBuilder({{kMrToCt, &pairs}}, {}); }), HasSubstr("2 source images"));
}

TEST(ReconstructionBounds, RefuseATaskWithoutPairs) {
  const MadePairs none(0, 4, 24);
  EXPECT_THAT(
      error_of([&] {
        reconstruction_bounds({{kMrToCt, &none}}, [](const SliceImage& slice) { return slice.pixels; });
      }),
      HasSubstr("no pair of slices"));
}

/// Knows every answer and keeps every slice, or is silent and paints everything gray.
class StandIn final : public ReferenceModel {
 public:
  explicit StandIn(bool able) : able_(able) {}
  std::string ask(std::span<const SliceImage>, const std::string&, uint64_t) override { return ""; }
  std::string answer(const Instance& question, uint64_t) override { return able_ ? question.answer : ""; }
  std::vector<float> through_autoencoder(const SliceImage& slice) override {
    return able_ ? slice.pixels : std::vector<float>(slice.pixels.size());
  }
  Json memory(int64_t, int64_t) const override { return nullptr; }
  ModelInfo info() const override {
    ModelInfo info;
    info.name = "stand-in";
    return info;
  }

 private:
  bool able_;
};

TEST(EvaluateModel, AsksTheModelAndItsAutoencoder) {
  const MadePairs pairs(3, 20, 24);
  StandIn able(true), unable(false);
  const std::vector<TaskPairs> tasks{{kMrToCt, &pairs}};
  int done = 0;
  EXPECT_EQ(evaluate_understanding(able, tasks, {}, {InstanceKind::kCts, 8, 1}, [&] { ++done; }).accuracy, 1);
  EXPECT_EQ(done, 8);
  EXPECT_EQ(evaluate_understanding(unable, tasks, {}, {InstanceKind::kCts, 8, 1}).accuracy, 0);
  EXPECT_DOUBLE_EQ(reconstruction_bounds(able, tasks, [&] { ++done; })[0].whole.estimate, 1);
  EXPECT_EQ(done, 8 + 60);
  EXPECT_LT(reconstruction_bounds(unable, tasks)[0].whole.estimate, 0.5);
}

TEST(EvaluateModel, SaysWhereItsNumbersComeFrom) {
  const Json json =
      evaluation_provenance({{"store", "abc"}}, StandIn(true).info(), 7, {{"libtorch", "1.13.1"}});
  EXPECT_EQ(json["data"]["store"], "abc");
  EXPECT_EQ(json["model"]["name"], "stand-in");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["compute"]["libtorch"], "1.13.1");
  EXPECT_TRUE(json["build"].contains("commit"));
}

}  // namespace
}  // namespace synerbench::reference
