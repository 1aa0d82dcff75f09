// Many runs over time: what a step is, how often the rule cries wolf, which runs stand apart, what is
// written.
#include "reports/numbers/history.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/random.h"
#include "reports/formats/csv.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/history_report.h"
#include "reports/words/history_document.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The value of a patient in a task.
using Values = std::function<double(const std::string& model, size_t task, size_t patient)>;

struct Shape {
  std::vector<std::string> tasks = {"brain-mr-to-ct", "brats-t1-to-t2"};
  std::vector<std::string> models = {"mine"};
  size_t patients = 12;
};

RunInput run_of(const std::string& name, const std::string& date, const Shape& shape, const Values& value) {
  RunInput run;
  run.name = name;
  run.finished = date;
  Results& r = run.results;
  for (const std::string& task : shape.tasks)
    r.tasks.push_back(
        {task, "brain", "MRI", "CT", "group", "HU", -1000, 2000, static_cast<int64_t>(shape.patients)});
  for (const std::string& model : shape.models) r.models.push_back({model, demo_info(model, model, false)});
  for (size_t task = 0; task < shape.tasks.size(); ++task) {
    for (const std::string& model : shape.models) {
      for (size_t p = 0; p < shape.patients; ++p)
        add_case(r, shape.tasks[task], model, fmt::format("p{:02}", p), value(model, task, p));
    }
  }
  r.identity = {{"kind", "run"},
                {"suite", {{"name", "demo"}, {"title", "Demo"}, {"sha256", std::string(64, '1')}}},
                {"split", "test"},
                {"protocols", {"synermed-2d@1"}},
                {"store", {{"sha256", std::string(64, '2')}}},
                {"seed", 1},
                {"models", Json::array()},
                {"builds", {{{"version", "0.2.0"}, {"commit", "0000000"}, {"dirty", false}}}}};
  for (const std::string& model : shape.models)
    r.identity["models"].push_back(
        {{"key", model}, {"device", "cpu"}, {"info", {{"weights_sha256", std::string(64, 'a')}}}});
  return run;
}

std::string day(size_t n) { return fmt::format("2026-{:02}-{:02}T12:00:00Z", 1 + n / 28, 1 + n % 28); }

HistoryOptions quick() {
  HistoryOptions options;
  options.bootstrap.replicates = 50;  // of intervals, which decide nothing here; p is exact
  return options;
}

/// Patients differ; `shift(run, task, patient)` is what a run adds.
std::vector<RunInput> runs_of(size_t count, const Shape& shape,
                              const std::function<double(size_t, size_t, size_t)>& shift) {
  std::vector<RunInput> runs;
  for (size_t n = 0; n < count; ++n) {
    runs.push_back(
        run_of(fmt::format("run-{}", n), day(n), shape, [&](const std::string&, size_t t, size_t p) {
          return 0.5 + 0.02 * static_cast<double>(p) + 0.05 * static_cast<double>(t) + shift(n, t, p);
        }));
  }
  return runs;
}

size_t steps_in(std::vector<RunInput> runs, const HistoryOptions& options = quick()) {
  return steps_of(make_history(std::move(runs), options)).size();
}

std::string refusal(std::vector<RunInput> runs, const HistoryOptions& options = quick()) {
  try {
    make_history(std::move(runs), options);
  } catch (const Error& error) {
    return fmt::format("{}: {}", static_cast<int>(error.code()), error.what());
  }
  return "";
}

