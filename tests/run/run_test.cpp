
#include <chrono>
#include <functional>
#include <thread>

#include "harness/core/date.h"
#include "harness/core/safetensors.h"
#include "harness/run/run_folder.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

class Run : public RunFixture {};

TEST_F(Run, ScoresEveryCaseOfEveryTaskAndModel) {
  const RunOutcome outcome = run(options("a"), test_models());
  EXPECT_TRUE(outcome.finished);
  EXPECT_EQ(outcome.items, 12);
  EXPECT_EQ(outcome.scored, 12);
  EXPECT_EQ(outcome.failed, 0);
  EXPECT_EQ(outcome.exit_code(), ExitCode::kOk);
  const Results results = read_results(folder_ / "a");
  ASSERT_EQ(results.cases.size(), 12U);
  ASSERT_EQ(results.tasks.size(), 3U);
  EXPECT_EQ(results.tasks[0].id, "brain-mr-to-ct");
  EXPECT_EQ(results.tasks[0].cases, 2);
  EXPECT_EQ(results.tasks[0].target_unit, "HU");
  EXPECT_EQ(results.tasks[2].target_low, results.tasks[2].target_high);
  EXPECT_EQ(results.models[1].key, "more");
  for (const CaseRecord& record : results.cases) {
    EXPECT_EQ(record.status, CaseStatus::kScored);
    EXPECT_EQ(record.slices, 9);
    EXPECT_GE(record.panel_slice, 0);
    EXPECT_TRUE(std::filesystem::exists(panel_path(folder_ / "a", record)));
    bool has_hu = false;
    for (const Measure& m : record.measures) has_hu |= m.protocol == "synthrad2023@1";
    EXPECT_EQ(has_hu, record.task != "brain-ct-to-mr") << "HU protocols belong to HU targets only";
  }
  // Order: task, model, case.
  EXPECT_EQ(results.cases[0].model, "noisy");
  EXPECT_EQ(results.cases[2].model, "more");
  EXPECT_EQ(results.cases[4].task, "brain-cbct-to-ct");
  EXPECT_EQ(read_timing(folder_ / "a").size(), 6U);
}

TEST_F(Run, SaysWhenItsLastCaseWasDone) {
  run(options("a"), test_models());
  EXPECT_TRUE(is_date(read_finished(folder_ / "a"))) << read_finished(folder_ / "a");
  const auto says = [&](const Json& finished) {
    Json timing = read_json(folder_ / "a/timing.json");
    timing["finished"] = finished;
    write_json(folder_ / "a/timing.json", timing);
  };
  says("2020-01-01T00:00:00Z");
  RunOptions again = options("a");
  again.resume = true;
  run(again, test_models());
  EXPECT_EQ(read_finished(folder_ / "a"), "2020-01-01T00:00:00Z") << "nothing was left to do";
  EXPECT_EQ(read_timing(folder_ / "a").size(), 6U);
  says("yesterday");
  for (const auto& read : {std::function<void()>([&] { read_finished(folder_ / "a"); }),
                           std::function<void()>([&] { read_timing(folder_ / "a"); }),
                           std::function<void()>([&] { read_item_timings(folder_ / "a"); })}) {
    try {
      read();
      ADD_FAILURE() << "a date that is none was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      EXPECT_NE(std::string(error.what()).find("\"yesterday\" is no date"), std::string::npos)
          << error.what();
    }
  }
  Json timing = read_json(folder_ / "a/timing.json");  // as version 0.1 wrote it
  timing.erase("finished");
  write_json(folder_ / "a/timing.json", timing);
  EXPECT_EQ(read_finished(folder_ / "a"), "");
  EXPECT_EQ(read_timing(folder_ / "a").size(), 6U);
}

TEST_F(Run, MoreNoiseScoresWorse) {
  run(options("a"), test_models());
  const Results results = read_results(folder_ / "a");
  const auto ssim = [&](const std::string& model) {
    for (const CaseRecord& record : results.cases) {
      if (record.task == "brain-cbct-to-ct" && record.model == model)
        return record.measures.front().value.value();
    }
    return 0.0;
  };
  EXPECT_GT(ssim("noisy"), ssim("more") + 0.01);
}

