#include "reports/numbers/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "reports/numbers/check.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

RunInput named(const std::string& name) {
  RunInput run = small_run();
  run.name = name;
  return run;
}

std::string refusal(std::vector<RunInput> runs) {
  try {
    join_runs(std::move(runs));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage) << error.what();
    return error.what();
  }
  return "";
}

TEST(JoinRuns, RefusesRunsOfAnotherSuiteStoreOrProtocol) {
  for (const auto& [pointer, value] :
       std::vector<std::pair<std::string, Json>>{{"/suite/sha256", "x"},
                                                 {"/store/sha256", "x"},
                                                 {"/split", "validation"},
                                                 {"/min_foreground", 0.02},
                                                 {"/protocols/1", "synthrad2023@2"}}) {
    RunInput other = named("other");
    other.results.identity[Json::json_pointer(pointer)] = value;
    const std::string text = refusal({named("first"), other});
    EXPECT_THAT(text, HasSubstr("first")) << pointer;
    EXPECT_THAT(text, HasSubstr("other")) << pointer;
    EXPECT_THAT(text, HasSubstr(pointer)) << text;
  }
}

TEST(JoinRuns, RefusesAnIdentityItDoesNotKnowRatherThanIgnoringIt) {
  RunInput other = named("other");
  other.results.identity["new_setting"] = 1;
  EXPECT_THAT(refusal({named("first"), other}), HasSubstr("new_setting"));
}

TEST(JoinRuns, RefusesOtherCasesOrAnotherCanvasOfATask) {
  RunInput fewer = named("fewer");
  fewer.results.tasks[0].cases = 4;
  EXPECT_THAT(refusal({named("first"), fewer}), HasSubstr("3 and 4 cases"));

  RunInput canvas = named("canvas");
  canvas.results.identity["tasks"][0]["canvas"]["size"] = 128;
  EXPECT_THAT(refusal({named("first"), canvas}), HasSubstr("128"));
  // Predictions are scored on the grid of the references: that fits every canvas.
  for (Json& task : canvas.results.identity["tasks"]) task["canvas"] = nullptr;
  EXPECT_NO_THROW(join_runs({named("first"), canvas}));

  RunInput others = named("others");
  others.results.models[0].key = "mean2";
  for (CaseRecord& record : others.results.cases) {
    if (record.model == "mean") record.model = "mean2";
    record.scan.name += "x";
  }
  EXPECT_THAT(refusal({named("first"), others}), HasSubstr("6 different cases"));
}

TEST(JoinRuns, TakesEqualModelsOnceAndKeepsDifferentOnesApart) {
  RunInput second = named("second");
  for (CaseRecord& record : second.results.cases) {
    if (record.model == "pix2pix" && record.status == CaseStatus::kScored) *record.measures[0].value += 0.01;
  }
  const JoinedRuns joined = join_runs({named("first"), second});
  std::vector<std::string> keys, labels;
  for (const ReportedModel& model : joined.models) {
    keys.push_back(model.key);
    labels.push_back(model.label);
  }
  EXPECT_EQ(keys.size(), 5u);
  EXPECT_EQ(keys.back(), "pix2pix @second");
  EXPECT_EQ(joined.models.back().run_key, "pix2pix");
  EXPECT_EQ(joined.models.back().run, 1u);
  EXPECT_THAT(labels, testing::Contains("Pix2Pix (pix2pix @second)"));
  EXPECT_EQ(joined.cases.size(), named("first").results.cases.size() + 7);
}

TEST(JoinRuns, SaysWhereSeedsAndBuildsDiffer) {
  RunInput second = named("second");
  second.results.identity["seed"] = 2;
  second.results.identity["builds"][0]["dirty"] = true;
  const JoinedRuns joined = join_runs({named("first"), second});
  EXPECT_THAT(joined.remarks, testing::Contains(HasSubstr("/seed: 1 in first, 2 in second")));
  EXPECT_THAT(joined.remarks, testing::Contains(HasSubstr("uncommitted")));
}

