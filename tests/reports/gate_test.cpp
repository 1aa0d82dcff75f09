#include "reports/numbers/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/error.h"
#include "metrics/questions.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/words/comparison.h"
#include "tests/reports/demo_results.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using Kind = GateFinding::Kind;

/// The demo without the model that was not run everywhere: a baseline has a record of its whole plan.
RunInput complete_run(const std::string& name) {
  RunInput run = demo_run();
  run.name = name;
  std::erase_if(run.results.models, [](const ModelRecord& m) { return m.key == "syndiff"; });
  std::erase_if(run.results.cases, [](const CaseRecord& c) { return c.model == "syndiff"; });
  return run;
}

RunInput baseline() { return complete_run("baseline"); }
RunInput candidate() { return complete_run("candidate"); }

/// What gate() throws, as "code: text"; empty when it gives a verdict.
std::string refusal(const RunInput& baseline, const RunInput& candidate) {
  GateOptions options;
  options.compare.bootstrap.replicates = 100;
  try {
    gate(baseline, candidate, options);
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  }
  return "";
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

/// The MAE of pix2pix and, with it, the same in gray levels.
template <class Change>
void change_errors(RunInput& run, Change change) {
  change_measures(run, "pix2pix", "mae", [&](Measure& m) { change(*m.value); });
  change_measures(run, "pix2pix", "mae_255", [&](Measure& m) {
    double mae = *m.value / 255;
    change(mae);
    m.value = 255 * mae;
  });
}

GateVerdict check(const RunInput& candidate, std::vector<std::string> tolerances = {}) {
  GateOptions options;
  options.compare.bootstrap.replicates = 100;
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
  EXPECT_THAT(to_text(verdict), HasSubstr("worse             brain-mr-to-ct  pix2pix  synermed-2d@1 ssim"));
}

TEST(Gate, AHigherMeanIsARegressionWhereLowerIsBetter) {
  RunInput run = candidate();
  change_errors(run, [](double& mae) { mae += 0.01; });
  ASSERT_EQ(check(run).regressions.size(), 2u);
  EXPECT_EQ(pair_of(check(run), 0).metric.name, "mae");
  EXPECT_EQ(pair_of(check(run), 1).metric.name, "mae_255");
}

TEST(Gate, AnImprovementPassesInBothDirections) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value += 0.01; });
  change_errors(run, [](double& mae) { mae *= 0.9; });
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
  change_measures(run, "pix2pix", "ssim", [](Measure& m) {
    m.value.reset(), m.undefined = "not-finite", m.count = 0, m.undefined_count = 24;
  });
  const GateVerdict verdict = check(run);
  ASSERT_EQ(verdict.regressions.size(), 1u);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kLostCoverage);
  EXPECT_FALSE(pair_of(verdict).change);
}

TEST(Gate, NewMeasuresPassAndAreNamed) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) {
    if (record.status == CaseStatus::kScored)
      record.measures.push_back({"synermed-2d@1", "rmse", 0.5, "", 24, 0});
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

// What once passed and should not, or failed and should not.

TEST(Gate, RefusesValuesThatNoImagesGive) {
  for (const auto& [metric, value] : std::vector<std::pair<std::string, double>>{
           {"ssim", 5}, {"mae", -7}, {"psnr", 1e308}, {"ssim", -1.5}, {"psnr", std::nan("")}}) {
    RunInput run = candidate();
    change_measures(run, "pix2pix", metric, [&, v = value](Measure& m) { m.value = v; });
    EXPECT_THAT(refusal(baseline(), run), testing::StartsWith("2: candidate: case demo/brain-001")) << metric;
    EXPECT_THAT(refusal(run, candidate()), testing::StartsWith("2: ")) << metric;
  }
}

TEST(Gate, RefusesOneSliceOfTwentyFour) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { m.count = 1; });
  EXPECT_THAT(refusal(baseline(), run), HasSubstr("over 1 slices"));
  // The same with a record that agrees with itself: other models of the case tell.
  run = candidate();
  for (CaseRecord& record : run.results.cases) {
    if (record.model != "pix2pix" || record.status != CaseStatus::kScored) continue;
    record.slices = 1;
    for (Measure& m : record.measures) m.count = m.protocol == "synermed-2d@1" ? 1 : m.count;
  }
  EXPECT_THAT(refusal(baseline(), run), HasSubstr("1 slices scored, 24 by model"));
  // And with all models changed: the baseline tells.
  for (CaseRecord& record : run.results.cases) {
    if (record.status != CaseStatus::kScored) continue;
    record.slices = 1;
    for (Measure& m : record.measures) m.count = m.protocol == "synermed-2d@1" ? 1 : m.count;
  }
  EXPECT_THAT(refusal(baseline(), run), HasSubstr("1 slices scored, and 24 in baseline"));
}

