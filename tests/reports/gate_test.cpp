#include "reports/numbers/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "reports/formats/json.h"
#include "reports/words/comparison.h"
#include "tests/reports/demo_results.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using Kind = GateFinding::Kind;

RunInput baseline() {
  RunInput run = demo_run();
  run.name = "baseline";
  return run;
}

RunInput candidate() {
  RunInput run = demo_run();
  run.name = "candidate";
  return run;
}

template <class Change>
void change_measures(RunInput& run, const std::string& model, const std::string& metric, Change change) {
  for (CaseRecord& record : run.results.cases) {
    if (record.model != model || record.task != "brain-mr-to-ct") continue;
    for (Measure& measure : record.measures) {
      if (measure.protocol == "synermed-2d@1" && measure.metric == metric) change(measure);
    }
  }
}

GateVerdict check(const RunInput& candidate, std::vector<std::string> tolerances = {}) {
  GateOptions options;
  options.compare.bootstrap.replicates = 500;
  for (const std::string& text : tolerances) options.tolerances.push_back(parse_tolerance(text));
  return gate(baseline(), candidate, options);
}

const RunPair& pair_of(const GateVerdict& verdict, size_t finding = 0) {
  return verdict.comparison.pairs[verdict.regressions.at(finding).pair];
}

TEST(Gate, TheSameRunPasses) {
  const GateVerdict verdict = check(candidate());
  EXPECT_FALSE(verdict.regression());
  EXPECT_EQ(to_json(verdict)["verdict"], "ok");
  EXPECT_THAT(to_text(verdict), HasSubstr("gate    ok"));
}

TEST(Gate, ALowerMeanIsARegressionWhereHigherIsBetter) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value -= 0.01; });
  const GateVerdict verdict = check(run);
  ASSERT_EQ(verdict.regressions.size(), 1u);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kWorse);
  EXPECT_EQ(pair_of(verdict).task, "brain-mr-to-ct");
  EXPECT_EQ(pair_of(verdict).metric.name, "ssim");
  EXPECT_NEAR(pair_of(verdict).change->mean, -0.01, 1e-12);
  EXPECT_EQ(to_json(verdict)["verdict"], "regression");
  EXPECT_THAT(to_text(verdict), HasSubstr("worse          brain-mr-to-ct  pix2pix  synermed-2d@1 ssim"));
}

TEST(Gate, AHigherMeanIsARegressionWhereLowerIsBetter) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "mae", [](Measure& m) { *m.value += 0.01; });
  ASSERT_EQ(check(run).regressions.size(), 1u);
  EXPECT_EQ(pair_of(check(run)).metric.name, "mae");
}

TEST(Gate, AnImprovementPassesInBothDirections) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value += 0.01; });
  change_measures(run, "pix2pix", "mae", [](Measure& m) { *m.value *= 0.9; });
  EXPECT_FALSE(check(run).regression());
}

TEST(Gate, ATolerancePassesWhatIsWithinIt) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value -= 0.01; });
  EXPECT_FALSE(check(run, {"ssim=0.011"}).regression());
  EXPECT_TRUE(check(run, {"ssim=0.009"}).regression());
  EXPECT_FALSE(check(run, {"0.011"}).regression());
  EXPECT_TRUE(check(run, {"mae=1"}).regression());  // another metric's
  EXPECT_FALSE(
      check(run, {"0", "ssim=0.001", "synermed-2d@1/ssim=0.02"}).regression());  // the most specific counts
  EXPECT_TRUE(check(run, {"synermed-2d@1/ssim=0.001", "ssim=0.02", "0.02"}).regression());
}

TEST(Gate, MissingBaselineMetricIsARegression) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) {
    if (record.model != "pix2pix" || record.task != "brain-mr-to-ct") continue;
    std::erase_if(record.measures,
                  [](const Measure& m) { return m.protocol == "synermed-2d@1" && m.metric == "psnr"; });
  }
  const GateVerdict verdict = check(run);
  ASSERT_EQ(verdict.regressions.size(), 1u);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kNotMeasured);
  EXPECT_EQ(pair_of(verdict).metric.name, "psnr");
}

TEST(Gate, AMissingProtocolModelOrTaskIsARegression) {
  RunInput without_protocol = candidate();
  for (CaseRecord& record : without_protocol.results.cases)
    std::erase_if(record.measures, [](const Measure& m) { return m.protocol == "synthrad2023@1"; });
  without_protocol.results.identity["protocols"] = {"synermed-2d@1"};
  for (const GateFinding& finding : check(without_protocol).regressions)
    EXPECT_EQ(finding.kind, Kind::kNotMeasured);
  EXPECT_TRUE(check(without_protocol).regression());

  RunInput without_model = candidate();
  std::erase_if(without_model.results.models, [](const ModelRecord& m) { return m.key == "resvit"; });
  std::erase_if(without_model.results.cases, [](const CaseRecord& c) { return c.model == "resvit"; });
  EXPECT_TRUE(check(without_model).regression());

  RunInput without_task = candidate();
  std::erase_if(without_task.results.tasks, [](const TaskRecord& t) { return t.id == "wb-pet-to-ct"; });
  std::erase_if(without_task.results.cases, [](const CaseRecord& c) { return c.task == "wb-pet-to-ct"; });
  EXPECT_TRUE(check(without_task).regression());
}