TEST_F(Run, SameBytesOnOneAndTwoThreads) {
  run(options("one"), test_models());
  RunOptions two = options("two");
  two.threads = 2;
  run(two, test_models());
  RunOptions many = options("many");
  many.threads = 7;
  run(many, test_models());
  expect_same_run(folder_ / "one", folder_ / "two");
  expect_same_run(folder_ / "one", folder_ / "many");
}

TEST_F(Run, ResultDoesNotDependOnBatchSize) {
  RunOptions eight = options("eight");
  eight.models = {"m=noisy", "f=faulty(noisy, throw=0.1, nan=0.1)"};
  run(eight, test_models());
  for (int64_t batch : {1, 4, 100}) {
    RunOptions other = eight;
    other.out = folder_ / std::to_string(batch);
    other.batch = batch;
    run(other, test_models());
    expect_same_run(eight.out, other.out);
  }
}

TEST_F(Run, ModelsThatAreNotConcurrentAreCalledOneAtATime) {
  struct Watched final : Synthesizer {
    explicit Watched(std::atomic<int>* calls, std::atomic<int>* worst) : calls_(calls), worst_(worst) {}
    ModelInfo info() const override { return named("watched"); }
    void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                    std::span<float> prediction) override {
      const int now = ++*calls_;
      int seen = *worst_;
      while (now > seen && !worst_->compare_exchange_weak(seen, now)) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      std::ranges::copy(source.pixels, prediction.begin());
      --*calls_;
    }
    std::atomic<int>*calls_, *worst_;
  };
  std::atomic<int> calls{0}, worst{0};
  const MethodTable table{
      row("watched", [&](const LoadRequest&) { return std::make_unique<Watched>(&calls, &worst); })};
  RunOptions o = options("a");
  o.models = {"watched"};
  o.threads = 4;
  o.batch = 1;
  run(o, table);
  EXPECT_EQ(worst, 1);
}

TEST_F(Run, FailedSlicesFailTheCaseAndAreListed) {
  RunOptions o = options("a");
  o.models = {"f=faulty(noisy, throw=0.15, nan=0.05, seed=3)", "noisy"};
  const RunOutcome outcome = run(o, test_models());
  EXPECT_TRUE(outcome.finished);
  EXPECT_GT(outcome.failed, 0);
  EXPECT_EQ(outcome.exit_code(), ExitCode::kSomeFailed);
  int64_t failed = 0;
  for (const CaseRecord& record : read_results(o.out).cases) {
    if (record.status != CaseStatus::kFailed) continue;
    ++failed;
    EXPECT_EQ(record.model, "f");
    EXPECT_TRUE(record.measures.empty()) << "a failed case has no values that could be averaged";
    EXPECT_NE(record.reason.find("slices failed; slice "), std::string::npos) << record.reason;
  }
  EXPECT_EQ(failed, outcome.failed);
  const std::string csv = read_file(o.out / "failures.csv");
  EXPECT_NE(csv.find("exception injected"), std::string::npos);
  EXPECT_NE(csv.find("predicted values are not finite"), std::string::npos);
}

TEST_F(Run, AReasonCannotBecomeAFormulaOfASpreadsheet) {
  class Hostile final : public Synthesizer {
   public:
    ModelInfo info() const override { return named("hostile"); }
    void synthesize(const Task&, const SliceBatch&, std::span<const uint64_t>, std::span<float>) override {
      throw std::runtime_error("=HYPERLINK(\"http://nowhere\")");
    }
  };
  const MethodTable table{
      {"hostile", "Hostile", "", "", {}, [](const LoadRequest&) { return std::make_unique<Hostile>(); }}};
  RunOptions o = options("a");
  o.models = {"hostile"};
  run(o, table);
  EXPECT_NE(read_file(o.out / "failures.csv").find(",\"'=HYPERLINK(\"\"http://nowhere\"\")\"\n"),
            std::string::npos)
      << read_file(o.out / "failures.csv");
}

