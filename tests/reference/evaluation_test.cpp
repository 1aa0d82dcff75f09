#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "reference/evaluate.h"
#include "reference/evaluation/question_run.h"
#include "reference/evaluation/solvers.h"
#include "reference/understanding/prompts.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/derived_pairs.h"
#include "tests/support/error_of.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::MadePairs;
using testing_support::error_of;

const Task kMrToCt{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kCbctToCt{"brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT};

std::string knows(const Instance& question, uint64_t) { return question.answer; }

/// The row of one who is asked alone.
struct Alone {
  UnderstandingTable table;
  UnderstandingResult row;
};
Alone ask(const InstanceBuilder& builder, const Respondent& respondent, const UnderstandingOptions& options) {
  UnderstandingTable table =
      evaluate_understanding(builder, {{"stand-in", "Stand-in", true, respondent}}, options);
  UnderstandingResult row = table.rows.at(0);
  return {std::move(table), std::move(row)};
}

TEST(EvaluateUnderstanding, OfOneWhoKnowsIsOneAndOfOneWhoIsSilentIsZero) {
  const MadePairs pairs(3, 20, 16);
  const InstanceBuilder builder({{kMrToCt, &pairs}}, {});
  for (const InstanceKind kind : question_kinds()) {
    const auto all = ask(builder, knows, {kind, 12, 1});
    EXPECT_EQ(all.row.accuracy, 1) << name_of(kind);
    EXPECT_EQ(all.row.by_patient.estimate, 1) << name_of(kind);
    EXPECT_EQ(all.table.questions.size(), 12u);
    const auto none = ask(builder, [](const Instance&, uint64_t) { return ""; }, {kind, 12, 1});
    EXPECT_EQ(none.row.accuracy, 0) << name_of(kind);
  }
}

// Two cases of one patient are one unit: the interval counts patients, not cases and not questions.
class OnePatientTwice final : public testing_support::DerivedPairs {
 public:
  OnePatientTwice() : DerivedPairs(pairs_) {}
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
  const auto [table, result] =
      ask(builder,
          [](const Instance& question, uint64_t) -> std::string {
            return question.origins[0].slice.scan.patient == "2" ? question.answer : "none";
          },
          {InstanceKind::kCts, 40, 1});
  std::set<std::string> cases;
  int about_two = 0;
  for (const AskedQuestion& question : table.questions) {
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
  const auto [table, result] = ask(builder, knows, {InstanceKind::kMiPanel, 10, 1});
  for (const AskedQuestion& question : table.questions) EXPECT_EQ(question.subjects.size(), 4u);
  EXPECT_EQ(result.by_patient.n, 2);
}

TEST(EvaluateUnderstanding, ChanceIsThatOfTheOptionsAndOnlyWhereThereAreSome) {
  const MadePairs pairs(3, 20, 16);
  InstanceSettings five;
  five.candidates = 5;
  const InstanceBuilder builder({{kMrToCt, &pairs}}, five);
  EXPECT_DOUBLE_EQ(ask(builder, knows, {InstanceKind::kCts, 4, 1}).table.chance.value(), 0.2);
  const auto named = ask(builder, knows, {InstanceKind::kMi, 4, 1}).table;
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
    return understanding_document(ask(builder, seeded, {InstanceKind::kTia, questions, seed}).table,
                                  {{"store", "x"}});
  };
  EXPECT_EQ(document(1, 6), document(1, 6));
  EXPECT_NE(document(1, 6), document(2, 6));
  const Json few = document(1, 3)["questions"], many = document(1, 6)["questions"];
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(few[i], many[i]);
}

TEST(EvaluateUnderstanding, DocumentSaysWhatItIsAndWhatEachQuestionWasAbout) {
  const MadePairs pairs(2, 20, 16);
  const auto result = ask(InstanceBuilder({{kMrToCt, &pairs}}, {}), knows, {InstanceKind::kCts, 5, 1}).table;
  const Json json = understanding_document(result, {{"store", "abc"}});
  EXPECT_EQ(json["schema"], "synerbench/understanding");
  EXPECT_EQ(json["schema_version"], 2);
  EXPECT_EQ(json["provenance"]["store"], "abc");
  const Json about = json["questions"][0]["about"][0];
  EXPECT_EQ(about["task"], kMrToCt.id);
  EXPECT_EQ(about["modality"], "MRI");
  EXPECT_EQ(about["case"], "made/" + about["patient"].get<std::string>());
  double counted = 0;
  for (const Json& patient : json["models"][0]["patients"]) counted += patient["score"].get<double>();
  EXPECT_EQ(counted, 5);
  EXPECT_THAT(to_text(result), HasSubstr("cts: 5 questions, chance 25.0 %\n  stand-in  100.0 % right ["));
}

TEST(EvaluateUnderstanding, AccuracyIsSplitByDistanceAndWrongChoicesAreCounted) {
  const MadePairs pairs(3, 30, 8);
  const InstanceBuilder builder({{kMrToCt, &pairs}}, {});
  // Takes the nearest wrong candidate, unless it is four or more slices away.
  const auto [table, row] =
      ask(builder,
          [](const Instance& question, uint64_t) {
            const auto& distances = question.facts.distances;
            for (size_t i = 0; i < distances.size(); ++i) {
              if (distances[i] != 0 && std::abs(distances[i]) == *question.facts.nearest() &&
                  *question.facts.nearest() < 5)
                return option_letter(i);
            }
            return question.answer;
          },
          {InstanceKind::kCts, 300, 1});
  std::map<std::string, AccuracyPart> by_distance;
  int64_t counted = 0;
  for (const AccuracyPart& part : row.parts) {
    if (part.by != "distance") continue;
    by_distance[part.value] = part;
    counted += part.questions;
    EXPECT_EQ(part.accuracy, part.value == "5-8" ? 1 : 0) << part.value;
  }
  EXPECT_EQ(counted, 300);
  EXPECT_EQ(by_distance.size(), 4u);
  int64_t offered = 0, chosen = 0;
  for (const Confusion& one : row.confusions) {
    offered += one.offered;
    chosen += one.chosen;
    EXPECT_EQ(one.chosen, one.distance == "5-8" ? 0 : by_distance[one.distance].questions);
  }
  EXPECT_EQ(offered, 900);
  EXPECT_EQ(chosen, 300 - by_distance["5-8"].questions);
}

TEST(EvaluateUnderstanding, WilsonsIntervalIsThatOfTheTextbook) {
  // Newcombe 1998, table I: 81 of 263 and 0 of 20.
  const Interval some = wilson_interval(81, 263), none = wilson_interval(0, 20);
  EXPECT_NEAR(some.low, 0.2553, 5e-5);
  EXPECT_NEAR(some.high, 0.3662, 5e-5);
  EXPECT_NEAR(none.low, 0, 1e-12);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
}

/// Discs that shrink along the volume; the target is the source's negative, with one texture for all.
class Discs final : public PairSource {
 public:
  int64_t size() const override { return 4 * 20; }
  int64_t height() const override { return 32; }
  int64_t width() const override { return 32; }
  SliceKey key(int64_t i) const override {
    const std::string name = std::to_string(i / 20);
    return {{"discs", name, name}, i % 20};
  }
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    const double radius = 5 + 0.5 * static_cast<double>(i % 20);
    for (int64_t y = 0; y < 32; ++y) {
      for (int64_t x = 0; x < 32; ++x) {
        const auto p = static_cast<size_t>(y * 32 + x);
        const bool inside = std::hypot(x - 16, y - 16) < radius;
        s[p] = inside ? 0.5f : -1.0f;
        t[p] = inside ? -0.2f : -1.0f;
        if (!m.empty()) m[p] = inside;
      }
    }
  }
};

TEST(Solvers, SeeWhatTheyAreNamedAfter) {
  const Discs pairs;
  InstanceSettings any_area;
  any_area.area_tolerance = 100;
  const InstanceBuilder builder({{kMrToCt, &pairs}}, any_area);
  const UnderstandingTable table =
      evaluate_understanding(builder, solvers(InstanceKind::kCts, &builder, 1), {InstanceKind::kCts, 200, 1});
  std::map<std::string, double> right;
  for (const UnderstandingResult& row : table.rows) right[row.name] = row.accuracy;
  EXPECT_EQ(right["area"], 1);
  EXPECT_EQ(right["silhouette"], 1);
  EXPECT_GT(right["edges"], 0.95);
  // Four standard deviations of 200 questions at chance are 0.12.
  EXPECT_NEAR(right["options-only"], 0.25, 0.125);
  EXPECT_NEAR(right["text-only"], 0.25, 0.125);
  EXPECT_EQ(table.best_solver()->name, "area");
  EXPECT_THAT(to_text(table), HasSubstr("best of the solvers"));
}

TEST(Solvers, OfTiaAreWorthWhatTheOptionsAllow) {
  const MadePairs pairs(6, 12, 8);
  std::vector<TaskPairs> tasks;
  const Modality all[] = {Modality::kT1, Modality::kT1c, Modality::kT2, Modality::kFLAIR};
  for (const Modality a : all) {
    for (const Modality b : all) {
      if (a != b) tasks.push_back({{make_task_id("brats", a, b), "brats", a, b}, &pairs});
    }
  }
  // Four standard deviations of 1500 questions: 0.045 at a quarter, 0.052 at a half.
  for (const bool crossed : {true, false}) {
    InstanceSettings settings;
    settings.crossed_routes = crossed;
    const InstanceBuilder builder(tasks, settings);
    const UnderstandingTable table = evaluate_understanding(builder, solvers(InstanceKind::kTia, &builder, 1),
                                                            {InstanceKind::kTia, 1500, 2});
    std::map<std::string, double> right;
    for (const UnderstandingResult& row : table.rows) right[row.name] = row.accuracy;
    EXPECT_NEAR(right.at("text-only"), 0.25, 0.045);
    EXPECT_NEAR(right.at("text+first"), crossed ? 0.5 : 0.75, 0.052);
    EXPECT_NEAR(right.at("text+second"), crossed ? 0.5 : 0.75, 0.052);
    EXPECT_NEAR(right.at("histogram"), 0.25, 0.1) << "the pixels are noise";
  }
}

TEST(Solvers, HistogramsNameModalitiesThatDifferAndPanelsFollow) {
  const Discs pairs;
  const InstanceBuilder builder({{kMrToCt, &pairs}}, {});
  for (const InstanceKind kind : {InstanceKind::kMi, InstanceKind::kMiPanel}) {
    const UnderstandingTable table =
        evaluate_understanding(builder, solvers(kind, &builder, 1), {kind, 40, 1});
    std::map<std::string, double> right;
    for (const UnderstandingResult& row : table.rows) right[row.name] = row.accuracy;
    EXPECT_EQ(right["histogram"], 1) << name_of(kind);
    EXPECT_NEAR(right["text-only"], 0.5, 0.32) << name_of(kind);
  }
  for (const InstanceKind kind : {InstanceKind::kCts, InstanceKind::kMi, InstanceKind::kTia}) {
    for (const NamedRespondent& solver : solvers(kind, &builder, 1))
      EXPECT_THAT(solver_names(), ::testing::Contains(solver.name)) << "a study could not name it";
  }
  EXPECT_TRUE(solvers(InstanceKind::kMi, nullptr, 1).empty());
  EXPECT_EQ(solvers(InstanceKind::kCaption, &builder, 1).size(), 1u);
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
class Bodiless final : public testing_support::DerivedPairs {
 public:
  Bodiless() : DerivedPairs(pairs_) {}
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    pairs_.read(i, s, t, m);
    for (uint8_t& inside : m) inside = 0;
  }

 private:
  MadePairs pairs_{2, 2, 24};
};

// An SSIM with NaN is undefined and left out of the mean: a broken autoencoder would only have fewer slices.
TEST(ReconstructionBounds, RefuseASliceThatComesBackNotFinite) {
  const MadePairs pairs(2, 2, 24);
  try {
    reconstruction_bounds({{kMrToCt, &pairs}}, [](const SliceImage& slice) {
      std::vector<float> out = slice.pixels;
      if (MadePairs::origin(slice).case_number == 1) out.back() = std::numeric_limits<float>::quiet_NaN();
      return out;
    });
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kSomeFailed);
    EXPECT_THAT(error.what(), HasSubstr("brain-mr-to-ct: "));
    EXPECT_THAT(error.what(), HasSubstr("#10: what the autoencoder makes of the slice is not finite"));
  }
}

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
class TwoSources final : public testing_support::DerivedPairs {
 public:
  TwoSources() : DerivedPairs(pairs_) {}
  int64_t sources() const override { return 2; }
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    ASSERT_EQ(s.size(), 2 * t.size());
    pairs_.read(i, s.first(t.size()), t, m);
  }

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
  const auto asked = [&] { ++done; };
  EXPECT_EQ(
      evaluate_understanding(&able, tasks, tasks, {}, {InstanceKind::kCts, 8, 1}, asked).rows[0].accuracy, 1);
  EXPECT_EQ(done, 8);
  EXPECT_EQ(evaluate_understanding(&unable, tasks, {}, {}, {InstanceKind::kCts, 8, 1}).rows[0].accuracy, 0);
  const UnderstandingTable alone =
      evaluate_understanding(nullptr, tasks, tasks, {}, {InstanceKind::kCts, 8, 1});
  EXPECT_EQ(alone.rows.size(), 6u);
  EXPECT_FALSE(alone.rows[0].learned);
  EXPECT_DOUBLE_EQ(reconstruction_bounds(able, tasks, [&] { ++done; })[0].whole.estimate, 1);
  EXPECT_EQ(done, 8 + 60);
  EXPECT_LT(reconstruction_bounds(unable, tasks)[0].whole.estimate, 0.5);
}

TEST(EvaluateModel, SaysWhereItsNumbersComeFrom) {
  const Json json =
      evaluation_provenance({{"store", "abc"}}, {{"name", "stand-in"}}, 7, {{"libtorch", "1.13.1"}});
  EXPECT_EQ(json["data"]["store"], "abc");
  EXPECT_EQ(json["model"]["name"], "stand-in");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["compute"]["libtorch"], "1.13.1");
  EXPECT_TRUE(json["build"].contains("commit"));
}

}  // namespace
}  // namespace synerbench::reference