TEST(Gate, LostCoverageIsARegressionEvenIfTheRestGotBetter) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value += 0.05; });
  for (CaseRecord& record : run.results.cases) {
    if (record.model != "pix2pix" || record.task != "brain-mr-to-ct" || record.scan.patient != "brain-003")
      continue;
    record.status = CaseStatus::kFailed;
    record.reason = "hang";
    record.measures.clear();
  }
  const GateVerdict verdict = check(run);
  ASSERT_TRUE(verdict.regression());
  for (const GateFinding& finding : verdict.regressions) EXPECT_EQ(finding.kind, Kind::kLostCoverage);
  EXPECT_THAT(pair_of(verdict).lost, testing::ElementsAre("demo/brain-003"));
  EXPECT_EQ(pair_of(verdict).change->patients, 4);
}

TEST(Gate, ACaseThatFailsEverywhereIsLostCoverageNotAMissingMetric) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) {
    if (record.model != "pix2pix") continue;
    record.status = CaseStatus::kFailed;
    record.reason = "hang";
    record.measures.clear();
  }
  for (const GateFinding& finding : check(run).regressions) EXPECT_EQ(finding.kind, Kind::kLostCoverage);
}

TEST(Gate, AValueThatBecameUndefinedIsLostCoverage) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { m.value.reset(), m.undefined = "not-finite"; });
  const GateVerdict verdict = check(run);
  ASSERT_EQ(verdict.regressions.size(), 1u);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kLostCoverage);
  EXPECT_FALSE(pair_of(verdict).change);
}

TEST(Gate, NewMeasuresPassAndAreNamed) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) {
    if (record.status == CaseStatus::kScored)
      record.measures.push_back({"synermed-2d@1", "rmse", 0.5, "", 1, 0});
  }
  const GateVerdict verdict = check(run);
  EXPECT_FALSE(verdict.regression());
  EXPECT_THAT(to_text(verdict), HasSubstr("synermed-2d@1 rmse: only in the candidate"));
}

TEST(Gate, RefusesRunsThatCannotBeCompared) {
  RunInput run = candidate();
  run.results.identity["store"]["sha256"] = "another";
  EXPECT_THROW(check(run), Error);
  run = candidate();
  run.results.tasks[0].cases = 6;
  EXPECT_THROW(check(run), Error);
}

TEST(Gate, RefusesATolerancesForNothingAndAnEmptyBaseline) {
  EXPECT_THROW(check(candidate(), {"sim=0.1"}), Error);
  RunInput empty = baseline();
  for (CaseRecord& record : empty.results.cases) record.measures.clear();
  EXPECT_THROW(gate(empty, candidate(), {}), Error);
}

TEST(Tolerance, IsAPlainNonNegativeNumberWithAName) {
  EXPECT_EQ(parse_tolerance("0.5").value, 0.5);
  EXPECT_EQ(parse_tolerance("ssim=0.5").metric, "ssim");
  EXPECT_EQ(parse_tolerance("a@1/ssim=0.5").protocol, "a@1");
  for (const char* text :
       {"", "x", "ssim=", "ssim=-1", "ssim=nan", "ssim=inf", "=1", "/ssim=1", "a@1/=1", "ssim=1x"}) {
    EXPECT_THROW(parse_tolerance(text), Error) << text;
  }
}

TEST(Compare, NamesTheBaselineFirstAndPairsOnCommonCases) {
  RunInput run = candidate();
  change_measures(run, "resvit", "ssim", [](Measure& m) { *m.value += 0.02; });
  const RunComparison comparison = compare_runs(baseline(), run);
  EXPECT_EQ(comparison.baseline, "baseline");
  EXPECT_THAT(comparison_table(comparison).caption,
              testing::StartsWith("Baseline baseline, candidate candidate"));
  for (const RunPair& pair : comparison.pairs) {
    const bool changed = pair.candidate_model == "resvit" && pair.task == "brain-mr-to-ct" &&
                         pair.metric.name == "ssim" && pair.protocol == "synermed-2d@1";
    if (!pair.change) continue;
    EXPECT_NEAR(pair.change->mean, changed ? 0.02 : 0, 1e-12);
  }
}

TEST(Compare, TakesTwoModelsOfDifferentNames) {
  CompareOptions options;
  options.baseline_model = "pix2pix";
  options.candidate_model = "resvit";
  const RunComparison comparison = compare_runs(baseline(), candidate(), options);
  for (const RunPair& pair : comparison.pairs) {
    EXPECT_EQ(pair.baseline_model, "pix2pix");
    EXPECT_EQ(pair.candidate_model, "resvit");
  }
  options.candidate_model = "resnet";
  EXPECT_THROW(compare_runs(baseline(), candidate(), options), Error);
  options.candidate_model = "";
  EXPECT_THROW(compare_runs(baseline(), candidate(), options), Error);
}

}  // namespace
}  // namespace synerbench
