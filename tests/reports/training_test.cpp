// What a report says about how models were trained, and about several seeds of one method.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/formats/csv.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/numbers/leaderboard.h"
#include "reports/words/tables.h"
#include "tests/reports/demo_results.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

Json facts(uint64_t seed, int64_t updates, int64_t slices) {
  return {{"covers", "pair"},
          {"tasks", 2},
          {"budget", {{"kind", "seconds"}, {"value", 60}}},
          {"pairing", "other_patient"},
          {"augmentation", "flip"},
          {"batch", 1},
          {"updates", updates},
          {"slices", slices},
          {"seed", seed},
          {"selected_update", 10}};
}

Json learned(uint64_t seed, int64_t updates, int64_t slices, const Json& ngf = 8) {
  Json info = demo_info("gan", "GAN", false, 100);
  info["switches"] = {{"ngf", ngf}, {"training", facts(seed, updates, slices)}};
  return info;
}

/// Two tasks, two patients, three seeds of one method and one of another width.
RunInput seeds_run() {
  RunInput run = small_run();
  run.results.models.clear();
  run.results.cases.clear();
  run.timing.clear();
  run.results.tasks.resize(1);
  run.results.tasks[0].cases = 2;
  const std::string task = run.results.tasks[0].id;
  const double values[] = {0.5, 0.6, 0.7, 0.9};
  for (int i = 0; i < 4; ++i) {
    const std::string key = "gan-s" + std::to_string(i + 1);
    Json info = learned(static_cast<uint64_t>(i + 1), 100 + i, 200 + i, i == 3 ? 16 : 8);
    info["tasks"][task] = learned(static_cast<uint64_t>(i + 1), 90, 180, i == 3 ? 16 : 8);
    // A phase that is fitted to every training's updates.
    info["switches"]["pretrain"] = 30 + i;
    info["tasks"][task]["switches"]["pretrain"] = 20 + i;
    run.results.models.push_back({key, info});
    for (const char* patient : {"a", "b"}) add_case(run.results, task, key, patient, values[i]);
  }
  run.results.models.push_back({"plain", demo_info("plain", "Plain", false, 5)});
  for (const char* patient : {"a", "b"}) add_case(run.results, task, "plain", patient, 0.4);
  return run;
}

Leaderboard board_of(RunInput run) {
  std::vector<RunInput> runs;
  runs.push_back(std::move(run));
  LeaderboardOptions options;
  options.bootstrap.replicates = 100;
  return make_leaderboard(join_runs(std::move(runs)), {}, options);
}

TEST(Training, IsReadOverAllTasksOfAModel) {
  const Leaderboard board = board_of(seeds_run());
  ASSERT_TRUE(board.models()[1].training);
  const ReportedTraining& training = *board.models()[1].training;
  EXPECT_EQ(training.covers, "pair");
  EXPECT_EQ(training.pairing, "other_patient");
  EXPECT_EQ(training.budget_kind, "seconds");
  EXPECT_EQ(training.budget_value, 60);
  EXPECT_EQ(training.least_updates, 90);
  EXPECT_EQ(training.most_updates, 101);
  EXPECT_EQ(training.least_slices, 180);
  EXPECT_EQ(training.most_slices, 201);
  EXPECT_EQ(training.seeds, std::vector<uint64_t>{2});
  EXPECT_FALSE(board.models()[4].training);
}

TEST(Training, TableSaysItAndNamesThoseThatDoNot) {
  const std::string text = to_markdown(training_table(board_of(seeds_run())));
  EXPECT_THAT(text, HasSubstr("a pair, both directions"));
  EXPECT_THAT(text, HasSubstr("no (other patients)"));
  EXPECT_THAT(text, HasSubstr("60 seconds"));
  EXPECT_THAT(text, HasSubstr("90 to 101"));
  EXPECT_THAT(text, HasSubstr("not recorded"));
}

TEST(Training, TableIsLeftOutWhereNoModelSaysAnything) {
  EXPECT_TRUE(training_table(board_of(small_run())).rows.empty());
  EXPECT_TRUE(seed_groups(board_of(small_run()).models()).empty());
}

TEST(Seeds, GroupModelsThatDifferByTheSeedAlone) {
  const Leaderboard board = board_of(seeds_run());
  const std::vector<SeedGroup> groups = seed_groups(board.models());
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].label, "GAN");
  EXPECT_EQ(groups[0].models, (std::vector<size_t>{0, 1, 2})) << "the fourth has another width";
  const SeedSpread spread = *seed_spread(groups[0], board.main().tasks[0]);
  EXPECT_EQ(spread.seeds, 3);
  EXPECT_DOUBLE_EQ(spread.mean, 0.6);
  EXPECT_NEAR(spread.sd, 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(spread.low, 0.5);
  EXPECT_DOUBLE_EQ(spread.high, 0.7);
  EXPECT_THAT(seeds_csv(board), HasSubstr("GAN,gan-s1 gan-s2 gan-s3,3,0.6"));
  EXPECT_THAT(to_markdown(seeds_table(board, board.main())), HasSubstr("0.6000 ± 0.1000"));
}

TEST(Seeds, OfATaskThatOneModelDidNotCompleteHaveNoSpread) {
  RunInput run = seeds_run();
  run.results.cases.erase(run.results.cases.begin());  // gan-s1, patient a
  const Leaderboard board = board_of(std::move(run));
  EXPECT_FALSE(seed_spread(seed_groups(board.models()).at(0), board.main().tasks[0]));
}

TEST(Seeds, GivenTwiceAreOneSeed) {
  RunInput run = seeds_run();
  run.results.models[1].info = run.results.models[0].info;
  run.results.models[2].info = run.results.models[0].info;
  EXPECT_TRUE(seed_groups(board_of(std::move(run)).models()).empty());
}

