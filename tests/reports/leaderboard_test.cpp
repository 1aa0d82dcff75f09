#include "reports/numbers/leaderboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "reports/formats/csv.h"
#include "reports/words/tables.h"
#include "tests/reports/demo_results.h"

namespace synerbench {
namespace {

/// A run with one task of three cases and models "mean" (trivial), "a", "b".
RunInput one_task() {
  RunInput run;
  run.name = "one";
  run.results.identity = {{"protocols", {"synermed-2d@1"}}};
  run.results.tasks = {{"t", "brain", "MRI", "CT", "g", "HU", -1000, 2000, 3}};
  run.results.models = {{"mean", demo_info("mean", "Mean", true)},
                        {"a", demo_info("a", "A", false)},
                        {"b", demo_info("b", "B", false)}};
  return run;
}

void add_values(Results& results, const std::string& model, std::vector<double> values,
                const std::string& metric = "ssim", const std::string& task = "t") {
  for (size_t i = 0; i < values.size(); ++i)
    add_case(results, task, model, "p" + std::to_string(i), values[i], metric);
}

Leaderboard board_of(RunInput run, LeaderboardOptions options = {}) {
  options.bootstrap.replicates = 2000;
  return make_leaderboard(join_runs({std::move(run)}), {}, options);
}

const TaskRow& row(const Leaderboard& board, const std::string& key, size_t metric = 0, size_t task = 0) {
  for (size_t i = 0; i < board.models().size(); ++i) {
    if (board.models()[i].key == key) return board.metrics[metric].tasks[task].row_of(i);
  }
  throw std::out_of_range(key);
}

std::vector<std::string> order(const TaskBoard& task, const Leaderboard& board) {
  std::vector<std::string> keys;
  for (const TaskRow& r : task.rows) keys.push_back(board.models()[r.model].key);
  return keys;
}

using testing::ElementsAre;

TEST(Ranking, PutsTheHigherMeanFirstWhereHigherIsBetter) {
  RunInput run = one_task();
  add_values(run.results, "mean", {0.5, 0.5, 0.5});
  add_values(run.results, "a", {0.7, 0.7, 0.7});
  add_values(run.results, "b", {0.8, 0.8, 0.8});
  const Leaderboard board = board_of(run);
  EXPECT_THAT(order(board.main().tasks[0], board), ElementsAre("b", "a", "mean"));
  EXPECT_EQ(row(board, "b").rank, 1);
  EXPECT_EQ(row(board, "mean").rank, 3);
}

TEST(Ranking, PutsTheLowerMeanFirstWhereLowerIsBetter) {
  RunInput run = one_task();
  add_values(run.results, "mean", {0.5, 0.5, 0.5}, "mae");
  add_values(run.results, "a", {0.7, 0.7, 0.7}, "mae");
  add_values(run.results, "b", {0.2, 0.2, 0.2}, "mae");
  const Leaderboard board = board_of(run);
  EXPECT_THAT(order(board.main().tasks[0], board), ElementsAre("b", "mean", "a"));
}

TEST(Ranking, EqualMeansShareARankAndTheNextIsSkipped) {
  RunInput run = one_task();
  add_values(run.results, "mean", {0.5, 0.5, 0.5});
  add_values(run.results, "a", {0.8, 0.8, 0.8});
  add_values(run.results, "b", {0.8, 0.8, 0.8});
  const Leaderboard board = board_of(run);
  EXPECT_EQ(row(board, "a").rank, 1);
  EXPECT_EQ(row(board, "b").rank, 1);
  EXPECT_EQ(row(board, "mean").rank, 3);
}

TEST(Ranking, AModelWithAMissingCaseStandsBelowAllCompleteOnesWithoutARank) {
  RunInput run = one_task();
  add_values(run.results, "mean", {0.5, 0.5, 0.5});
  add_values(run.results, "a", {0.9, 0.9});  // the third case was never recorded
  add_values(run.results, "b", {0.6, 0.6, 0.6});
  const Leaderboard board = board_of(run);
  EXPECT_THAT(order(board.main().tasks[0], board), ElementsAre("b", "mean", "a"));
  EXPECT_FALSE(row(board, "a").rank.has_value());
  EXPECT_EQ(row(board, "a").summary.missing, 1);
  EXPECT_THAT(row(board, "a").summary.reasons, ElementsAre(testing::Pair("no record", 1)));
  EXPECT_FALSE(board.main().averages[0].row_of(1).rank.has_value());
}

TEST(Ranking, AFailedCaseIsCountedWithItsReason) {
  RunInput run = one_task();
  add_values(run.results, "a", {0.9, 0.9, 0.9});
  add_values(run.results, "b", {0.6, 0.6, 0.6});
  add_values(run.results, "mean", {0.5, 0.5, 0.5});
  CaseRecord& failed = run.results.cases[0];
  failed.status = CaseStatus::kFailed;
  failed.reason = "out of memory";
  failed.measures.clear();
  const Leaderboard board = board_of(run);
  const Summary& s = row(board, "a").summary;
  EXPECT_EQ(s.scored, 2);
  EXPECT_EQ(s.failed, 1);
  EXPECT_FALSE(s.complete);
  EXPECT_THAT(s.reasons, ElementsAre(testing::Pair("out of memory", 1)));
}

void undefine(CaseRecord& record) {
  record.measures[0] = {"synermed-2d@1", "ssim", std::nullopt, "empty-mask", 0, 10};
}

TEST(Ranking, ACaseUndefinedForEveryModelIsHeldAgainstNone) {
  RunInput run = one_task();
  for (const char* model : {"mean", "a", "b"}) add_values(run.results, model, {0.5, 0.6, 0.7});
  for (CaseRecord& record : run.results.cases) {
    if (record.scan.patient == "p1") undefine(record);
  }
  const Leaderboard board = board_of(run);
  EXPECT_TRUE(row(board, "a").summary.complete);
  EXPECT_TRUE(row(board, "a").rank.has_value());
  EXPECT_EQ(row(board, "a").summary.undefined, 1);
  EXPECT_EQ(row(board, "a").summary.scored, 2);
}

TEST(Ranking, ACaseUndefinedForOneModelOnlyMakesItIncomplete) {
  RunInput run = one_task();
  for (const char* model : {"mean", "a", "b"}) add_values(run.results, model, {0.5, 0.6, 0.7});
  undefine(run.results.cases[3]);  // of "a"
  const Leaderboard board = board_of(run);
  EXPECT_FALSE(row(board, "a").summary.complete);
  EXPECT_TRUE(row(board, "b").summary.complete);
}

TEST(Summary, CasesOfOnePatientAreAveragedFirst) {
  RunInput run = one_task();
  run.results.tasks[0].cases = 3;
  for (const char* model : {"mean", "a", "b"}) {
    for (const auto& [id, value] :
         std::vector<std::pair<std::string, double>>{{"p0", 0.2}, {"p1", 0.6}, {"p2", 1.0}})
      add_case(run.results, "t", model, id, value);
  }
  for (CaseRecord& record : run.results.cases) {
    if (record.scan.patient == "p2") record.scan.patient = "p1";  // two studies of one patient
  }
  const Summary& s = row(board_of(run), "a").summary;
  EXPECT_EQ(s.patients.size(), 2u);
  EXPECT_DOUBLE_EQ(*s.mean, (0.2 + 0.8) / 2);
  EXPECT_EQ(s.scored, 3);
}

TEST(Summary, HoldsQuartilesWorstAndSampleSd) {
  RunInput run = one_task();
  for (const char* model : {"mean", "a", "b"}) add_values(run.results, model, {0.2, 0.6, 1.0});
  const Leaderboard board = board_of(run);
  const Summary& s = row(board, "a").summary;
  EXPECT_DOUBLE_EQ(*s.median, 0.6);
  EXPECT_DOUBLE_EQ(*s.lower_quartile, 0.4);
  EXPECT_DOUBLE_EQ(*s.upper_quartile, 0.8);
  EXPECT_DOUBLE_EQ(*s.sd, 0.4);
  EXPECT_DOUBLE_EQ(*s.worst, 0.2);
  EXPECT_EQ(s.worst_patient, "p0");
  EXPECT_LT(s.interval->low, 0.6);
  EXPECT_GT(s.interval->high, 0.6);
}

TEST(Summary, TheWorstIsTheLargestWhereLowerIsBetter) {
  RunInput run = one_task();
  for (const char* model : {"mean", "a", "b"}) add_values(run.results, model, {0.2, 0.6, 1.0}, "mae");
  EXPECT_DOUBLE_EQ(*row(board_of(run), "a").summary.worst, 1.0);
}

TEST(Summary, OnePatientHasNoIntervalNoSdAndNoTest) {
  RunInput run = one_task();
  run.results.tasks[0].cases = 1;
  for (const char* model : {"mean", "a", "b"}) add_values(run.results, model, {0.5});
  const Leaderboard board = board_of(run);
  EXPECT_FALSE(row(board, "a").summary.interval);
  EXPECT_FALSE(row(board, "a").summary.sd);
  EXPECT_FALSE(row(board, "a").over_best_trivial->p);
  EXPECT_FALSE(board.main().averages[0].row_of(1).interval);
  const Table table = task_table(board, board.main(), board.main().tasks[0]);
  EXPECT_THAT(table.notes, testing::Contains(testing::HasSubstr("One patient")));
}

TEST(BestTrivialModel, IsPerTaskAndGainsOverItAreImprovements) {
  RunInput run = one_task();
  run.results.models.push_back({"line", demo_info("line", "Line", true)});
  add_values(run.results, "mean", {0.5, 0.5, 0.5}, "mae");
  add_values(run.results, "line", {0.4, 0.4, 0.4}, "mae");
  add_values(run.results, "a", {0.1, 0.2, 0.3}, "mae");
  add_values(run.results, "b", {0.5, 0.6, 0.7}, "mae");
  const Leaderboard board = board_of(run);
  EXPECT_EQ(board.models()[*board.main().tasks[0].best_trivial].key, "line");
  EXPECT_TRUE(row(board, "line").best_trivial);
  EXPECT_NEAR(row(board, "a").over_best_trivial->mean, +0.2, 1e-12);  // lower error: better: positive
  EXPECT_NEAR(row(board, "b").over_best_trivial->mean, -0.2, 1e-12);
  EXPECT_FALSE(row(board, "mean").over_best_trivial);
}

TEST(Improvement, UsesThePatientsThatBothHave) {
  const auto gain = compare_patients({{"p1", 0.9}, {"p2", 0.8}, {"p4", 0.1}},
                                     {{"p0", 0.3}, {"p1", 0.5}, {"p2", 0.5}}, Direction::kHigherIsBetter, {});
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->patients, 2);
  EXPECT_NEAR(gain->mean, 0.35, 1e-12);
  EXPECT_FALSE(compare_patients({{"p1", 0.9}}, {{"p2", 0.9}}, Direction::kHigherIsBetter, {}));
}

TEST(Improvement, ChangesSignWithTheOrder) {
  const std::vector<PatientValue> x = {{"p1", 0.9}, {"p2", 0.7}, {"p3", 0.8},
                                       {"p4", 0.2}, {"p5", 0.5}, {"p6", 0.6}},
                                  y = {{"p1", 0.5}, {"p2", 0.6}, {"p3", 0.4},
                                       {"p4", 0.3}, {"p5", 0.1}, {"p6", 0.7}};
  const auto forth = compare_patients(x, y, Direction::kLowerIsBetter, {}),
             back = compare_patients(y, x, Direction::kLowerIsBetter, {});
  EXPECT_DOUBLE_EQ(forth->mean, -back->mean);
  EXPECT_NEAR(forth->interval->low, -back->interval->high, 1e-9);
  ASSERT_TRUE(forth->p);
  EXPECT_EQ(*forth->p, *back->p);
}

TEST(Improvement, OfFewerThanSixPatientsHasNoPAndSaysWhy) {
  std::vector<PatientValue> x, y;
  for (int i = 0; i < 6; ++i) {
    const auto gain = compare_patients(x, y, Direction::kHigherIsBetter, {});
    if (i >= 1) {
      EXPECT_FALSE(gain->p) << i;
      EXPECT_FALSE(gain->p_wilcoxon) << i;
      EXPECT_THAT(why_no_p(*gain), testing::HasSubstr(std::to_string(i) + " patient")) << i;
    }
    x.push_back({"p" + std::to_string(i), 0.9 + 0.01 * i});
    y.push_back({"p" + std::to_string(i), 0.5});
  }
  const auto gain = compare_patients(x, y, Direction::kHigherIsBetter, {});
  EXPECT_EQ(*gain->p, 0.03125);  // 2 / 2^6: what six patients can show at most
  EXPECT_EQ(*gain->p_wilcoxon, 0.03125);
  EXPECT_EQ(why_no_p(*gain), "");
}

TEST(Improvement, OfEightEqualGainsHasTheExactP) {
  // "p < 0.001" was printed here once. Differences of doubles are equal only up to rounding.
  std::vector<PatientValue> x, y;
  for (int i = 0; i < 8; ++i) {
    x.push_back({"p" + std::to_string(i), 0.7 + 0.013 * i + 0.01});
    y.push_back({"p" + std::to_string(i), 0.7 + 0.013 * i});
  }
  const auto gain = compare_patients(x, y, Direction::kHigherIsBetter, {});
  EXPECT_EQ(*gain->p, 0.0078125);
  EXPECT_EQ(*gain->p_wilcoxon, 0.0078125);
  EXPECT_NEAR(gain->interval->low, 0.01, 1e-9);
  EXPECT_EQ(*gain->rank_biserial, 1.0);
}

TEST(Improvement, SaysWhatItsPatientsCanShow) {
  std::vector<PatientValue> x, y;
  std::vector<double> d;
  for (int i = 0; i < 10; ++i) {
    d.push_back(0.01 * ((i * 7) % 10) - 0.03);
    x.push_back({"p" + std::to_string(i), 0.5 + d.back()});
    y.push_back({"p" + std::to_string(i), 0.5});
  }
  auto gain = compare_patients(x, y, Direction::kHigherIsBetter, {});
  const double sd = standard_deviation(d, 1).value();
  EXPECT_NEAR(*gain->sd, sd, 1e-12);
  EXPECT_NEAR(*gain->d_z, mean(d) / sd, 1e-9);
  EXPECT_NEAR(*gain->detectable, detectable_effect(9) * sd / std::sqrt(10.0), 1e-9);
  add_equivalence(*gain, 0.05);
  EXPECT_NEAR(*gain->p_equivalent, equivalence_p(mean(d), sd / std::sqrt(10.0), 9, 0.05), 1e-9);
}

TEST(Improvement, IsCorrectedAfterHolmOverTheTasksOfAModel) {
  RunInput run = demo_run();
  const Leaderboard board = board_of(run);
  size_t checked = 0;
  for (size_t model = 0; model < board.models().size(); ++model) {
    std::vector<double> raw, corrected;
    for (const TaskBoard& task : board.main().tasks) {
      const auto& gain = task.row_of(model).over_best_trivial;
      if (!gain || !gain->p) continue;  // too few patients
      raw.push_back(*gain->p);
      corrected.push_back(*gain->p_holm);
    }
    if (raw.empty()) continue;
    EXPECT_EQ(raw.size(), 12u);  // the BraTS tasks: the others have five patients
    EXPECT_EQ(holm(raw), corrected);
    ++checked;
  }
  EXPECT_EQ(checked, 4u);
}

/// Two tasks over the patients p0..p2, or over two groups of patients.
RunInput two_tasks(bool same_patients) {
  RunInput run = one_task();
  run.results.tasks.push_back({"u", "brain", "CT", "MRI", "g", "a.u.", 0, 0, 3});
  const std::vector<double> values = {0.2, 0.6, 1.0};
  for (const char* model : {"mean", "a", "b"}) {
    add_values(run.results, model, values);
    for (size_t i = 0; i < values.size(); ++i)
      add_case(run.results, "u", model, (same_patients ? "p" : "q") + std::to_string(i), values[i]);
  }
  return run;
}

TEST(Average, TasksOverTheSamePatientsAreNotIndependent) {
  const Leaderboard shared = board_of(two_tasks(true)), separate = board_of(two_tasks(false));
  const Interval together = *shared.main().averages[0].row_of(1).interval,
                 apart = *separate.main().averages[0].row_of(1).interval;
  // Equal values in both tasks: the average is as uncertain as one task alone.
  const Interval alone = *row(shared, "a").summary.interval;
  EXPECT_NEAR(together.low, alone.low, 0.07);
  EXPECT_NEAR(together.high, alone.high, 0.07);
  EXPECT_GT(together.high - together.low, 1.2 * (apart.high - apart.low));
}

TEST(Average, HasAPairedGainWithIntervalAndTest) {
  // Three patients in one task and three others in a second: six signs, and Welch's problem.
  std::vector<PatientValue> a, b, c, d;
  for (int i = 0; i < 3; ++i) {
    a.push_back({"p" + std::to_string(i), 0.6 + 0.01 * i});
    b.push_back({"p" + std::to_string(i), 0.5});
    c.push_back({"q" + std::to_string(i), 0.9 + 0.02 * i});
    d.push_back({"q" + std::to_string(i), 0.6});
  }
  const auto gain = compare_over_tasks({{&a, &b}, {&c, &d}}, Direction::kHigherIsBetter, {});
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->patients, 6);
  EXPECT_EQ(gain->tasks, 2);
  EXPECT_NEAR(gain->mean, (0.11 + 0.32) / 2, 1e-9);
  EXPECT_EQ(*gain->p, 0.03125);
  EXPECT_NEAR(*gain->standard_error, std::sqrt(0.01 * 0.01 / 3 + 0.02 * 0.02 / 3) / 2, 1e-9);
  EXPECT_FALSE(compare_over_tasks({{&a, &d}}, Direction::kHigherIsBetter, {})) << "no patient in common";
}