TEST(JoinRuns, RefusesDamagedRecords) {
  const auto damage = [](auto change) {
    RunInput run = named("damaged");
    change(run.results);
    try {
      join_runs({run});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(damage([](Results& r) { r.cases.push_back(r.cases[0]); }), HasSubstr("recorded twice"));
  EXPECT_THAT(damage([](Results& r) { r.cases[0].task = "nowhere"; }), HasSubstr("no such task"));
  EXPECT_THAT(damage([](Results& r) { r.cases[0].model = "nobody"; }), HasSubstr("no such model"));
  EXPECT_THAT(damage([](Results& r) { r.tasks[0].cases = 2; }), HasSubstr("3 cases recorded, 2 planned"));
  EXPECT_THAT(damage([](Results& r) { r.cases[0].measures[0].value = std::nan(""); }),
              HasSubstr("no comparison of images gives that"));
  const auto measure = [](Results& r, const std::string& metric) -> Measure& {
    for (Measure& m : r.cases[0].measures) {
      if (m.metric == metric && m.protocol == "synermed-2d@1") return m;
    }
    return r.cases[0].measures[0];
  };
  EXPECT_THAT(damage([&](Results& r) { measure(r, "ssim").value = 5; }),
              HasSubstr("ssim under synermed-2d@1 is 5, but this metric is from -1 to 1"));
  EXPECT_THAT(damage([&](Results& r) { measure(r, "mae").value = -7; }), HasSubstr("is -7"));
  EXPECT_THAT(damage([&](Results& r) { measure(r, "psnr").value = 1e308; }), HasSubstr("1e+308"));
  EXPECT_THAT(damage([&](Results& r) { measure(r, "ssim").count = 1; }), HasSubstr("over 1 slices"));
  EXPECT_THAT(damage([&](Results& r) { r.cases[0].measures.push_back(measure(r, "ssim")); }),
              HasSubstr("recorded twice"));
  EXPECT_THAT(damage([&](Results& r) { r.cases[0].measures[0].protocol = "skimage@1"; }),
              HasSubstr("no protocol of the run"));
  EXPECT_THAT(damage([](Results& r) { r.cases[0].scan.patient = "another"; }),
              HasSubstr("of patient another"));
  EXPECT_THAT(damage([](Results& r) {
                r.cases[0].slices = 9;
                for (Measure& m : r.cases[0].measures) m.count = m.protocol == "synermed-2d@1" ? 9 : m.count;
              }),
              HasSubstr("slices scored"));
  EXPECT_THAT(damage([](Results& r) { r.tasks.push_back(r.tasks[0]); }), HasSubstr("listed twice"));
  EXPECT_THAT(damage([](Results& r) { r.models.push_back(r.models[0]); }), HasSubstr("listed twice"));
}

TEST(CheckResults, HoldsTheMetricsOfAProtocolAgainstEachOther) {
  const auto check = [](std::vector<std::pair<std::string, double>> values, const std::string& protocol) {
    RunInput run = named("run");
    run.results.identity["protocols"] = {protocol};
    for (CaseRecord& record : run.results.cases) record.measures.clear();
    CaseRecord& record = run.results.cases[0];
    for (const auto& [metric, value] : values)
      record.measures.push_back({protocol, metric, value, "", 10, 0});
    try {
      check_results(run, builtin_protocols());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(check({{"mae", 0.05}, {"rmse", 0.1}, {"psnr", 20.5}, {"mae_255", 12.75}}, "synermed-2d@1"), "");
  EXPECT_THAT(check({{"mae", 0.2}, {"rmse", 0.1}}, "synermed-2d@1"), HasSubstr("RMSE 0.1 is below MAE 0.2"));
  EXPECT_THAT(check({{"mae", 0.05}, {"mae_255", 13}}, "synermed-2d@1"), HasSubstr("gray levels"));
  // 20 log10(1 / 0.1) = 20 dB at least: the mean of a convex function.
  EXPECT_THAT(check({{"rmse", 0.1}, {"psnr", 19.9}}, "synermed-2d@1"), HasSubstr("allow no less than 20"));
  EXPECT_EQ(check({{"rmse", 0.1}, {"psnr", 20.0}}, "synermed-2d@1"), "");
  EXPECT_THAT(check({{"mse", 0.01}, {"psnr", 19.9}}, "skimage@1"), HasSubstr("allow no less than 20"));
  EXPECT_THAT(check({{"rmse", 402.4}, {"psnr", 19.9}}, "synthrad2023@1"), HasSubstr("allow no less than 20"));
  EXPECT_THAT(check({{"rmse", 0}, {"psnr", 50}}, "synermed-2d@1"), HasSubstr("images are equal"));
}

TEST(JoinRuns, PrintsTheLargestNetworkOfAModelWithWeightsPerTask) {
  RunInput run = named("run");
  Json bigger = demo_info("pix2pix", "Pix2Pix", false, 60000000, 3);
  run.results.models[2].info["tasks"]["brats-t1-to-t2"] = bigger;
  const JoinedRuns joined = join_runs({run});
  EXPECT_EQ(joined.models[2].parameters, 60000000);
  EXPECT_EQ(joined.models[2].network_evaluations, 3);
}

TEST(ReadRun, ReadsTheFolderThatARunLeaves) {
  TempFolder temp;
  write_run_folder(temp / "mine", small_run(), false);
  const RunInput run = read_run(temp / "mine");
  EXPECT_EQ(run.name, "mine");
  EXPECT_EQ(run.results.cases.size(), small_run().results.cases.size());
  EXPECT_EQ(run.timing.size(), small_run().timing.size());
  EXPECT_EQ(read_run((temp / "mine").string() + "/").name, "mine");
}

}  // namespace
}  // namespace synerbench
