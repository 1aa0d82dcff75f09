// What a baseline cannot show, and what is remarked on beside a verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/numbers/gate.h"
#include "reports/numbers/named_baseline.h"
#include "reports/words/comparison.h"
#include "tests/reports/demo_results.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::error_of;

/// The small run without the model that was not run everywhere.
RunInput complete_run(const std::string& name) {
  RunInput run = small_run();
  run.name = name;
  return run;
}

/// Lets a model fail on every case of a task; of all tasks where `task` is empty.
void fail(RunInput& run, const std::string& model, const std::string& task) {
  for (CaseRecord& record : run.results.cases) {
    if (record.model != model || (!task.empty() && record.task != task)) continue;
    record.status = CaseStatus::kFailed;
    record.reason = "not-finite";
    record.measures.clear();
  }
}

GateOptions options_for_tests(bool accept = true) {
  GateOptions options;
  options.compare.bootstrap.replicates = 100;
  options.accept_incomplete_baseline = accept;
  return options;
}

TEST(GateBaseline, AModelWithoutAnyValueIsRefusedUnlessThatIsAccepted) {
  RunInput before = complete_run("main"), after = complete_run("candidate");
  fail(before, "mean", "brain-mr-to-ct");
  fail(after, "mean", "brain-mr-to-ct");
  for (const RunInput* candidate : {&before, &after}) {
    EXPECT_THAT(error_of([&] { gate(before, *candidate, options_for_tests(false)); }, ExitCode::kBadInput),
                AllOf(HasSubstr("model mean, task brain-mr-to-ct: 0 of 3 cases of the baseline have a value; "
                                "nothing of it can get worse"),
                      HasSubstr("--accept-incomplete-baseline")));
  }
  const GateVerdict verdict = gate(before, after, options_for_tests());
  EXPECT_FALSE(verdict.regression());
  EXPECT_THAT(to_text(verdict), HasSubstr("Accepted: model mean, task brain-mr-to-ct: 0 of 3 cases of the "
                                          "baseline have a value; nothing of it can get worse."));
  EXPECT_EQ(to_json(verdict)["comparison"]["without_value"][0]["model"], "mean");
  EXPECT_THAT(to_junit(verdict), HasSubstr("0 of 3 cases of the baseline"));
  EXPECT_THAT(to_markdown(comparison_table(verdict.comparison)),
              HasSubstr("Not in the table: model mean, task brain-mr-to-ct"));
}

TEST(GateBaseline, AValueThatIsUndefinedInEveryCaseIsNone) {
  RunInput before = complete_run("main");
  for (CaseRecord& record : before.results.cases) {
    if (record.model != "mean" || record.task != "brain-mr-to-ct") continue;
    for (Measure& m : record.measures) {
      m.value.reset();
      m.undefined = "not-finite";
      m.undefined_count += m.count;
      m.count = 0;
    }
  }
  EXPECT_THAT(error_of([&] { gate(before, complete_run("candidate"), options_for_tests(false)); },
                       ExitCode::kBadInput),
              HasSubstr("nothing of it can get worse"));
}

TEST(GateBaseline, IsAskedAboutWhatIsComparedOnly) {
  RunInput before = complete_run("main");
  fail(before, "mean", "brain-mr-to-ct");
  GateOptions options = options_for_tests(false);
  options.compare.baseline_model = options.compare.candidate_model = "pix2pix";
  EXPECT_TRUE(gate(before, complete_run("candidate"), options).comparison.without_value.empty());
  options = options_for_tests(false);
  for (const TaskRecord& task : before.results.tasks) {
    if (task.id != "brain-mr-to-ct") options.compare.tasks.push_back(task.id);
  }
  ASSERT_FALSE(options.compare.tasks.empty());
  EXPECT_TRUE(gate(before, complete_run("candidate"), options).comparison.without_value.empty());
}

TEST(GateBaseline, ASoundOneRaisesNoAlarm) {
  const GateVerdict verdict = gate(complete_run("main"), complete_run("candidate"), options_for_tests(false));
  EXPECT_FALSE(verdict.regression());
  EXPECT_TRUE(verdict.remarks.empty()) << verdict.remarks.front();
  EXPECT_TRUE(verdict.comparison.without_value.empty());
}

TEST(GateBaseline, AFailureInSomeCasesIsNoReasonToRefuse) {
  RunInput before = complete_run("main");
  for (CaseRecord& record : before.results.cases) {
    if (record.model != "mean" || record.task != "brain-mr-to-ct") continue;
    record.status = CaseStatus::kFailed;
    record.reason = "hang";
    record.measures.clear();
    break;
  }
  EXPECT_FALSE(gate(before, complete_run("candidate"), options_for_tests(false)).regression());
}

TEST(GateBaseline, ManyModelsWithoutAValueAreOneLine) {
  std::vector<WithoutValue> without(6, WithoutValue{"brain-mr-to-ct", "mean", 3});
  without[1].task = "brats-t1-to-t2";
  EXPECT_EQ(describe(without),
            "model mean, task brain-mr-to-ct: 0 of 3 cases of the baseline have a value; the same of mean on "
            "brats-t1-to-t2, mean on brain-mr-to-ct, mean on brain-mr-to-ct and 2 more");
}