TEST(Average, CountsAPatientOnceHoweverManyTasksItIsIn) {
  // Twelve tasks over the same three patients are three signs, not thirty-six.
  std::vector<PatientValue> a{{"p0", 0.7}, {"p1", 0.8}, {"p2", 0.9}},
      b{{"p0", 0.5}, {"p1", 0.5}, {"p2", 0.5}};
  const std::vector<PairedValues> tasks(12, {&a, &b});
  const auto twelve = compare_over_tasks(tasks, Direction::kHigherIsBetter, {}),
             one = compare_patients(a, b, Direction::kHigherIsBetter, {});
  EXPECT_EQ(twelve->patients, 3);
  EXPECT_FALSE(twelve->p);
  EXPECT_NEAR(twelve->interval->low, one->interval->low, 1e-9);
}

TEST(Average, JoinsGroupsOfOnePatient) {
  // p3 is in one task only, so alone in its group: it still counts.
  std::vector<PatientValue> a{{"p0", 0.7}, {"p1", 0.8}, {"p2", 0.9}, {"p3", 0.1}},
      b{{"p0", 0.5}, {"p1", 0.5}, {"p2", 0.5}, {"p3", 0.5}};
  std::vector<PatientValue> fewer(a.begin(), a.begin() + 3), others(b.begin(), b.begin() + 3);
  const auto gain = compare_over_tasks({{&a, &b}, {&fewer, &others}}, Direction::kHigherIsBetter, {});
  EXPECT_EQ(gain->patients, 4);
  ASSERT_TRUE(gain->interval);
  EXPECT_GT(gain->interval->high - gain->interval->low, 0.2);
}

