#include "harness/run/grand_challenge.h"

#include <gmock/gmock.h>

#include "harness/run/score.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// The kept predictions of a run, laid out as the platform does it.
class GrandChallenge : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    RunOptions o = options("ran");
    o.models = {"noisy"};
    o.keep_predictions = true;
    run(o, test_models());
    const Results results = read_results(folder_ / "ran");
    task_ = results.tasks.front().id;
    for (const CaseRecord& record : results.cases) {
      if (record.task != task_) continue;
      const std::string pk = "pk-" + std::to_string(jobs_.size());
      jobs_.push_back(job(pk, record.scan.name + ".mha"));
      const fs::path place = given() / pk / "output/images/synthetic-ct";
      fs::create_directories(place);
      fs::copy_file(prediction_path(folder_ / "ran", record), place / "0f3a.safetensors");
    }
    write_jobs();
  }
  static Json job(const std::string& pk, const std::string& image) {
    const Json in{{"image", {{"name", image}}},
                  {"interface", {{"slug", "mri"}, {"relative_path", "images/mri"}}}};
    const Json age{
        {"value", 61}, {"image", nullptr}, {"interface", {{"slug", "age"}, {"relative_path", "age.json"}}}};
    const Json out{{"image", {{"name", "answer.mha"}}},
                   {"socket", {{"slug", "synthetic-ct"}, {"relative_path", "images/synthetic-ct"}}}};
    return {{"pk", pk},
            {"inputs", Json::array({age, in})},
            {"outputs", Json::array({out})},
            {"status", "Succeeded"}};
  }
  void write_jobs() const { write_json(given() / "predictions.json", jobs_); }
  fs::path given() const { return folder_ / "given"; }
  ScoreOptions score_options(const std::string& out) const {
    ScoreOptions o;
    o.suite = (folder_ / "suite.json").string();
    o.store = folder_ / "store";
    o.predictions = given();
    o.tasks = {task_};
    o.out = folder_ / out;
    o.name = "noisy";
    o.threads = 2;
    return o;
  }
  std::string error(const ScoreOptions& options, ExitCode code) const {
    try {
      score(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    return "no error";
  }
  std::string task_;
  Json jobs_ = Json::array();
};

TEST_F(GrandChallenge, ItsLayoutGivesTheRecordsOfTheRun) {
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.scored, static_cast<int64_t>(jobs_.size()));
  EXPECT_TRUE(outcome.missing.empty());
  EXPECT_TRUE(outcome.extra.empty());
  const Results ran = read_results(folder_ / "ran"), scored = read_results(folder_ / "scored");
  for (size_t i = 0; i < scored.cases.size(); ++i)
    EXPECT_EQ(to_json(scored.cases[i])["measures"], to_json(ran.cases[i])["measures"]);
}

TEST_F(GrandChallenge, MetricsHoldEveryCaseAndTheirAggregates) {
  fs::remove_all(given() / "pk-0" / "output/images/synthetic-ct");
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.missing.size(), 1U);
  EXPECT_THAT(outcome.extra, ElementsAre(HasSubstr("job pk-0: no folder pk-0/output/images/synthetic-ct")));
  const Json metrics = grand_challenge_metrics(folder_ / "scored");
  const Results scored = read_results(folder_ / "scored");
  const auto measure = std::find_if(scored.cases.begin(), scored.cases.end(), [](const auto& record) {
                         return record.status == CaseStatus::kScored;
                       })->measures.front();
  const Json& cases = metrics["case"][measure.metric];
  ASSERT_EQ(cases.size(), jobs_.size());
  double sum = 0, least = 1e9;
  for (const CaseRecord& record : scored.cases) {
    const Json& value = cases[record.scan.text()];
    if (record.status == CaseStatus::kFailed) {
      EXPECT_TRUE(value.is_null());
      continue;
    }
    EXPECT_EQ(value.get<double>(), *record.measures.front().value);
    sum += value.get<double>();
    least = std::min(least, value.get<double>());
  }
  const Json& aggregate = metrics["aggregates"][measure.metric];
  const double count = static_cast<double>(jobs_.size() - 1);
  EXPECT_DOUBLE_EQ(aggregate["mean"].get<double>(), sum / count);
  EXPECT_EQ(aggregate["min"].get<double>(), least);
  EXPECT_EQ(aggregate["count"], jobs_.size() - 1);
  EXPECT_EQ(aggregate["failed"], 1);
  EXPECT_LE(aggregate["25%"].get<double>(), aggregate["50%"].get<double>());
  EXPECT_LE(aggregate["50%"].get<double>(), aggregate["max"].get<double>());
}

TEST_F(GrandChallenge, WhenEveryCaseFailedMetricsSayWhichAndWhy) {
  score(score_options("good"));
  const Json good = grand_challenge_metrics(folder_ / "good");
  EXPECT_FALSE(good.contains("failures"));
  for (size_t i = 0; i < jobs_.size(); ++i)
    write_file(given() / ("pk-" + std::to_string(i)) / "output/images/synthetic-ct/0f3a.safetensors", "none");
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.scored, 0);
  EXPECT_EQ(outcome.run.exit_code(), ExitCode::kSomeFailed);
  const Json metrics = grand_challenge_metrics(folder_ / "scored");
  ASSERT_FALSE(good["case"].empty());
  std::vector<std::string> columns, all;
  for (const auto& [name, cases] : good["case"].items()) all.push_back(name);
  for (const auto& [name, cases] : metrics["case"].items()) {
    columns.push_back(name);
    EXPECT_EQ(cases.size(), jobs_.size());
    for (const auto& [scan, value] : cases.items()) EXPECT_TRUE(value.is_null()) << scan;
    EXPECT_EQ(metrics["aggregates"][name]["count"], 0);
    EXPECT_EQ(metrics["aggregates"][name]["failed"], jobs_.size());
    EXPECT_TRUE(metrics["aggregates"][name]["mean"].is_null());
  }
  EXPECT_EQ(columns, all);
  ASSERT_EQ(metrics["failures"].size(), jobs_.size());
  for (const auto& [scan, reason] : metrics["failures"].items())
    EXPECT_THAT(reason.get<std::string>(), HasSubstr("0f3a.safetensors")) << scan;
}

