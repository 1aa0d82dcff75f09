// The oracle from end to end: a cohort on disk, imported, and asked for in a run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "baselines/oracle/oracle.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/data/import/import.h"
#include "harness/run/run.h"
#include "suites/phantom/write_cohort.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::phantom {
namespace {

/// Three test patients of brain CBCT, one from each center, and one to train on. Center C stores its CBCT
/// without negative values, which importing undoes.
CohortOptions few(uint64_t seed) {
  CohortOptions options = cohort_named("bench@1").options;
  options.seed = seed;
  options.splits = SplitCounts{1, 0, 3};
  options.datasets = {"synthrad2023"};
  options.regions = {"brain"};
  return options;
}

class OracleOfACohort : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder();
    for (const uint64_t seed : {1, 2}) {
      const auto root = folder_->path() / fmt::format("cohort{}", seed);
      write_cohort(root, few(seed), 2);
      ImportOptions import;
      import.layout = "synthrad2023";
      import.root = root / "synthrad2023";
      import.out = folder_->path() / fmt::format("store{}", seed);
      import_dataset(import);
    }
  }
  static void TearDownTestSuite() { delete folder_; }

  static RunOptions run_of(const std::string& store, const std::string& model) {
    RunOptions options;
    options.suite = "synermed22";
    options.store = folder_->path() / store;
    options.models = {model};
    options.tasks = {"brain-*"};
    options.out = folder_->path() / fmt::format("run-{}", runs_++);
    options.threads = 2;
    return options;
  }
  static std::string oracle(int cohort) {
    return fmt::format("oracle:{}", (folder_->path() / fmt::format("cohort{}/oracle", cohort)).string());
  }

  static TempFolder* folder_;
  static inline int runs_ = 0;
};
TempFolder* OracleOfACohort::folder_ = nullptr;

TEST_F(OracleOfACohort, IsTheTargetButForItsNoiseOnEveryTask) {
  const RunOptions options = run_of("store1", oracle(1));
  const RunOutcome outcome = run(options, {oracle_method()});
  EXPECT_EQ(outcome.failed, 0);
  EXPECT_EQ(outcome.scored, 4 * 3) << "three test patients for each of four tasks of the brain";
  int seen = 0;
  const Json results = read_json(options.out / "results.json");
  for (const Json& one : results.at("cases")) {
    for (const Json& measure : one.at("measures")) {
      if (measure.at("metric") != "ssim_body") continue;
      ++seen;
      EXPECT_GT(measure.at("value").get<double>(), 0.9) << one.at("task") << one.at("case");
      EXPECT_LT(measure.at("value").get<double>(), 1) << "the target itself has noise";
    }
  }
  EXPECT_EQ(seen, 12);
}

TEST_F(OracleOfACohort, IsFoundInTheCohortsRootToo) {
  EXPECT_EQ(run(run_of("store1", fmt::format("oracle:{}", (folder_->path() / "cohort1").string())),
                {oracle_method()})
                .failed,
            0);
}

TEST_F(OracleOfACohort, IsRefusedForAnythingButItsOwnCohort) {
  const std::string message =
      testing_support::error_of([&] { run(run_of("store2", oracle(1)), {oracle_method()}); });
  EXPECT_NE(message.find("has no answer for the"), std::string::npos) << message;
}

TEST_F(OracleOfACohort, NeedsAFolderThatAPhantomCohortLeft) {
  EXPECT_NE(testing_support::error_of([&] {
              run(run_of("store1", "oracle"), {oracle_method()});
            }).find("has no folder"),
            std::string::npos);
  EXPECT_NE(testing_support::error_of([&] {
              run(run_of("store1", "oracle:/nowhere"), {oracle_method()});
            }).find("no index.json"),
            std::string::npos);
}

TEST_F(OracleOfACohort, LeavesNothingThatImportingWouldName) {
  ImportOptions import;
  import.layout = "synthrad2023";
  import.root = folder_->path() / "cohort1/synthrad2023";
  import.out = folder_->path() / "store1";
  const ImportReport report = import_dataset(import);
  EXPECT_TRUE(report.unknown.empty());
}

TEST_F(OracleOfACohort, KnowsTestPatientsOnly) {
  std::set<std::string> images;
  const Json index = read_json(folder_->path() / "cohort1/oracle/index.json");
  EXPECT_EQ(index.at("cohort"), "bench@1");
  for (const Json& volume : index.at("volumes")) images.insert(volume.at("image").get<std::string>());
  size_t test_images = 0;
  for (const PlannedCase& planned : plan_cohort(few(1))) {
    for (const std::string& file : planned.files) {
      const bool known = images.count(file) > 0, is_mask = file.find("mask") != std::string::npos;
      EXPECT_EQ(known, planned.test && !is_mask) << file;
      test_images += known;
    }
  }
  EXPECT_EQ(test_images, 2u * 2 * 3) << "two tasks of import, two images, three patients";
}

}  // namespace
}  // namespace synerbench::phantom