TEST(Average, RowsAreComparedWithTheBestTrivialModelAndTheBaseline) {
  const Leaderboard board = board_of(demo_run());
  const AverageBoard& all = board.main().averages.back();
  ASSERT_TRUE(all.best_trivial);
  const AverageRow& row = all.row_of(4);
  ASSERT_TRUE(row.over_best_trivial);
  EXPECT_EQ(row.over_best_trivial->tasks, 22);
  EXPECT_EQ(row.over_best_trivial->patients, 23);
  EXPECT_TRUE(row.over_best_trivial->p_holm);
  const double difference = *row.mean - *all.row_of(*all.best_trivial).mean;
  EXPECT_NEAR(row.over_best_trivial->mean, difference, 1e-9);
}

TEST(Pairs, AreThereWhenAskedForAndCorrectedOverAllOfThem) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 100;
  EXPECT_TRUE(board_of(demo_run(), options).main().pairs.empty());
  options.all_pairs = true;
  const Leaderboard board = board_of(demo_run(), options);
  const MetricBoard& main = board.main();
  ASSERT_EQ(main.pairs.size(), 21u);
  std::vector<double> raw, corrected;
  for (const ModelPair& pair : main.pairs) {
    const auto& change = pair.averages.back();
    raw.push_back(*change->p);
    corrected.push_back(*change->p_holm);
  }
  EXPECT_EQ(holm(raw), corrected);
  EXPECT_EQ(pairs_table(board, main).rows.size(), 21u);
  const std::string csv = pairs_csv(board);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 21 * (22 + 3));
}