TEST(GateBaseline, BlessingCountsWhatFailedAndRefusesAModelWithoutValues) {
  TempFolder temp;
  BlessOptions options;
  options.folder = temp / "baselines";
  RunInput run = small_run();
  const auto failed_of = [](const RunInput& input) {
    return std::count_if(input.results.cases.begin(), input.results.cases.end(),
                         [](const CaseRecord& r) { return r.status == CaseStatus::kFailed; });
  };
  write_run_folder(temp / "some", run, false);
  const Blessing some = bless_baseline("some", temp / "some", options);
  EXPECT_EQ(some.failed, failed_of(run));
  EXPECT_EQ(some.cases, static_cast<int64_t>(run.results.cases.size()));
  EXPECT_TRUE(some.without_value.empty());
  fail(run, "mean", "");
  write_run_folder(temp / "none", run, false);
  EXPECT_THAT(error_of([&] { bless_baseline("none", temp / "none", options); }, ExitCode::kBadInput),
              AllOf(HasSubstr("model mean, task"), HasSubstr("--accept-incomplete-baseline")));
  EXPECT_FALSE(path_exists(options.folder / "none"));
  options.accept_without_value = true;
  const Blessing none = bless_baseline("none", temp / "none", options);
  EXPECT_EQ(none.failed, failed_of(run));
  EXPECT_EQ(none.without_value.size(), run.results.tasks.size());
  EXPECT_EQ(bless_baseline("none", temp / "none", options).failed, none.failed) << "blessed a second time";
}

constexpr const char* kCopied =
    "the prediction is the reference to the last digit. Was the target handed in?";

/// Adds a remark to the first `count` cases of a model.
void remark(RunInput& run, const std::string& model, const std::string& text, int count) {
  for (CaseRecord& record : run.results.cases) {
    if (record.model != model || count-- <= 0) continue;
    record.remarks.push_back(text);
  }
}

TEST(GateRemarks, OnCasesAreInEveryFormAndOneLineAKind) {
  RunInput after = complete_run("candidate");
  remark(after, "pix2pix", kCopied, 4);
  remark(after, "mean", "outside the body the prediction is at 971.3, the reference at -1000", 1);
  remark(after, "identity", "outside the body the prediction is at 8e+02, the reference at -1.5", 2);
  const GateVerdict verdict = gate(complete_run("main"), after, options_for_tests(false));
  EXPECT_FALSE(verdict.regression());
  ASSERT_EQ(verdict.remarks.size(), 2u);
  const std::string text = to_text(verdict);
  EXPECT_THAT(text, HasSubstr("note    candidate: 4 cases remarked on, the first pix2pix on "));
  EXPECT_THAT(text, HasSubstr("Was the target handed in?\n"));
  EXPECT_THAT(text, HasSubstr("note    candidate: 3 cases remarked on, the first "));
  for (const std::string& form :
       {to_json(verdict)["remarks"].dump(), to_junit(verdict), to_markdown(gate_table(verdict)),
        to_markdown(comparison_table(verdict.comparison)), to_json(verdict.comparison)["remarks"].dump()})
    EXPECT_THAT(form, HasSubstr("Was the target handed in?"));
}

TEST(GateRemarks, ThatBothRunsHaveAreSaidOnce) {
  RunInput before = complete_run("main"), after = complete_run("candidate");
  for (RunInput* run : {&before, &after}) remark(*run, "mean", kCopied, 1);
  const GateVerdict verdict = gate(before, after, options_for_tests(false));
  ASSERT_EQ(verdict.remarks.size(), 1u);
  EXPECT_THAT(verdict.remarks.front(),
              testing::StartsWith("main and candidate: 1 case remarked on, mean on "));
}

TEST(GateRemarks, AreAboutTheModelsThatAreCompared) {
  RunInput after = complete_run("candidate");
  remark(after, "pix2pix", kCopied, 1);
  GateOptions options = options_for_tests(false);
  options.compare.baseline_model = options.compare.candidate_model = "mean";
  EXPECT_TRUE(gate(complete_run("main"), after, options).remarks.empty());
}

TEST(GateRemarks, OfManyKindsAreCut) {
  RunInput after = complete_run("candidate");
  for (char c = 'a'; c < 'k'; ++c) remark(after, "mean", std::string("it said ") + c, 1);
  const auto remarks = compare_runs(complete_run("main"), after).remarks;
  ASSERT_EQ(remarks.size(), 7u);
  EXPECT_EQ(remarks.back(), "4 more kinds of remarks on cases, all in results.json.");
}

TEST(GateRemarks, NameSeedsAndBuildsThatDiffer) {
  RunInput after = complete_run("candidate");
  after.results.identity["seed"] = 2;
  after.results.identity["builds"][0]["commit"] = "another";
  const GateVerdict verdict = gate(complete_run("main"), after, options_for_tests(false));
  EXPECT_FALSE(verdict.regression());
  EXPECT_THAT(to_text(verdict),
              AllOf(HasSubstr("differ: /seed: 1 in main, 2 in candidate"), HasSubstr("/builds/0/commit")));
  EXPECT_THAT(to_text(gate(complete_run("main"), complete_run("candidate"), options_for_tests(false))),
              Not(HasSubstr("note ")));
}

}  // namespace
}  // namespace synerbench
