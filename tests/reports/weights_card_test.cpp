// Cards of weights: made from a run, held against a run.
#include "reports/numbers/weights_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/core/file.h"
#include "harness/core/lineage.h"
#include "harness/run/model_spec.h"
#include "tests/reports/demo_results.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

const std::string kHash(64, 'a');

/// The small run, in which one model has weights.
RunInput run_with_weights(size_t model) {
  RunInput run = small_run();
  run.results.models[model].info["weights_sha256"] = kHash;
  return run;
}

/// The first model that has a value for every case.
size_t whole_model(const RunInput& run) {
  for (size_t m = 0; m < run.results.models.size(); ++m) {
    bool whole = true;
    for (const CaseRecord& record : run.results.cases) {
      if (record.model != run.results.models[m].key) continue;
      whole = whole && record.status == CaseStatus::kScored &&
              std::all_of(record.measures.begin(), record.measures.end(),
                          [](const Measure& measure) { return measure.value.has_value(); });
    }
    if (whole) return m;
  }
  ADD_FAILURE() << "the small run has no whole model";
  return 0;
}

ModelInfo info_of_weights() {
  ModelInfo info;
  info.weights_sha256 = kHash;
  info.parameters = 12;
  return info;
}

TEST(WeightsCard, HoldsForTheRunItWasMadeFrom) {
  TempFolder temp;
  const RunInput run = run_with_weights(whole_model(small_run()));
  const Json card = make_card("mine", "m", info_of_weights(), Json::array(), run);
  EXPECT_EQ(card["weights_sha256"], kHash);
  EXPECT_EQ(card["parameters"], 12);
  write_json(temp / kCardFile, card);
  const auto scores = scores_against_card(temp / kCardFile, run);
  ASSERT_FALSE(scores.empty());
  EXPECT_EQ(scores.size(), card["expected"]["tasks"].size());
  for (const CardScore& score : scores) EXPECT_EQ(score.seen, score.expected) << score.task;
}

TEST(WeightsCard, IsZeroShotOnlyWhereTheLineageSaysSo) {
  const RunInput run = run_with_weights(whole_model(small_run()));
  const auto card_of = [&](std::vector<SampleKind> samples, bool recorded = true) {
    ModelInfo info = info_of_weights();
    Lineage lineage;
    TrainingOrigin origin;
    origin.model = "m";
    origin.recorded = recorded;
    origin.samples = std::move(samples);
    lineage.trainings.push_back(origin);
    info.lineages[""] = std::make_shared<const Lineage>(lineage);
    return make_card("mine", "m", info, Json::array(), run)["zero_shot"].get<bool>();
  };
  EXPECT_TRUE(card_of({SampleKind::kEdits, SampleKind::kGauQuestions}));
  EXPECT_FALSE(card_of({SampleKind::kGauQuestions, SampleKind::kSynthesis}));
  EXPECT_FALSE(card_of({SampleKind::kEdits}, false));
  EXPECT_FALSE(make_card("mine", "m", info_of_weights(), Json::array(), run)["zero_shot"].get<bool>());
}

TEST(WeightsCard, SeesAnotherScore) {
  TempFolder temp;
  const size_t model = whole_model(small_run());
  RunInput run = run_with_weights(model);
  write_json(temp / kCardFile, make_card("mine", "m", info_of_weights(), Json::array(), run));
  double moved = 0;
  for (CaseRecord& record : run.results.cases) {
    if (record.model != run.results.models[model].key || moved != 0) continue;
    *record.measures.front().value -= 0.3;
    moved = 0.3;
  }
  double worst = 0;
  for (const CardScore& score : scores_against_card(temp / kCardFile, run))
    worst = std::max(worst, score.expected - score.seen);
  EXPECT_GT(worst, 0.05);
}