TEST(Average, IsPartialAndUnrankedWhenATaskIsMissing) {
  RunInput run = two_tasks(true);
  std::erase_if(run.results.cases, [](const CaseRecord& c) { return c.model == "a" && c.task == "u"; });
  const Leaderboard board = board_of(run);
  const AverageRow& partial = board.main().averages[0].row_of(1);
  EXPECT_EQ(partial.tasks, 1);
  EXPECT_EQ(partial.scored, 3);
  EXPECT_EQ(partial.planned, 6);
  EXPECT_FALSE(partial.rank);
  EXPECT_EQ(board.main().averages[0].row_of(2).rank, 1);
  const Table table = averages_table(board, board.main());
  bool said = false;
  for (const TableRow& line : table.rows) {
    for (const TableCell& cell : line.cells)
      said = said || cell.detail.find("1 of 2 tasks") != std::string::npos;
  }
  EXPECT_TRUE(said);
}

TEST(Average, HasTheGroupsOfTheSuiteAndAllTasks) {
  const Leaderboard board = board_of(demo_run());
  std::vector<std::string> groups;
  for (const AverageBoard& average : board.main().averages)
    groups.push_back(average.group + " " + std::to_string(average.tasks.size()));
  EXPECT_THAT(groups, ElementsAre("synthrad2023+autopet 10", "brats 12", "all 22"));
}

