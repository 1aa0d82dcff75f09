// A suite that asks, as a run: its records, and that journal, resume, merge, report and gate know them.
#include "reference/evaluation/question_run.h"

#include <gmock/gmock.h>

#include "harness/run/merge.h"
#include "harness/run/suite_pairs.h"
#include "metrics/questions.h"
#include "reference/evaluate.h"
#include "reports/numbers/gate.h"
#include "reports/numbers/leaderboard.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

ProtocolTable table() { return builtin_protocols().with(questions_protocol()); }

/// Knows the answer, but for every third question; may be made to throw.
LoadAsked knowing(std::function<void(const Instance&)> before = {}) {
  return [before](const ModelSpec& spec, const std::string&) {
    AskedModel model;
    model.info.name = spec.name;
    model.info.label = "Knowing";
    model.answer = [before](const Instance& question, uint64_t seed) {
      if (before) before(question);
      return seed % 3 == 0 ? std::string("?") : question.answer;
    };
    return model;
  };
}

class QuestionRun : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    write_file(folder_ / "asks.json", R"({
      "schema": "synerbench/suite", "schema_version": 1, "name": "asks", "title": "Asks",
      "pairs": ")" + (folder_ / "suite.json").string() +
                                          R"(", "protocols": ["understanding@1"],
      "questions": [{"kind": "cts", "count": 40, "seed": 3}, {"kind": "mi-panel", "count": 20},
                    {"kind": "tia", "count": 20}]})");
  }
  RunOptions asking(const std::string& out, const std::vector<std::string>& models = {"solvers", "model:w"}) {
    RunOptions options = this->options(out);
    options.suite = (folder_ / "asks.json").string();
    options.models = models;
    return options;
  }
  RunOutcome ask(const RunOptions& options, const LoadAsked& load = knowing()) {
    return run_questions(options, load_suite(options.suite, table()), load, table());
  }
  static double accuracy(const CaseRecord& record, const std::string& metric = "accuracy") {
    const Measure* measure = find_measure(record, "understanding@1", metric);
    return measure && measure->value ? *measure->value : -1;
  }
};