TEST_F(GrandChallenge, JobsOfOtherCasesAreNamedAndDoNotCount) {
  jobs_.push_back(job("pk-other", "someone-else.mha"));
  jobs_.push_back(job("pk-none", "brain.mha"));
  jobs_.back()["outputs"][0]["image"] = nullptr;
  write_jobs();
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_THAT(outcome.extra, ElementsAre(HasSubstr("job pk-other (someone-else): stands for no planned case"),
                                         HasSubstr("job pk-none (brain): stands for no planned case")));
}

TEST_F(GrandChallenge, AJobThatDidNotSucceedIsAFailedCase) {
  jobs_[0]["status"] = "Failed";
  jobs_[1].erase("status");  // a list by hand
  write_jobs();
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.failed, 1);
  EXPECT_EQ(outcome.missing.size(), 1U);
  EXPECT_THAT(outcome.extra, ElementsAre("job pk-0: status Failed"));
  EXPECT_EQ(read_results(folder_ / "scored").cases.front().reason, "job pk-0: status Failed");
  EXPECT_THAT(outcome.run.first_failure, HasSubstr("job pk-0: status Failed"));
  jobs_[0]["status"] = "succeeded";
  write_jobs();
  EXPECT_EQ(score(score_options("again")).run.failed, 0);
}

TEST_F(GrandChallenge, AJobOfTwoCasesIsOfNeither) {
  const Json of_second = jobs_[1]["inputs"][1];
  jobs_[0]["inputs"].push_back(of_second);
  jobs_.erase(1);
  write_jobs();
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.failed, 2);
  for (const CaseRecord& record : read_results(folder_ / "scored").cases)
    EXPECT_EQ(record.reason, "job pk-0 names two cases, made/brain-p06-c0 and made/brain-p07-c0");
}

TEST_F(GrandChallenge, SeveralImagesOfOneCaseAreOneCase) {
  for (Json& one : jobs_) one["inputs"].push_back(one["inputs"][1]);
  write_jobs();
  EXPECT_EQ(score(score_options("scored")).run.failed, 0);
}

TEST_F(GrandChallenge, ChoosesAmongSeveralOutputsWhenItIsTold) {
  for (Json& one : jobs_) {
    Json second = one["outputs"][0];
    second["socket"] = {{"slug", "heatmap"}, {"relative_path", "images/heatmap"}};
    one["outputs"].push_back(second);
  }
  write_jobs();
  EXPECT_THAT(error(score_options("a"), ExitCode::kUsage),
              HasSubstr("has several images as outputs: synthetic-ct, heatmap"));
  ScoreOptions told = score_options("b");
  told.output_slug = "synthetic-ct";
  EXPECT_EQ(score(told).run.scored, static_cast<int64_t>(jobs_.size()));
  told = score_options("c");
  told.output_slug = "synthetic-cd";
  EXPECT_THAT(error(told, ExitCode::kUsage), HasSubstr("did you mean \"synthetic-ct\"?"));
}

TEST_F(GrandChallenge, SaysWhatIsWrong) {
  ScoreOptions all = score_options("a");
  all.tasks.clear();
  EXPECT_THAT(error(all, ExitCode::kUsage), HasSubstr("are of one task"));
  const Json good = jobs_;
  const std::pair<std::function<void(Json&)>, const char*> changes[] = {
      {[](Json& j) { j = Json::object(); }, "a list of jobs is wanted"},
      {[](Json& j) { j[0].erase("pk"); }, "is no path below the folder"},
      {[](Json& j) { j[0]["pk"] = ".."; }, "is no path below the folder"},
      {[](Json& j) { j[0]["pk"] = "a/b"; }, "\"a/b\" is no path below the folder"},
      {[](Json& j) { j[0]["pk"] = "../ok/job0"; }, "\"../ok/job0\" is no path below the folder"},
      {[](Json& j) { j[0].erase("inputs"); }, "has no list \"inputs\""},
      {[](Json& j) { j[0]["outputs"][0]["socket"]["relative_path"] = "../../etc"; },
       "is no path below the folder"},
      {[](Json& j) { j[1]["pk"] = j[0]["pk"]; }, "stands in it twice"},
  };
  for (const auto& [change, message] : changes) {
    jobs_ = good;
    change(jobs_);
    write_jobs();
    EXPECT_THAT(error(score_options("a"), ExitCode::kBadInput), HasSubstr(message));
    EXPECT_THAT(error(score_options("a"), ExitCode::kBadInput), HasSubstr("predictions.json"));
  }
  jobs_ = Json::array({job("x", "someone-else.mha")});
  write_jobs();
  EXPECT_THAT(error(score_options("a"), ExitCode::kUsage), HasSubstr("no job for any of the"));
  write_file(given() / "predictions.json", "{");
  EXPECT_THAT(error(score_options("a"), ExitCode::kBadInput), HasSubstr("predictions.json"));
}

}  // namespace
}  // namespace synerbench
