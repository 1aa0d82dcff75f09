// A protocol that metrics/ does not know, from a suite through a run and a merge to a report.
#include <gmock/gmock.h>

#include <cmath>

#include "harness/run/merge.h"
#include "reports/formats/markdown.h"
#include "reports/report.h"
#include "reports/words/comparison.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::error_of;

/// Stands for what a network would compute: prepared once per slice, read by two metrics.
struct Errors {
  double least = 0, most = 0;
};

Errors errors_of(const ImagePair& pair) {
  Errors errors{HUGE_VAL, 0};
  for (int64_t i = 0; i < pair.target.count(); ++i) {
    const double error = std::abs(pair.prediction.data[i] - pair.target.data[i]);
    errors = {std::min(errors.least, error), std::max(errors.most, error)};
  }
  return errors;
}

Protocol extreme_errors() {
  return make_protocol<Errors>(
      {.id = "extreme-errors@1",
       .dimensions = 2,
       .source = "this test",
       .description = "The extreme errors of a slice."},
      errors_of,
      {{{"most", "Largest error", "shares", 3, Direction::kLowerIsBetter, 0, HUGE_VAL,
         "the largest of a slice"},
        [](const Errors& e) { return Score(e.most); }},
       {{"least", "Least error", "shares", 3, Direction::kLowerIsBetter, 0, HUGE_VAL, "the least of a slice"},
        [](const Errors& e) { return Score(e.least); }}});
}

/// For PET alone: no target of the fixture is in SUV.
Protocol uptake() {
  return make_protocol({.id = "uptake@1",
                        .dimensions = 3,
                        .values = ComparedValues::in("SUV"),
                        .source = "this test",
                        .description = "Nothing."},
                       {{{"bias", "Bias", "SUV", 3, Direction::kLowerIsBetter, 0, 1, "always 0"},
                         [](const ImagePair&) { return Score(0.0); }}});
}

class OwnProtocol : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    Json suite = read_json(folder_ / "suite.json");
    suite["protocols"] = {"synermed-2d@1", "extreme-errors@1", "uptake@1"};
    write_json(folder_ / "suite.json", suite);
  }
  ReportOptions report_options(const std::string& out) const {
    ReportOptions options;
    options.out = folder_ / out;
    options.formats = {find_report_format("md"), find_report_format("csv")};
    options.pictures = {false, false, "gnuplot"};
    options.leaderboard.bootstrap.replicates = 100;
    options.leaderboard.protocols = table_;
    options.leaderboard.protocol = "extreme-errors@1";
    return options;
  }
  const ProtocolTable table_ = builtin_protocols().with(extreme_errors()).with(uptake());
};

TEST_F(OwnProtocol, IsInTheRecordsOfEveryTargetThatItFits) {
  run(options("a"), test_models(), table_);
  for (const CaseRecord& record : read_results(folder_ / "a").cases) {
    std::vector<std::string> protocols;
    for (const Measure& measure : record.measures) {
      if (protocols.empty() || protocols.back() != measure.protocol) protocols.push_back(measure.protocol);
    }
    EXPECT_THAT(protocols, testing::ElementsAre("synermed-2d@1", "extreme-errors@1")) << record.scan.text();
    EXPECT_EQ(record.measures.back().metric, "least");
    EXPECT_GT(record.measures[record.measures.size() - 2].value.value(),
              record.measures.back().value.value());
  }
  EXPECT_THAT(read_file(folder_ / "a" / "slices.csv"),
              HasSubstr(",extreme-errors@1/most,extreme-errors@1/least\n"));
}

TEST_F(OwnProtocol, OfShardsMergesToTheSameRun) {
  run(options("whole"), test_models(), table_);
  for (int64_t i : {1, 2}) {
    RunOptions part = options("part-" + std::to_string(i));
    part.shard = {i, 2};
    run(part, test_models(), table_);
  }
  merge({{folder_ / "part-1", folder_ / "part-2"}, folder_ / "merged"}, table_);
  expect_same_run(folder_ / "whole", folder_ / "merged");
}

TEST_F(OwnProtocol, IsInTheReport) {
  run(options("a"), test_models(), table_);
  make_report({read_run(folder_ / "a")}, report_options("report"));
  const std::string text = read_file(folder_ / "report" / "leaderboard.md");
  EXPECT_THAT(text, HasSubstr("Largest error (shares) ↓ under extreme-errors@1"));
  EXPECT_THAT(text, HasSubstr("Least error (shares) ↓, extreme-errors@1"));
  EXPECT_THAT(text, HasSubstr("SSIM ↑, synermed-2d@1"));
  EXPECT_THAT(read_file(folder_ / "report" / "leaderboard.csv"),
              HasSubstr("extreme-errors@1,most,shares,lower is better"));
  EXPECT_THAT(text, Not(HasSubstr("uptake@1 (after")));
}

TEST_F(OwnProtocol, IsComparedBetweenRuns) {
  run(options("a"), test_models(), table_);
  CompareOptions options;
  options.protocols = table_;
  options.bootstrap.replicates = 100;
  const RunInput same = read_run(folder_ / "a");
  EXPECT_THAT(to_markdown(comparison_table(compare_runs(same, same, options))),
              HasSubstr("Largest error (shares) ↓, extreme-errors@1"));
}

TEST_F(OwnProtocol, IsRefusedByNameWhereItsTableIsMissing) {
  EXPECT_THAT(error_of([&] { run(this->options("b"), test_models()); }, ExitCode::kUsage),
              HasSubstr("unknown protocol \"extreme-errors@1\""));
  run(options("a"), test_models(), table_);
  EXPECT_THAT(error_of(
                  [&] {
                    merge({{folder_ / "a"}, folder_ / "merged"});
                  },
                  ExitCode::kBadInput),
              HasSubstr("unknown protocol \"extreme-errors@1\""));
  ReportOptions unknown = report_options("report");
  unknown.leaderboard.protocols = builtin_protocols();
  EXPECT_THAT(error_of([&] { make_report({read_run(folder_ / "a")}, unknown); }, ExitCode::kUsage),
              HasSubstr("does not know the protocol \"extreme-errors@1\""));
  EXPECT_THAT(
      error_of([&] { compare_runs(read_run(folder_ / "a"), read_run(folder_ / "a")); }, ExitCode::kUsage),
      HasSubstr("does not know the metric most under extreme-errors@1"));
}

}  // namespace
}  // namespace synerbench