TEST(History, FindsTheStepWhereItIsAndSaysWhatChanged) {
  std::vector<RunInput> runs = runs_of(5, {}, [](size_t run, size_t task, size_t p) {
    return run >= 3 && task == 0 ? -0.03 - 0.001 * static_cast<double>(p % 3) : 0.0;
  });
  for (size_t n = 3; n < 5; ++n) {
    runs[n].results.identity["builds"][0]["commit"] = "1111111";
    runs[n].results.identity["models"][0]["info"]["weights_sha256"] = std::string(64, 'b');
  }
  const History history = make_history(runs, quick());
  const std::vector<HistoryStep> steps = steps_of(history);
  ASSERT_EQ(steps.size(), 2U) << "the task, and with it the average";
  EXPECT_EQ(steps[0].series->task, "all");
  EXPECT_EQ(steps[1].series->task, "brain-mr-to-ct");
  EXPECT_EQ(history.runs[steps[1].change->from].name, "run-2");
  EXPECT_EQ(history.runs[steps[1].change->to].name, "run-3");
  EXPECT_NEAR(steps[1].change->change.mean, -0.031, 1e-9);
  ASSERT_TRUE(steps[1].change->change.interval.has_value());
  EXPECT_LT(steps[1].change->change.interval->high, 0);
  EXPECT_THAT(steps[1].causes,
              ElementsAre("program: 0.2.0 0000000 → 0.2.0 1111111", "weights_sha256: aaaaaaaa → bbbbbbbb"));
  EXPECT_EQ(history.find("brats-t1-to-t2", 0)->changes.front().verdict, StepVerdict::kUnchanged);
}

TEST(History, OrdersByDateUnlessTheOrderIsGiven) {
  std::vector<RunInput> runs = runs_of(3, {}, [](size_t, size_t, size_t) { return 0.0; });
  std::swap(runs[0], runs[2]);
  const auto names = [&](const HistoryOptions& options) {
    std::vector<std::string> names;
    for (const HistoryRun& run : make_history(runs, options).runs) names.push_back(run.name);
    return names;
  };
  EXPECT_THAT(names(quick()), ElementsAre("run-0", "run-1", "run-2"));
  HistoryOptions given = quick();
  given.as_given = true;
  EXPECT_THAT(names(given), ElementsAre("run-2", "run-1", "run-0"));
}

TEST(History, TakesTheDateFromTheFolderWhereTheRunDoesNotSayIt) {
  std::vector<RunInput> runs = runs_of(2, {}, [](size_t, size_t, size_t) { return 0.0; });
  for (RunInput& run : runs) run.finished.clear();
  EXPECT_THAT(refusal(runs), HasSubstr("the run does not say when it was made"));
  runs[0].folder = "nightly/2026-05-02-main";
  runs[1].folder = "20260501/run";
  EXPECT_EQ(date_of_run(runs[0]), "2026-05-02");
  EXPECT_EQ(date_of_run(runs[1]), "2026-05-01");
  EXPECT_EQ(make_history(runs, quick()).runs.front().date, "2026-05-01");
}

TEST(History, SetsRunsApartThatCannotBeCompared) {
  std::vector<RunInput> runs = runs_of(6, {}, [](size_t, size_t, size_t) { return 0.0; });
  runs[0].results.identity["suite"]["sha256"] = std::string(64, '9');
  runs[1].results.tasks[0].cases = 11;
  std::erase_if(runs[1].results.cases,
                [](const CaseRecord& c) { return c.task == "brain-mr-to-ct" && c.scan.patient == "p11"; });
  for (CaseRecord& record : runs[2].results.cases) record.measures[0].metric = "psnr";
  for (CaseRecord& record : runs[2].results.cases) record.measures[0].value = 20;
  runs[3].results.identity["store"]["sha256"] = std::string(64, '8');
  const History history = make_history(runs, quick());
  EXPECT_EQ(history.runs.size(), 2U);
  ASSERT_EQ(history.apart.size(), 4U);
  EXPECT_THAT(history.apart[0].reason, HasSubstr("/suite/sha256"));
  EXPECT_THAT(history.apart[1].reason, HasSubstr("12 and 11 cases"));
  EXPECT_THAT(history.apart[2].reason, HasSubstr("no case has a value of ssim"));
  EXPECT_THAT(history.apart[3].reason, HasSubstr("/store/sha256"));
  const std::string text = to_markdown(make_history_document(history, "T", {}, {}));
  EXPECT_THAT(text, HasSubstr("Runs that cannot be compared with the newest"));
  EXPECT_THAT(text, HasSubstr("12 and 11 cases"));
}