TEST(Gate, FewerSlicesWithAValueAreARegression) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim",
                  [](Measure& m) { m.count = 20, m.undefined_count = 4, *m.value += 0.01; });
  const GateVerdict verdict = check(run);
  ASSERT_EQ(verdict.regressions.size(), 1u);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kFewerSlices);
}

TEST(Gate, RefusesPatientsThatDiffer) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) record.scan.patient += "x";
  EXPECT_THAT(refusal(baseline(), run), HasSubstr("2: candidate: case demo/brain-001"));
  EXPECT_THAT(refusal(baseline(), run),
              HasSubstr("of patient brain-001x, and of patient brain-001 in baseline"));
}

TEST(Gate, RefusesACaseTwiceAndRecordsOutsideTheLists) {
  RunInput run = candidate();
  run.results.cases.push_back(run.results.cases.front());
  EXPECT_THAT(refusal(baseline(), run), HasSubstr("recorded twice"));
  EXPECT_THAT(refusal(run, candidate()), HasSubstr("recorded twice"));
  RunInput listless = baseline();
  listless.results.tasks.erase(listless.results.tasks.begin());
  EXPECT_THAT(refusal(listless, candidate()), HasSubstr("no such task"));
  listless = baseline();
  std::erase_if(listless.results.models, [](const ModelRecord& m) { return m.key == "pix2pix"; });
  EXPECT_THAT(refusal(listless, candidate()), HasSubstr("no such model"));
}

TEST(Gate, RefusesOtherCases) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) {
    if (record.scan.name == "brain-003") record.scan.name = record.scan.patient = "brain-903";
  }
  EXPECT_THAT(refusal(baseline(), run), HasSubstr("all 5 cases of the task, and this is none of them"));
}

TEST(Gate, RefusesAnIncompleteBaselineUnlessThatIsAccepted) {
  RunInput part = baseline();
  std::erase_if(part.results.cases, [](const CaseRecord& c) { return c.scan.name == "brain-003"; });
  EXPECT_THAT(refusal(part, candidate()), HasSubstr("has a record of 4 of 5 cases"));
  GateOptions options;
  options.accept_incomplete_baseline = true;
  const GateVerdict verdict = gate(part, candidate(), options);
  EXPECT_FALSE(verdict.regression());
  EXPECT_THAT(to_text(verdict), HasSubstr("Accepted: the baseline has a record of 4 of 5 cases"));
}

TEST(Gate, CasesThatNeitherRunScoredAreNoted) {
  RunInput first = baseline(), second = candidate();
  for (RunInput* run : {&first, &second}) {
    for (CaseRecord& record : run->results.cases) {
      if (record.model != "pix2pix" || record.scan.patient != "brain-002") continue;
      record.status = CaseStatus::kFailed;
      record.reason = "hang";
      record.measures.clear();
    }
  }
  GateOptions options;
  options.compare.bootstrap.replicates = 100;
  const GateVerdict verdict = gate(first, second, options);
  EXPECT_FALSE(verdict.regression());
  EXPECT_THAT(to_text(verdict), HasSubstr("1 case scored by neither run: demo/brain-002"));
}

/// Images equal to their reference, in all cases of pix2pix or in the first `slices` of each.
void make_equal(RunInput& run, int64_t slices) {
  change_measures(run, "pix2pix", "psnr", [&](Measure& m) {
    m.undefined_count = slices;
    m.count = 24 - slices;
    if (slices < 24) return;
    m.value.reset();
    m.undefined = "identical-images";
  });
  if (slices < 24) return;
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { m.value = 1; });
  for (const char* metric : {"mae", "mae_255"})
    change_measures(run, "pix2pix", metric, [](Measure& m) { m.value = 0; });
}

TEST(Gate, APerfectCandidatePasses) {
  RunInput run = candidate();
  make_equal(run, 24);
  const GateVerdict verdict = check(run);
  EXPECT_FALSE(verdict.regression()) << to_text(verdict);
  EXPECT_THAT(to_text(verdict), HasSubstr("5 cases became equal to the reference"));
}

TEST(Gate, LosingPerfectImagesIsARegression) {
  RunInput perfect = baseline();
  make_equal(perfect, 24);
  GateOptions options;
  options.tolerances = {parse_tolerance("1000")};
  options.compare.bootstrap.replicates = 100;
  const GateVerdict verdict = gate(perfect, candidate(), options);
  ASSERT_EQ(verdict.regressions.size(), 1u) << to_text(verdict);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kLostPerfect);
}