TEST_F(Run, StopsWhenTheFailureBudgetIsSpent) {
  RunOptions o = options("a");
  o.models = {"faulty(noisy, throw=1)"};
  o.max_failures = 1;
  const RunOutcome outcome = run(o, test_models());
  EXPECT_TRUE(outcome.over_budget);
  EXPECT_FALSE(outcome.finished);
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_FALSE(std::filesystem::exists(o.out / "results.json"));
  EXPECT_THROW(read_results(o.out), Error);
}

TEST_F(Run, AModelThatHangsIsRecordedAndTheRunGoesOn) {
  RunOptions o = options("a");
  const std::string heal = (folder_ / "healed").string();
  o.models = {"f=faulty(noisy, hang=0.05, seed=2, heal=" + heal + ")"};
  o.batch = 1;
  o.timeout = 0.2;
  const RunOutcome outcome = run(o, test_models());
  EXPECT_TRUE(outcome.finished);
  EXPECT_GT(outcome.failed, 0);
  EXPECT_GT(outcome.scored, 0);
  EXPECT_EQ(outcome.abandoned_calls, outcome.failed);
  EXPECT_NE(read_file(o.out / "failures.csv").find("no answer within 0.2 s"), std::string::npos);
  write_file(heal, "");  // lets the abandoned threads end before the test does
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

TEST_F(Run, AModelThatCannotBePreparedFailsItsCasesAndNobodyElses) {
  struct Broken final : Synthesizer {
    ModelInfo info() const override { return named("broken"); }
    void prepare(const Task& task, const PairSource&) override {
      if (task.id == "brain-mr-to-ct") throw input_error("w.safetensors", "no weights for this task");
    }
    void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                    std::span<float> prediction) override {
      std::ranges::copy(source.pixels, prediction.begin());
    }
  };
  RunOptions o = options("a");
  o.models = {"broken"};
  const RunOutcome outcome =
      run(o, {row("broken", [](const LoadRequest&) { return std::make_unique<Broken>(); })});
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_EQ(outcome.scored, 4);
  EXPECT_EQ(read_results(o.out).cases[0].reason, "prepare: w.safetensors: no weights for this task");
}

TEST_F(Run, KeptPredictionsAndPanelsAreInPhysicalUnits) {
  RunOptions o = options("a");
  o.models = {"noisy:noise=0"};
  o.keep_predictions = true;
  run(o, test_models());
  const SliceStore store(o.store);
  const CaseRecord record = read_results(o.out).cases.front();
  const StoredCase& stored_case = store.find(record.scan);
  const SafetensorsFile kept(prediction_path(o.out, record));
  const auto values = kept.at("prediction").as<float>();
  const IntensityMap& source = stored_case.find(Modality::kMRI)->intensity;
  const IntensityMap& target = stored_case.find(Modality::kCT)->intensity;
  const double mr = store.volume(stored_case, Modality::kMRI).value(4, 14, 12);
  const double expected = target.to_physical(source.to_model(mr));
  EXPECT_NEAR(values[static_cast<size_t>((4 * 28 + 14) * 24 + 12)], expected, 1e-3);
  const SafetensorsFile panel(panel_path(o.out, record));
  EXPECT_EQ(panel.at("mask").dtype, DType::kU8);
  EXPECT_EQ(panel.metadata().at("target_unit"), "HU");
  const auto d = static_cast<size_t>(record.panel_slice);
  EXPECT_EQ(panel.at("prediction").as<float>()[14 * 24 + 12], values[(d * 28 + 14) * 24 + 12]);
  EXPECT_EQ(panel.at("target").as<float>()[14 * 24 + 12],
            store.volume(stored_case, Modality::kCT).value(record.panel_slice, 14, 12));
}

TEST_F(Run, CanvasOnTheCommandLineReplacesTheSuitesAndIsPartOfTheIdentity) {
  RunOptions o = options("a");
  o.canvas = parse_canvas("48:scale");
  run(o, test_models());
  EXPECT_EQ(read_results(o.out).identity["tasks"][0]["canvas"]["size"], 48);
  RunOptions other = options("a");
  other.resume = true;
  EXPECT_THROW(run(other, test_models()), Error);
}