TEST(Average, WeighsEveryTaskEqually) {
  const Leaderboard board = board_of(demo_run());
  const AverageBoard& all = board.main().averages.back();
  double sum = 0;
  for (const TaskBoard& task : board.main().tasks) sum += *task.row_of(4).summary.mean;
  EXPECT_NEAR(*all.row_of(4).mean, sum / 22, 1e-12);
}

TEST(Leaderboard, DoesNotDependOnTheNumberOfModelsBesides) {
  RunInput run = demo_run();
  const Leaderboard all = board_of(run);
  std::erase_if(run.results.models, [](const ModelRecord& m) { return m.key == "resvit"; });
  std::erase_if(run.results.cases, [](const CaseRecord& c) { return c.model == "resvit"; });
  std::erase_if(run.timing, [](const Timing& t) { return t.model == "resvit"; });
  const Leaderboard fewer = board_of(run);
  EXPECT_EQ(row(all, "pix2pix").summary.interval->low, row(fewer, "pix2pix").summary.interval->low);
  EXPECT_EQ(all.main().averages.back().row_of(4).interval->low,
            fewer.main().averages.back().row_of(4).interval->low);
}

TEST(Leaderboard, RefusesUnknownProtocolMetricAndBaseline) {
  LeaderboardOptions options;
  options.protocol = "synermed-2d@2";
  EXPECT_THROW(board_of(demo_run(), options), Error);
  options.protocol = "";
  options.metric = "sim";
  try {
    board_of(demo_run(), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("ssim"));
  }
  options.metric = "";
  options.baseline = "pix2pixx";
  EXPECT_THROW(board_of(demo_run(), options), Error);
}

TEST(Leaderboard, TakesTheFirstLearnedModelAsBaselineWhenThereAreTwo) {
  const Leaderboard board = board_of(demo_run());
  ASSERT_TRUE(board.baseline);
  EXPECT_EQ(board.models()[*board.baseline].key, "cyclegan");
}

TEST(Leaderboard, KeepsProtocolsApart) {
  const Leaderboard board = board_of(demo_run());
  size_t ssims = 0;
  for (const MetricBoard& metric : board.metrics) {
    if (metric.metric.name != "ssim") continue;
    ++ssims;
    EXPECT_EQ(metric.tasks.size(), metric.protocol.id == "synermed-2d@1" ? 22u : 5u);
  }
  EXPECT_EQ(ssims, 2u);
}

}  // namespace
}  // namespace synerbench