Json lineage() {
  return Json::array(
      {{{"tasks", Json::array()},
        {"trainings",
         {{{"model", "gan"}, {"weights_sha256", "aaaaaaaabb"}, {"samples", {"gau-questions"}}},
          {{"model", "base"}, {"weights_sha256", "bbbbbbbbcc"}, {"samples", {"pictures"}}}}}}});
}

/// A scored run of predictions from outside: each seed is a run with a model of the same key.
RunInput outside_run(int seed, const Json& method) {
  RunInput run = seeds_run();
  run.name = "outside-" + std::to_string(seed);
  run.results.models.clear();
  run.results.cases.clear();
  Json info = demo_info("predictions", "Mine, seed " + std::to_string(seed), false, 100);
  info["weights_sha256"] = std::string(64, static_cast<char>('0' + seed));
  info["switches"] = {{"other_grid", "refuse"}, {"training", {{"seed", seed}}}};
  if (!method.is_null()) info["switches"]["training"]["method"] = method;
  run.results.models.push_back({"mine", info});
  for (const char* patient : {"a", "b"})
    add_case(run.results, run.results.tasks[0].id, "mine", patient, 0.1 * seed);
  return run;
}

Leaderboard outside_board(const Json& method) {
  std::vector<RunInput> runs;
  for (const int seed : {2, 1, 3}) runs.push_back(outside_run(seed, method));
  LeaderboardOptions options;
  options.bootstrap.replicates = 200;
  return make_leaderboard(join_runs(std::move(runs)), {}, options);
}

TEST(Training, SeedsOfAModelFromOutsideAreOneRowWithItsSpread) {
  const Leaderboard board = outside_board("Mine");
  const std::vector<SeedGroup> groups = seed_groups(board.models());
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].label, "Mine");
  ASSERT_EQ(groups[0].models.size(), 3u);
  const SeedSpread spread = *seed_spread(groups[0], board.main().tasks[0]);
  EXPECT_EQ(spread.seeds, 3);
  EXPECT_NEAR(spread.mean, 0.2, 1e-12);
  EXPECT_NEAR(spread.sd, 0.1, 1e-12);
  EXPECT_THAT(to_markdown(seeds_table(board, board.main())), HasSubstr("| Mine "));
  // Labels of their own, and nothing that says what they share: three models.
  EXPECT_TRUE(seed_groups(outside_board(nullptr).models()).empty());
  // What a damaged file says is no method.
  EXPECT_TRUE(seed_groups(outside_board(7).models()).empty());
}

TEST(Training, TableSaysWhatTheWeightsLearnedFrom) {
  RunInput run = seeds_run();
  run.results.models[1].info["lineages"] = lineage();
  const Leaderboard board = board_of(std::move(run));
  const Table table = training_table(board);
  EXPECT_EQ(table.rows[0].cells.back().text, "declared by the user");
  EXPECT_EQ(table.rows[1].cells.back().text, "gau-questions on pictures");
  EXPECT_EQ(table.rows[1].cells.back().title, "gan aaaaaaaa: gau-questions; base bbbbbbbb: pictures");
  EXPECT_THAT(training_csv(board), HasSubstr(",2,gau-questions on pictures\n"));
  const Json json = to_json(board, "title");
  EXPECT_EQ(json["models"][1]["lineage"]["standing"], "recorded");
  EXPECT_EQ(json["models"][1]["lineage"]["lineages"], lineage());
  EXPECT_EQ(json["models"][0]["lineage"]["standing"], "declared by the user");
}

TEST(Training, UnderARuleTheTableSaysWhatFloorsAre) {
  RunInput run = small_run();
  run.results.identity["suite"]["lineage"] = "zero-shot";
  for (ModelRecord& model : run.results.models) {
    model.info["trivial"] = true;
    model.info["fitted"] = "training-pairs";
  }
  const Table table = training_table(board_of(run));
  ASSERT_EQ(table.rows.size(), run.results.models.size());
  EXPECT_EQ(table.rows[0].cells.back().text, "floor, fitted on training pairs; not zero-shot");
  EXPECT_THAT(table.notes.back(),
              HasSubstr("neither a model nor what it was built on may have learned synthesis"));
}

TEST(Training, FloorsOfRoutesThatStandInAreNamed) {
  RunInput run = small_run();
  Json& info = run.results.models[0].info;
  const std::string label = info["label"];
  info["tasks"][run.results.tasks[0].id] = info;
  info["tasks"][run.results.tasks[0].id]["transfer"] = "pelvis-mr-to-ct";
  const Leaderboard board = board_of(run);
  EXPECT_EQ(board.models()[0].label, label + ", transferred");
  EXPECT_EQ(to_json(board, "title")["models"][0]["lineage"]["transfers"], Json::array({"pelvis-mr-to-ct"}));
}

TEST(Training, IsInTheJsonAndTheCsv) {
  const Leaderboard board = board_of(seeds_run());
  const Json json = to_json(board, "title");
  EXPECT_EQ(json["models"][0]["training"]["budget"]["per_task"], 60);
  EXPECT_EQ(json["models"][0]["training"]["updates"], Json::array({90, 100}));
  EXPECT_FALSE(json["models"][4].contains("training"));
  EXPECT_EQ(json["over_seeds"][0]["models"].size(), 3u);
  EXPECT_THAT(training_csv(board),
              HasSubstr("gan-s1,GAN (gan-s1),pair,other_patient,seconds,60,90,100,180,200,1,flip,1"));
}

}  // namespace
}  // namespace synerbench