// A shard that was damaged once gave a better score than the sound one.
TEST_F(Run, ADamagedShardEndsTheRunAndIsNoFailedCase) {
  const SliceStore store(folder_ / "store");
  for (const Split split : {Split::kTest, Split::kTrain}) {
    const StoredCase& damaged = *store.cases_for({"", "brain", Modality::kMRI, Modality::kCT}, split).front();
    const auto shard = folder_ / "store" / damaged.shard;
    const std::string sound = read_file(shard);
    std::string bad = sound;
    bad.replace(bad.size() / 2, 64, 64, '\0');
    write_file(shard, bad);
    const std::string out = split == Split::kTest ? "test" : "train";
    try {
      run(options(out), test_models());
      ADD_FAILURE() << "a damaged shard of the split \"" << out << "\" was used";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      EXPECT_EQ(error.place(), shard.string());
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / out / "results.json"));
    write_file(shard, sound);
  }
}

TEST_F(Run, AnyPrintableNameOfAModelWorksAllTheWay) {
  const std::string name = "My \"model\", v2 | \u00fc/../(x)=1";
  RunOptions o = options("a");
  o.models = {R"("My \"model\", v2 | ü/../(x)=1"=noisy)", "noisy"};
  o.keep_predictions = true;
  o.shard = {1, 2};
  ASSERT_EQ(run(o, test_models()).failed, 0);
  RunOptions rest = read_settings(o.out);
  rest.shard = {2, 2};
  ASSERT_EQ(run(rest, test_models()).failed, 0);
  const Results results = read_results(o.out);
  EXPECT_EQ(results.models[0].key, name);
  ASSERT_EQ(results.cases.size(), 12U);
  EXPECT_EQ(results.cases[0].model, name);
  EXPECT_TRUE(std::filesystem::exists(panel_path(o.out, results.cases[0])));
  EXPECT_TRUE(std::filesystem::exists(prediction_path(o.out, results.cases[0])));
  // The name changes no number.
  EXPECT_EQ(results.cases[0].measures[0].value, results.cases[2].measures[0].value);
}

TEST_F(Run, PanelsKeepAsManySlicesAsAreWanted) {
  RunOptions one = options("one");
  ASSERT_EQ(run(one, test_models()).failed, 0);
  RunOptions three = options("three");
  three.panel_slices = 3;
  three.keep_predictions = true;
  ASSERT_EQ(run(three, test_models()).failed, 0);
  const SliceStore store(three.store);
  int compared = 0;
  for (const CaseRecord& record : read_results(three.out).cases) {
    const SafetensorsFile with(panel_path(three.out, record)), without(panel_path(one.out, record));
    for (const char* name : {"source", "prediction", "target", "mask"}) {
      const auto a = with.at(name).bytes, b = without.at(name).bytes;
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << name;
    }
    EXPECT_FALSE(without.metadata().contains("more_slices"));
    const std::string indices = with.metadata().at("more_slices");
    const size_t comma = indices.find(',');
    ASSERT_NE(comma, std::string::npos) << indices;
    const std::vector<int64_t> slices{std::stoll(indices), std::stoll(indices.substr(comma + 1))};
    const TensorView more = with.at("more_prediction");
    ASSERT_EQ(more.shape.size(), 3u);
    ASSERT_EQ(more.shape[0], 2);
    const SafetensorsFile volume(prediction_path(three.out, record));
    const auto whole = volume.at("prediction").as<float>(), kept = more.as<float>();
    const auto pixels = static_cast<size_t>(more.shape[1] * more.shape[2]);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_NE(slices[i], record.panel_slice);
      const auto of = whole.subspan(static_cast<size_t>(slices[i]) * pixels, pixels);
      EXPECT_TRUE(std::equal(of.begin(), of.end(), kept.begin() + static_cast<std::ptrdiff_t>(i * pixels)));
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
  RunOptions other = read_settings(three.out);
  EXPECT_EQ(other.panel_slices, 3);
  other.panel_slices = 2;
  try {
    run(other, test_models());
    FAIL() << "the panels of one run would differ";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(error.problem().find("another --panel-slices"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace synerbench