TEST(WeightsCard, RefusesWhatItDoesNotSpeakOf) {
  TempFolder temp;
  RunInput run = run_with_weights(whole_model(small_run()));
  write_json(temp / kCardFile, make_card("mine", "m", info_of_weights(), Json::array(), run));
  EXPECT_THAT(error_of([&] { scores_against_card(temp / kCardFile, small_run()); }),
              HasSubstr("no model of the run has the weights"));
  run.results.identity["store"]["sha256"] = std::string(64, 'b');
  EXPECT_THAT(error_of([&] { scores_against_card(temp / kCardFile, run); }), HasSubstr("the store is bbb"));

  run = run_with_weights(whole_model(small_run()));
  Json elsewhere = read_json(temp / kCardFile);
  elsewhere["expected"]["tasks"] = {{"brain-mr-to-cu", 0.9}};
  write_json(temp / kCardFile, elsewhere);
  EXPECT_THAT(error_of([&] { scores_against_card(temp / kCardFile, run); }),
              HasSubstr("has none of the tasks"));

  Json damaged = elsewhere;
  damaged["expected"].erase("metric");
  write_json(temp / kCardFile, damaged);
  EXPECT_THAT(error_of([&] { scores_against_card(temp / kCardFile, run); }, ExitCode::kBadInput),
              HasSubstr("metric"));
}

TEST(WeightsCard, IsHeldAgainstTheWeights) {
  TempFolder temp;
  ModelInfo info = info_of_weights();
  Lineage lineage;
  TrainingOrigin origin;
  origin.model = "m";
  origin.samples = {SampleKind::kSynthesis};
  lineage.trainings.push_back(origin);
  info.lineages[""] = std::make_shared<const Lineage>(lineage);
  const Json training = Json::array({{{"folder", "."}, {"tasks", {"brain-mr-to-ct"}}, {"updates", 4}}});
  const Json card = make_card("mine", "m", info, training, run_with_weights(whole_model(small_run())));
  const auto file = temp / kCardFile;
  write_json(file, card);
  EXPECT_NO_THROW(require_card_of(file, "m", info, training)) << "a sound card";

  const auto refusal_of = [&](const char* place, const Json& value) {
    Json edited = card;
    edited[Json::json_pointer(place)] = value;
    write_json(file, edited);
    return error_of([&] { require_card_of(file, "m", info, training); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(refusal_of("/zero_shot", true),
              testing::AllOf(HasSubstr("/zero_shot"), HasSubstr("true in the card, false in the weights")));
  EXPECT_THAT(refusal_of("/parameters", 7), HasSubstr("7 in the card, 12 in the weights"));
  EXPECT_THAT(refusal_of("/method", "other"), HasSubstr("/method"));
  EXPECT_THAT(refusal_of("/lineage", Json::array()), HasSubstr("/lineage"));
  EXPECT_THAT(refusal_of("/training/0/updates", 40000), HasSubstr("40000 in the card, 4 in the weights"));
  const std::string other(64, 'b');
  EXPECT_THAT(refusal_of("/weights_sha256", other), testing::AllOf(HasSubstr(other), HasSubstr(kHash)));
  EXPECT_NO_THROW([&] {
    write_json(file, card);
    require_card_of(file, "m", info, training);
  }());
}

TEST(ShippedWeights, AreThoseWithACardInTheOrderOfTheirFolders) {
  TempFolder temp;
  const RunInput run = run_with_weights(whole_model(small_run()));
  for (const char* folder : {"b", "a"})
    write_json(temp / folder / kCardFile,
               make_card(std::string("My \"") + folder + "\"", "m", info_of_weights(), Json::array(), run));
  write_file(temp / "c/config.json", "{}");
  const auto found = shipped_weights(temp.path());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "My \"a\"");
  const ModelSpec spec = parse_model_spec(found[0].model_text());
  EXPECT_EQ(spec.key, found[0].name);
  EXPECT_EQ(spec.name, "m");
  EXPECT_EQ(spec.path, (temp / "a").string());
  EXPECT_TRUE(shipped_weights(temp / "none").empty());
}

TEST(WeightsCard, IsNotMadeFromHalfARun) {
  RunInput run = run_with_weights(whole_model(small_run()));
  const std::string key = run.results.models[whole_model(small_run())].key;
  const auto first = std::find_if(run.results.cases.begin(), run.results.cases.end(),
                                  [&](const CaseRecord& record) { return record.model == key; });
  run.results.cases.erase(first);
  EXPECT_THAT(error_of([&] { make_card("mine", "m", info_of_weights(), Json::array(), run); }),
              HasSubstr("--resume"));
}

}  // namespace
}  // namespace synerbench
