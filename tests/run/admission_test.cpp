// Which models a suite admits, on which routes they answer, and what stands beside their numbers.
#include "harness/run/admission.h"

#include <gmock/gmock.h>

#include "harness/run/merge.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::error_of;

std::shared_ptr<const Lineage> lineage(std::vector<TrainingOrigin> trainings) {
  return std::make_shared<const Lineage>(Lineage{std::move(trainings)});
}

TrainingOrigin pictures_only() {
  TrainingOrigin base;
  base.model = "bagel";
  base.weights_sha256 = "bbbbbbbb00";
  base.samples = {SampleKind::kPictures, SampleKind::kEdits};
  return base;
}

TrainingOrigin questions_on(const std::string& data_set) {
  TrainingOrigin stage;
  stage.model = "synermedgen";
  stage.weights_sha256 = "aaaaaaaa00";
  stage.samples = {SampleKind::kGauQuestions};
  stage.data_sets = {data_set};
  return stage;
}

TrainingOrigin synthesis_on(const std::string& data_set, const std::string& task = "brain-mr-to-ct") {
  TrainingOrigin stage;
  stage.model = "pix2pix";
  stage.weights_sha256 = "cccccccc00";
  stage.samples = {SampleKind::kSynthesis};
  stage.data_sets = {data_set};
  stage.synthesis = {{data_set, task}};
  return stage;
}

/// Answers with a constant that says which task it was asked for; may be fitted, or know only some tasks.
class Told final : public Synthesizer {
 public:
  explicit Told(ModelInfo info) : info_(std::move(info)) {}
  ModelInfo info() const override { return info_; }
  void prepare(const Task& task, const PairSource& training) override {
    if (!info_.tasks.empty() && !info_.tasks.contains(task.id))
      throw input_error("weights", "no weights for task \"" + task.id + "\"");
    value_ = task.region == "pelvis" ? 0.5F : -0.5F;
    patients_.clear();
    for (int64_t i = 0; i < training.size(); ++i) patients_.insert(training.key(i).scan.dataset);
  }
  void synthesize(const Task& task, const SliceBatch&, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    if ((task.region == "pelvis") != (value_ > 0)) throw std::runtime_error("asked for another task");
    std::ranges::fill(prediction, value_ + (patients_.contains("known") ? 0.2F : 0.0F));
  }

 private:
  ModelInfo info_;
  float value_ = 0;
  std::set<std::string> patients_;
};

Method told(const std::string& name, std::function<void(ModelInfo&)> change) {
  ModelInfo info = named(name);
  change(info);
  return row(name, [info](const LoadRequest&) { return std::make_unique<Told>(info); });
}

class Admission : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    testing_support::MakeStoreOptions known;
    known.regions = {{"pelvis", {Modality::kMRI, Modality::kCT}}};
    known.patients = 8;
    known.size = {24, 28, 9};
    known.dataset = "known";
    testing_support::make_store(folder_ / "store", known);
  }

  /// One task, with a route to stand in for it, under a rule.
  RunOptions under(const std::string& rule, const std::vector<std::string>& models) {
    write_file(folder_ / "ruled.json", R"({
      "schema": "synerbench/suite", "schema_version": 1, "name": "ruled", "title": "Ruled", "lineage": ")" +
                                           rule + R"(",
      "canvas": {"size": 32, "fit": "pad"}, "protocols": ["synermed-2d@1"],
      "tasks": [{"region": "brain", "source": "MRI", "target": "CT", "group": "g",
                 "transfer": "pelvis-mr-to-ct"}]})");
    RunOptions options = this->options("run");
    options.suite = (folder_ / "ruled.json").string();
    options.models = models;
    return options;
  }

  static MethodTable models() {
    const auto with = [](std::vector<TrainingOrigin> trainings) {
      return [trainings](ModelInfo& info) { info.lineages[""] = lineage(trainings); };
    };
    return {told("base", with({pictures_only()})),
            told("gau", with({questions_on("made"), pictures_only()})),
            told("ucg", with({synthesis_on("made"), questions_on("made"), pictures_only()})),
            told("stage-on-ucg", with({questions_on("elsewhere"), synthesis_on("made")})),
            told("elsewhere", with({synthesis_on("elsewhere")})),
            told("unknown", [](ModelInfo&) {}),
            told("half-known",
                 [](ModelInfo& info) {
                   TrainingOrigin base;
                   base.model = "downloaded";
                   base.recorded = false;
                   info.lineages[""] = lineage({questions_on("elsewhere"), base});
                 }),
            told("per-task",
                 [](ModelInfo& info) {
                   info.tasks = {"pelvis-mr-to-ct", "brain-mr-to-ct"};
                   info.lineages["pelvis-mr-to-ct"] = lineage({synthesis_on("known", "pelvis-mr-to-ct")});
                   info.lineages["brain-mr-to-ct"] = lineage({synthesis_on("made")});
                 }),
            told("only-brain",
                 [](ModelInfo& info) {
                   info.tasks = {"brain-mr-to-ct"};
                   info.lineages["brain-mr-to-ct"] = lineage({synthesis_on("made")});
                 }),
            told("floor", [](ModelInfo& info) {
              info.trivial = true;
              info.fits = FitsOn::kTrainingPairs;
            })};
  }

  std::string refusal(const std::string& rule, const std::string& model) {
    const std::string text = error_of([&] { run(under(rule, {model}), models()); }, ExitCode::kUsage);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run")) << "nothing is written";
    return text;
  }
  void expect_admitted(const std::string& rule, const std::string& model) {
    EXPECT_TRUE(run(under(rule, {model}), models()).finished) << model;
    std::filesystem::remove_all(folder_ / "run");
  }
  /// The mean error of a model in the run, which tells what it was prepared for.
  double error_of_model(const std::string& model) const {
    for (const CaseRecord& record : read_results(folder_ / "run").cases) {
      for (const Measure& measure : record.measures) {
        if (record.model == model && measure.metric == "mae") return measure.value.value();
      }
    }
    ADD_FAILURE() << model << " has no value";
    return 0;
  }
};