TEST(History, RefusesWhenNothingIsLeftToCompare) {
  std::vector<RunInput> runs = runs_of(2, {}, [](size_t, size_t, size_t) { return 0.0; });
  EXPECT_THAT(refusal({runs[0]}), HasSubstr("1: report --history: one run is no history"));
  runs[0].results.identity["suite"]["sha256"] = std::string(64, '9');
  EXPECT_THAT(refusal(runs), HasSubstr("fewer than two runs can be compared: run-0: "));
  EXPECT_THAT(refusal({}), HasSubstr("no run was given"));
  runs[1].results.cases[0].measures[0].value = 5;
  EXPECT_THAT(refusal(runs), HasSubstr("2: ")) << "a run that contradicts itself is refused";
}

TEST(History, ComparesOverGapsOfModelsAndTasks) {
  std::vector<RunInput> runs =
      runs_of(4, {}, [](size_t run, size_t, size_t) { return run >= 3 ? 0.04 : 0.0; });
  for (const size_t n : {1U, 2U}) {  // ran one task only
    runs[n].results.tasks.pop_back();
    std::erase_if(runs[n].results.cases, [](const CaseRecord& c) { return c.task == "brats-t1-to-t2"; });
  }
  const History history = make_history(runs, quick());
  const HistorySeries* series = history.find("brats-t1-to-t2", 0);
  ASSERT_NE(series, nullptr);
  ASSERT_EQ(series->changes.size(), 1U);
  EXPECT_EQ(series->changes[0].from, 0U);
  EXPECT_EQ(series->changes[0].to, 3U);
  EXPECT_EQ(series->changes[0].verdict, StepVerdict::kStep);
  EXPECT_FALSE(history.find("all", 0)->points[1].complete);
}

TEST(History, ListsDriftWhereNoStepExplainsIt) {
  // Half of the patients gain in each run, others in the next: the whole is shown, no pair is.
  const auto drift = [](size_t run, size_t, size_t p) {
    double sum = 0;
    for (size_t n = 1; n <= run; ++n) sum += (p + n) % 2 == 0 ? 0.02 : -0.012;
    return sum;
  };
  const History history = make_history(runs_of(9, {}, drift), quick());
  const auto steps = steps_of(history);
  ASSERT_FALSE(steps.empty());
  for (const HistoryStep& step : steps) EXPECT_TRUE(step.change->whole);
  EXPECT_THAT(to_markdown(steps_table(history)), HasSubstr("(drift)"));
}

TEST(History, LeavesSmallStepsAndFewPatientsOutOfTheList) {
  const auto small = [](size_t run, size_t, size_t p) {
    return run >= 1 ? 0.001 + 0.0001 * static_cast<double>(p) : 0.0;
  };
  EXPECT_EQ(steps_in(runs_of(2, {}, small)), 3U);
  HistoryOptions options = quick();
  options.smallest_step = {parse_tolerance("ssim=0.01")};
  const History history = make_history(runs_of(2, {}, small), options);
  EXPECT_TRUE(steps_of(history).empty());
  EXPECT_EQ(history.series.front().changes.front().verdict, StepVerdict::kTooSmall);
  options.smallest_step = {parse_tolerance("snr=0.01")};
  EXPECT_THAT(refusal(runs_of(2, {}, small), options), HasSubstr("snr"));
  Shape few;
  few.patients = 5;
  const History of_few = make_history(runs_of(2, few, small), quick());
  EXPECT_TRUE(steps_of(of_few).empty());
  EXPECT_EQ(of_few.series.front().changes.front().verdict, StepVerdict::kNotJudged);
  EXPECT_THAT(to_markdown(make_history_document(of_few, "T", {}, {})), HasSubstr("nothing can be said"));
}