TEST_F(QuestionRun, RecordsAreThePatientsOfTheEvaluation) {
  const RunOutcome outcome = ask(asking("a"));
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.failed, 0);
  const Results results = read_results(folder_ / "a");
  ASSERT_EQ(results.tasks.size(), 3u);
  EXPECT_EQ(results.tasks[0].id, "cts");

  const SliceStore store(folder_ / "store");
  const Suite suite = load_suite((folder_ / "asks.json").string(), table());
  const SuitePairs test = read_suite_pairs(suite, store, Split::kTest),
                   train = read_suite_pairs(suite, store, Split::kTrain);
  InstanceSettings settings;
  settings.unseen_wordings = 0.5;
  const UnderstandingTable wanted =
      evaluate_understanding(nullptr, test.tasks(), train.tasks(), settings, {InstanceKind::kCts, 40, 3});
  int compared = 0;
  for (const UnderstandingResult& row : wanted.rows) {
    for (const PatientCount& patient : row.patients) {
      for (const CaseRecord& record : results.cases) {
        if (record.task != "cts" || record.model != row.name || record.scan.text() != patient.patient)
          continue;
        EXPECT_EQ(record.slices, patient.questions);
        EXPECT_DOUBLE_EQ(accuracy(record), patient.score / static_cast<double>(patient.questions))
            << row.name;
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, static_cast<int>(wanted.rows.size()) * 2) << "two test patients";
}

TEST_F(QuestionRun, AccuraciesByDistanceAddUp) {
  ask(asking("a", {"model:w"}));
  for (const CaseRecord& record : read_results(folder_ / "a").cases) {
    double sum = 0;
    int64_t count = 0;
    for (const Measure& measure : record.measures) {
      if (measure.metric == "accuracy" || !measure.value) continue;
      sum += *measure.value * static_cast<double>(measure.count);
      count += measure.count;
    }
    if (record.task == "cts") {
      EXPECT_EQ(count, record.slices);
      EXPECT_NEAR(sum / static_cast<double>(count), accuracy(record), 1e-12);
    } else {
      EXPECT_EQ(count, 0) << "only neighbors have a distance";
    }
  }
}

TEST_F(QuestionRun, EveryRangeOfDistancesHasAMetric) {
  std::set<std::string> known;
  for (const MetricInfo& metric : questions_protocol().info.metrics) known.insert(metric.name);
  for (int64_t distance = 1; distance < 12; ++distance) {
    std::string range = distance_range(distance);
    std::replace(range.begin(), range.end(), '-', '_');
    std::erase(range, '+');
    EXPECT_TRUE(known.contains("accuracy_distance_" + range)) << range;
  }
}

TEST_F(QuestionRun, ChanceIsARowWhereThereAreOptions) {
  ask(asking("a", {"chance", "edges"}));
  for (const CaseRecord& record : read_results(folder_ / "a").cases) {
    if (record.model == "chance") {
      EXPECT_EQ(accuracy(record), record.task == "mi-panel" ? -1 : 0.25);
    }
    if (record.model == "edges" && record.task != "cts") {
      EXPECT_EQ(record.status, CaseStatus::kScored);
      EXPECT_EQ(record.measures.front().undefined, "answers-other-kinds");
    }
  }
}

TEST_F(QuestionRun, FailedQuestionsAreDoneAgainAndGiveTheSameBytes) {
  ask(asking("whole"));
  int left = 12;
  RunOptions parts = asking("parts");
  const RunOutcome broken = ask(parts, knowing([&](const Instance&) {
                                  if (left-- == 0) throw std::runtime_error("power cut");
                                }));
  EXPECT_GT(broken.failed, 0);
  EXPECT_EQ(broken.exit_code(), ExitCode::kSomeFailed);
  EXPECT_THAT(read_file(folder_ / "parts/failures.csv"), HasSubstr("power cut"));
  const RunOutcome resumed = ask(read_settings(folder_ / "parts"));
  EXPECT_EQ(resumed.failed, 0);
  EXPECT_GT(resumed.already_done, 0);
  expect_same_run(folder_ / "whole", folder_ / "parts");
}

TEST_F(QuestionRun, ShardsMergeToTheWholeRun) {
  ask(asking("whole"));
  for (int part : {1, 2, 3}) {
    RunOptions options = asking(std::to_string(part));
    options.shard = {part, 3};
    options.threads = part;
    ask(options);
  }
  merge({{folder_ / "3", folder_ / "1", folder_ / "2"}, folder_ / "merged"}, table());
  expect_same_run(folder_ / "whole", folder_ / "merged");
}

TEST_F(QuestionRun, ReportRanksModelsAndNamesTheBestSolver) {
  ask(asking("a"));
  std::vector<RunInput> runs;
  runs.push_back(read_run(folder_ / "a"));
  LeaderboardOptions options;
  options.bootstrap.replicates = 50;
  options.protocols = table();
  const Leaderboard board = make_leaderboard(join_runs(std::move(runs), table()), {}, options);
  EXPECT_EQ(board.main().metric.name, "accuracy");
  ASSERT_EQ(board.main().tasks.size(), 3u);
  const TaskBoard& cts = board.main().tasks[0];
  ASSERT_TRUE(cts.best_trivial);
  const std::set<std::string> solvers{"options-only", "intensity", "area",  "silhouette",
                                      "edges",        "text-only", "chance"};
  EXPECT_TRUE(solvers.contains(board.models()[*cts.best_trivial].key));
  for (const TaskRow& row : cts.rows) {
    if (!board.models()[row.model].trivial) {
      EXPECT_TRUE(row.over_best_trivial.has_value());
    }
  }
}

TEST_F(QuestionRun, GateFindsALostAnswer) {
  ask(asking("good", {"m=model:w"}));
  ask(asking("bad", {"m=model:w"}), [](const ModelSpec& spec, const std::string& device) {
    AskedModel model = knowing()(spec, device);
    model.answer = [](const Instance&, uint64_t) { return std::string("no idea"); };
    return model;
  });
  GateOptions options;
  options.compare.protocols = table();
  options.compare.bootstrap.replicates = 50;
  EXPECT_FALSE(gate(read_run(folder_ / "good"), read_run(folder_ / "bad"), options).regressions.empty());
  EXPECT_FALSE(gate(read_run(folder_ / "good"), read_run(folder_ / "good"), options).regression());
}

TEST_F(QuestionRun, SelectsKindsAndPatients) {
  RunOptions options = asking("a", {"edges"});
  options.tasks = {"c*"};
  options.max_cases = 1;
  ask(options);
  EXPECT_EQ(read_results(folder_ / "a").cases.size(), 1u);
  options.tasks = {"ctx"};
  EXPECT_THAT(error_of([&] { ask(options); }, ExitCode::kUsage), HasSubstr("did you mean \"cts\""));
}

TEST_F(QuestionRun, RefusesWhatCannotBeAskedBeforeAnythingIsWritten) {
  EXPECT_THAT(error_of([&] { ask(asking("a", {"edgse"})); }, ExitCode::kUsage),
              HasSubstr("did you mean \"edges\""));
  EXPECT_THAT(error_of([&] { run(asking("a", {"noisy"}), test_models(), table()); }, ExitCode::kUsage),
              HasSubstr("asks questions, and runs no tasks"));
  RunOptions keeping = asking("a", {"edges"});
  keeping.keep_predictions = true;
  EXPECT_THAT(error_of([&] { ask(keeping); }, ExitCode::kUsage), HasSubstr("--keep-predictions"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

}  // namespace
}  // namespace synerbench::reference