TEST_F(Admission, ZeroShotTakesWhatNeverLearnedSynthesisOnItsDataSets) {
  for (const char* model : {"base", "gau", "elsewhere", "unknown", "half-known", "floor"})
    expect_admitted("zero-shot", model);
}

TEST_F(Admission, ZeroShotRefusalNamesTheTrainingAndTheRule) {
  EXPECT_THAT(refusal("zero-shot", "ucg"),
              AllOf(HasSubstr("suite ruled does not admit it: the training of pix2pix cccccccc learned "
                              "synthesis of made (brain-mr-to-ct)"),
                    HasSubstr("rule \"zero-shot\""), HasSubstr("nothing has been written")));
  EXPECT_THAT(refusal("zero-shot", "stage-on-ucg"), HasSubstr("its ancestor pix2pix cccccccc learned"));
}

TEST_F(Admission, UnseenTakesOnlyWhatSawNoPatient) {
  for (const char* model : {"base", "elsewhere", "unknown", "floor"}) expect_admitted("unseen", model);
  EXPECT_THAT(refusal("unseen", "gau"),
              HasSubstr("the training of synermedgen aaaaaaaa saw patients of made (gau-questions)"));
  EXPECT_THAT(refusal("unseen", "stage-on-ucg"), HasSubstr("its ancestor pix2pix cccccccc saw patients"));
}

TEST_F(Admission, UnseenKnowsScansUnderAnotherName) {
  const SliceStore store(folder_ / "store");
  const Suite suite = load_suite(under("unseen", {}).suite);
  TrainingOrigin renamed = synthesis_on("renamed");
  const Task& task = suite.tasks.front().task;
  renamed.scans = std::make_shared<const std::set<std::string>>(
      std::set<std::string>{store.cases_for(task).front()->find(Modality::kCT)->voxels_sha256});
  ModelInfo info = named("m");
  info.lineages[""] = lineage({renamed});
  const LineageCheck check(suite, store);
  EXPECT_THAT(error_of([&] { check.require("m", info, suite.tasks); }, ExitCode::kUsage),
              HasSubstr("saw scans of made under another name"));
  // Weights of before lineages say which scans they saw, and no more.
  info.lineages.clear();
  info.trained_on = renamed.scans;
  EXPECT_THAT(error_of([&] { check.require("m", info, suite.tasks); }, ExitCode::kUsage),
              HasSubstr("its training saw scans of made"));
}

TEST_F(Admission, RuleIsAboutAllTasksOfASuiteWhateverIsSelected) {
  write_file(folder_ / "two.json", R"({
    "schema": "synerbench/suite", "schema_version": 1, "name": "two", "title": "Two", "lineage": "unseen",
    "canvas": {"size": 32, "fit": "pad"}, "protocols": ["synermed-2d@1"],
    "tasks": [{"region": "brain", "source": "MRI", "target": "CT", "group": "g"},
              {"region": "pelvis", "source": "MRI", "target": "CT", "group": "g"}]})");
  RunOptions options = this->options("run");
  options.suite = (folder_ / "two.json").string();
  options.models = {"saw-pelvis"};
  options.tasks = {"brain-mr-to-ct"};
  const MethodTable table{
      told("saw-pelvis", [](ModelInfo& info) { info.lineages[""] = lineage({questions_on("known")}); })};
  EXPECT_THAT(error_of([&] { run(options, table); }, ExitCode::kUsage), HasSubstr("saw patients of known"));
}