// How often a history without any change has a step. Every run adds to every patient a difference that is as
// often positive as negative, with heavy tails in one simulation and of unequal size in the other. 600
// histories: an alarm rate of 5 % is seen as 7.5 % or more with a probability below 0.4 %.
double alarm_rate(size_t runs, const Shape& shape, bool heavy, uint64_t seed) {
  Random random(seed);
  constexpr int kHistories = 600;
  int alarms = 0;
  for (int n = 0; n < kHistories; ++n) {
    std::vector<std::vector<std::vector<double>>> shift(
        runs, std::vector<std::vector<double>>(shape.tasks.size(), std::vector<double>(shape.patients)));
    for (auto& run : shift) {
      for (auto& task : run) {
        for (size_t p = 0; p < task.size(); ++p) {
          const double size =
              heavy ? 0.01 / (0.05 + random.uniform()) : 0.01 * static_cast<double>(1 + p % 4);
          task[p] = 0.1 * size * random.normal();
        }
      }
    }
    std::vector<RunInput> history =
        runs_of(runs, shape, [&](size_t run, size_t t, size_t p) { return shift[run][t][p]; });
    const History made = make_history(std::move(history), quick());
    bool in_tasks = false;
    for (const HistoryStep& step : steps_of(made)) in_tasks = in_tasks || step.series->task != "all";
    alarms += in_tasks ? 1 : 0;
  }
  return static_cast<double>(alarms) / kHistories;
}

TEST(History, DoesNotCryWolf) {
  const double few = alarm_rate(6, {{"a"}, {"mine"}, 8}, false, 1);
  const double more = alarm_rate(8, {{"a", "b", "c", "d"}, {"mine"}, 14}, true, 2);
  RecordProperty("alarms_of_8_patients", fmt::format("{}", few));
  RecordProperty("alarms_of_14_patients", fmt::format("{}", more));
  std::printf("alarms without a change: %.3f and %.3f\n", few, more);
  EXPECT_LE(few, 0.075);
  EXPECT_LE(more, 0.075);
}

TEST(History, FindsAStepOfAStandardDeviation) {
  Random random(3);
  int found = 0;
  constexpr int kHistories = 100;
  for (int n = 0; n < kHistories; ++n) {
    std::vector<std::vector<double>> noise(8, std::vector<double>(20));
    for (auto& run : noise) {
      for (double& v : run) v = 0.01 * random.normal() / std::sqrt(2.0);
    }
    // Differences of two runs have an SD of 0.01; the step is 1.2 of those.
    const auto runs = runs_of(8, {{"a"}, {"mine"}, 20}, [&](size_t run, size_t, size_t p) {
      return noise[run][p] + (run >= 5 ? 0.012 : 0.0);
    });
    for (const HistoryStep& step : steps_of(make_history(runs, quick()))) {
      if (!step.change->whole && step.change->to == 5) ++found;
    }
  }
  std::printf("steps found: %d of %d\n", found, kHistories);
  EXPECT_GE(found, 80);
}

TEST(HistoryReport, WritesEveryFormatAndTheSameBytesAgain) {
  TempFolder temp;
  const auto runs = runs_of(4, {}, [](size_t run, size_t task, size_t p) {
    return run >= 2 && task == 0 ? 0.03 + 0.001 * static_cast<double>(p) : 0.0;
  });
  HistoryReportOptions options;
  options.history = quick();
  options.plots = false;
  options.out = temp / "a";
  const ReportFiles files = make_history_report(runs, options);
  EXPECT_THAT(files.files, ElementsAre("history.md", "history.csv", "steps.csv", "history.tex",
                                       "history.json", "history.html"));
  EXPECT_THAT(files.summary, HasSubstr("run-1 → run-2"));
  options.out = temp / "b";
  make_history_report(runs, options);
  for (const auto& file : files.files)
    EXPECT_EQ(read_file(temp / "a" / file), read_file(temp / "b" / file)) << file;
  const std::string html = read_file(temp / "a/history.html");
  EXPECT_THAT(html, HasSubstr("id=\"history-brain-mr-to-ct\""));
  EXPECT_THAT(html, HasSubstr("history.csv, steps.csv and history.json"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  const Json json = read_json(temp / "a/history.json");
  EXPECT_EQ(json["schema"], "synerbench/history");
  EXPECT_EQ(json["series"].size(), 3U);
  EXPECT_EQ(json["series"][0]["changes"][1]["verdict"], "step");
  EXPECT_THAT(read_file(temp / "a/steps.csv"),
              HasSubstr("brain-mr-to-ct,mine,run-1,2026-01-02T12:00:00Z,run-2,2026-01-03T12:00:00Z,0,step,"));
}

}  // namespace
}  // namespace synerbench