TEST(Gate, LosingPerfectSlicesIsARegressionAlthoughTheMeanRises) {
  RunInput run = baseline();
  make_equal(run, 3);
  RunInput without = candidate();
  change_measures(without, "pix2pix", "psnr", [](Measure& m) { *m.value += 5; });
  const GateVerdict verdict = gate(run, without, {});
  ASSERT_EQ(verdict.regressions.size(), 1u) << to_text(verdict);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kLostPerfect);
}

TEST(Gate, WinningPerfectSlicesIsNoRegressionAlthoughTheMeanFalls) {
  RunInput run = candidate();
  make_equal(run, 3);
  change_measures(run, "pix2pix", "psnr", [](Measure& m) { *m.value -= 0.5; });
  const GateVerdict verdict = check(run);
  EXPECT_FALSE(verdict.regression()) << to_text(verdict);
  EXPECT_THAT(to_text(verdict), HasSubstr("more slices equal to the reference"));
}

TEST(Gate, PrintsChangesInDigitsThatDiffer) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value -= 0.000012; });
  const std::string text = to_text(check(run));
  EXPECT_THAT(text, HasSubstr("improvement -0.000012 [-0.000012"));
  EXPECT_THAT(text, testing::Not(HasSubstr("-0.0000 ")));
}

TEST(Gate, HoldsTheIntervalAgainstItsOwnLimit) {
  RunInput run = candidate();
  int i = 0;
  change_measures(run, "pix2pix", "ssim", [&](Measure& m) { *m.value += i++ % 2 == 0 ? 0.03 : -0.025; });
  EXPECT_FALSE(check(run).regression()) << "the mean rose";
  GateOptions options;
  options.compare.bootstrap.replicates = 100;
  options.interval_limits = {parse_tolerance("ssim=0.01")};
  const GateVerdict verdict = gate(baseline(), run, options);
  ASSERT_EQ(verdict.regressions.size(), 1u);
  EXPECT_EQ(verdict.regressions[0].kind, Kind::kInterval);
  EXPECT_THAT(to_text(verdict), HasSubstr("into the worse, limit 0.01"));
  options.interval_limits = {parse_tolerance("ssim=0.5")};
  EXPECT_FALSE(gate(baseline(), run, options).regression());
  options.interval_limits = {parse_tolerance("sim=0.5")};
  EXPECT_THROW(gate(baseline(), run, options), Error);
}

TEST(Gate, LooksAtTheTasksAndMetricsAskedFor) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value -= 0.01; });
  GateOptions options;
  options.compare.bootstrap.replicates = 100;
  options.compare.tasks = {"brats-*"};
  EXPECT_FALSE(gate(baseline(), run, options).regression());
  options.compare.tasks = {"brain-mr-*"};
  options.compare.metrics = {"mae"};
  EXPECT_FALSE(gate(baseline(), run, options).regression());
  options.compare.metrics = {"synermed-2d@1/ssim"};
  EXPECT_TRUE(gate(baseline(), run, options).regression());
  options.compare.metrics = {"sim"};
  EXPECT_THROW(gate(baseline(), run, options), Error);
  options.compare.metrics.clear();
  options.compare.tasks = {"brian-*"};
  EXPECT_THROW(gate(baseline(), run, options), Error);
}

TEST(Gate, WritesJUnitAndAComment) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value -= 0.01; });
  const GateVerdict verdict = check(run);
  const std::string xml = to_junit(verdict);
  EXPECT_THAT(xml, testing::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
  EXPECT_THAT(xml, HasSubstr(" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"brain-mr-to-ct\" name=\"pix2pix synermed-2d@1 ssim\">\n"
                             "      <failure type=\"worse\" message=\"worse: "));
  EXPECT_EQ(gate_table(verdict).rows.size(), 1u + verdict.notes.size());
  EXPECT_THAT(gate_table(verdict).caption, HasSubstr("regression: 1 finding"));
}

TEST(Compare, AveragesOverTasksArePairedToo) {
  RunInput run = candidate();
  for (CaseRecord& record : run.results.cases) {
    for (Measure& m : record.measures) {
      if (m.metric == "ssim") *m.value += 0.002;
    }
  }
  CompareOptions options;
  options.metrics = {"synermed-2d@1/ssim"};
  options.margins = {parse_tolerance("ssim=0.01")};
  const RunComparison comparison = compare_runs(baseline(), run, options);
  ASSERT_EQ(comparison.averages.size(), 6u);  // one per model
  const RunAverage& average = comparison.averages.front();
  EXPECT_EQ(average.change.tasks, 22);
  EXPECT_EQ(average.change.patients, 23);
  EXPECT_NEAR(average.change.mean, 0.002, 1e-9);
  EXPECT_LT(*average.change.p, 1e-6);
  EXPECT_LT(*average.change.p_equivalent, 0.001);
  EXPECT_THAT(comparison_table(comparison).rows.back().cells[0].text, HasSubstr("All (22 tasks)"));
}