TEST_F(Admission, WeightsPerTaskAnswerWithTheRouteThatStandsIn) {
  run(under("unseen", {"per-task"}), models());
  const Results results = read_results(folder_ / "run");
  for (const CaseRecord& record : results.cases) EXPECT_EQ(record.status, CaseStatus::kScored);
  EXPECT_EQ(results.models[0].info.at("tasks").at("brain-mr-to-ct").at("transfer"), "pelvis-mr-to-ct");
  std::filesystem::remove_all(folder_ / "run");
  // Weights of the task itself would have seen it.
  EXPECT_THAT(refusal("unseen", "only-brain"), HasSubstr("saw patients of made (synthesis)"));
}

TEST_F(Admission, FloorsAreTransferredAndStandBesideThoseOfTheDomain) {
  run(under("unseen", {"floor", "in_domain(floor)", "unknown"}), models());
  const Results results = read_results(folder_ / "run");
  // 0.5 + 0.2 of the pelvis of "known", and -0.5 of the brain of "made".
  EXPECT_NE(error_of_model("floor"), error_of_model("in_domain(floor)"));
  EXPECT_EQ(error_of_model("unknown"), error_of_model("in_domain(floor)"));
  EXPECT_EQ(results.models[0].info.at("fitted"), "training-pairs");
  EXPECT_TRUE(results.models[0].info.at("tasks").at("brain-mr-to-ct").contains("transfer"));
  EXPECT_EQ(results.models[1].info.at("label"), "floor, fitted in the domain");
  EXPECT_FALSE(results.models[1].info.contains("tasks"));
  EXPECT_THAT(standing_of(results.models[1].info, "").words, HasSubstr("in the domain"));
  EXPECT_EQ(standing_of(results.models[2].info, "").words, "declared by the user");
}

TEST_F(Admission, FloorWithoutPatientsOfItsRouteIsRefusedBeforeTheRun) {
  RunOptions options = under("unseen", {"floor"});
  testing_support::MakeStoreOptions alone;
  alone.size = {24, 28, 9};
  testing_support::make_store(folder_ / "alone", alone);
  options.store = folder_ / "alone";
  EXPECT_THAT(error_of([&] { run(options, models()); }, ExitCode::kUsage),
              AllOf(HasSubstr("no training case of pelvis-mr-to-ct"), HasSubstr("in_domain(floor)")));
  options.models = {"in_domain(floor)"};
  EXPECT_TRUE(run(options, models()).finished);
}

TEST_F(Admission, InDomainGoesAroundModelsThatAreFitted) {
  EXPECT_THAT(error_of([&] { run(under("unseen", {"in_domain(unknown)"}), models()); }, ExitCode::kUsage),
              HasSubstr("is not fitted to training pairs"));
}

TEST_F(Admission, RunCarriesTheLineageAndResumesOnlyWithIt) {
  run(under("zero-shot", {"gau"}), models());
  const Json identity = read_json(folder_ / "run/run.json").at("identity");
  EXPECT_EQ(identity.at("suite").at("lineage"), "zero-shot");
  const Json& info = identity.at("models").at(0).at("info");
  EXPECT_EQ(info.at("lineages").at(0).at("trainings").size(), 2U);
  EXPECT_EQ(standing_of(info, "").words, "gau-questions on pictures, edits");
  RunOptions again = read_settings(folder_ / "run");
  const MethodTable changed{told("gau", [](ModelInfo& other) {
    other.lineages[""] = lineage({questions_on("elsewhere"), pictures_only()});
  })};
  EXPECT_THAT(error_of([&] { run(again, changed); }, ExitCode::kUsage), HasSubstr("/lineages/0/trainings"));
  EXPECT_NO_THROW(run(again, models()));
}

TEST_F(Admission, MergeKeepsTheLineageAndRefusesAnother) {
  for (int part : {1, 2}) {
    RunOptions options = under("zero-shot", {"gau"});
    options.shard = {part, 2};
    options.out = folder_ / std::to_string(part);
    run(options, models());
  }
  merge({{folder_ / "1", folder_ / "2"}, folder_ / "merged"});
  EXPECT_EQ(read_json(folder_ / "merged/run.json").at("identity").at("models"),
            read_json(folder_ / "1/run.json").at("identity").at("models"));
  RunOptions options = under("zero-shot", {"gau=elsewhere"});
  options.out = folder_ / "other";
  run(options, models());
  EXPECT_THAT(error_of(
                  [&] {
                    merge({{folder_ / "1", folder_ / "other"}, folder_ / "no"});
                  },
                  ExitCode::kUsage),
              HasSubstr("these are different runs"));
}

}  // namespace
}  // namespace synerbench