TEST(Compare, AllPairsAreOfDifferentModelsAndEachOnce) {
  CompareOptions options;
  options.all_pairs = true;
  options.bootstrap.replicates = 100;
  options.metrics = {"synermed-2d@1/ssim"};
  options.tasks = {"brain-mr-to-ct"};
  EXPECT_EQ(compare_runs(baseline(), candidate(), options).pairs.size(), 15u);  // 6 * 5 / 2
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

TEST(Tolerance, TwoValuesOfOneAreRefused) {
  const std::vector<MeasuredMetric> measured{{"synermed-2d@2", "ssim"}};
  const auto refused = [&](const std::vector<std::string>& texts) {
    std::vector<Tolerance> tolerances;
    for (const std::string& text : texts) tolerances.push_back(parse_tolerance(text));
    try {
      require_known(tolerances, measured, "tolerance");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused({"ssim=0.1", "ssim=0.001"}),
              HasSubstr("tolerance ssim: is given twice: 0.1 and 0.001"));
  EXPECT_THAT(refused({"0.1", "0.2"}), HasSubstr("tolerance: is given twice"));
  EXPECT_EQ(refused({"ssim=0.1", "ssim=0.1"}), "");
  EXPECT_EQ(refused({"0.3", "ssim=0.2", "synermed-2d@2/ssim=0.1"}), "") << "the most specific one counts";
}

TEST(Gate, ALimitAsWideAsTheMetricIsRemarkedOn) {
  RunInput run = candidate();
  change_measures(run, "pix2pix", "ssim", [](Measure& m) { *m.value = -1; });
  const GateVerdict blind = check(run, {"ssim=2"});
  EXPECT_FALSE(blind.regression());
  EXPECT_THAT(to_text(blind), HasSubstr("note    The tolerance 2 is as wide as all that synermed-2d@1/ssim, "
                                        "synthrad2023@1/ssim can be: it passes "
                                        "everything."));
  EXPECT_THAT(to_json(blind)["remarks"].dump(), HasSubstr("passes everything"));
  EXPECT_TRUE(check(candidate(), {"ssim=1.9"}).remarks.empty());
  EXPECT_TRUE(check(candidate(), {"psnr=1000"}).remarks.empty()) << "it has no upper bound";
}

TEST(Gate, OnlyAMetricWithoutABestValueLacksItForEqualImages) {
  for (const char* metric : {"ssim", "mae"}) {
    RunInput run = candidate();
    change_measures(run, "pix2pix", metric, [](Measure& m) {
      m.value.reset();
      m.undefined = name_of(Undefined::kIdenticalImages);
      m.undefined_count += m.count;
      m.count = 0;
    });
    EXPECT_THAT(refusal(baseline(), run),
                testing::AllOf(testing::StartsWith("2: "), HasSubstr(std::string(metric) + " under"),
                               HasSubstr("has no value because the images are equal, but then it is")));
  }
}

/// A run of answers to questions: each case is over ten of them.
RunInput question_run(const std::string& name) {
  RunInput run = complete_run(name);
  run.results.identity["protocols"] = {"understanding@1"};
  for (CaseRecord& record : run.results.cases) {
    if (record.status != CaseStatus::kScored) continue;
    record.slices = 10;
    Measure measure;
    measure.protocol = "understanding@1";
    measure.metric = "accuracy";
    measure.value = 0.5;
    measure.count = 10;
    record.measures = {measure};
  }
  return run;
}

TEST(Gate, FewerAnswersAreARegressionWhateverTheirShare) {
  const RunInput before = question_run("baseline");
  RunInput after = question_run("candidate");
  GateOptions options;
  options.compare.protocols = builtin_protocols().with({questions_protocol()});
  options.compare.bootstrap.replicates = 100;
  EXPECT_FALSE(gate(before, after, options).regression());
  for (CaseRecord& record : after.results.cases) {
    if (record.model != "pix2pix" || record.task != "brain-mr-to-ct" || record.measures.empty()) continue;
    record.measures.front().count = 6;
    record.measures.front().value = 0.9;
    break;
  }
  const GateVerdict verdict = gate(before, after, options);
  ASSERT_EQ(verdict.regressions.size(), 1U);
  EXPECT_EQ(verdict.regressions.front().kind, Kind::kFewerSlices);
  EXPECT_THAT(to_text(verdict), HasSubstr("1 case measured on fewer questions than before: "));
  EXPECT_THAT(to_markdown(comparison_table(verdict.comparison)),
              HasSubstr("value is over fewer questions than the baseline's in 1 case: "));
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
